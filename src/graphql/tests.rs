//! Tests of the module as a whole, over one small schema.

mod coercion;
mod corpus;
mod hostile;
mod introspection;
mod lowering;

use std::sync::{Arc, LazyLock};

use super::{ClientSchema, DocumentLimits, GraphqlError, PreparedDocument, Schema, parse_schema};
use crate::{diagnostic::SourceFile, json::Value};

const SDL: &str = r#"
scalar Date @specifiedBy(url: "https://example.org/date")
type Query {
  books(first: Int = 10, after: String @deprecated(reason: "use pages")): [Book!]!
  book(id: ID!): Book
  node(id: ID!): Node
  find(filter: Filter, by: By, sort: [Sort!]): [Found!]
  shelf(rows: [[Int!]!], numbers: [Int!]! = [1]): Int
  color(of: Color!, or: Color = RED): Color
  on(date: Date, flag: Boolean = false, ratio: Float, text: String! = "x"): Date
  required(box: Box!): Int
}
type Mutation { add(input: NewBook!): Book  ping: Int }
type Subscription { added: Book  removed: Book }
interface Node { id: ID! }
type Book implements Node { id: ID! title(length: Int): String! pages: Int author: Author color: Color old: Int @deprecated }
type Author implements Node { id: ID! name: String! motto: String books(first: Int): [Book!] }
type Shelf { label: String }
union Found = Book | Author
enum Color { RED GREEN BLUE }
enum Sort { TITLE AUTHOR }
input Filter { text: String! limit: Int = 5 tags: [String!] inner: Filter color: Color date: Date exact: Boolean! = true }
input NewBook { title: String! pages: Int authorId: ID }
input By @oneOf { id: ID slug: String ids: [ID!] }
input Box { width: Int! = 1 lid: Lid = { color: BLUE } ids: [ID!] = 7 }
input Lid { color: Color = RED, height: Float = 2 }
"#;

const LIMITS: DocumentLimits = DocumentLimits {
    bytes: 1 << 20,
    tokens: 15_000,
    nesting: 100,
    depth: 15,
    aliases: 30,
    root_fields: 20,
    fields: 1_000,
};

fn schema() -> Schema {
    let file = Arc::new(SourceFile { path: "schema.graphql".into(), text: SDL.into() });
    parse_schema(&[file], "").expect("the test schema is valid")
}

fn client() -> &'static ClientSchema {
    static CLIENT: LazyLock<ClientSchema> =
        LazyLock::new(|| ClientSchema::new(schema()).expect("the test schema is valid"));
    &CLIENT
}

fn prepare(document: &str) -> Result<PreparedDocument, Vec<GraphqlError>> {
    client().prepare(document, None, &LIMITS)
}

fn json(text: &str) -> Value {
    Value::parse(text.as_bytes()).expect("the test's JSON is valid")
}

fn messages(errors: &[GraphqlError]) -> String {
    let lines: Vec<_> = errors
        .iter()
        .map(|error| {
            let places: Vec<_> = error.locations.iter().map(|at| format!("{}:{} ", at.line, at.column)).collect();
            format!("{}{} {}", places.concat(), error.code.as_str(), error.message)
        })
        .collect();
    lines.join("\n")
}
