//! Which parts of an answer come after the rest of it.
//!
//! A fragment with `@defer` comes later if something has to be fetched for it that nothing around it needs, and so do the
//! elements of a list with `@stream` after the first ones. For every other one there is nothing to wait for: it is delivered
//! with what it stands in, if its client is told so.

use std::collections::BTreeMap;

use super::guards::GuardMask;
use crate::{
    graphql::{ErrorCode, GraphqlError, InitialCount},
    json::Value,
    planner::{DeferId, Deferred, OperationPlan, Step},
};

/// What an operation asks to have later.
#[derive(Debug)]
pub struct AskedParts<'p> {
    plan: &'p OperationPlan,
    variables: &'p Value,
    /// By what is deferred.
    asked: Vec<bool>,
}

/// The order in which an answer is delivered.
#[derive(Debug)]
pub struct Deferral {
    /// What is on in the first part.
    pub(super) first: GuardMask,
    /// By what is deferred; `None`: it is delivered with what it stands in.
    parts: Vec<Option<Later>>,
}

/// What comes later.
#[derive(Debug)]
pub(super) struct Later {
    /// What is around it and comes later, too.
    pub(super) around: Option<DeferId>,
    /// What is on once it is there: all that was delivered around it, and itself.
    pub(super) guards: GuardMask,
    /// Elements of its list that are delivered with what that stands in; of a fragment zero.
    initial_count: usize,
}

/// What an operation with these variables asks to have later, if it does.
#[must_use]
pub fn asked_parts<'p>(plan: &'p OperationPlan, variables: &'p Value) -> Option<AskedParts<'p>> {
    if plan.deferred.is_empty() {
        return None;
    }
    let everything = GuardMask::evaluate(&plan.guards, variables);
    let asked: Vec<bool> = plan.deferred.iter().map(|deferred| is_asked(deferred, variables, &everything)).collect();
    asked.contains(&true).then_some(AskedParts { plan, variables, asked })
}

/// Checks how many elements of streamed lists are asked for at once, with coerced variables. Errors are request errors.
#[must_use]
pub fn check_initial_counts(plan: &OperationPlan, variables: &Value) -> Vec<GraphqlError> {
    let is_wrong = |deferred: &&Deferred| initial_count(deferred, variables).is_none();
    if !plan.deferred.iter().any(|deferred| is_wrong(&deferred)) {
        return Vec::new();
    }
    let everything = GuardMask::evaluate(&plan.guards, variables);
    let wrong = plan.deferred.iter().filter(is_wrong);
    let wrong = wrong.filter(|deferred| is_asked(deferred, variables, &everything));
    // One directive stands at several places of a plan.
    let by_site: BTreeMap<(u32, u32), &Deferred> =
        wrong.map(|deferred| ((deferred.site.line, deferred.site.column), deferred)).collect();
    by_site.into_values().map(refused).collect()
}

// === impl AskedParts ===

impl AskedParts<'_> {
    /// The order of the answer; `None`: it is one whole. With `each`, its client waits for a part of each deferred fragment;
    /// without, it may lose lists that are announced in other parts than the first, so those come whole.
    #[must_use]
    pub fn order(self, each: bool) -> Option<Deferral> {
        let Self { plan, variables, asked } = self;
        let mut later = asked.clone();
        let around = |later: &[bool], id: usize| {
            let parents = std::iter::successors(plan.deferred[id].parent, |id| plan.deferred[id.0 as usize].parent);
            parents.into_iter().find(|id| later[id.0 as usize])
        };
        let delivered = |later: &[bool], part: Option<DeferId>| {
            let mut around = vec![false; later.len()];
            let mut next = part;
            while let Some(id) = next {
                around[id.0 as usize] = true;
                next = plan.deferred[id.0 as usize].parent;
            }
            GuardMask::with_deferred(&plan.guards, variables, |id| {
                let id = id.0 as usize;
                !later[id] || around[id]
            })
        };
        // Those around have smaller ids, so what a part is compared with is decided before.
        for id in 0..later.len() {
            if later[id] {
                let before = delivered(&later, plan.deferred[id].parent);
                let after = delivered(&later, Some(defer_id(id)));
                let is_list = plan.deferred[id].initial_count.is_some();
                later[id] = (each || !is_list || around(&later, id).is_none())
                    && plan.steps.iter().any(|step| is_fetched_between(step, &before, &after));
            }
        }
        if !later.contains(&true) {
            return None;
        }
        if each {
            // Nobody waits for elements: lists say how many they have.
            for (id, deferred) in plan.deferred.iter().enumerate() {
                later[id] |= asked[id] && deferred.initial_count.is_none();
            }
        }
        let part = |id: usize| {
            later[id].then(|| {
                let deferred = &plan.deferred[id];
                let initial_count = initial_count(deferred, variables).unwrap_or(0);
                Later { around: around(&later, id), guards: delivered(&later, Some(defer_id(id))), initial_count }
            })
        };
        Some(Deferral { first: delivered(&later, None), parts: (0..later.len()).map(part).collect() })
    }
}

// === impl Deferral ===

impl Deferral {
    /// How something comes later, if it does.
    pub(super) fn later(&self, id: DeferId) -> Option<&Later> {
        self.parts.get(id.0 as usize)?.as_ref()
    }

    /// What was delivered before something that comes later.
    pub(super) fn before(&self, id: DeferId) -> &GuardMask {
        let around = self.later(id).and_then(|later| later.around);
        around.and_then(|around| self.later(around)).map_or(&self.first, |around| &around.guards)
    }

    /// How many elements of a list come with what it stands in; `None`: all of them.
    pub(super) fn initial_count(&self, list: DeferId) -> Option<usize> {
        self.later(list).map(|later| later.initial_count)
    }

    /// What comes later, in order.
    pub(super) fn parts(&self) -> impl Iterator<Item = (DeferId, &Later)> {
        self.parts.iter().enumerate().filter_map(|(id, later)| Some((defer_id(id), later.as_ref()?)))
    }
}

fn is_asked(deferred: &Deferred, variables: &Value, everything: &GuardMask) -> bool {
    let wanted = deferred.condition.as_ref().and_then(|name| variables.get(name)).is_none_or(|value| {
        // A variable that may be null defers only where it says so.
        value.as_bool() == Some(true)
    });
    wanted && everything.is_on(deferred.guard)
}

/// Elements of a list that are not deferred, of a fragment none; `None`: no such number is possible.
fn initial_count(deferred: &Deferred, variables: &Value) -> Option<usize> {
    match &deferred.initial_count {
        None => Some(0),
        Some(InitialCount::Literal(count)) => Some(*count),
        Some(InitialCount::Variable(name)) => match variables.get(name) {
            None => Some(0),
            Some(value) => value.as_i64().and_then(|count| count.try_into().ok()),
        },
    }
}

fn refused(deferred: &Deferred) -> GraphqlError {
    let name = match &deferred.initial_count {
        Some(InitialCount::Variable(name)) => &**name,
        Some(InitialCount::Literal(_)) | None => "",
    };
    let message = format!("`initialCount` of `@stream` must not be negative or null: variable `${name}` is");
    let mut error = GraphqlError::new(ErrorCode::BadUserInput, message);
    error.locations.push(deferred.site);
    error
}

fn is_fetched_between(step: &Step, before: &GuardMask, after: &GuardMask) -> bool {
    step.label.upstream.is_some() && after.is_on(step.guard) && !before.is_on(step.guard)
}

fn defer_id(index: usize) -> DeferId {
    DeferId(u32::try_from(index).unwrap_or(u32::MAX))
}
