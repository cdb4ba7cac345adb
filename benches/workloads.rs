//! What the benches run: one piece of the engine's work each, set up once, warm, and then run as often as a bench likes.
//!
//! `engine` measures their time, `instructions` counts their instructions. Nothing here depends on time, on threads or on
//! the data of an earlier run.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has to stop")]

pub(crate) mod answering;
pub(crate) mod generated;
pub(crate) mod planning;
pub(crate) mod reading;
pub(crate) mod rendering;
pub(crate) mod upstream;

use std::path::Path;

use anabranch::{
    config::{self, Config, ProcessEnvironment},
    model::{self, Model},
};

/// The schema that most workloads use: posts, their users, rows, and items by key.
pub(crate) const SCHEMA: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12")
  @link(url: "https://specs.apollo.dev/connect/v0.4", import: ["@connect"])

type Query {
  greet: String! @connect(selection: """ $("Hello World!") """)
  posts: [Post!] @connect(source: "api", http: { GET: "/posts" }, selection: "id userId title user: { id: userId }")
  post(id: Int!): Post
    @connect(source: "api", http: { GET: "/posts/{$args.id}" }, selection: "id userId title user: { id: userId }")
  rows(n: Int!): [Row!] @connect(source: "api", http: { GET: "/rows?n={$args.n}" }, selection: "id name city score active")
  keys(n: Int!): [Key!] @connect(source: "api", http: { GET: "/keys?n={$args.n}" }, selection: "itemId item: { id: itemId }")
  search(text: String!, after: String, tags: [String!]): [Post!]
    @connect(
      source: "api"
      http: {
        GET: "/posts/{$args.text}/similar?page={$args.after}"
        queryParams: "tag: $args.tags limit: $(20)"
        headers: [{ name: "x-search", value: "text {$args.text}" }, { name: "x-tenant", from: "x-tenant" }]
      }
      selection: "id userId title user: { id: userId }"
    )
}

type Post {
  id: Int!
  userId: Int!
  title: String!
  user: User
}

type User @connect(source: "api", http: { GET: "/users", queryParams: "id: $batch.id" }, selection: "id name email") {
  id: Int!
  name: String!
  email: String!
}

type Row {
  id: Int!
  name: String!
  city: String!
  score: Int!
  active: Boolean!
}

type Key {
  itemId: Int!
  item: Item
}

type Item @connect(source: "api", http: { POST: "/items", body: "$batch.id" }, selection: "id name price") {
  id: Int!
  name: String!
  price: Int!
}
"#;

/// The configuration and the model of a text, whose files are in `folder`.
pub(crate) fn compile(folder: &Path, text: &str) -> (Config, Model) {
    let (config, _) = config::load_text(&folder.join("upstreams.toml"), text, folder, &ProcessEnvironment)
        .usable()
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = model::compile(&config, &ProcessEnvironment);
    (config, compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

/// The configuration and the model of one schema, whose one upstream `api` is at `base_url`. Nothing times out where
/// counting makes everything fifty times slower.
pub(crate) fn compile_schema(schema: &str, base_url: &str, settings: &str) -> (Config, Model) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("graph.graphql"), schema).unwrap();
    let text = format!(
        "{settings}\n[graph]\nschema = [\"graph.graphql\"]\n[server]\ndeadline = \"300s\"\n[upstreams.api]\n\
         base_url = \"{base_url}\"\ntimeout = \"300s\"\nconnect_timeout = \"300s\"\n",
    );
    compile(folder.path(), &text)
}

/// The project's folder. Two packages share this file.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|folder| folder.join("upstreams.toml").exists()).unwrap()
}
