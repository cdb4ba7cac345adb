//! `anabranch test`: the demo's connectors, the conformance suite of the connect language, and what the command prints.

mod output;
mod public_format;

use std::path::Path;

use anabranch::{
    config::{self, ProcessEnvironment},
    model,
};
use serde_json::Value;

use crate::testkit::{Run, anabranch, run};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs all tests below a directory of the repository; they must pass.
fn passing(directory: &str) -> Value {
    let Run { code, out, err } = run(&mut anabranch(repository(), &["test", directory, "--format", "json"]));
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}\n{err}"));
    if code != Some(0) {
        let told = run(&mut anabranch(repository(), &["test", directory, "--quiet"]));
        panic!("{}{}", told.out, told.err);
    }
    report
}

#[test]
fn the_connectors_of_the_demo_do_what_their_tests_say_and_all_have_tests() {
    let report = passing("tests/connectors");
    let tests = report["suites"].as_array().unwrap().iter().flat_map(|suite| suite["tests"].as_array().unwrap());
    let targets: Vec<String> = tests.map(|test| test["target"].as_str().unwrap().to_owned()).collect();

    let loaded = config::load(&repository().join("upstreams.toml"), &ProcessEnvironment);
    let model = model::compile(&loaded.config.unwrap(), &ProcessEnvironment).model.unwrap();
    let is_tested = |name: &str| targets.iter().any(|target| name == target || name == format!("{target}[0]"));
    let untested: Vec<_> =
        model.connectors.iter().map(|connector| &*connector.name).filter(|name| !is_tested(name)).collect();
    assert_eq!(untested, Vec::<&str>::new());
}

#[test]
fn the_connect_language_is_as_its_conformance_suite_says() {
    const AT_LEAST: u64 = 1000;
    let passed = passing("tests/conformance")["summary"]["passed"].as_u64().unwrap();
    assert!(passed >= AT_LEAST, "only {passed} ran");
}

/// The first blocks of `docs/testing-connectors.md`: a schema, its tests, and what they print.
#[test]
fn the_documentation_shows_what_happens() {
    let page = std::fs::read_to_string(repository().join("docs/testing-connectors.md")).unwrap();
    let block = |language: &str| {
        let from = page.split_once(&format!("```{language}\n")).unwrap().1;
        from.split_once("```").unwrap().0.to_owned()
    };
    let folder = output::folder(&[("shop.graphql", &block("graphql")), ("tests/shop.connector.yaml", &block("yaml"))]);
    let ran = run(&mut anabranch(folder.path(), &["test"]));
    assert_eq!((ran.out, &*ran.err), (block("text"), ""));
}
