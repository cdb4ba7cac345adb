//! Values as written in documents and schemas.

use std::{fmt, ops::Range};

use super::{
    Name,
    string::{Decoded, write_quoted},
};
use crate::{
    diagnostic::Span,
    json::{Number, Object, Value},
};

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
    /// `$name` for a non-null input field with a default, or for a field of a `@oneOf` type: it may be absent, but not null.
    NonNullVariable(Name),
    /// `[...]`
    List(Vec<Literal>),
    /// `{...}`. In a coerced literal of an operation, a member whose value is a variable that may be absent and whose
    /// input field has a default occurs twice: the default first, the variable after it (so that it wins if given).
    Object(Vec<(Name, Literal)>),
}

// === impl Literal ===

impl Literal {
    /// A literal without a place.
    #[must_use]
    pub fn new(kind: LiteralKind) -> Self {
        Self { kind, span: None }
    }

    /// The place of `range` (bytes of the *decoded* string) in the file, also inside block strings and after escapes.
    /// `None` if this is not a string from a file.
    #[must_use]
    pub fn span_within(&self, range: Range<usize>) -> Option<Span> {
        let (LiteralKind::String(_), Some(span)) = (&self.kind, &self.span) else { return None };
        let written = span.file.text.get(span.range.clone())?;
        let range = match Decoded::new(written) {
            Some(decoded) => {
                let place = decoded.place(range);
                span.range.start + place.start..span.range.start + place.end
            }
            None => span.range.clone(),
        };
        Some(Span { file: span.file.clone(), range })
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, LiteralKind::Null)
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            LiteralKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value with `variables` (coerced, an object) put in. `None`: a variable that was not given.
    /// Absent members of objects are left out, absent list items are null. Enum values become strings.
    #[must_use]
    pub fn resolve(&self, variables: &Value) -> Option<Value> {
        Some(match &self.kind {
            LiteralKind::Null => Value::Null,
            LiteralKind::Boolean(value) => Value::Bool(*value),
            LiteralKind::Int(number) | LiteralKind::Float(number) => {
                Number::parse(number).map_or(Value::Null, Value::Number)
            }
            LiteralKind::String(text) => Value::String(text.as_str().into()),
            LiteralKind::Enum(name) => Value::String(name.clone()),
            LiteralKind::Variable(name) | LiteralKind::NonNullVariable(name) => given(name, variables)?.clone(),
            LiteralKind::List(items) => {
                Value::Array(items.iter().map(|item| item.resolve(variables).unwrap_or_default()).collect())
            }
            LiteralKind::Object(members) => {
                let mut object = Object::default();
                for (name, member) in members {
                    if let Some(value) = member.resolve(variables) {
                        object.insert(name.clone(), value);
                    }
                }
                Value::Object(object)
            }
        })
    }

    /// Whether a variable is null where its place allows it to be absent, but not null.
    /// <https://spec.graphql.org/September2025/#sec-Input-Objects.Input-Coercion>
    #[must_use]
    pub fn has_forbidden_null(&self, variables: &Value) -> bool {
        match &self.kind {
            LiteralKind::NonNullVariable(name) => given(name, variables) == Some(&Value::Null),
            LiteralKind::List(items) => items.iter().any(|item| item.has_forbidden_null(variables)),
            LiteralKind::Object(members) => members.iter().any(|(_, member)| member.has_forbidden_null(variables)),
            _ => false,
        }
    }

    /// Names of the variables used, each once, in order.
    #[must_use]
    pub fn variables(&self) -> Vec<Name> {
        let mut names = Vec::new();
        self.collect_variables(&mut names);
        names
    }

    fn collect_variables(&self, names: &mut Vec<Name>) {
        match &self.kind {
            LiteralKind::Variable(name) | LiteralKind::NonNullVariable(name) if !names.contains(name) => {
                names.push(name.clone());
            }
            LiteralKind::List(items) => items.iter().for_each(|item| item.collect_variables(names)),
            LiteralKind::Object(members) => members.iter().for_each(|(_, member)| member.collect_variables(names)),
            _ => {}
        }
    }
}

fn given<'v>(name: &Name, variables: &'v Value) -> Option<&'v Value> {
    if let Value::Object(members) = variables { members.get(&**name) } else { None }
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        use LiteralKind as K;
        match (&self.kind, &other.kind) {
            (K::Null, K::Null) => true,
            (K::Boolean(left), K::Boolean(right)) => left == right,
            (K::Int(left), K::Int(right)) | (K::Float(left), K::Float(right)) | (K::String(left), K::String(right)) => {
                left == right
            }
            (K::Enum(left), K::Enum(right))
            | (K::Variable(left), K::Variable(right))
            | (K::NonNullVariable(left), K::NonNullVariable(right)) => left == right,
            (K::List(left), K::List(right)) => left == right,
            (K::Object(left), K::Object(right)) => {
                left.len() == right.len() && left.iter().all(|member| right.contains(member))
            }
            _ => false,
        }
    }
}

/// As GraphQL source, strings quoted on one line.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LiteralKind::Null => f.write_str("null"),
            LiteralKind::Boolean(value) => write!(f, "{value}"),
            LiteralKind::Int(number) | LiteralKind::Float(number) => f.write_str(number),
            LiteralKind::String(text) => {
                let mut quoted = String::new();
                write_quoted(&mut quoted, text);
                f.write_str(&quoted)
            }
            LiteralKind::Enum(name) => f.write_str(name),
            LiteralKind::Variable(name) | LiteralKind::NonNullVariable(name) => write!(f, "${name}"),
            LiteralKind::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            LiteralKind::Object(members) => {
                f.write_str("{")?;
                for (index, (name, member)) in members.iter().enumerate() {
                    write!(f, "{}{name}: {member}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}
