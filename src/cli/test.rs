//! `anabranch test`: connectors with recorded answers, offline.
//!
//! Only reads, compares and tells: what a connector sends and makes of an answer is decided by the code that serves.

mod check;
mod diff;
mod find;
mod graph;
mod junit;
mod play;
mod reader;
mod report;
mod results;
mod suite;
mod target;
mod yaml;

use std::path::{Path, PathBuf};

use tokio::time::Instant;

use super::{
    Ending, Printer,
    args::{Test, TestFormat},
};
use crate::{
    diagnostic::{self, Diagnostic, Span, sort_and_dedupe},
    model::ConnectorId,
};
use graph::{Graph, Overrides};
use results::{Outcome, Results, SuiteResult, TestResult};
use suite::{Case, Suite};

/// A file that is ready to run.
struct Ready {
    suite: Suite,
    graph: Graph,
    /// Of each case.
    connectors: Vec<ConnectorId>,
}

/// What came of reading a file.
struct Prepared {
    path: PathBuf,
    ready: Option<Ready>,
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn run(arguments: &Test, printer: &Printer) -> Ending {
    test(arguments, printer).unwrap_or_else(|ending| ending)
}

fn test(arguments: &Test, printer: &Printer) -> Result<Ending, Ending> {
    let named: Vec<PathBuf> =
        arguments.paths.iter().chain(&arguments.file).chain(&arguments.directory).cloned().collect();
    let files = find::find(&named).map_err(|nothing| {
        printer.error(&nothing.message);
        printer.talk(&format!("  = help: {}", nothing.hint));
        Ending::Unusable
    })?;
    let overrides = Overrides { schema: &arguments.schema, config: arguments.config.as_deref() };
    let mut told: Vec<Diagnostic> = Vec::new();
    let mut results = Results::default();
    let style = report::Style { color: printer.data_color(), quiet: arguments.quiet };
    let (mut stopped, mut matched) = (false, false);
    for path in &files {
        let prepared = prepare(path, overrides);
        if stopped {
            break;
        }
        if arguments.format == TestFormat::Text {
            prepared.tell(&told, printer);
        }
        told.append(&mut prepared.diagnostics.clone());
        let result = prepared.run(arguments, &mut matched);
        stopped = arguments.fail_fast && (!result.usable || result.counts().failed > 0);
        if arguments.format == TestFormat::Text {
            printer.data(&report::suite(&result, style))?;
        }
        results.suites.push(result);
    }
    sort_and_dedupe(&mut told);
    let counts = results.counts();
    if let Some(filter) = arguments.filter.as_deref().filter(|_| !matched && counts.unusable == 0) {
        printer.error(&format!("no test has `{filter}` in its name or target"));
        return Err(Ending::Unusable);
    }
    match arguments.format {
        TestFormat::Text => printer.data(&report::summary(&results, style))?,
        TestFormat::Json => printer.data(&report::json(&results, &diagnostic::render_json(&told)))?,
    }
    if let Some(path) = &arguments.output {
        write_junit(path, &results, &told, printer)?;
    }
    Ok(match (counts.unusable, counts.failed) {
        (0, 0) => Ending::Fine,
        (0, _) => Ending::Problems,
        (_, _) => Ending::Unusable,
    })
}

fn prepare(path: &Path, overrides: Overrides<'_>) -> Prepared {
    let (suite, mut diagnostics) = suite::load(path);
    let ready = suite.and_then(|suite| {
        let (graph, more) = graph::load(&suite, overrides);
        diagnostics.extend(more);
        let graph = graph?;
        let mut connectors = Vec::with_capacity(suite.cases.len());
        for case in &suite.cases {
            match target::find(graph.whole(), &case.target.text) {
                Ok(connector) => connectors.push(connector),
                Err(unknown) => {
                    let span = Span { file: suite.file.clone(), range: case.target.range.clone() };
                    diagnostics
                        .push(Diagnostic::error("TEST_UNKNOWN_TARGET", unknown.message, span).with_hint(unknown.hint));
                }
            }
        }
        (connectors.len() == suite.cases.len()).then_some(Ready { suite, graph, connectors })
    });
    sort_and_dedupe(&mut diagnostics);
    Prepared { path: path.to_owned(), ready, diagnostics }
}

// === impl Prepared ===

impl Prepared {
    /// Tells what has not been told of another file: graphs are shared.
    fn tell(&self, told: &[Diagnostic], printer: &Printer) {
        let key =
            |diagnostic: &Diagnostic| diagnostic::render(std::slice::from_ref(diagnostic), diagnostic::Color::Never);
        let told: std::collections::HashSet<String> = told.iter().map(key).collect();
        let new: Vec<Diagnostic> =
            self.diagnostics.iter().filter(|diagnostic| !told.contains(&key(diagnostic))).cloned().collect();
        printer.diagnostics(&new);
    }

    fn run(self, arguments: &Test, matched: &mut bool) -> SuiteResult {
        let file = self.path.display().to_string();
        let Some(Ready { suite, mut graph, connectors }) = self.ready else {
            return SuiteResult { name: file.clone(), file, usable: false, tests: Vec::new() };
        };
        let mut tests = Vec::with_capacity(suite.cases.len());
        for (case, connector) in suite.cases.iter().zip(connectors) {
            if !is_wanted(case, arguments.filter.as_deref()) {
                continue;
            }
            *matched = true;
            let begun = Instant::now();
            let outcome = outcome(case, connector, &mut graph);
            let line = suite.file.position(case.name.range.start).line;
            let failed = matches!(outcome, Outcome::Failed(_));
            tests.push(TestResult::new(&case.name, &case.target, line, outcome, begun.elapsed()));
            if failed && arguments.fail_fast {
                break;
            }
        }
        SuiteResult { name: suite.name, file, usable: true, tests }
    }
}

fn outcome(case: &Case, connector: ConnectorId, graph: &mut Graph) -> Outcome {
    if case.skip {
        return Outcome::Skipped;
    }
    let model = graph.model(&case.variables);
    let mismatches = check::check(case, &play::play(&model, connector, case));
    if mismatches.is_empty() { Outcome::Passed } else { Outcome::Failed(mismatches) }
}

fn is_wanted(case: &Case, filter: Option<&str>) -> bool {
    let Some(filter) = filter.map(str::to_lowercase) else { return true };
    [&case.name, &case.target].into_iter().any(|text| text.text.to_lowercase().contains(&filter))
}

fn write_junit(path: &Path, results: &Results, diagnostics: &[Diagnostic], printer: &Printer) -> Result<(), Ending> {
    let written = junit::document(results, diagnostics).and_then(|document| std::fs::write(path, document));
    written.map_err(|error| {
        printer.error(&format!("cannot write `{}`: {error}", path.display()));
        Ending::Unusable
    })
}
