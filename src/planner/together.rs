//! Batch steps of one connector that become ready at the same moment: their keys are sent together.
//!
//! They become ready at the same moment if what they wait for ends with the same steps, whoever answers first. Steps that
//! wait for different ones are not kept waiting for each other.

use std::collections::{BTreeSet, HashMap};

use super::plan::{DeferId, OperationPlan, Sharing, StepId, StepKind};
use crate::model::ConnectorId;

/// What steps must have in common: connector, root field, and the last steps that they wait for. Whoever streams a list wants
/// its first elements before the rest, so their keys are not sent with those of the rest.
type Moment = (ConnectorId, usize, Option<DeferId>, BTreeSet<StepId>);

/// Notes for each batch step those that are ready with it, itself among them. Steps are sorted.
pub(super) fn group(plan: &mut OperationPlan) {
    let ancestors = ancestors(plan);
    let mut moments: HashMap<Moment, Vec<StepId>> = HashMap::new();
    for step in plan.steps.iter().filter(|step| step.shared != Sharing::Alone && step.kind == StepKind::Batch) {
        let is_last = |id: &StepId| !step.depends_on.iter().any(|other| ancestors[other.0 as usize].contains(id));
        let last = step.depends_on.iter().copied().filter(is_last).collect();
        let rest_of = plan.positions[step.join.position.0 as usize].rest_of;
        moments.entry((step.connector, step.root, rest_of, last)).or_default().push(step.id);
    }
    for group in moments.into_values().filter(|group| group.len() > 1) {
        for id in &group {
            plan.steps[id.0 as usize].together = group.clone();
        }
    }
}

/// For each step all that must be complete before it starts. Only those of steps that others depend on matter.
fn ancestors(plan: &OperationPlan) -> Vec<BTreeSet<StepId>> {
    let mut all: Vec<BTreeSet<StepId>> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let mut own: BTreeSet<StepId> = step.depends_on.iter().copied().collect();
        for before in &step.depends_on {
            own.extend(all.get(before.0 as usize).into_iter().flatten());
        }
        all.push(own);
    }
    all
}
