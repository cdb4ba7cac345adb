//! Broken configurations: every `tests/diagnostics/<case>/` is checked, and what a person would read about it is compared with
//! the `expected.txt` beside it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anabranch::{
    config::{self, Environment},
    diagnostic::{self, Color},
    model,
};

use crate::golden;

/// The environment of all cases.
struct Variables(BTreeMap<&'static str, &'static str>);

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }
}

#[test]
fn every_broken_configuration_is_told_with_its_place_and_what_to_do() {
    let mut differences = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 14, "only {} cases found", cases.len());
    for case in &cases {
        let rendered = check(&case.join("upstreams.toml"));
        assert!(!rendered.contains("secret-value"), "{} tells a secret", case.display());
        if let Err(difference) = golden::compare(&case.join("expected.txt"), &rendered) {
            differences.push(difference);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// What `anabranch check` tells.
fn check(path: &Path) -> String {
    let environment = Variables(BTreeMap::from([
        ("TOKEN", "secret-value\nof two lines"),
        ("HOST", "secret-value host"),
        ("PORT", "4000"),
    ]));
    let loaded = config::load(path, &environment);
    let mut diagnostics = loaded.diagnostics;
    if let Some(config) = loaded.config {
        let compiled = model::compile(&config, &environment);
        let failed = diagnostic::has_errors(&compiled.diagnostics);
        assert_eq!(compiled.model.is_none(), failed, "{}", path.display());
        diagnostics.extend(compiled.diagnostics);
    }
    diagnostic::sort_and_dedupe(&mut diagnostics);
    diagnostic::render(&diagnostics, Color::Never)
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir("tests/diagnostics").expect("the directory of cases is there");
    let mut cases: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be listed").path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}
