//! `@defer` and `@stream`: their definitions, and reading them off an operation.

use apollo_compiler::{
    Node,
    ast::{Directive, DirectiveList, Value},
};

use super::{Defer, InitialCount, Stream, library::name, location::LineIndex};

/// What every client's schema declares besides its own types, as graphql-js prints it.
pub(super) const DIRECTIVES: [&str; 2] = [
    "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT",
    "directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0) on FIELD",
];

/// The `@defer` of a fragment, unless it says itself that it is off.
pub(super) fn defer(directives: &DirectiveList, index: &LineIndex<'_>) -> Option<Defer> {
    unless_off(directives.get("defer")?, index)
}

/// The `@stream` of a field, unless it says itself that it is off.
pub(super) fn stream(directives: &DirectiveList, index: &LineIndex<'_>) -> Option<Box<Stream>> {
    let directive = directives.get("stream")?;
    let defer = unless_off(directive, index)?;
    let initial_count = match directive.specified_argument_by_name("initialCount").map(|value| &**value) {
        Some(Value::Variable(variable)) => InitialCount::Variable(name(variable)),
        // Validation has refused what is negative.
        Some(value) => InitialCount::Literal(value.to_i32().and_then(|count| count.try_into().ok()).unwrap_or(0)),
        None => InitialCount::Literal(0),
    };
    Some(Box::new(Stream { defer, initial_count }))
}

fn unless_off(directive: &Node<Directive>, index: &LineIndex<'_>) -> Option<Defer> {
    let argument = |name: &str| directive.specified_argument_by_name(name).map(|value| &**value);
    let condition = match argument("if") {
        Some(Value::Boolean(false)) => return None,
        Some(Value::Variable(variable)) => Some(name(variable)),
        _ => None,
    };
    let label = argument("label").and_then(Value::as_str).map(Into::into);
    let site = index.location(directive.location().map_or(0, |place| place.offset()));
    Some(Defer { condition, label, site })
}
