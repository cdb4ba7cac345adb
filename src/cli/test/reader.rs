//! Reads values out of YAML and tells every mistake with its place.

use std::{ops::Range, sync::Arc};

use super::yaml::{Entry, Node, NodeKind};
use crate::{
    diagnostic::{Diagnostic, SourceFile, Span, did_you_mean},
    json::Value,
};

/// Mistakes of one file that are told.
const MOST_MISTAKES: usize = 100;

/// Reads one file.
#[derive(Debug)]
pub(super) struct Reader {
    file: Arc<SourceFile>,
    diagnostics: Vec<Diagnostic>,
}

/// A text and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Located {
    pub(super) text: Arc<str>,
    pub(super) range: Range<usize>,
}

impl Reader {
    pub(super) fn new(file: Arc<SourceFile>) -> Self {
        Self { file, diagnostics: Vec::new() }
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    pub(super) fn mistake(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        range: &Range<usize>,
        hint: impl Into<String>,
    ) {
        if self.diagnostics.len() < MOST_MISTAKES {
            let span = self.span(range);
            self.diagnostics.push(Diagnostic::error(code, message, span).with_hint(hint));
        }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST_MISTAKES {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        Span { file: Arc::clone(&self.file), range: range.clone() }
    }

    /// The members of a mapping, all of which are known.
    pub(super) fn members<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<&'n [Entry]> {
        let entries = self.mapping(node, what)?;
        for entry in entries.iter().filter(|entry| !known.contains(&&*entry.key)) {
            let hint = match did_you_mean(&entry.key, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{what} has {}", listed(known)),
            };
            self.mistake("TEST_UNKNOWN_KEY", format!("unknown key `{}`", entry.key), &entry.key_range, hint);
        }
        Some(entries)
    }

    /// The members of a mapping, whatever they are called.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match &node.kind {
            NodeKind::Mapping(entries) => Some(entries),
            NodeKind::Scalar { .. } if node.is_null() => Some(&[]),
            NodeKind::Scalar { .. } | NodeKind::List(_) => {
                self.wrong(node, what, "a mapping", "write `key: value` lines below it");
                None
            }
        }
    }

    /// The elements of a list.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            NodeKind::List(elements) => Some(elements),
            NodeKind::Scalar { .. } if node.is_null() => Some(&[]),
            NodeKind::Scalar { .. } | NodeKind::Mapping(_) => {
                self.wrong(node, what, "a list", "write each element on a line of its own, with `- ` before it");
                None
            }
        }
    }

    /// Any scalar but null, as written.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Located> {
        match node.text() {
            Some(text) if !node.is_null() => Some(Located { text: Arc::clone(text), range: node.range.clone() }),
            _ => {
                self.wrong(node, what, "text", "put it in quotes");
                None
            }
        }
    }

    /// One text, or a list of them.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<Located>> {
        match &node.kind {
            NodeKind::List(elements) => elements.iter().map(|element| self.text(element, what)).collect(),
            NodeKind::Scalar { .. } | NodeKind::Mapping(_) => Some(vec![self.text(node, what)?]),
        }
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        let value = node.value().as_bool();
        if value.is_none() {
            self.wrong(node, what, "`true` or `false`", "write it without quotes");
        }
        value
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, node: &Node, what: &str, bounds: (u32, u32)) -> Option<u32> {
        let number = match node.value() {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let number = number.and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (bounds.0..=bounds.1).contains(number));
        if number.is_none() {
            let expected = format!("a whole number from {} to {}", bounds.0, bounds.1);
            if let (Value::Number(_), Some(written)) = (node.value(), node.text()) {
                let message = format!("{what} must be {expected}, not {written}");
                self.mistake("TEST_WRONG_TYPE", message, &node.range, "write a number within these bounds");
            } else {
                self.wrong(node, what, &expected, "write a number, without quotes");
            }
        }
        number
    }

    /// JSON: text that holds it, or a YAML value that means it. Text that does not begin like JSON is itself.
    pub(super) fn json(&mut self, node: &Node, what: &str) -> Option<Value> {
        let NodeKind::Scalar { text, plain } = &node.kind else { return Some(node.value()) };
        match Value::parse(text.as_bytes()) {
            Ok(value) => Some(value),
            Err(_) if *plain => Some(node.value()),
            Err(error) if text.trim_start().starts_with(['{', '[', '"']) => {
                let hint = "check brackets, quotes and commas, or write it as YAML";
                self.mistake("TEST_INVALID_JSON", format!("{what} is no JSON: {error}"), &node.range, hint);
                None
            }
            Err(_) => Some(node.value()),
        }
    }

    /// An object, as `$args` is.
    pub(super) fn object(&mut self, node: &Node, what: &str) -> Option<Value> {
        self.mapping(node, what)?;
        Some(if node.is_null() { Value::Object(crate::json::Object::default()) } else { node.value() })
    }

    fn wrong(&mut self, node: &Node, what: &str, expected: &str, hint: &str) {
        let message = format!("{what} must be {expected}, not {}", node.type_name());
        self.mistake("TEST_WRONG_TYPE", message, &node.range, hint);
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
