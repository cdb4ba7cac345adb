//! A value in a schema that does not fit its type, in the words of diagnostics.

use crate::{
    diagnostic::did_you_mean,
    graphql::{Name, values::Mismatch},
};

/// Names listed in a hint; more are not read.
const MOST: usize = 12;

/// What is wrong and what to do.
pub(super) fn explain(mismatch: &Mismatch<'_>) -> (String, Option<String>) {
    match mismatch {
        Mismatch::Null { ty } => (format!("expected a value of type `{ty}`, found null"), None),
        Mismatch::TooLarge { number } => (format!("`{number}` is beyond the 32 bits of `Int`"), None),
        Mismatch::Scalar { scalar, shown } => {
            let wanted = match *scalar {
                "Int" => "an integer",
                "Float" => "a number",
                "String" => "a string",
                "Boolean" => "`true` or `false`",
                _ => "a string or an integer",
            };
            (format!("expected {wanted}, found {}", quoted(shown)), requoted(scalar, shown))
        }
        Mismatch::UnknownValue { definition, given } => (
            format!("enum `{}` has no value `{given}`", definition.name),
            near(given, definition.values.keys(), "its values are"),
        ),
        Mismatch::NoValue { definition, given, shown } => (
            format!("expected a value of enum `{}`, found {}", definition.name, quoted(shown)),
            match given {
                Some(given) if definition.values.contains_key(*given) => {
                    Some(format!("write `{given}`, without quotes"))
                }
                Some(given) => near(given, definition.values.keys(), "its values are"),
                None => near("", definition.values.keys(), "its values are"),
            },
        ),
        Mismatch::NoObject { definition, shown } => (
            format!("expected an object of type `{}`, found {}", definition.name, quoted(shown)),
            near("", definition.input_fields.keys(), "its fields are"),
        ),
        Mismatch::Repeated { key } => (format!("`{key}` stands twice"), Some("keep one of them".to_owned())),
        Mismatch::UnknownField { definition, key } => (
            format!("`{}` has no field `{key}`", definition.name),
            near(key, definition.input_fields.keys(), "its fields are"),
        ),
        Mismatch::Missing { definition, field } => (
            format!("`{}` is missing", field.name),
            Some(format!("`{}` requires `{}: {}`", definition.name, field.name, field.ty)),
        ),
        Mismatch::NotOne { definition } => (
            format!("`{}` takes exactly one field", definition.name),
            near("", definition.input_fields.keys(), "its fields are"),
        ),
        Mismatch::OneOfNull { definition } => (format!("the field of `{}` cannot be null", definition.name), None),
    }
}

/// What was probably meant, or what there is to choose from.
fn near<'a>(word: &str, names: impl Iterator<Item = &'a Name> + Clone, otherwise: &str) -> Option<String> {
    if let Some(near) = did_you_mean(word, names.clone().map(|name| &**name)) {
        return Some(format!("did you mean `{near}`?"));
    }
    let mut listed: Vec<String> = names.clone().take(MOST).map(|name| format!("`{name}`")).collect();
    if names.count() > MOST {
        listed.push("...".to_owned());
    }
    Some(format!("{otherwise} {}", listed.join(", ")))
}

/// The literal with quotes, or without them, if that is all that is wrong with it.
fn requoted(scalar: &str, shown: &str) -> Option<String> {
    let inner = shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match (scalar, inner) {
        ("Int", Some(inner)) if inner.parse::<i32>().is_ok() => Some(format!("write `{inner}`, without quotes")),
        ("Float", Some(inner)) if inner.parse::<f64>().is_ok() => Some(format!("write `{inner}`, without quotes")),
        ("Boolean", Some(inner @ ("true" | "false"))) => Some(format!("write `{inner}`, without quotes")),
        ("String" | "ID", None) if !shown.contains(' ') => Some(format!("write `\"{shown}\"`, in quotes")),
        _ => None,
    }
}

/// A literal in backticks; `a list` and the like as they are.
fn quoted(shown: &str) -> String {
    if shown.starts_with("a ") || shown.starts_with("an ") { shown.to_owned() } else { format!("`{shown}`") }
}
