//! Mutations: one root field after another, and what was written is read back.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anabranch::engine::ResponseKind;
use tokio::sync::Notify;

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

const COUNTER: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
enum CacheControlScope { PUBLIC PRIVATE }
type Query {
  counter: Counter @cacheControl(maxAge: 60) @connect(source: "api", http: { GET: "/counter" }, selection: "id value")
}
type Mutation {
  add(by: Int!): Counter
    @connect(source: "api", http: { POST: "/add", body: "by: $args.by" }, selection: "id")
}
type Counter @connect(source: "api", http: { GET: "/counters/{$this.id}" }, selection: "id value") {
  id: ID
  value: Int
}
"#;

async fn counter(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, Gateway) {
    let api = Service::start(answer).await;
    let gateway = GatewayBuilder::new(COUNTER).upstream("api", &api.base_url, "").build();
    (api, gateway)
}

fn counting() -> impl Fn(&Call) -> Reply + Send + Sync + 'static {
    let value = AtomicUsize::new(0);
    move |call| match (call.method.as_str(), call.target.as_str()) {
        ("POST", _) => {
            let by: usize = call.body.trim_start_matches(r#"{"by":"#).trim_end_matches('}').parse().unwrap();
            value.fetch_add(by, Ordering::SeqCst);
            Reply::json(r#"{"id":"c"}"#)
        }
        (_, "/counter") => Reply::json(format!(r#"{{"id":"c","value":{}}}"#, value.load(Ordering::SeqCst))),
        _ => Reply::json(format!(r#"{{"id":"c","value":{}}}"#, value.load(Ordering::SeqCst))),
    }
}

#[tokio::test]
async fn root_fields_run_one_after_another_each_with_its_selection() {
    let (api, gateway) = counter(counting()).await;
    let answer = gateway.ask("mutation { a: add(by: 1) { value } b: add(by: 2) { value } c: add(by: 2) { id } }").await;
    assert_eq!(answer, r#"{"data":{"a":{"value":1},"b":{"value":3},"c":{"id":"c"}}}"#);
    assert_eq!(
        api.calls(),
        ["POST /add", "GET /counters/c", "POST /add", "GET /counters/c", "POST /add"],
        "equal mutations are never merged, equal reads are repeated after a write"
    );
}

#[tokio::test]
async fn a_write_is_read_back_although_the_old_value_was_fresh() {
    let (api, gateway) = counter(counting()).await;
    for _ in 0..2 {
        assert_eq!(gateway.ask("{ counter { value } }").await, r#"{"data":{"counter":{"value":0}}}"#);
    }
    assert_eq!(api.calls(), ["GET /counter"], "the second one is fresh");
    gateway.ask("mutation { add(by: 5) { id } }").await;
    assert_eq!(gateway.ask("{ counter { value } }").await, r#"{"data":{"counter":{"value":5}}}"#);
    assert_eq!(api.calls(), ["GET /counter", "POST /add", "GET /counter"]);
}

#[tokio::test]
async fn a_failing_root_field_does_not_stop_the_next_one() {
    let (api, gateway) =
        counter(|call| if call.body.contains('1') { Reply::status(500, "{}") } else { Reply::json(r#"{"id":"c"}"#) })
            .await;
    let answer = gateway.ask("mutation { a: add(by: 1) { id } b: add(by: 2) { id } }").await;
    assert!(answer.starts_with(r#"{"data":{"a":null,"b":{"id":"c"}},"errors":[{"#), "{answer}");
    assert_eq!(api.calls().len(), 2);
}

#[tokio::test]
async fn a_mutation_is_refused_where_only_queries_are_allowed() {
    let (api, gateway) = counter(counting()).await;
    let answer = gateway.queries_only().response("mutation { add(by: 1) { id } }").await;
    assert_eq!((answer.kind, answer.operation_kind), (ResponseKind::NotAQuery, "mutation"));
    assert_eq!(api.calls(), [""; 0]);
    assert_eq!(gateway.queries_only().ask("{ counter { value } }").await, r#"{"data":{"counter":{"value":0}}}"#);
}

#[tokio::test]
async fn a_404_to_a_mutation_is_an_error() {
    let (_api, gateway) = counter(|_| Reply::status(404, "{}")).await;
    assert_eq!(gateway.errors("mutation { add(by: 1) { id } }").await, ["CONNECTOR_FETCH add"]);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_cancel_what_was_sent_and_starts_nothing_more() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (api, gateway) = counter(move |_| Reply::json(r#"{"id":"c"}"#).after(&held)).await;
    let asking = gateway.clone();
    let task = tokio::spawn(async move { asking.ask("mutation { a: add(by: 1) { id } b: add(by: 2) { id } }").await });
    api.until_calls(1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    gate.notify_one();
    // A read that the mutation fences comes after it; when it is answered, the second root field would have been sent.
    gate.notify_one();
    gateway.ask("{ counter { value } }").await;
    assert_eq!(api.calls(), ["POST /add", "GET /counter"]);
}

#[tokio::test]
async fn fields_run_in_the_order_of_the_answer() {
    let api =
        Service::start(|call| Reply::json(format!(r#"{{"id":{}}}"#, call.target.trim_start_matches("/do/")))).await;
    let graph = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query { id: ID @connect(source: "api", http: { GET: "/" }, selection: "id") }
type Mutation { do(id: ID!): Done @connect(source: "api", http: { POST: "/do/{$args.id}" }, selection: "id") }
type Done { id: ID }
"#;
    let gateway = GatewayBuilder::new(graph).upstream("api", &api.base_url, "").build();
    // The first occurrence of `a` is off: it stands, and runs, where the second one does.
    let query = "mutation($off: Boolean!) { ... @include(if: $off) { a: do(id: 1) { id } } b: do(id: 2) { id } a: do(id: 1) { id } }";
    let answer = gateway.variables(r#"{"off":false}"#).ask(query).await;
    assert_eq!(answer, r#"{"data":{"b":{"id":"2"},"a":{"id":"1"}}}"#);
    assert_eq!(api.calls(), ["POST /do/2", "POST /do/1"]);
    let answer = gateway.variables(r#"{"off":true}"#).ask(query).await;
    assert_eq!(answer, r#"{"data":{"a":{"id":"1"},"b":{"id":"2"}}}"#);
    assert_eq!(api.calls()[2..], ["POST /do/1", "POST /do/2"]);
}
