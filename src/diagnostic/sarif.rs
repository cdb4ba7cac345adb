//! Diagnostics as a SARIF 2.1.0 log, which code scanning and editors read.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Diagnostic, Severity, Span, order, text::shown_path};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// All diagnostics as one run of `tool` (its name and version), in the order of `render`.
#[must_use]
pub fn render_sarif(diagnostics: &[Diagnostic], tool: (&str, &str)) -> String {
    let sorted = order::sorted(diagnostics);
    let codes: BTreeSet<&str> = sorted.iter().map(|diagnostic| diagnostic.code).collect();
    let (name, version) = tool;
    let driver = Driver { name, semantic_version: version, rules: codes.into_iter().map(|id| Rule { id }).collect() };
    let run = Run {
        tool: Tool { driver },
        column_kind: "unicodeCodePoints",
        results: sorted.into_iter().map(result).collect(),
    };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    serde_json::to_string_pretty(&log).expect("strings and numbers always serialize")
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'a str,
    results: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    semantic_version: &'a str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    rule_id: &'a str,
    level: &'a str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

/// Lines and columns from 1; the end column is the one after the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

fn result(diagnostic: &Diagnostic) -> Entry<'_> {
    let text = match &diagnostic.hint {
        Some(hint) => format!("{}\nhelp: {hint}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let related = diagnostic.related.iter();
    Entry {
        rule_id: diagnostic.code,
        level: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: Message { text },
        locations: diagnostic.span.iter().map(|span| location(span, None)).collect(),
        related_locations: related.map(|related| location(&related.span, Some(&related.message))).collect(),
    }
}

fn location(span: &Span, message: Option<&str>) -> Location {
    let (start, end) = (span.start(), span.end());
    Location {
        physical_location: PhysicalLocation {
            artifact_location: Artifact { uri: uri(&shown_path(&span.file.path)) },
            region: Region {
                start_line: start.line,
                start_column: start.column,
                end_line: end.line,
                end_column: end.column,
            },
        },
        message: message.map(|text| Message { text: text.to_owned() }),
    }
}

/// A path as a URI reference: relative ones stay relative, so that a checkout's root resolves them.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let encoded = utf8_percent_encode(path.strip_prefix("./").unwrap_or(path), KEPT).to_string();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}
