//! `@defer` and `@stream`: their definitions, and reading them off an operation.

use apollo_compiler::ast::{DirectiveList, Value};

use super::{Defer, library::name, location::LineIndex};

/// What every client's schema declares besides its own types, as graphql-js prints it.
pub(super) const DIRECTIVES: [&str; 2] = [
    "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT",
    "directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0) on FIELD",
];

/// The `@defer` of a fragment, unless it says itself that it is off.
pub(super) fn defer(directives: &DirectiveList, index: &LineIndex<'_>) -> Option<Defer> {
    let directive = directives.get("defer")?;
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
