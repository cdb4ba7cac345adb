//! What values mean: JSON, by the core schema of YAML 1.2.

use std::{ops::Range, sync::Arc};

use super::{Entry, Node, NodeKind};
use crate::json::{Number, Object, Value};

// === impl Node ===

impl Node {
    /// A mapping that is made of parts of others.
    pub(in crate::cli::test) fn mapping(entries: Vec<Entry>, range: Range<usize>) -> Self {
        Self { kind: NodeKind::Mapping(entries), range, weight: 0, depth: 0 }
    }

    /// Bytes, about, that it holds.
    pub(in crate::cli::test) fn weight(&self) -> usize {
        self.weight
    }

    /// `null`, `~` or nothing at all.
    pub(in crate::cli::test) fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if is_null(text))
    }

    /// The text of a scalar, as written.
    pub(in crate::cli::test) fn text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            NodeKind::List(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The member of a mapping.
    pub(in crate::cli::test) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Mapping(entries) => entries.iter().find(|entry| &*entry.key == key),
            NodeKind::Scalar { .. } | NodeKind::List(_) => None,
        }
    }

    /// As JSON.
    pub(in crate::cli::test) fn value(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar { text, plain: true } => plain_value(text),
            NodeKind::Scalar { text, plain: false } => Value::String(Arc::clone(text)),
            NodeKind::List(elements) => Value::Array(elements.iter().map(Self::value).collect()),
            NodeKind::Mapping(entries) => {
                let members = entries.iter().map(|entry| (Arc::clone(&entry.key), entry.value.value()));
                Value::Object(members.collect::<Object>())
            }
        }
    }

    /// What it is, for messages.
    pub(in crate::cli::test) fn type_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar { .. } => match self.value() {
                Value::Null => "nothing",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::String(_) | Value::Array(_) | Value::Object(_) => "text",
            },
            NodeKind::List(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// The value of a plain scalar, by the core schema. Infinities and not-a-number, which JSON has not, are text.
fn plain_value(text: &Arc<str>) -> Value {
    match &**text {
        text if is_null(text) => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(Arc::clone(text)), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(number) = Number::parse(text) {
        return Some(number);
    }
    let radix = |digits: &str, radix| i128::from_str_radix(digits, radix).ok().map(Number::from);
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16).filter(|_| !digits.starts_with(['+', '-']));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8).filter(|_| !digits.starts_with(['+', '-']));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let begins = unsigned.strip_prefix('.').unwrap_or(unsigned);
    if !begins.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    // `+1`, `007`, `.5`, `1.`: other spellings than those of JSON.
    match text.parse::<i128>() {
        Ok(integer) => Some(Number::from(integer)),
        Err(_) => text.parse::<f64>().ok().and_then(Number::from_f64),
    }
}
