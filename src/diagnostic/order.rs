//! The order in which problems are told: errors before warnings, of both the configuration's first, then by file and place.
//! What has no place comes before what has one.

use std::{cmp::Ordering, path::Path};

use super::Diagnostic;

/// Sorts problems, and drops repetitions (same code, place and message).
pub fn sort_and_dedupe(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(compare);
    diagnostics.dedup_by(|later, earlier| is_repetition(later, earlier));
}

/// All of them, in order.
pub(super) fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by(|left, right| compare(left, right));
    sorted
}

fn compare(left: &Diagnostic, right: &Diagnostic) -> Ordering {
    left.severity
        .cmp(&right.severity)
        .then_with(|| is_of_schema(left).cmp(&is_of_schema(right)))
        .then_with(|| place(left).cmp(&place(right)))
        .then_with(|| end(left).cmp(&end(right)))
        .then_with(|| left.code.cmp(right.code))
        .then_with(|| left.message.cmp(&right.message))
}

/// What is wrong with the configuration comes first: mistakes of the schemas may follow from it.
fn is_of_schema(diagnostic: &Diagnostic) -> bool {
    diagnostic.span.is_some() && !diagnostic.code.starts_with("CONFIG_")
}

fn is_repetition(left: &Diagnostic, right: &Diagnostic) -> bool {
    left.code == right.code
        && place(left) == place(right)
        && end(left) == end(right)
        && left.message == right.message
        && left.hint == right.hint
}

fn place(diagnostic: &Diagnostic) -> Option<(&Path, usize)> {
    diagnostic.span.as_ref().map(|span| (span.file.path.as_path(), span.range.start))
}

fn end(diagnostic: &Diagnostic) -> usize {
    diagnostic.span.as_ref().map_or(0, |span| span.range.end)
}
