//! Diagnostics for machines: one JSON array, places as lines and columns from 1.

use serde::Serialize;

use super::{Diagnostic, Severity, Span, order, text::shown_path};

/// All diagnostics as a JSON array, in the order of `render`.
#[must_use]
pub fn render_json(diagnostics: &[Diagnostic]) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by(|left, right| order::compare(left, right));
    let entries: Vec<Entry<'_>> = sorted.into_iter().map(entry).collect();
    serde_json::to_string_pretty(&entries).expect("strings and numbers always serialize")
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    hint: Option<&'a str>,
    related: Vec<RelatedEntry<'a>>,
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

fn entry(diagnostic: &Diagnostic) -> Entry<'_> {
    Entry {
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: diagnostic.span.as_ref().map(place),
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
        file: shown_path(&span.file.path),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
