//! What became of all tests.

use std::time::Duration;

use super::{check::Mismatch, reader::Located};

/// All files.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) suites: Vec<SuiteResult>,
}

/// One file.
#[derive(Debug)]
pub(super) struct SuiteResult {
    pub(super) name: String,
    /// As diagnostics show it.
    pub(super) file: String,
    /// Whether its tests could be run; where they could not, diagnostics say why.
    pub(super) usable: bool,
    pub(super) tests: Vec<TestResult>,
}

/// One test.
#[derive(Debug)]
pub(super) struct TestResult {
    pub(super) name: String,
    pub(super) target: String,
    /// In the file, from 1.
    pub(super) line: usize,
    pub(super) outcome: Outcome,
    pub(super) duration: Duration,
}

/// How a test ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed(Vec<Mismatch>),
    Skipped,
}

/// Numbers of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    /// Files whose tests could not be run.
    pub(super) unusable: usize,
}

// === impl Results ===

impl Results {
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for suite in &self.suites {
            let own = suite.counts();
            counts.passed += own.passed;
            counts.failed += own.failed;
            counts.skipped += own.skipped;
            counts.unusable += own.unusable;
        }
        counts
    }
}

impl SuiteResult {
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts { unusable: usize::from(!self.usable), ..Counts::default() };
        for test in &self.tests {
            match test.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Skipped => counts.skipped += 1,
            }
        }
        counts
    }
}

impl TestResult {
    pub(super) fn new(name: &Located, target: &Located, line: usize, outcome: Outcome, duration: Duration) -> Self {
        Self { name: name.text.to_string(), target: target.text.to_string(), line, outcome, duration }
    }
}
