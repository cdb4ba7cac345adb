//! What Anabranch says against what the reference implementation says: documents, variables, introspection, execution.
//!
//! Random cases, the same ones in every run. More of them, or others, by `GRAPHQL_JS_CASES` and `GRAPHQL_JS_SEED`.

mod changes;
mod choices;
mod coercion;
mod documents;
mod execution;
mod introspection;
mod operations;
mod oracle;
mod schemas;

use std::sync::Arc;

use anabranch::{
    diagnostic::SourceFile,
    graphql::{ClientSchema, DocumentLimits, parse_schema},
};

/// A schema with something of everything.
const SDL: &str = include_str!("graphql_js/schema.graphql");

/// None that a test meets.
const LIMITS: DocumentLimits = DocumentLimits {
    bytes: 1 << 24,
    tokens: 1 << 20,
    nesting: 200,
    depth: 1_000,
    aliases: 1 << 20,
    root_fields: 1 << 20,
    fields: 1 << 20,
};

fn client(sdl: &str) -> ClientSchema {
    let file = Arc::new(SourceFile { path: "schema.graphql".into(), text: sdl.into() });
    let schema = parse_schema(&[file], "").unwrap_or_else(|failed| panic!("{:#?}", failed.problems));
    ClientSchema::new(schema).expect("a valid schema")
}
