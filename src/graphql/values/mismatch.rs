//! A literal that does not fit its type, and how a client is told.

use crate::graphql::{InputValue, TypeDefinition, TypeRef, suggest::did_you_mean};

/// Why a literal does not fit.
#[derive(Debug)]
pub(in crate::graphql) enum Mismatch<'a> {
    /// `null` where it is not allowed.
    Null { ty: &'a TypeRef },
    /// An integer beyond 32 bits.
    TooLarge { number: String },
    /// A literal of another kind than the built-in scalar.
    Scalar { scalar: &'a str, shown: String },
    /// A name that is no value of the enum.
    UnknownValue { definition: &'a TypeDefinition, given: &'a str },
    /// Something else than a name where an enum is expected; `given` is the text of a string.
    NoValue { definition: &'a TypeDefinition, given: Option<&'a str>, shown: String },
    /// Something else than an object where an input object is expected.
    NoObject { definition: &'a TypeDefinition, shown: String },
    /// A field that stands twice.
    Repeated { key: &'a str },
    /// A field that the input object does not have.
    UnknownField { definition: &'a TypeDefinition, key: &'a str },
    /// A required field that is absent.
    Missing { definition: &'a TypeDefinition, field: &'a InputValue },
    /// None or several fields of a `@oneOf` input object.
    NotOne { definition: &'a TypeDefinition },
    /// `null` for the only field of a `@oneOf` input object.
    OneOfNull { definition: &'a TypeDefinition },
}

// === impl Mismatch ===

impl Mismatch<'_> {
    /// In the words that clients know from the reference implementation; suggestions cost more than finding the problem.
    pub(in crate::graphql) fn message(&self, with_hint: bool) -> String {
        let hint = if with_hint { self.hint() } else { String::new() };
        match self {
            Self::Null { ty } => format!("Expected value of type `{ty}`, found null."),
            Self::TooLarge { number } => format!("Int cannot represent non 32-bit signed integer value: {number}"),
            Self::Scalar { scalar, shown } => {
                let wanted = match *scalar {
                    "Int" => "non-integer",
                    "Float" => "non numeric",
                    "String" => "a non string",
                    "Boolean" => "a non boolean",
                    _ => "a non-string and non-integer",
                };
                format!("{scalar} cannot represent {wanted} value: {shown}")
            }
            Self::UnknownValue { definition, given } => {
                format!("Value `{given}` does not exist in `{}` enum.{hint}", definition.name)
            }
            Self::NoValue { definition, shown, .. } => {
                let hint = hint.replace("Did you mean", "Did you mean the enum value");
                format!("Enum `{}` cannot represent non-enum value: {shown}.{hint}", definition.name)
            }
            Self::NoObject { definition, shown } => {
                format!("Expected value of type `{}`, found {shown}.", definition.name)
            }
            Self::Repeated { key } => format!("There can be only one input field named `{key}`."),
            Self::UnknownField { definition, key } => {
                format!("Field `{key}` is not defined by type `{}`.{hint}", definition.name)
            }
            Self::Missing { definition, field } => {
                format!("Field `{}.{}` of required type `{}` was not provided.", definition.name, field.name, field.ty)
            }
            Self::NotOne { definition } => {
                format!("OneOf Input Object `{}` must specify exactly one key.", definition.name)
            }
            Self::OneOfNull { definition } => {
                format!("OneOf Input Object `{}` must not specify null for its key.", definition.name)
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::UnknownValue { definition, given } | Self::NoValue { definition, given: Some(given), .. } => {
                did_you_mean(given, definition.values.keys().map(|name| &**name))
            }
            Self::UnknownField { definition, key } => {
                did_you_mean(key, definition.input_fields.keys().map(|name| &**name))
            }
            _ => String::new(),
        }
    }
}
