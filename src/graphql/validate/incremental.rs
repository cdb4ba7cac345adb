//! Rules of the incremental delivery proposal that the library does not have: where `@stream` may stand, and that its labels
//! are not those of `@defer`.
//!
//! Runs on documents that keep every other rule, so fragments exist and have no circle, and costs nothing where a document
//! has no `@stream`.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Node,
    ast::{Definition, Directive, DirectiveList, Document, Field, FragmentDefinition, OperationType, Selection, Value},
};
use indexmap::IndexMap;

use super::Problems;
use crate::graphql::Schema;

/// Adds what the rules find.
pub(super) fn check(schema: &Schema, document: &Document, problems: &mut Problems) {
    let selections = |definition: &Definition| match definition {
        Definition::OperationDefinition(operation) => any(&operation.selection_set),
        Definition::FragmentDefinition(fragment) => any(&fragment.selection_set),
        _ => false,
    };
    if !document.definitions.iter().any(selections) {
        return;
    }
    let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let fragments: HashMap<&str, &Node<FragmentDefinition>> =
        fragments.map(|fragment| (fragment.name.as_str(), fragment)).collect();
    let subscribed = subscribed(document, &fragments);
    let mut rules = Rules { schema, problems, labels: HashSet::new(), is_subscribed: false };
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                let root = match operation.operation_type {
                    OperationType::Query => &schema.query,
                    OperationType::Mutation => &schema.mutation,
                    OperationType::Subscription => &schema.subscription,
                };
                rules.is_subscribed = operation.operation_type == OperationType::Subscription;
                rules.selections(root.as_deref(), &operation.selection_set);
            }
            Definition::FragmentDefinition(fragment) => {
                rules.is_subscribed = subscribed.contains(fragment.name.as_str());
                rules.selections(Some(&fragment.type_condition), &fragment.selection_set);
            }
            _ => {}
        }
    }
    let mut overlaps = Overlaps { fragments: &fragments, problems };
    for operation in document.definitions.iter().filter_map(Definition::as_operation_definition) {
        overlaps.check(&[&operation.selection_set]);
    }
}

fn any(selections: &[Selection]) -> bool {
    selections.iter().any(|selection| match selection {
        Selection::Field(field) => field.directives.has("stream") || any(&field.selection_set),
        Selection::InlineFragment(inline) => any(&inline.selection_set),
        Selection::FragmentSpread(_) => false,
    })
}

/// The fragments that subscriptions spread, directly or not.
fn subscribed<'a>(document: &'a Document, fragments: &HashMap<&str, &'a Node<FragmentDefinition>>) -> HashSet<&'a str> {
    let mut names = HashSet::new();
    let mut open: Vec<&'a [Selection]> = document
        .definitions
        .iter()
        .filter_map(Definition::as_operation_definition)
        .filter(|operation| operation.operation_type == OperationType::Subscription)
        .map(|operation| &operation.selection_set[..])
        .collect();
    while let Some(selections) = open.pop() {
        for selection in selections {
            match selection {
                Selection::Field(field) => open.push(&field.selection_set),
                Selection::InlineFragment(inline) => open.push(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    if let (true, Some(fragment)) = (names.insert(name), fragments.get(name)) {
                        open.push(&fragment.selection_set);
                    }
                }
            }
        }
    }
    names
}

// === where the directives stand ===

struct Rules<'a, 'p> {
    schema: &'a Schema,
    problems: &'p mut Problems,
    labels: HashSet<&'a str>,
    /// Whether a subscription asks for what is walked.
    is_subscribed: bool,
}

