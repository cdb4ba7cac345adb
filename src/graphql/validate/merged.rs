//! The library's rules: names, fragments, directives, merging of fields, subscriptions. What our own rules say better is
//! left out.

use apollo_compiler::{ExecutableDocument, ast::Document, diagnostic::ToCliReport, validation::Valid};

use super::{Problems, lists::comparable};
use crate::graphql::{client_schema::Library, introspect};

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

/// Runs the library's validation; the executable document if nothing is left to complain of.
pub(super) fn check(
    library: &Library,
    document: &Document,
    problems: &mut Problems,
) -> Option<Valid<ExecutableDocument>> {
    let stand_in = introspect::stand_in(document, &library.introspection);
    let document = stand_in.as_ref().unwrap_or(document);
    let comparable = comparable(document);
    let result = comparable.as_ref().unwrap_or(document).to_executable_validate(&library.schema);
    let (executable, errors) = match result {
        Ok(executable) => return Some(executable),
        Err(failed) => (failed.partial, failed.errors),
    };
    let mut wrong = false;
    let own_found = !problems.is_empty();
    for error in errors.iter() {
        let kind = error.error.unstable_error_name().unwrap_or_default();
        if OURS_ALONE.contains(&kind) || own_found && OURS.contains(&kind) {
            continue;
        }
        wrong = true;
        let message = error.error.unstable_compat_message().unwrap_or_else(|| error.error.to_string());
        problems.add(error.error.location(), tidy(kind, &message));
    }
    // Only what our rules decide was refused, and they found nothing wrong.
    (!wrong && !own_found).then(|| Valid::assume_valid(executable))
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
