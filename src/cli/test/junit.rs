//! Results as JUnit XML, the form that CI systems read.

use std::{borrow::Cow, io, time::Duration};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::{
    report,
    results::{Outcome, Results, SuiteResult, TestResult},
};
use crate::diagnostic::{self, Color, Diagnostic};

/// The whole document. `diagnostics` tell why files could not be run.
pub(super) fn document(results: &Results, diagnostics: &[Diagnostic]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = results.counts();
    let tests = (counts.passed + counts.failed + counts.skipped + counts.unusable).to_string();
    let time: Duration = results.suites.iter().flat_map(|suite| &suite.tests).map(|test| test.duration).sum();
    let root = writer.create_element("testsuites").with_attributes([
        ("name", "anabranch test"),
        ("tests", &tests),
        ("failures", &counts.failed.to_string()),
        ("errors", &counts.unusable.to_string()),
        ("skipped", &counts.skipped.to_string()),
        ("time", &seconds(time)),
    ]);
    root.write_inner_content(|writer| {
        results.suites.iter().try_for_each(|suite| write_suite(writer, suite, diagnostics))
    })?;
    let mut text = writer.into_inner();
    text.push(b'\n');
    Ok(text)
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &SuiteResult, diagnostics: &[Diagnostic]) -> io::Result<()> {
    let counts = suite.counts();
    let time: Duration = suite.tests.iter().map(|test| test.duration).sum();
    let (name, file) = (legal(&suite.name), legal(&suite.file));
    let element = writer.create_element("testsuite").with_attributes([
        ("name", &*name),
        ("file", &*file),
        ("tests", &(counts.passed + counts.failed + counts.skipped + counts.unusable).to_string()),
        ("failures", &counts.failed.to_string()),
        ("errors", &counts.unusable.to_string()),
        ("skipped", &counts.skipped.to_string()),
        ("time", &seconds(time)),
    ]);
    element.write_inner_content(|writer| {
        if !suite.usable {
            write_unusable(writer, suite, diagnostics)?;
        }
        suite.tests.iter().try_for_each(|test| write_test(writer, suite, test))
    })?;
    Ok(())
}

fn write_test(writer: &mut Writer<Vec<u8>>, suite: &SuiteResult, test: &TestResult) -> io::Result<()> {
    let (name, class, file) = (legal(&test.name), legal(&suite.name), legal(&suite.file));
    let element = writer.create_element("testcase").with_attributes([
        ("name", &*name),
        ("classname", &*class),
        ("file", &*file),
        ("line", &test.line.to_string()),
        ("time", &seconds(test.duration)),
    ]);
    match &test.outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Skipped => element.write_inner_content(|writer| {
            writer.create_element("skipped").write_empty()?;
            Ok(())
        })?,
        Outcome::Failed(mismatches) => element.write_inner_content(|writer| {
            let about: Vec<&str> = mismatches.iter().map(|mismatch| mismatch.about.as_str()).take(3).collect();
            let message = format!("not as expected: {}", about.join("; "));
            let text: String = mismatches.iter().map(report::plain).collect();
            write_told(writer, "failure", &message, &format!("{}\n{text}", test.target))
        })?,
    };
    Ok(())
}

/// A file without results: one test that is an error.
fn write_unusable(writer: &mut Writer<Vec<u8>>, suite: &SuiteResult, diagnostics: &[Diagnostic]) -> io::Result<()> {
    let (class, file) = (legal(&suite.name), legal(&suite.file));
    let element = writer.create_element("testcase").with_attributes([
        ("name", "can be run"),
        ("classname", &*class),
        ("file", &*file),
        ("time", "0.000"),
    ]);
    element.write_inner_content(|writer| {
        let text = diagnostic::render(diagnostics, Color::Never);
        write_told(writer, "error", "the tests of this file could not be run", &text)
    })?;
    Ok(())
}

fn write_told(writer: &mut Writer<Vec<u8>>, element: &str, message: &str, text: &str) -> io::Result<()> {
    let (message, text) = (legal(message), legal(text));
    let element = writer.create_element(element).with_attribute(("message", &*message));
    element.write_text_content(BytesText::new(&text))?;
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// Without the characters that XML 1.0 cannot hold, escaped or not.
fn legal(text: &str) -> Cow<'_, str> {
    let is_legal = |character: char| !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.chars().all(is_legal) {
        return text.into();
    }
    text.chars().map(|character| if is_legal(character) { character } else { char::REPLACEMENT_CHARACTER }).collect()
}
