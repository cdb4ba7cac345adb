//! Values as written in documents and schemas.

use super::Name;
use crate::{diagnostic::Span, json::Value};

/// A value as written, with its place when it comes from a schema file.
#[derive(Debug, Clone)]
pub struct Literal {
    /// What it is.
    pub kind: LiteralKind,
    /// Place in a schema file; `None` in operations.
    pub span: Option<Span>,
}

/// The forms of a value. Equality ignores places and the order of object members.
#[derive(Debug, Clone)]
pub enum LiteralKind {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// As spelled.
    Int(String),
    /// As spelled.
    Float(String),
    /// A string or block string, decoded.
    String(String),
    /// An enum value.
    Enum(Name),
    /// `$name`
    Variable(Name),
    /// `[...]`
    List(Vec<Literal>),
    /// `{...}`
    Object(Vec<(Name, Literal)>),
}

impl Literal {
    /// The place of `range` (bytes of the *decoded* string) in the file, also inside block strings and after escapes.
    /// `None` if this is not a string from a file.
    #[must_use]
    pub fn span_within(&self, range: std::ops::Range<usize>) -> Option<Span> {
        todo!()
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        todo!()
    }

    /// The value with `variables` (coerced, an object) put in. `None`: a variable that was not given.
    /// Absent members of objects are left out, absent list items are null. Enum values become strings.
    #[must_use]
    pub fn resolve(&self, variables: &Value) -> Option<Value> {
        todo!()
    }

    /// Names of the variables used.
    #[must_use]
    pub fn variables(&self) -> Vec<Name> {
        todo!()
    }
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        todo!()
    }
}
