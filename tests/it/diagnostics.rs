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

/// The published codes of the connect language that can occur here: each is shown by a case.
const CODES: [&str; 44] = [
    "ABSOLUTE_CONNECT_URL_WITH_SOURCE",
    "CONNECTORS_BATCH_KEY_NOT_IN_SELECTION",
    "CONNECTORS_CANNOT_RESOLVE_KEY",
    "CONNECTORS_FIELD_WITH_ARGUMENTS",
    "CONNECTORS_NON_ROOT_BATCH_KEY",
    "CONNECTORS_UNRESOLVED_FIELD",
    "CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE",
    "CONNECT_BATCH_AND_THIS",
    "CONNECT_ON_ROOT",
    "CONNECT_ON_TYPE_MUST_BE_ENTITY",
    "DUPLICATE_ID_NAME",
    "DUPLICATE_SOURCE_NAME",
    "EMPTY_SOURCE_NAME",
    "ENTITY_NOT_ON_ROOT_QUERY",
    "ENTITY_RESOLVER_ARGUMENT_MISMATCH",
    "ENTITY_TYPE_INVALID",
    "GROUP_SELECTION_IS_NOT_OBJECT",
    "GROUP_SELECTION_REQUIRED_FOR_OBJECT",
    "HTTP_HEADER_NAME_COLLISION",
    "HTTP_OMITTED_REQUIRES_V0_4",
    "INVALID_BODY",
    "INVALID_CONNECTOR_ID_NAME",
    "INVALID_ERRORS_MESSAGE",
    "INVALID_HEADER",
    "INVALID_IS_SUCCESS",
    "INVALID_SELECTION",
    "INVALID_SOURCE_NAME",
    "INVALID_URL",
    "INVALID_URL_PROPERTY",
    "INVALID_URL_SCHEME",
    "MISSING_ENTITY_CONNECTOR",
    "MISSING_HTTP_METHOD",
    "MULTIPLE_HTTP_METHODS",
    "NO_SOURCES_DEFINED",
    "NO_SOURCE_IMPORT",
    "RELATIVE_CONNECT_URL_WITHOUT_SOURCE",
    "REQUESTLESS_SELECTION_USES_REQUEST_DATA",
    "SELECTED_FIELD_NOT_FOUND",
    "SOURCE_NAME_MISMATCH",
    "SUBSCRIPTION_IN_CONNECTORS",
    "UNDEFINED_ARGUMENT",
    "UNDEFINED_FIELD",
    "UNKNOWN_CONNECTORS_VERSION",
    "UNSUPPORTED_VARIABLE_TYPE",
];

#[test]
fn every_published_code_is_shown_by_a_case() {
    let told: String = cases()
        .iter()
        .map(|case| fs::read_to_string(case.join("expected.txt")).expect("every case has an expected text"))
        .collect();
    let missing: Vec<_> = CODES.iter().filter(|code| !told.contains(&format!("[{code}]"))).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
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
