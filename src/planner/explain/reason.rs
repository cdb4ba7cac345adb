//! Why a step asks this connector and no other.

use std::collections::BTreeSet;

use super::number;
use crate::{
    mapping::Shape,
    model::{Connector, ConnectorId, Loads, Model, Place},
    planner::plan::{Access, EntryKind, KeyRead, OperationPlan, PositionId, Step, StepKind},
};

/// Other connectors that are named at most.
const MOST_OTHERS: usize = 3;

/// Why the connector of `step` was chosen.
pub(super) fn of_step(model: &Model, plan: &OperationPlan, step: &Step) -> String {
    let connector = model.connector(step.connector);
    let (place, alternatives): (String, &[ConnectorId]) = match (&step.kind, &connector.place) {
        (StepKind::Root | StepKind::Field, Place::Root { parent, field, .. } | Place::Field { parent, field }) => {
            (format!("gives `{parent}.{field}`"), model.field_connectors(parent, field))
        }
        _ => {
            let object = connector.returns.name();
            (format!("loads `{object}`"), model.loaders(object))
        }
    };
    let others: Vec<&Connector> =
        alternatives.iter().filter(|id| **id != step.connector).map(|id| model.connector(*id)).collect();
    let asked = asked(plan, step);
    let users = key_users(plan, step);
    if others.is_empty() {
        return format!("the only connector that {place}");
    }
    if asked.is_empty() && !users.is_empty() {
        return format!("gives the key of step {}", listed(&users));
    }
    let fields = match asked.len() {
        1 => "the field".to_owned(),
        all => format!("{} of {all} fields", gives(connector, &asked)),
    };
    let rivals: Vec<&&Connector> = others.iter().filter(|other| asked.is_empty() || gives(other, &asked) > 0).collect();
    if rivals.is_empty() {
        return match others.len() {
            1 => format!("gives {fields}; the other connector gives none"),
            others => format!("gives {fields}; the {others} others give none"),
        };
    }
    let mut reasons = vec![if asked.is_empty() { place } else { format!("gives {fields}") }];
    for other in rivals.iter().take(MOST_OTHERS) {
        reasons.push(format!("`{}` {}", other.name, against(plan, (connector, other), &asked)));
    }
    if rivals.len() > MOST_OTHERS {
        reasons.push(format!("{} more", rivals.len() - MOST_OTHERS));
    }
    reasons.join("; ")
}

/// The field that a root or field connector stands on.
pub(super) fn field_of(model: &Model, step: &Step) -> String {
    match &model.connector(step.connector).place {
        Place::Root { field, .. } | Place::Field { field, .. } => field.to_string(),
        Place::Type { .. } => String::new(),
    }
}

/// What speaks against another connector.
fn against(plan: &OperationPlan, (chosen, other): (&Connector, &Connector), asked: &BTreeSet<String>) -> String {
    let (own, its) = (gives(chosen, asked), gives(other, asked));
    let used = plan.steps.iter().find(|step| step.connector == other.id);
    match used {
        Some(step) if its < own => format!("gives {its} (and is step {})", number(step)),
        Some(step) => format!("is step {}", number(step)),
        None if its < own => format!("gives {its}"),
        None if is_batch(chosen) && !is_batch(other) => "calls once for each object".to_owned(),
        None if its > own => "gives more, and needs more calls here or below".to_owned(),
        None if chosen.id < other.id => "gives as much and stands after it".to_owned(),
        None => "gives as much and needs more calls here or below".to_owned(),
    }
}

fn is_batch(connector: &Connector) -> bool {
    matches!(connector.loads, Some(Loads::Batch { .. }))
}

/// How many of the asked fields a selection gives.
fn gives(connector: &Connector, asked: &BTreeSet<String>) -> usize {
    match &connector.shape {
        Shape::Object(object) => asked.iter().filter(|field| object.fields.contains_key(*field)).count(),
        Shape::Unknown | Shape::Scalar => asked.len(),
    }
}

/// Fields of a step's objects that the answer reads.
fn asked(plan: &OperationPlan, step: &Step) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for (position, access) in reads(plan) {
        if let Some((source, names)) = plan.source(position, access)
            && source.id == step.id
            && let [name] = names.as_slice()
        {
            asked.insert((*name).to_owned());
        }
    }
    asked
}

/// Everything that completion reads: where, and how.
pub(super) fn reads(plan: &OperationPlan) -> BTreeSet<(PositionId, Access)> {
    let mut found = BTreeSet::new();
    let mut open = vec![(plan.root_program, PositionId(0))];
    let mut seen = BTreeSet::new();
    while let Some((program, position)) = open.pop() {
        if !seen.insert((program, position)) {
            continue;
        }
        let variants = plan.objects.get(program.0 as usize).map(|program| &program.variants[..]).unwrap_or_default();
        for entry in variants.iter().flat_map(|variant| &variant.fields) {
            let EntryKind::Value(value) = &entry.kind else { continue };
            let mut at = vec![position];
            for hop in &value.hops {
                let mut next = Vec::new();
                for (_, access, target) in &hop.reads {
                    found.extend(at.iter().map(|position| (*position, *access)));
                    next.extend(*target);
                }
                next.sort_unstable();
                next.dedup();
                at = next;
            }
            if let super::ValueKind::Object(below) = &value.kind {
                open.extend(at.into_iter().map(|position| (*below, position)));
                open.extend(value.stream.as_deref().map(|stream| (stream.program, stream.position)));
            }
        }
    }
    found
}

/// Steps that take a key from what `step` gives.
fn key_users(plan: &OperationPlan, step: &Step) -> Vec<usize> {
    let takes = |user: &&Step| {
        user.id != step.id && user.join.key.iter().any(|key| takes_from(plan, user.join.position, key, step))
    };
    plan.steps.iter().filter(takes).map(number).collect()
}

fn takes_from(plan: &OperationPlan, position: PositionId, key: &KeyRead, step: &Step) -> bool {
    let own = plan.source(position, key.access).is_some_and(|(source, _)| source.id == step.id);
    own || key.child.is_some_and(|child| key.fields.iter().any(|field| takes_from(plan, child, field, step)))
}

pub(super) fn listed(numbers: &[usize]) -> String {
    let texts: Vec<String> = numbers.iter().map(usize::to_string).collect();
    texts.join(", ")
}
