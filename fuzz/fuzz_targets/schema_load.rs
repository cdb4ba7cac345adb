//! Any text is a schema or not; what is wrong with it can be shown, and what is right prints.
#![no_main]

use std::sync::Arc;

use anabranch_fuzz::{
    diagnostic::{Color, SourceFile, render},
    graphql::parse_schema,
};
use libfuzzer_sys::fuzz_target;

const DEFINITIONS: &str = r#"
scalar JSONSelection
directive @source(name: String!, baseURL: String, isSuccess: JSONSelection) repeatable on SCHEMA
directive @connect(source: String, selection: JSONSelection!, entity: Boolean = false) repeatable on FIELD_DEFINITION | OBJECT
"#;

fuzz_target!(|text: &str| {
    let file = Arc::new(SourceFile { path: "schema.graphql".into(), text: text.to_owned() });
    match parse_schema(&[file], DEFINITIONS) {
        Ok(schema) => drop(schema.to_sdl()),
        Err(failed) => {
            assert!(!failed.problems.is_empty());
            drop(render(&failed.problems, Color::Never));
        }
    }
});
