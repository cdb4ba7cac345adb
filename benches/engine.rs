//! What an operation costs: planned, projected from a body, and answered over loopback.
//!
//! `cargo bench` measures; `cargo test --benches` runs each once.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has to stop")]

use std::{path::Path, sync::Arc};

use anabranch::{
    config::{self, ProcessEnvironment},
    demo::{self, DemoOptions, SERVICES},
    engine::{Engine, GraphqlRequest, RequestContext},
    graphql::DocumentLimits,
    json::Value,
    mapping::{FieldLayout, Layout, Mapping, ObjectLayout, Problems, Scope, Version},
    model::{self, Model},
    planner,
    telemetry::{Identity, Metrics},
};
use axum::{Router, extract::RawQuery, routing::get};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::HeaderMap;
use tokio::{net::TcpListener, runtime::Runtime};

/// Operations of the demo shop and the clients that ask them.
const OPERATIONS: [(&str, &str); 3] = [("web", "catalog-page"), ("web", "web-home"), ("mobile", "mobile-home")];

/// What the schema's base URLs have after the address.
const PATHS: [(&str, &str); 1] = [("inventory", "/v2")];

const LIMITS: DocumentLimits = DocumentLimits {
    bytes: 1 << 20,
    tokens: 15_000,
    nesting: 100,
    depth: 15,
    aliases: 50,
    root_fields: 20,
    fields: 5_000,
};

criterion_group!(benches, planning, projecting, answering);
criterion_main!(benches);

/// Parsing, validating and planning: what a miss of the plan cache costs.
fn planning(criterion: &mut Criterion) {
    let (_, model) = shop(&[]);
    let mut group = criterion.benchmark_group("plan");
    for (client, name) in OPERATIONS {
        let view = &model.clients[client];
        let document = operation(name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let prepared = view.schema.prepare(&document, None, &LIMITS).unwrap();
                planner::plan(&model, view, &prepared.operation).unwrap()
            });
        });
    }
}

/// From a body of a hundred posts to rows of slots.
fn projecting(criterion: &mut Criterion) {
    let mapping = Mapping::parse("id title user: { id: userId }", Version::V0_3).unwrap();
    let leaf = |name: &str| FieldLayout { name: name.to_owned(), child: None };
    let user = FieldLayout { name: "user".to_owned(), child: Some(1) };
    let layout = Layout {
        objects: vec![
            ObjectLayout { fields: vec![leaf("id"), leaf("title"), user] },
            ObjectLayout { fields: vec![leaf("id")] },
        ],
    };
    let program = mapping.compile(&layout);
    let body = Bytes::from(posts());
    let mut group = criterion.benchmark_group("project");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("posts", |bencher| {
        bencher.iter(|| {
            let mut tables = program.tables();
            let mut problems = Problems::default();
            program.run(&body, &Scope::default(), 1_000, &mut tables, &mut problems).unwrap();
            assert_eq!(tables.tables[0].rows(), 100);
            tables
        });
    });
}

/// Whole operations against services on loopback, plans cached, answers of upstreams not.
fn answering(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("answer");

    let engine = runtime.block_on(posts_engine());
    let query = "{ posts { id title user { id name } } }";
    group.bench_function("posts", |bencher| {
        bencher.to_async(&runtime).iter(async || ask(&engine, "default", query).await);
    });

    let services = runtime.block_on(demo::start(DemoOptions::free_ports())).unwrap();
    let addresses: Vec<String> = SERVICES.iter().filter_map(|service| services.base_url(service)).collect();
    let engine = runtime.block_on(async {
        let (config, model) = shop(&addresses);
        Engine::new(model, &config, Arc::new(Metrics::new())).unwrap()
    });
    for (client, name) in OPERATIONS {
        let document = operation(name);
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(async || ask(&engine, client, &document).await);
        });
    }
    group.finish();
    runtime.block_on(services.shutdown());
}

async fn ask(engine: &Engine, client: &str, query: &str) -> Bytes {
    let request =
        GraphqlRequest { query: query.into(), operation_name: None, variables: Value::Null, extensions: Value::Null };
    let mut headers = HeaderMap::new();
    headers.insert("x-customer-id", http::HeaderValue::from_static("12"));
    let context = RequestContext {
        headers,
        identity: Identity::fixed("bench", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
        queries_only: true,
        trace: false,
        problems: false,
    };
    let response = engine.execute(&engine.model().clients[client], request, context).await;
    assert_eq!(response.errors, 0, "{}", String::from_utf8_lossy(&response.body));
    response.body
}

/// The demo's model, for services at other addresses if any are given.
fn shop(addresses: &[String]) -> (config::Config, Model) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(root.join("upstreams.toml")).unwrap();
    for (service, address) in SERVICES.iter().zip(addresses) {
        let table = format!("[upstreams.{service}]");
        assert!(text.contains(&table), "upstreams.toml has no {table}");
        let path = PATHS.iter().find(|(name, _)| name == service).map_or("", |(_, path)| path);
        text = text.replace(&table, &format!("{table}\nbase_url = \"{address}{path}\"\n#"));
    }
    compile(root, &text)
}

fn compile(folder: &Path, text: &str) -> (config::Config, Model) {
    let (config, _) = config::load_text(&folder.join("upstreams.toml"), text, folder, &ProcessEnvironment)
        .usable()
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = model::compile(&config, &ProcessEnvironment);
    (config, compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

fn operation(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/shop/{name}.graphql"));
    std::fs::read_to_string(path).unwrap()
}

/// A service of a hundred posts by ten users, and an engine over it.
async fn posts_engine() -> Engine {
    let users = |RawQuery(query): RawQuery| async move {
        let ids = query.unwrap_or_default();
        let rows: Vec<String> = ids
            .split('&')
            .filter_map(|pair| pair.strip_prefix("id="))
            .map(|id| format!(r#"{{"id":{id},"name":"User {id}","email":"user{id}@example.com"}}"#))
            .collect();
        json(format!("[{}]", rows.join(",")))
    };
    let router = Router::new().route("/posts", get(async || json(posts()))).route("/users", get(users));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("posts.graphql"), POSTS).unwrap();
    let text = format!("[graph]\nschema = [\"posts.graphql\"]\n[upstreams.api]\nbase_url = \"http://{address}\"\n");
    let (config, model) = compile(folder.path(), &text);
    Engine::new(model, &config, Arc::new(Metrics::new())).unwrap()
}

fn json(text: String) -> ([(http::HeaderName, &'static str); 1], String) {
    ([(http::header::CONTENT_TYPE, "application/json")], text)
}

fn posts() -> String {
    let post = |id: usize| {
        let user = (id - 1) / 10 + 1;
        let body = "quia et suscipit suscipit recusandae consequuntur expedita et cum reprehenderit ".repeat(2);
        format!(
            "  {{\n    \"userId\": {user},\n    \"id\": {id},\n    \"title\": \"Post {id}\",\n    \"body\": \"{body}\"\n  }}"
        )
    };
    format!("[\n{}\n]", (1..=100).map(post).collect::<Vec<_>>().join(",\n"))
}

const POSTS: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12")
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect"])

type Query {
  posts: [Post!] @connect(source: "api", http: { GET: "/posts" }, selection: "id title user: { id: userId }")
}

type Post {
  id: ID!
  title: String!
  user: User
}

type User
  @connect(source: "api", http: { GET: "/users", queryParams: "id: $batch.id" }, selection: "id name email") {
  id: ID!
  name: String!
  email: String!
}
"#;
