//! `@deprecated`: what it says, and where it may stand: on nothing that is required, and on no field that an interface promises
//! without it.

use apollo_compiler::{
    Node,
    ast::{Definition, Directive, FieldDefinition, InputValueDefinition},
};

use super::{Schema, problems::Problems};
use crate::graphql;

const DEPRECATED: &str = "deprecated";

/// `@deprecated` alone says this.
pub(super) const DEFAULT_REASON: &str = "No longer supported";

/// Why an element with these directives is deprecated, if it is.
#[must_use]
pub fn deprecation(directives: &[graphql::Directive]) -> Option<&str> {
    let directive = directives.iter().find(|directive| &*directive.name == DEPRECATED)?;
    Some(directive.argument("reason").and_then(|reason| reason.as_str()).unwrap_or(DEFAULT_REASON))
}

/// An argument or input field without a default.
/// <https://spec.graphql.org/September2025/#sec--deprecated>
pub(super) fn check_required(value: &Node<InputValueDefinition>, problems: &mut Problems) {
    let Some(directive) = value.directives.get(DEPRECATED).filter(|_| value.ty.is_non_null()) else { return };
    let message = format!("`{}` is required and cannot be deprecated", value.name);
    let hint = "make it nullable or give it a default, so that clients can leave it out".to_owned();
    problems.add_at(directive.location(), message, Some(hint));
}

/// The argument of a `@deprecated`.
pub(super) fn check_reason(directive: &Node<Directive>, problems: &mut Problems) {
    let reason = directive.specified_argument_by_name("reason").filter(|_| directive.name == DEPRECATED);
    if let Some(reason) = reason.filter(|reason| reason.is_null()) {
        let hint = "leave `reason` out, or say what to use instead".to_owned();
        problems.add_at(reason.location(), "expected a value of type `String!`, found null".to_owned(), Some(hint));
    }
}

/// The fields of a type that implements interfaces.
/// <https://spec.graphql.org/September2025/#IsValidImplementation()>
pub(super) fn check_implementation(
    schema: &Schema,
    definition: &Definition,
    fields: &[Node<FieldDefinition>],
    problems: &mut Problems,
) {
    let Some(implementing) = definition.name().and_then(|name| schema.types.get(name.as_str())) else { return };
    for field in fields {
        let Some(directive) = field.directives.get(DEPRECATED) else { continue };
        let promised = implementing.implements.iter().find(|interface| {
            let promised = schema.field(interface, &field.name);
            promised.is_some_and(|promised| promised.directives.iter().all(|directive| &*directive.name != DEPRECATED))
        });
        if let Some(interface) = promised {
            let message = format!(
                "`{}.{}` is deprecated, but `{interface}.{}` is not",
                implementing.name, field.name, field.name
            );
            let hint = format!("deprecate `{interface}.{}` too", field.name);
            problems.add_at(directive.location(), message, Some(hint));
        }
    }
}
