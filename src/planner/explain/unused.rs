//! What is asked for nothing: fields that only serve as keys, steps whose result nothing reads, selections that are never
//! on, objects of which nothing but their type is asked.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{number, reason};
use crate::{
    graphql::{Condition, Operation, Selection},
    planner::{
        plan::{Access, EntryKind, KeyRead, OperationPlan, PositionId, Provider, Step, StepId, ValueKind},
        source::names_of_table,
    },
};

/// Remarks of one kind at most.
const MOST: usize = 100;

/// Remarks on a plan.
pub(super) fn remarks(operation: &Operation, plan: &OperationPlan) -> Vec<String> {
    let reads = reason::reads(plan);
    let used = used(plan, &reads);
    let mut remarks = key_only(plan, &used);
    remarks.extend(idle_steps(plan, &reads));
    remarks.extend(bare_objects(plan));
    let mut skipped = Skipped { path: Vec::new(), found: Vec::new(), seen: HashSet::new() };
    skipped.selections(&operation.selections);
    remarks.extend(
        skipped
            .found
            .into_iter()
            .map(|path| format!("`{path}` is never asked: `@skip(if: true)` or `@include(if: false)`")),
    );
    remarks
}

/// Slots that the answer reads, by step, table and slot.
type Used = BTreeSet<(StepId, usize, usize)>;

fn used(plan: &OperationPlan, reads: &BTreeSet<(PositionId, Access)>) -> Used {
    reads.iter().filter_map(|(position, access)| slot(plan, *position, *access)).collect()
}

fn slot(plan: &OperationPlan, position: PositionId, access: Access) -> Option<(StepId, usize, usize)> {
    match access {
        Access::Result { .. } => None,
        Access::Joined { step, slot } => Some((step, 0, slot)),
        Access::Provider { slot } => match plan.positions.get(position.0 as usize)?.provider {
            Provider::Step { step, table } => Some((step, table, slot)),
            Provider::Root => None,
        },
    }
}

/// Leaves that are read as keys alone.
fn key_only(plan: &OperationPlan, used: &Used) -> Vec<String> {
    let mut users: BTreeMap<(StepId, usize, usize), Vec<usize>> = BTreeMap::new();
    for step in &plan.steps {
        for key in &step.join.key {
            add_users(plan, (step, step.join.position), key, &mut users);
        }
    }
    let mut remarks = Vec::new();
    for step in &plan.steps {
        let own: BTreeSet<usize> =
            step.batch_key.iter().filter(|key| key.fields.is_empty()).filter_map(own_slot).collect();
        for (table, object) in step.layout.objects.iter().enumerate() {
            for (at, field) in object.fields.iter().enumerate() {
                if field.child.is_some() || field.name == "__typename" || used.contains(&(step.id, table, at)) {
                    continue;
                }
                let mut why = Vec::new();
                if let Some(users) = users.get(&(step.id, table, at)) {
                    why.push(format!("as key of step {}", reason::listed(users)));
                }
                if table == 0 && own.contains(&at) {
                    why.push("to tell which row belongs to which key".to_owned());
                }
                // What pages are counted by is there with them.
                if why.is_empty() && step.label.pages.is_some() {
                    continue;
                }
                let names: Vec<&str> =
                    names_of_table(&step.layout, table).into_iter().chain([field.name.as_str()]).collect();
                let why = if why.is_empty() {
                    "and nothing uses it".to_owned()
                } else {
                    format!("only {}", why.join(" and "))
                };
                remarks.push(format!("step {} reads `{}` {why}", number(step), names.join(".")));
            }
        }
    }
    remarks.truncate(MOST);
    remarks
}

fn add_users(
    plan: &OperationPlan,
    (user, position): (&Step, PositionId),
    key: &KeyRead,
    users: &mut BTreeMap<(StepId, usize, usize), Vec<usize>>,
) {
    if key.fields.is_empty()
        && let Some(slot) = slot(plan, position, key.access)
    {
        users.entry(slot).or_default().push(number(user));
    }
    for field in &key.fields {
        if let Some(child) = key.child {
            add_users(plan, (user, child), field, users);
        }
    }
}

fn own_slot(key: &KeyRead) -> Option<usize> {
    match key.access {
        Access::Provider { slot } | Access::Joined { slot, .. } => Some(slot),
        Access::Result { .. } => None,
    }
}

/// Steps that nothing of the answer comes from.
fn idle_steps(plan: &OperationPlan, reads: &BTreeSet<(PositionId, Access)>) -> Vec<String> {
    let given: BTreeSet<StepId> =
        reads.iter().filter_map(|(position, access)| Some(plan.source(*position, *access)?.0.id)).collect();
    let idle = plan.steps.iter().filter(|step| !given.contains(&step.id));
    idle.take(MOST)
        .map(|step| format!("nothing of the answer comes from step {}: it only gives keys", number(step)))
        .collect()
}

/// Objects of which only `__typename` is asked: their connector is called to tell whether they are there.
fn bare_objects(plan: &OperationPlan) -> Vec<String> {
    let mut remarks = Vec::new();
    for entry in plan.objects.iter().flat_map(|program| &program.variants).flat_map(|variant| &variant.fields) {
        let EntryKind::Value(value) = &entry.kind else { continue };
        let ValueKind::Object(program) = &value.kind else { continue };
        let variants = plan.objects.get(program.0 as usize).map(|program| &program.variants[..]).unwrap_or_default();
        let bare =
            variants.iter().all(|variant| variant.fields.iter().all(|field| matches!(field.kind, EntryKind::Typename)));
        if bare {
            let remark = format!(
                "of `{}` nothing but `__typename` is asked: it is fetched only to tell whether it is there",
                entry.coordinate
            );
            if !remarks.contains(&remark) && remarks.len() < MOST {
                remarks.push(remark);
            }
        }
    }
    remarks
}

/// Selections with constant conditions.
struct Skipped {
    path: Vec<String>,
    found: Vec<String>,
    /// Fragments are shared, so that each is looked at once.
    seen: HashSet<*const Selection>,
}

impl Skipped {
    fn selections(&mut self, selections: &[Selection]) {
        if self.found.len() >= MOST || !self.seen.insert(selections.as_ptr()) {
            return;
        }
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.path.push(field.response_key.to_string());
                    if field.conditions.contains(&Condition::Never) {
                        self.found.push(self.path.join("."));
                    } else {
                        self.selections(&field.selections);
                    }
                    self.path.pop();
                }
                Selection::Fragment(fragment) if fragment.conditions.contains(&Condition::Never) => {
                    let on = fragment.type_condition.as_ref().map_or("...".to_owned(), |name| format!("... on {name}"));
                    self.path.push(on);
                    self.found.push(self.path.join("."));
                    self.path.pop();
                }
                Selection::Fragment(fragment) => self.selections(&fragment.selections),
            }
        }
    }
}