impl<'a> Rules<'a, '_> {
    /// Recursion is bounded by the nesting of brackets; fragments are walked on their own.
    fn selections(&mut self, parent: Option<&'a str>, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(parent, field),
                Selection::InlineFragment(inline) => {
                    self.defer(&inline.directives);
                    let inner = inline.type_condition.as_ref().map(|condition| condition.as_str());
                    self.selections(inner.or(parent), &inline.selection_set);
                }
                Selection::FragmentSpread(spread) => self.defer(&spread.directives),
            }
        }
    }

    fn field(&mut self, parent: Option<&'a str>, field: &'a Field) {
        let definition = parent.and_then(|parent| self.schema.field(parent, &field.name));
        if let Some(stream) = field.directives.get("stream") {
            self.place(parent, stream);
            self.label(stream);
            // What the schema tells of itself is no field of the schema, and comes whole.
            let owner = parent.filter(|parent| !parent.starts_with("__")).unwrap_or_default();
            if !owner.is_empty() && definition.is_none_or(|definition| definition.ty.item().is_none()) {
                let message = format!("Directive `@stream` cannot be used on non-list field `{owner}.{}`.", field.name);
                self.problems.add(stream.location(), message);
            }
            let count = stream.specified_argument_by_name("initialCount").and_then(|count| count.to_i32());
            if count.is_some_and(|count| count < 0) {
                let message = "Argument `initialCount` of directive `@stream` must not be negative.";
                self.problems.add(stream.location(), message.into());
            }
        }
        self.selections(definition.map(|definition| &**definition.ty.name()), &field.selection_set);
    }

    fn defer(&mut self, directives: &'a DirectiveList) {
        if let Some(defer) = directives.get("defer") {
            self.label(defer);
        }
    }

    fn place(&mut self, parent: Option<&'a str>, stream: &'a Node<Directive>) {
        for (kind, root) in [("mutation", &self.schema.mutation), ("subscription", &self.schema.subscription)] {
            if let (Some(root), Some(parent)) = (root, parent)
                && **root == *parent
            {
                let message = format!("Stream directive cannot be used on root {kind} type `{root}`.");
                self.problems.add(stream.location(), message);
            }
        }
        if self.is_subscribed && !may_be_off(stream) {
            let message = "Stream directive not supported on subscription operations. Disable `@stream` by setting the \
                           `if` argument to `false`.";
            self.problems.add(stream.location(), message.into());
        }
    }

    fn label(&mut self, directive: &'a Node<Directive>) {
        match directive.specified_argument_by_name("label").map(|label| &**label) {
            None => {}
            Some(Value::String(label)) if self.labels.insert(label) => {}
            Some(Value::String(_)) => {
                let message = "Value for arguments `defer(label:)` and `stream(label:)` must be unique across all \
                               Defer/Stream directive usages.";
                self.problems.add(directive.location(), message.into());
            }
            Some(_) => {
                let message = format!("Argument `@{}(label:)` must be a static string.", directive.name);
                self.problems.add(directive.location(), message);
            }
        }
    }
}

fn may_be_off(directive: &Directive) -> bool {
    matches!(
        directive.specified_argument_by_name("if").map(|condition| &**condition),
        Some(Value::Boolean(false) | Value::Variable(_))
    )
}

// === fields that are streamed must not merge ===

/// `FieldsInSetCanMerge`, for `@stream` alone. Expands fragments, which is bounded by the limit of fields.
struct Overlaps<'a, 'p> {
    fragments: &'a HashMap<&'a str, &'a Node<FragmentDefinition>>,
    problems: &'p mut Problems,
}

impl<'a> Overlaps<'a, '_> {
    fn check(&mut self, sets: &[&'a [Selection]]) {
        let mut fields: IndexMap<&'a str, Vec<&'a Node<Field>>> = IndexMap::new();
        let mut open: Vec<&'a [Selection]> = sets.iter().rev().copied().collect();
        let mut spread: HashSet<&'a str> = HashSet::new();
        while let Some(selections) = open.pop() {
            for selection in selections {
                match selection {
                    Selection::Field(field) => fields.entry(field.response_name()).or_default().push(field),
                    Selection::InlineFragment(inline) => open.push(&inline.selection_set),
                    Selection::FragmentSpread(named) => {
                        let name = named.fragment_name.as_str();
                        if let (true, Some(fragment)) = (spread.insert(name), self.fragments.get(name)) {
                            open.push(&fragment.selection_set);
                        }
                    }
                }
            }
        }
        for (key, group) in fields {
            let streamed = group.iter().find(|field| field.directives.has("stream"));
            if let (Some(streamed), true) = (streamed, group.len() > 1) {
                let message = format!(
                    "Fields `{key}` conflict because they have overlapping stream directives. Use different aliases on \
                     the fields to fetch both if this was intentional."
                );
                self.problems.add(streamed.name.location(), message);
            }
            let below: Vec<&'a [Selection]> = group.iter().map(|field| &field.selection_set[..]).collect();
            if below.iter().any(|selections| !selections.is_empty()) {
                self.check(&below);
            }
        }
    }
}
