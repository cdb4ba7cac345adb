//! Defaults in the one form that they have for their type: fields in the type's order, numbers in their shortest spelling.

use super::super::{
    super::{Literal, LiteralKind},
    Schema, TypeKind, TypeRef,
};

/// Powers of ten between which numbers stand without an exponent, as JavaScript has them.
const PLAIN: std::ops::Range<f64> = 1e-6..1e21;

/// The text of a default.
pub(in crate::graphql) fn text(schema: &Schema, ty: &TypeRef, value: &Literal) -> String {
    match (&value.kind, ty) {
        (LiteralKind::List(items), TypeRef::List { of, .. }) => {
            let items: Vec<String> = items.iter().map(|item| text(schema, of, item)).collect();
            format!("[{}]", items.join(", "))
        }
        (LiteralKind::Object(members), TypeRef::Named { name, .. }) => match schema.types.get(name) {
            Some(definition) if definition.kind == TypeKind::Input => {
                let given = definition.input_fields.values().filter_map(|field| {
                    let (_, value) = members.iter().rfind(|(name, _)| *name == field.name)?;
                    Some(format!("{}: {}", field.name, text(schema, &field.ty, value)))
                });
                format!("{{{}}}", given.collect::<Vec<_>>().join(", "))
            }
            _ => value.to_string(),
        },
        (LiteralKind::Int(digits) | LiteralKind::Float(digits), _) => number(digits),
        (LiteralKind::String(text), TypeRef::Named { name, .. }) if &**name == "ID" && is_integer(text) => text.clone(),
        _ => value.to_string(),
    }
}

fn number(digits: &str) -> String {
    if is_integer(digits) && digits.len() < 16 {
        return if digits == "-0" { "0".to_owned() } else { digits.to_owned() };
    }
    match digits.parse::<f64>() {
        Ok(0.0) => "0".to_owned(),
        Ok(value) if PLAIN.contains(&value.abs()) => value.to_string(),
        Ok(value) if value.is_finite() => {
            let text = format!("{value:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
        _ => digits.to_owned(),
    }
}

/// `0`, `-7`, `120`: without a leading zero.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let no_zero = digits == "0" || !digits.starts_with('0');
    no_zero && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
