//! When steps run: as soon as what they depend on is complete; mutations one root field after another.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{
    run::{Run, StepResult},
    step,
};
use crate::{
    graphql::OperationKind,
    planner::{Step, StepId},
};

/// How long after the calls' own deadline a run waits for them to say so, before it answers without them.
pub const GRACE: Duration = Duration::from_millis(50);

/// Runs all steps of the plan, or as many as there is time for. A step that was not complete in time has no result.
pub(super) async fn run_steps(run: &Run<'_>) {
    let bound = run.context.call.deadline + GRACE;
    let in_time = tokio::time::timeout_at(bound, async {
        match run.plan.kind {
            OperationKind::Mutation => mutation(run).await,
            OperationKind::Query | OperationKind::Subscription => all(run, |_| true).await,
        }
    });
    if in_time.await.is_err() {
        tracing::warn!("operation was answered before all of its steps were complete");
    }
}

/// Root fields in order, each with its whole selection.
async fn mutation(run: &Run<'_>) {
    serially(run, |_| true).await;
}

/// Runs the selected steps of a mutation, root field after root field. No further one starts once the client has left or time
/// is over; `false`: so it was.
pub(super) async fn serially(run: &Run<'_>, selected: impl Fn(&Step) -> bool) -> bool {
    for root in serial(run) {
        let over = tokio::time::Instant::now() >= run.context.call.deadline;
        if over || run.context.abandoned.load(Ordering::Acquire) {
            return false;
        }
        all(run, |step| step.root == root && selected(step)).await;
        run.memo.clear();
    }
    true
}

/// Root fields in the order of the answer: a field stands where the first of its occurrences does that is on.
/// <https://spec.graphql.org/September2025/#ExecuteRootSelectionSet()>
fn serial(run: &Run<'_>) -> Vec<usize> {
    let roots = &run.plan.roots;
    let mut order = Vec::with_capacity(roots.len());
    let program = run.plan.objects.get(run.plan.root_program.0 as usize);
    let entries = program.and_then(|program| program.variants.first()).into_iter().flat_map(|variant| &variant.fields);
    for entry in entries.filter(|entry| run.guards.is_on(entry.guard)) {
        let of_key = (0..roots.len()).filter(|root| roots[*root].response_key == entry.response_key);
        for root in of_key {
            if !order.contains(&root) {
                order.push(root);
            }
        }
    }
    order
}

/// Runs the selected steps.
pub(super) async fn all<'r, 'a>(run: &'r Run<'a>, selected: impl Fn(&Step) -> bool) {
    let mut steps = Steps::new(run, selected, |step| start(run, step));
    while steps.next().await.is_some() {}
}

/// Steps that run: each starts when the last of its dependencies is complete.
pub(super) struct Steps<'r, 'a, F, S> {
    run: &'r Run<'a>,
    start: S,
    /// For each step how many dependencies are still to come.
    open: Vec<usize>,
    dependents: Vec<Vec<StepId>>,
    running: FuturesUnordered<F>,
}

impl<'r, 'a, F, S> Steps<'r, 'a, F, S>
where
    F: Future<Output = (StepId, StepResult)>,
    S: Fn(&'r Step) -> F,
{
    /// Starts those of the selected steps that wait for nothing.
    pub(super) fn new(run: &'r Run<'a>, selected: impl Fn(&Step) -> bool, start: S) -> Self {
        let steps = &run.plan.steps;
        let mut open = vec![0_usize; steps.len()];
        let mut dependents: Vec<Vec<StepId>> = vec![Vec::new(); steps.len()];
        let running = FuturesUnordered::new();
        for step in steps.iter().filter(|step| selected(step)) {
            for dependency in step.depends_on.iter().filter(|dependency| run.result(**dependency).is_none()) {
                open[step.id.0 as usize] += 1;
                dependents[dependency.0 as usize].push(step.id);
            }
            if open[step.id.0 as usize] == 0 {
                running.push(start(step));
            }
        }
        Self { run, start, open, dependents, running }
    }

    /// The next step that is complete; `None`: no more will be.
    pub(super) async fn next(&mut self) -> Option<StepId> {
        let (id, result) = self.running.next().await?;
        self.run.complete(id, result);
        for dependent in std::mem::take(&mut self.dependents[id.0 as usize]) {
            let open = &mut self.open[dependent.0 as usize];
            *open -= 1;
            if *open == 0 {
                self.running.push((self.start)(self.run.step(dependent)));
            }
        }
        Some(id)
    }
}

/// Runs a step.
pub(super) async fn start(run: &Run<'_>, step: &Step) -> (StepId, StepResult) {
    (step.id, step::run_step(run, step).await)
}
