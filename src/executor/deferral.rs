//! Which fragments of an operation come after the rest of its answer.
//!
//! A fragment with `@defer` comes later if something has to be fetched for it that nothing around it needs. For every other
//! one there is nothing to wait for: it is delivered with what it stands in, if its client is told so.

use super::guards::GuardMask;
use crate::{
    json::Value,
    planner::{DeferId, OperationPlan, Step},
};

/// The order in which an answer is delivered.
#[derive(Debug)]
pub struct Deferral {
    /// What is on in the first part.
    pub(super) first: GuardMask,
    /// By fragment; `None`: it is delivered with what it stands in.
    fragments: Vec<Option<Later>>,
}

/// A fragment that comes later.
#[derive(Debug)]
pub(super) struct Later {
    /// The one around it that comes later, too.
    pub(super) around: Option<DeferId>,
    /// What is on once it is there: all that was delivered around it, and itself.
    pub(super) guards: GuardMask,
}

/// Whether an operation with these variables asks for its answer in parts.
#[must_use]
pub fn asks_for_parts(plan: &OperationPlan, variables: &Value) -> bool {
    if plan.deferred.is_empty() {
        return false;
    }
    let everything = GuardMask::evaluate(&plan.guards, variables);
    (0..plan.deferred.len()).any(|fragment| is_asked(plan, variables, &everything, fragment))
}

/// The order of an answer; `None`: it is one whole. With `each`, its client waits for a part of each deferred fragment.
#[must_use]
pub fn deferral(plan: &OperationPlan, variables: &Value, each: bool) -> Option<Deferral> {
    let everything = GuardMask::evaluate(&plan.guards, variables);
    let asked = (0..plan.deferred.len()).map(|fragment| is_asked(plan, variables, &everything, fragment));
    let asked: Vec<bool> = asked.collect();
    let mut later = asked.clone();
    let delivered = |later: &[bool], fragment: Option<DeferId>| {
        let mut around = vec![false; later.len()];
        let mut next = fragment;
        while let Some(id) = next {
            around[id.0 as usize] = true;
            next = plan.deferred[id.0 as usize].parent;
        }
        GuardMask::with_deferred(&plan.guards, variables, |id| {
            let id = id.0 as usize;
            !later[id] || around[id]
        })
    };
    // Those around have smaller ids, so what a fragment is compared with is decided before.
    for id in 0..later.len() {
        if later[id] {
            let before = delivered(&later, plan.deferred[id].parent);
            let after = delivered(&later, Some(defer_id(id)));
            later[id] = plan.steps.iter().any(|step| is_fetched_between(step, &before, &after));
        }
    }
    if later.iter().all(|later| !later) {
        return None;
    }
    if each {
        later = asked;
    }
    let fragment = |id: usize| {
        later[id].then(|| {
            let parents = std::iter::successors(plan.deferred[id].parent, |id| plan.deferred[id.0 as usize].parent);
            let around = parents.into_iter().find(|id| later[id.0 as usize]);
            Later { around, guards: delivered(&later, Some(defer_id(id))) }
        })
    };
    Some(Deferral { first: delivered(&later, None), fragments: (0..later.len()).map(fragment).collect() })
}

// === impl Deferral ===

impl Deferral {
    /// How a fragment comes later, if it does.
    pub(super) fn later(&self, fragment: DeferId) -> Option<&Later> {
        self.fragments.get(fragment.0 as usize)?.as_ref()
    }

    /// What was delivered before a fragment that comes later.
    pub(super) fn before(&self, fragment: DeferId) -> &GuardMask {
        let around = self.later(fragment).and_then(|later| later.around);
        around.and_then(|around| self.later(around)).map_or(&self.first, |around| &around.guards)
    }

    /// The fragments that come later, in order.
    pub(super) fn fragments(&self) -> impl Iterator<Item = (DeferId, &Later)> {
        self.fragments.iter().enumerate().filter_map(|(id, later)| Some((defer_id(id), later.as_ref()?)))
    }
}

fn is_asked(plan: &OperationPlan, variables: &Value, everything: &GuardMask, fragment: usize) -> bool {
    let deferred = &plan.deferred[fragment];
    let wanted = deferred.condition.as_ref().and_then(|name| variables.get(name)).is_none_or(|value| {
        // A variable that may be null defers only where it says so.
        value.as_bool() == Some(true)
    });
    wanted && everything.is_on(deferred.guard)
}

fn is_fetched_between(step: &Step, before: &GuardMask, after: &GuardMask) -> bool {
    step.label.upstream.is_some() && after.is_on(step.guard) && !before.is_on(step.guard)
}

fn defer_id(index: usize) -> DeferId {
    DeferId(u32::try_from(index).unwrap_or(u32::MAX))
}
