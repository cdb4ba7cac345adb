//! From text to raw tables: every syntax error in plain words, and what could be read besides.
//!
//! One mistake of syntax must not be told several times, so errors that only follow from an earlier one are dropped.

use std::{ops::Range, sync::Arc};

use toml::de::DeTable;

use super::{duplicates, raw::RawTable};
use crate::diagnostic::{Diagnostic, SourceFile, Span};

/// More syntax errors than this are not told: the file is something else than TOML.
const MOST_ERRORS: usize = 20;

/// A document as far as it could be read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: RawTable,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// From here on nothing that was read can be trusted.
    pub(super) reliable_until: usize,
}

pub(super) fn parse(file: &Arc<SourceFile>) -> Parsed {
    let (document, errors) = DeTable::parse_recoverable(&file.text);
    let mut errors: Vec<SyntaxError<'_>> = errors.iter().map(SyntaxError::of).collect();
    errors.sort_by_key(|error| error.range.start);
    let mut diagnostics = Vec::new();
    let mut reliable_until = usize::MAX;
    if let Some(open) = unclosed(&file.text, &errors) {
        errors.retain(|error| error.range.start < open.range.start);
        reliable_until = open.range.start;
        diagnostics.push(open.diagnostic(file));
    }
    let (repeated, errors): (Vec<_>, Vec<_>) = errors.into_iter().partition(|error| error.message == "duplicate key");
    let repeated: Vec<Range<usize>> = repeated.into_iter().map(|error| error.range).collect();
    diagnostics.extend(duplicates::explain(file, &repeated));
    diagnostics.extend(one_of_each_line(file, errors).into_iter().take(MOST_ERRORS).map(|error| error.explain(file)));
    Parsed { root: RawTable::of(document.get_ref()), diagnostics, reliable_until }
}

/// The first error of each line; the others mostly follow from it.
fn one_of_each_line<'a>(file: &SourceFile, mut errors: Vec<SyntaxError<'a>>) -> Vec<SyntaxError<'a>> {
    errors.dedup_by(|later, earlier| {
        let between = file.text.get(earlier.range.start..later.range.start).unwrap_or_default();
        !between.contains('\n')
    });
    errors
}

// === impl Parsed ===

impl Parsed {
    /// Drops diagnostics about what was misread because of errors of syntax: those on the same lines, those behind an unclosed
    /// bracket, and those about keys that are missing (they may only have been lost).
    pub(super) fn retain_trustworthy(&self, diagnostics: &mut Vec<Diagnostic>) {
        let line =
            |diagnostic: &Diagnostic| diagnostic.span.as_ref().map(|span| (span.file.path.clone(), span.start().line));
        let broken: Vec<_> = self.diagnostics.iter().filter(|d| d.code == "CONFIG_SYNTAX").map(line).collect();
        diagnostics.retain(|diagnostic| {
            let start = diagnostic.span.as_ref().map_or(0, |span| span.range.start);
            diagnostic.code != "CONFIG_MISSING_KEY"
                && start < self.reliable_until
                && !broken.contains(&line(diagnostic))
        });
    }
}

struct SyntaxError<'a> {
    message: &'a str,
    expected: Option<&'a str>,
    range: Range<usize>,
}

// === impl SyntaxError ===

impl<'a> SyntaxError<'a> {
    fn of(error: &'a toml::de::Error) -> Self {
        let (message, expected) = match error.message().split_once(", expected ") {
            Some((message, expected)) => (message, Some(expected)),
            None => (error.message(), None),
        };
        Self { message, expected, range: error.span().unwrap_or(0..0) }
    }

    fn explain(&self, file: &Arc<SourceFile>) -> Diagnostic {
        let span = Span { file: Arc::clone(file), range: self.range.clone() };
        let found = span.text().to_owned();
        let before = file.text.get(..self.range.start).unwrap_or_default();
        let (message, hint) = match self.message {
            "string values must be quoted" if found.is_empty() => {
                ("a value is missing".to_owned(), "write a value after `=`".to_owned())
            }
            "string values must be quoted" => {
                (format!("`{found}` is not a value"), format!("text stands in quotes: `\"{found}\"`"))
            }
            "invalid boolean" => (format!("`{found}` is not a value"), "write `true` or `false`".to_owned()),
            "key with no value" if before.trim_end().ends_with(':') => colon(),
            "key with no value" => {
                ("a key without a value".to_owned(), "write `key = value`, one in each line".to_owned())
            }
            "unclosed table" => ("this table header is not closed".to_owned(), "add `]`".to_owned()),
            "invalid basic string" | "invalid literal string" => {
                ("this string is not closed".to_owned(), format!("add {}", self.expected.unwrap_or("the quote")))
            }
            "unexpected key or value" => {
                ("this does not belong here".to_owned(), "each key stands in a line of its own".to_owned())
            }
            "missing escaped value" => (
                "an unknown escape in a string".to_owned(),
                "write `\\\\` for a backslash, or put the text in single quotes".to_owned(),
            ),
            other => (other.to_owned(), self.expectation()),
        };
        Diagnostic::error("CONFIG_SYNTAX", message, span).with_hint(hint)
    }

    fn expectation(&self) -> String {
        match self.expected {
            Some(expected) if expected != "nothing" => format!("expected {expected}"),
            _ => "see https://toml.io for the syntax of this file".to_owned(),
        }
    }
}

fn colon() -> (String, String) {
    ("`:` does not stand after a key".to_owned(), "this file is TOML: write `key = value` and `[table]`".to_owned())
}

/// A list or inline table whose end is missing, so that all that follows is misread.
struct Unclosed {
    range: Range<usize>,
    close: char,
}

fn unclosed(text: &str, errors: &[SyntaxError<'_>]) -> Option<Unclosed> {
    let (open, close, symptoms) = errors.iter().find_map(|error| match error.message {
        "unclosed array" => Some(('[', ']', ["missing comma between array elements", "unclosed array"])),
        "unclosed inline table" => {
            Some(('{', '}', ["missing key for inline table element", "missing comma between key-value pairs"]))
        }
        _ => None,
    })?;
    let first = errors.iter().find(|error| symptoms.contains(&error.message))?;
    let start = text.get(..first.range.start)?.rfind(open)?;
    Some(Unclosed { range: start..start + 1, close })
}

// === impl Unclosed ===

impl Unclosed {
    fn diagnostic(&self, file: &Arc<SourceFile>) -> Diagnostic {
        let span = Span { file: Arc::clone(file), range: self.range.clone() };
        let message = format!("`{}` is never closed", span.text());
        Diagnostic::error("CONFIG_SYNTAX", message, span).with_hint(format!("add `{}`", self.close))
    }
}
