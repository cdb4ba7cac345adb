//! Diagnostics for machines: one JSON array, places as lines and columns from 1.

use serde::Serialize;

use super::{Diagnostic, Severity, Span, order, text::shown_path};

/// All diagnostics as a JSON array, in the order of `render`.
#[must_use]
pub fn render_json(diagnostics: &[Diagnostic]) -> String {
    let entries: Vec<Entry<'_>> = order::sorted(diagnostics).into_iter().map(entry).collect();
    serde_json::to_string_pretty(&entries).expect("strings and numbers always serialize")
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Place,
    hint: Option<&'a str>,
    related: Vec<RelatedEntry<'a>>,
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place,
}

/// All null for a diagnostic without a place.
#[derive(Serialize, Default)]
struct Place {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

fn entry(diagnostic: &Diagnostic) -> Entry<'_> {
    Entry {
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: diagnostic.span.as_ref().map(place).unwrap_or_default(),
        hint: diagnostic.hint.as_deref(),
        related: diagnostic
            .related
            .iter()
            .map(|related| RelatedEntry { message: &related.message, place: place(&related.span) })
            .collect(),
    }
}

fn place(span: &Span) -> Place {
    let (start, end) = (span.start(), span.end());
    Place {
        file: Some(shown_path(&span.file.path)),
        line: Some(start.line),
        column: Some(start.column),
        end_line: Some(end.line),
        end_column: Some(end.column),
    }
}
