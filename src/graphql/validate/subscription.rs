//! A subscription selects one root field, without conditions, and no introspection.
//!
//! <https://spec.graphql.org/September2025/#sec-Single-Root-Field>. Linear: each fragment is looked at once.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Node,
    ast::{FragmentDefinition, OperationDefinition, Selection},
};

use super::Problems;

/// Checks the root selections of a subscription.
pub(super) fn check(
    operation: &Node<OperationDefinition>,
    fragments: &HashMap<&str, &Node<FragmentDefinition>>,
    problems: &mut Problems,
) {
    let name = match &operation.name {
        Some(name) => format!("Subscription `{name}`"),
        None => "Anonymous Subscription".to_owned(),
    };
    let mut keys: HashSet<&str> = HashSet::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut open = vec![operation.selection_set.as_slice()];
    while let Some(selections) = open.pop() {
        for selection in selections {
            let directives = match selection {
                Selection::Field(field) => &field.directives,
                Selection::InlineFragment(inline) => &inline.directives,
                Selection::FragmentSpread(spread) => &spread.directives,
            };
            let condition = directives.iter().find(|on| matches!(on.name.as_str(), "skip" | "include"));
            if let Some(condition) = condition {
                let message = format!("{name} can not specify @skip or @include on root fields.");
                problems.add(condition.location(), message);
            }
            match selection {
                Selection::Field(field) => {
                    keys.insert(field.response_name().as_str());
                    if field.name.starts_with("__") {
                        let message = format!("{name} must not select an introspection top level field.");
                        problems.add(field.location(), message);
                    }
                }
                Selection::InlineFragment(inline) => open.push(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    let fragment = fragments.get(spread.fragment_name.as_str());
                    if let Some(fragment) = fragment.filter(|_| seen.insert(&spread.fragment_name)) {
                        open.push(&fragment.selection_set);
                    }
                }
            }
        }
    }
    if keys.len() > 1 {
        problems.add(operation.location(), format!("{name} must select only one top level field."));
    }
}
