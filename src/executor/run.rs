//! The state of one run: which steps are complete, what they joined, and the budgets they share.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    RunContext,
    deferral::Deferral,
    failure::Failures,
    freshness::FreshnessFold,
    gate::{Arrival, Gate},
    guards::GuardMask,
    memo::Memo,
};
use crate::{
    graphql::OperationKind,
    json::{Slot, Tables},
    planner::{DeferId, OperationPlan, Sharing, Step, StepId},
};

/// One operation being run, by one task. Steps share it; each writes its own result, once.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) plan: &'a OperationPlan,
    pub(super) context: &'a RunContext,
    pub(super) guards: GuardMask,
    pub(super) failures: Failures,
    pub(super) freshness: FreshnessFold,
    pub(super) memo: Memo<'a>,
    results: Vec<OnceLock<StepResult>>,
    /// Of steps that go on together, under the first of them.
    gates: HashMap<StepId, Gate>,
    rows_left: AtomicUsize,
    /// What comes later, where the answer is delivered in parts.
    deferral: Option<&'a Deferral>,
}

/// What a complete step has brought.
#[derive(Debug, Default)]
pub(super) struct StepResult {
    /// Rows of its layout.
    pub(super) tables: Tables,
    /// For each row of the join's position: its value in `tables`. `Missing`: there is none (a missing row, a 404).
    pub(super) join: Vec<Slot>,
    /// For each table, which rows something refers to; `None`: all of them.
    pub(super) live: Option<Vec<Vec<bool>>>,
    /// Whether several rows of the join's position were given the same value.
    pub(super) repeats: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(plan: &'a OperationPlan, context: &'a RunContext) -> Self {
        Self {
            plan,
            context,
            guards: GuardMask::evaluate(&plan.guards, &context.variables),
            failures: Failures::default(),
            freshness: FreshnessFold::default(),
            memo: Memo::default(),
            results: plan.steps.iter().map(|_| OnceLock::new()).collect(),
            gates: gates(plan),
            rows_left: AtomicUsize::new(context.limits.rows.get()),
            deferral: None,
        }
    }

    /// A run whose answer is delivered in parts. Deferred steps of a mutation come after its root fields: nobody waits for
    /// them.
    pub(super) fn in_parts(plan: &'a OperationPlan, context: &'a RunContext, deferral: &'a Deferral) -> Self {
        let run = Self { deferral: Some(deferral), ..Self::new(plan, context) };
        match plan.kind {
            OperationKind::Mutation => Self { gates: HashMap::new(), ..run },
            OperationKind::Query | OperationKind::Subscription => run,
        }
    }

    /// The step of an id.
    pub(super) fn step(&self, id: StepId) -> &'a Step {
        &self.plan.steps[id.0 as usize]
    }

    /// The result of a step; `None` while it is not complete.
    pub(super) fn result(&self, id: StepId) -> Option<&StepResult> {
        self.results.get(id.0 as usize)?.get()
    }

    /// Where a step waits for those that go on with it.
    pub(super) fn arrival(&self, step: &Step) -> Option<Arrival<'_>> {
        self.gates.get(step.together.first()?).map(Gate::arrival)
    }

    /// How many elements of a streamed list come with what it stands in; `None`: all of them.
    pub(super) fn initial_count(&self, list: DeferId) -> Option<usize> {
        self.deferral?.initial_count(list)
    }

    /// Whether other steps that have something to do use the connector of a step.
    pub(super) fn is_shared(&self, step: &Step) -> bool {
        match step.shared {
            Sharing::Alone => false,
            Sharing::InParts => self.deferral.is_some(),
            Sharing::Always => true,
        }
    }

    /// The list for whose later elements a step works, if they come later.
    pub(super) fn rest_of(&self, step: &Step) -> Option<DeferId> {
        let rest_of = self.plan.positions.get(step.join.position.0 as usize)?.rest_of;
        rest_of.filter(|list| self.initial_count(*list).is_some())
    }

    /// Stores the result of a step. A step completes once; a second result is dropped.
    pub(super) fn complete(&self, id: StepId, result: StepResult) {
        if let Some(place) = self.results.get(id.0 as usize) {
            drop(place.set(result));
        }
    }

    /// Rows that the operation may still read.
    pub(super) fn rows_left(&self) -> usize {
        self.rows_left.load(Ordering::Relaxed)
    }

    /// Takes rows off the budget. Only the operation's own task does so.
    pub(super) fn take_rows(&self, rows: usize) {
        self.rows_left.store(self.rows_left().saturating_sub(rows), Ordering::Relaxed);
    }

    /// Upstream calls made or shared so far.
    pub(super) fn calls_made(&self) -> usize {
        let left = self.context.call.calls_left.load(Ordering::Relaxed).max(0);
        self.context.limits.upstream_calls.saturating_sub(usize::try_from(left).unwrap_or(0))
    }

    /// All rows that were read.
    pub(super) fn total_rows(&self) -> usize {
        self.context.limits.rows.get() - self.rows_left()
    }
}

fn gates(plan: &OperationPlan) -> HashMap<StepId, Gate> {
    let first = plan.steps.iter().filter(|step| step.together.first() == Some(&step.id));
    first.map(|step| (step.id, Gate::new(step.together.len()))).collect()
}
