//! Results as people read them, and as one JSON object.

use std::fmt::Write as _;

use super::{
    check::Mismatch,
    results::{Counts, Outcome, Results, SuiteResult, TestResult},
};
use crate::{
    diagnostic::Color,
    json::{Number, Object, Value},
};

/// Characters of one value that are shown.
const LONGEST_VALUE: usize = 400;
/// Differences of one test that are shown.
const MOST_MISMATCHES: usize = 20;

/// How to print text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) color: Color,
    /// Without tests that pass.
    pub(super) quiet: bool,
}

/// The lines of one file; empty where there is nothing to say.
pub(super) fn suite(suite: &SuiteResult, style: Style) -> String {
    let counts = suite.counts();
    if style.quiet && counts.failed == 0 && suite.usable {
        return String::new();
    }
    let mut out = String::new();
    line(&mut out, &style.paint("1", &visible(&suite.name)));
    if !suite.usable {
        line(&mut out, &format!("  {}  its tests cannot be run", style.paint("1;31", "FAILED")));
    }
    for test in &suite.tests {
        test_lines(&mut out, suite, test, style);
    }
    out
}

/// `3 files, 41 tests: 40 passed, 1 failed`
pub(super) fn summary(results: &Results, style: Style) -> String {
    let counts = results.counts();
    let total = counts.passed + counts.failed + counts.skipped;
    let mut parts = vec![format!("{} passed", counts.passed)];
    parts.extend((counts.failed > 0).then(|| style.paint("1;31", &format!("{} failed", counts.failed))));
    parts.extend((counts.skipped > 0).then(|| format!("{} skipped", counts.skipped)));
    let mut text =
        format!("{}, {}: {}", counted(results.suites.len(), "file"), counted(total, "test"), parts.join(", "));
    if counts.unusable > 0 {
        let unusable = format!("{} could not be run", counted(counts.unusable, "file"));
        text = format!("{text}; {}", style.paint("1;31", &unusable));
    }
    text.push('\n');
    text
}

/// Everything as JSON, the diagnostics (a JSON list) with it.
pub(super) fn json(results: &Results, diagnostics: &str) -> String {
    let suites = results.suites.iter().map(|suite| {
        object([
            ("name", suite.name.as_str().into()),
            ("file", suite.file.as_str().into()),
            ("run", suite.usable.into()),
            ("tests", Value::Array(suite.tests.iter().map(test_value).collect())),
        ])
    });
    let Counts { passed, failed, skipped, unusable } = results.counts();
    let summary = object([
        ("files", number(results.suites.len())),
        ("tests", number(passed + failed + skipped)),
        ("passed", number(passed)),
        ("failed", number(failed)),
        ("skipped", number(skipped)),
        ("files_not_run", number(unusable)),
    ]);
    let all = object([
        ("success", (failed == 0 && unusable == 0).into()),
        ("summary", summary),
        ("suites", Value::Array(suites.collect())),
        ("diagnostics", Value::parse(diagnostics.as_bytes()).unwrap_or_default()),
    ]);
    let text = serde_json::to_string_pretty(&all).unwrap_or_else(|_| all.to_string());
    format!("{text}\n")
}

/// One mismatch without colors, for reports.
pub(super) fn plain(mismatch: &Mismatch) -> String {
    let mut out = String::new();
    mismatch_lines(&mut out, "", mismatch, Style { color: Color::Never, quiet: false });
    out
}

fn test_lines(out: &mut String, suite: &SuiteResult, test: &TestResult, style: Style) {
    let name = visible(&test.name);
    match &test.outcome {
        Outcome::Passed if style.quiet => {}
        Outcome::Passed => line(out, &format!("  {}      {name}", style.paint("32", "ok"))),
        Outcome::Skipped => line(out, &format!("  {} {name}", style.paint("33", "skipped"))),
        Outcome::Failed(mismatches) => {
            line(out, &format!("  {}  {}", style.paint("1;31", "FAILED"), style.paint("1", &name)));
            let place = format!("{}:{}", suite.file, test.line);
            line(out, &format!("            {} {}, {place}", style.paint("34", "-->"), visible(&test.target)));
            for mismatch in mismatches.iter().take(MOST_MISMATCHES) {
                mismatch_lines(out, "            ", mismatch, style);
            }
            if mismatches.len() > MOST_MISMATCHES {
                line(out, &format!("            and {} more", mismatches.len() - MOST_MISMATCHES));
            }
        }
    }
}

fn mismatch_lines(out: &mut String, indent: &str, mismatch: &Mismatch, style: Style) {
    let path = mismatch.path.as_ref().map(|path| format!(" at {}", visible(path))).unwrap_or_default();
    line(out, &format!("{indent}{}{path}", mismatch.about));
    let none = || "(nothing)".to_owned();
    let expected = mismatch.expected.as_ref().map_or_else(none, |value| visible(value));
    let actual = mismatch.actual.as_ref().map_or_else(none, |value| visible(value));
    line(out, &format!("{indent}    expected  {}", style.paint("32", &expected)));
    line(out, &format!("{indent}    actual    {}", style.paint("31", &actual)));
}

fn test_value(test: &TestResult) -> Value {
    let status = match &test.outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "failed",
        Outcome::Skipped => "skipped",
    };
    let mut members = vec![
        ("name", test.name.as_str().into()),
        ("target", test.target.as_str().into()),
        ("line", number(test.line)),
        ("status", status.into()),
    ];
    if let Outcome::Failed(mismatches) = &test.outcome {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
        let failure = |mismatch: &Mismatch| {
            object([
                ("about", mismatch.about.as_str().into()),
                ("path", text(&mismatch.path)),
                ("expected", text(&mismatch.expected)),
                ("actual", text(&mismatch.actual)),
            ])
        };
        members.push(("failures", Value::Array(mismatches.iter().map(failure).collect())));
    }
    object(members)
}

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>())
}

fn number(count: usize) -> Value {
    Value::Number(Number::from(count as u64))
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// A text on one line and of readable length: what a file or an answer says must not move the cursor.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_VALUE));
    for (at, character) in text.chars().enumerate() {
        if at == LONGEST_VALUE {
            out.push_str("...");
            break;
        }
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if character.is_control() || is_invisible(character) => {
                write!(out, "\\u{{{:x}}}", u32::from(character)).unwrap_or_default();
            }
            character => out.push(character),
        }
    }
    out
}

/// Marks that turn the direction of text, and such without width.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

// === impl Style ===

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        match self.color {
            Color::Always => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Color::Never => text.to_owned(),
        }
    }
}
