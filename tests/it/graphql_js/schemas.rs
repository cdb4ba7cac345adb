//! Which schemas are valid: a case or more for each rule of the type system's chapter.

use std::{fmt::Write as _, sync::Arc};

use anabranch::{
    diagnostic::SourceFile,
    graphql::{ClientSchema, parse_schema},
};
use serde_json::{Value, json};

use super::oracle::Oracle;

#[test]
fn the_same_schemas_are_valid() {
    let mut oracle = Oracle::start();
    let mut failures = String::new();
    for case in include_str!("schemas.graphql").split("\n---\n") {
        let (rule, sdl) = case.split_once('\n').expect("a rule and a schema");
        let said = oracle.ask(&json!({"do": "check", "sdl": sdl}));
        let there = said["errors"].as_array().is_some_and(Vec::is_empty);
        let here = problems(sdl);
        if rule.starts_with("# valid: ") != there || here.is_empty() != there {
            writeln!(
                failures,
                "{rule}\n{sdl}\n{here:?} here\n{:?} there",
                said["errors"].as_array().map(|errors| first(errors))
            )
            .unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

fn first(errors: &[Value]) -> String {
    errors.first().map_or_else(String::new, ToString::to_string)
}

/// What is wrong with a schema.
fn problems(sdl: &str) -> Vec<String> {
    let file = Arc::new(SourceFile { path: "schema.graphql".into(), text: sdl.into() });
    match parse_schema(&[file], "") {
        Ok(schema) => ClientSchema::new(schema).err().into_iter().collect(),
        Err(failed) => failed.problems.into_iter().map(|problem| problem.message).collect(),
    }
}
