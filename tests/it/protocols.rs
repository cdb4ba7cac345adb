//! The transports as others prove them: the audit of `graphql-http`, the clients `graphql-ws`, `graphql-sse` and, for the older
//! subprotocol, `subscriptions-transport-ws`.
//!
//! What they do stands in `tests/protocols/*.test.mjs`.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::testkit::{GatewayBuilder, Reply, Service, all_are_run, node_tests};

const FOLDER: &str = "tests/protocols";
const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://127.0.0.1:9" })
type Query {
  hello: String @connect(source: "api", http: { GET: "/hello" }, selection: "$.text")
  never: String @connect(source: "api", http: { GET: "/never" }, selection: "$.text")
  who: String @connect(source: "api", http: { GET: "/who" }, selection: "$.text")
  echo(text: String!): String @connect(source: "api", http: { POST: "/echo", body: "text: $args.text" }, selection: "$.text")
  lines: [Line!]! @connect(source: "api", http: { GET: "/lines" }, selection: "id")
}
type Mutation {
  greet: String @connect(source: "api", http: { POST: "/greet" }, selection: "$.text")
}
type Subscription {
  order: Order @connect(source: "api", http: { GET: "/order" }, selection: "state") @poll(every: "100ms")
}
type Order { state: String }
type Line
  @connect(source: "api", http: { GET: "/totals?ids={$batch.id->joinNotNull(',')}" }, selection: "id total") {
  id: ID! total: Int
}
"#;
const VIEW: &str = "type Query { hello: String never: String who: String echo(text: String!): String lines: [Line!]! } \
    type Mutation { greet: String } type Subscription { order: Order } type Order { state: String } \
    type Line { id: ID! total: Int }";

async fn service() -> Service {
    let state = Arc::new(Mutex::new("placed".to_owned()));
    let gate = Arc::new(Notify::new());
    Service::start(move |call| {
        let path = call.target.as_str();
        if let Some(name) = path.strip_prefix("/state/") {
            *state.lock().unwrap() = name.to_owned();
        }
        match path {
            "/never" => Reply::never(),
            "/lines" => Reply::json(r#"[{"id":1},{"id":2},{"id":3}]"#),
            "/totals?ids=1" => Reply::json(r#"[{"id":1,"total":10}]"#),
            "/totals?ids=2,3" => Reply::json(r#"[{"id":2,"total":20},{"id":3,"total":"x"}]"#).after(&gate),
            "/release" => {
                gate.notify_one();
                Reply::json("{}")
            }
            "/echo" => Reply::json(call.body.clone()),
            "/who" => {
                let who = call.headers.get("authorization").map_or("nobody", |value| value.to_str().unwrap());
                Reply::json(format!(r#"{{"text":"{who}"}}"#))
            }
            "/order" => Reply::json(format!(r#"{{"state":"{}"}}"#, state.lock().unwrap())),
            _ => Reply::json(r#"{"text":"hi"}"#),
        }
    })
    .await
}

/// Runs `tests/protocols/NAME.test.mjs` against a gateway of its own.
async fn run(name: &str) {
    let api = service().await;
    let front = GatewayBuilder::new(GRAPH)
        .toml("[server.websocket]\ninit_timeout = \"500ms\"\nping_interval = \"100ms\"")
        .client("web", VIEW)
        .client_settings("websocket = { init_headers = [\"authorization\"] }")
        .upstream("api", &api.base_url, "forward_headers = [\"authorization\"]")
        .serve()
        .await;
    let (url, admin) = (format!("http://{}/web/graphql", front.public), format!("http://{}", front.admin));
    // The runtime's other threads serve meanwhile.
    node_tests(FOLDER, name, &[("ANABRANCH_URL", &url), ("ADMIN_URL", &admin), ("SERVICE_URL", &api.base_url)]);
}

#[test]
fn every_file_of_tests_runs_here() {
    all_are_run(FOLDER, include_str!("protocols.rs"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_http() {
    run("audit").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_ws() {
    run("graphql-ws").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_sse() {
    run("graphql-sse").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_transport_ws() {
    run("subscriptions-transport-ws").await;
}
