//! What lets completion go straight, noted in a finished plan: leaves that a single read finds, and objects that may be
//! written once for many parents. Whatever has no note is completed all the same, step by step.

use super::plan::{Access, EntryKind, ObjectProgram, OperationPlan, Parts, ValueKind, ValueProgram, Variant};

/// Notes all of them.
pub(super) fn note(plan: &mut OperationPlan) {
    for object in &mut plan.objects {
        for Variant { graph_type, fields, .. } in &mut object.variants {
            for entry in fields {
                if let EntryKind::Value(program) = &mut entry.kind {
                    program.leaf = leaf(program, graph_type);
                }
            }
        }
        object.parts = parts(object);
    }
}

/// The slot of a value that is a leaf of the row, or of what is joined to it.
fn leaf(program: &ValueProgram, graph_type: &str) -> Option<Access> {
    let [hop] = &program.hops[..] else { return None };
    let [(on, access @ (Access::Provider { .. } | Access::Joined { .. }), None)] = &hop.reads[..] else { return None };
    let is_leaf = matches!(program.kind, ValueKind::Leaf(_)) && program.ty.item().is_none();
    let is_read = on.as_ref().is_none_or(|on| **on == *graph_type);
    (is_leaf && is_read).then_some(*access)
}

/// What an object is made of. `None` where it holds what no other row holds, or nothing that is joined.
fn parts(object: &ObjectProgram) -> Option<Parts> {
    let mut parts = Parts { joined: Vec::new(), slots: Vec::new() };
    for entry in object.variants.iter().flat_map(|variant| &variant.fields) {
        let program = match &entry.kind {
            EntryKind::Value(program) => program,
            EntryKind::Typename => continue,
            EntryKind::Introspection => return None,
        };
        for (_, access, target) in &program.hops.first()?.reads {
            match *access {
                Access::Joined { step, .. } | Access::Result { step } => push_new(&mut parts.joined, step),
                // Objects of a row itself are no other row's.
                Access::Provider { .. } if target.is_some() => return None,
                Access::Provider { slot } => push_new(&mut parts.slots, slot),
            }
        }
    }
    (!parts.joined.is_empty()).then_some(parts)
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
