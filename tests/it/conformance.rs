//! The conformance suite of the connect language: every case of `tests/conformance` holds.

use std::path::Path;

use crate::testkit::{anabranch, run};

/// Fewer cases than this and the suite was not found whole.
const FEWEST: usize = 1000;

#[test]
fn every_case_of_the_conformance_suite_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = run(&mut anabranch(root, &["test", "tests/conformance"]));
    assert_eq!(run.code, Some(0), "{}\n{}", run.out, run.err);
    let held = run.out.lines().filter(|line| line.trim_start().starts_with("ok ")).count();
    assert!(held >= FEWEST, "only {held} cases were run:\n{}", run.out);
}
