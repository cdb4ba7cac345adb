//! The library's rules: names, fragments, directives, merging of fields, subscriptions. What our own rules say better is
//! left out.

use apollo_compiler::{ast::Document, diagnostic::ToCliReport};

use super::{Problems, lists::comparable};
use crate::graphql::client_schema::Library;

/// Checked by our own rules, with suggestions or more exactly.
const OURS: [&str; 20] = [
    "UndefinedField",
    "UndefinedArgument",
    "UndefinedDefinition",
    "UndefinedTypeInNamedFragmentTypeCondition",
    "UndefinedTypeInInlineFragmentTypeCondition",
    "UndefinedDirective",
    "UndefinedFragment",
    "UndefinedVariable",
    "UnusedVariable",
    "VariableInputType",
    "DisallowedVariableUsage",
    "RequiredArgument",
    "MissingSubselection",
    "SubselectionOnScalarType",
    "SubselectionOnEnumType",
    "UndefinedRootOperation",
    "UnsupportedValueType",
    "UndefinedEnumValue",
    "UndefinedInputValue",
    "RequiredField",
];
/// The library gets these wrong for custom scalars, for lists made comparable and for fields merged through fragments: our
/// answer alone counts.
const OURS_ALONE: [&str; 11] = [
    "SubscriptionUsesMultipleFields",
    "SubscriptionUsesIntrospection",
    "SubscriptionUsesConditionalSelection",
    "UnsupportedValueType",
    "UndefinedEnumValue",
    "UndefinedInputValue",
    "RequiredField",
    "IntCoercionError",
    "FloatCoercionError",
    "UndefinedVariable",
    "DisallowedVariableUsage",
];

/// Runs the library's validation.
pub(super) fn check(library: &Library, document: &Document, problems: &mut Problems) {
    let comparable = comparable(document);
    let result = comparable.as_ref().unwrap_or(document).to_executable_validate(&library.schema);
    let Err(failed) = result else { return };
    let own_found = !problems.is_empty();
    for error in failed.errors.iter() {
        let kind = error.error.unstable_error_name().unwrap_or_default();
        if OURS_ALONE.contains(&kind) || own_found && OURS.contains(&kind) {
            continue;
        }
        let message = error.error.unstable_compat_message().unwrap_or_else(|| error.error.to_string());
        problems.add(error.error.location(), tidy(kind, &message));
    }
}

fn tidy(kind: &str, message: &str) -> String {
    let message = message.replace('"', "`");
    let message = if kind == "ConflictingFieldType" { message.replace(" and `", "` and `") } else { message };
    let mut characters = message.chars();
    let mut message: String = characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect();
    if !message.ends_with(['.', '?']) {
        message.push('.');
    }
    message
}
