//! Orders the steps of a plan: dependencies before dependents, otherwise as they were found.

use super::plan::{Access, EntryKind, KeyRead, OperationPlan, Provider, StepId};
use crate::graphql::{ErrorCode, GraphqlError};

/// Sorts and renumbers steps. A circle of keys, which no well-formed model has, is an error instead of a plan that never ends.
pub(super) fn sort(mut plan: OperationPlan) -> Result<OperationPlan, GraphqlError> {
    let order = topological(&plan).ok_or_else(|| {
        GraphqlError::new(ErrorCode::Internal, "operation cannot be planned: its connectors need each other's keys")
    })?;
    // `renamed[old]` is the new id.
    let mut renamed = vec![StepId(0); order.len()];
    for (new, old) in order.iter().enumerate() {
        renamed[*old] = StepId(u32::try_from(new).unwrap_or(u32::MAX));
    }
    let rename = |id: &mut StepId| *id = renamed[id.0 as usize];
    for step in &mut plan.steps {
        rename(&mut step.id);
        step.depends_on.iter_mut().for_each(rename);
        step.depends_on.sort_unstable();
        step.join.key.iter_mut().for_each(|read| rename_key(read, &rename));
        step.batch_key.iter_mut().for_each(|read| rename_key(read, &rename));
    }
    plan.steps.sort_by_key(|step| step.id);
    for position in &mut plan.positions {
        if let Provider::Step { step, .. } = &mut position.provider {
            rename(step);
        }
        position.steps.iter_mut().for_each(rename);
        position.steps.sort_unstable();
        if let Some(reached) = &mut position.reached_by {
            rename_access(&mut reached.access, &rename);
        }
    }
    let entries =
        plan.objects.iter_mut().flat_map(|object| &mut object.variants).flat_map(|variant| &mut variant.fields);
    for entry in entries {
        if let EntryKind::Value(value) = &mut entry.kind {
            for (_, access, _) in value.hops.iter_mut().flat_map(|hop| &mut hop.reads) {
                rename_access(access, &rename);
            }
        }
    }
    Ok(plan)
}

/// Kahn's algorithm, stable; `None` for a circle.
fn topological(plan: &OperationPlan) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = plan.steps.iter().map(|step| step.depends_on.len()).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len()];
    for (index, step) in plan.steps.iter().enumerate() {
        for before in &step.depends_on {
            dependents[before.0 as usize].push(index);
        }
    }
    let mut ready: std::collections::BTreeSet<usize> =
        waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(index, _)| index).collect();
    let mut order = Vec::with_capacity(plan.steps.len());
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for dependent in &dependents[index] {
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                ready.insert(*dependent);
            }
        }
    }
    (order.len() == plan.steps.len()).then_some(order)
}

fn rename_key(read: &mut KeyRead, rename: &impl Fn(&mut StepId)) {
    rename_access(&mut read.access, rename);
    for field in &mut read.fields {
        rename_key(field, rename);
    }
}

fn rename_access(access: &mut Access, rename: &impl Fn(&mut StepId)) {
    match access {
        Access::Joined { step, .. } | Access::Result { step } => rename(step),
        Access::Provider { .. } => {}
    }
}
