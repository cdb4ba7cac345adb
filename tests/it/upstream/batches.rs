//! Batches: chunks, rows kept one by one, failures that stay with their keys.

use std::{sync::Arc, time::Duration};

use anabranch::{
    mapping::{FieldLayout, Layout, ObjectLayout, Problems, Scope},
    upstream::{AnswerSource, KeyAnswer, Loaded, UpstreamErrorKind},
};
use tokio::sync::Notify;

use super::bench::{Bench, bounded, operation};
use crate::testkit::{Call, Reply, Service};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    type Query { products: [Product] @connect(source: "api", http: { GET: "/all" }, selection: "$.items { id: sku }") }
    type Product
      @connect(source: "api", http: { GET: "/products", queryParams: "ids: $batch.id->joinNotNull(',')" },
               batch: { maxSize: 3 }, selection: "$.data.items { id: sku  name  by: $config.by }")
    { id: ID! name: String by: String }
"#;
const PATHS: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    type Query { products: [Product] @connect(source: "api", http: { GET: "/all" }, selection: "id") }
    type Product
      @connect(source: "api", http: { GET: "/products/{$batch.id->joinNotNull('/')}" }, selection: "id name")
    { id: ID! name: String }
"#;

fn wanted(call: &Call) -> Vec<String> {
    let query = call.target.split("ids=").nth(1).unwrap_or_default();
    query.split(',').map(str::to_owned).collect()
}

/// Rows with numbers for ids, in reverse, with one too many.
fn products(call: &Call) -> String {
    let who = call.headers.get("authorization").map_or("nobody", |value| value.to_str().unwrap());
    let row = |id: &str| format!(r#"{{ "sku": {id}, "name": "p{id} {who}", "more": [{{}}] }}"#);
    let mut rows: Vec<String> = wanted(call).iter().filter(|id| *id != "404").map(|id| row(id)).collect();
    rows.push(row("999"));
    rows.reverse();
    format!(r#"{{"total": 1, "data": {{"items": [{}]}}}}"#, rows.join(", "))
}

async fn bench(settings: &str, answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, Bench) {
    let api = Service::start(answer).await;
    let bench = Bench::new(GRAPH, &api.base_url, &format!("config = {{ by = \"us\" }}\n{settings}"));
    (api, bench)
}

fn kinds(answers: &[KeyAnswer]) -> Vec<&'static str> {
    let kind = |answer: &KeyAnswer| match answer {
        Ok(Loaded::Body(_)) => "body",
        Ok(Loaded::Row(_)) => "row",
        Ok(Loaded::Absent) => "absent",
        Err(error) => error.kind.outcome(),
    };
    answers.iter().map(kind).collect()
}

const KEYS: [&str; 5] = [r#"{"id":1}"#, r#"{"id":"2"}"#, r#"{"id":3}"#, r#"{"id":4}"#, r#"{"id":5}"#];

#[tokio::test]
async fn chunks_are_sent_at_once_and_fail_alone() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (api, bench) = bench("", move |call| {
        if wanted(call).contains(&"4".to_owned()) {
            Reply::status(500, "{}").after(&held)
        } else {
            Reply::json(products(call)).after(&held)
        }
    })
    .await;
    let call = operation(None);
    let release = async {
        api.until_calls(2).await;
        gate.notify_waiters();
    };
    let (answers, ()) = tokio::join!(bench.load("Product", &KEYS, &call), release);
    assert_eq!(kinds(&answers), ["body", "body", "body", "status", "status"]);
    assert_eq!(api.sorted_calls(), ["GET /products?ids=1,2,3", "GET /products?ids=4,5"]);
    let records = call.recorder.as_ref().unwrap().records.lock().unwrap();
    assert_eq!(records.iter().map(|record| record.keys).sum::<usize>(), 5);
}

#[tokio::test]
async fn more_keys_than_a_url_can_hold_make_several_requests() {
    let graph = GRAPH.replace("batch: { maxSize: 3 }, ", "");
    let api = Service::start(|call| Reply::json(products(call))).await;
    let bench = Bench::new(&graph, &api.base_url, "config = { by = \"us\" }");
    let keys: Vec<String> = (0..12_000).map(|id| format!("{{\"id\":{id}}}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let answers = bench.load("Product", &keys, &operation(None)).await;
    assert!(kinds(&answers).iter().all(|kind| *kind == "body"));
    let calls = api.calls();
    assert!((2..=4).contains(&calls.len()), "{} calls", calls.len());
    assert_eq!(calls.iter().map(|call| call.split(',').count()).sum::<usize>(), keys.len());

    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(70_000));
    assert_eq!(kinds(&bench.load("Product", &[&long, r#"{"id":1}"#], &operation(None)).await), ["render", "body"]);
}

#[tokio::test]
async fn rows_are_kept_one_by_one() {
    let (api, bench) = bench("", |call| Reply::json(products(call)).header("cache-control", "max-age=60")).await;
    assert_eq!(kinds(&bench.load("Product", &KEYS[..3], &operation(None)).await), ["body"; 3]);
    let call = operation(None);
    let answers = bench.load("Product", &[KEYS[3], r#"{"id":"1"}"#, r#"{"id":2}"#], &call).await;
    assert_eq!(kinds(&answers), ["body", "row", "row"]);
    assert_eq!(api.calls(), ["GET /products?ids=1,2,3", "GET /products?ids=4"]);

    let Ok(Loaded::Row(row)) = &answers[1] else { unreachable!() };
    assert_eq!(
        std::str::from_utf8(&row.bytes).unwrap(),
        r#"{"data":{"items":[{ "sku": 1, "name": "p1 nobody", "more": [{}] }]}}"#
    );
    assert_eq!((row.source, row.status), (AnswerSource::Cache, 200));
    assert!(row.freshness.remaining().unwrap() <= Duration::from_secs(60));
    // The connector's own selection finds exactly that object.
    let connector = bench.connector("Product");
    let fields = ["id", "name", "by"].map(|name| FieldLayout { name: name.to_owned(), child: None }).to_vec();
    let program = connector.selection.compile(&Layout { objects: vec![ObjectLayout { fields }] });
    let mut tables = program.tables();
    let scope = Scope { config: Some(&connector.config), ..Scope::default() };
    let root = program.run(&row.bytes, &scope, 10, &mut tables, &mut Problems::default()).unwrap();
    assert_eq!((tables.list(root).len(), tables.tables[0].rows()), (1, 1));
    let value = |slot| tables.to_value(tables.tables[0].get(0, slot)).unwrap().to_string();
    assert_eq!([value(0), value(1), value(2)], ["1", r#""p1 nobody""#, r#""us""#]);

    let records = call.recorder.as_ref().unwrap().records.lock().unwrap();
    let noted: Vec<_> = records.iter().map(|record| (record.source, record.keys)).collect();
    assert_eq!(noted, [(AnswerSource::Cache, 2), (AnswerSource::Fetched, 1)]);
}

#[tokio::test]
async fn kept_rows_expire_and_are_fenced_by_credential() {
    let settings = "forward_headers = [\"authorization\"]";
    let (api, bench) = bench(settings, |call| Reply::json(products(call)).header("cache-control", "max-age=60")).await;
    for who in [Some("alice"), Some("bob"), None, Some("alice"), Some("bob"), None] {
        let answers = bench.load("Product", &KEYS[..1], &operation(who)).await;
        let (Ok(Loaded::Row(body) | Loaded::Body(body)), 1) = (&answers[0], answers.len()) else { unreachable!() };
        let text = std::str::from_utf8(&body.bytes).unwrap();
        assert!(text.contains(&format!("p1 {}", who.unwrap_or("nobody"))), "{who:?} sees {text}");
    }
    assert_eq!(api.calls().len(), 3);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    assert_eq!(kinds(&bench.load("Product", &KEYS[..1], &operation(None)).await), ["body"]);
}

#[tokio::test]
async fn a_key_without_a_row_is_not_asked_for_again_while_that_is_fresh() {
    let (api, bench) = bench("", |call| Reply::json(products(call)).header("cache-control", "max-age=60")).await;
    for _ in 0..3 {
        bench.load("Product", &[KEYS[0], r#"{"id":404}"#], &operation(None)).await;
    }
    assert_eq!(api.calls(), ["GET /products?ids=1,404", "GET /products?ids=404"], "the second time alone, then never");
}

#[tokio::test]
async fn answers_that_may_not_be_kept_leave_no_rows() {
    for header in [None, Some(("cache-control", "no-store")), Some(("cache-control", "private, max-age=60"))] {
        let (api, bench) = bench("", move |call| match header {
            Some((name, value)) => Reply::json(products(call)).header(name, value),
            None => Reply::json(products(call)),
        })
        .await;
        for _ in 0..2 {
            assert_eq!(kinds(&bench.load("Product", &KEYS[..2], &operation(None)).await), ["body"; 2]);
        }
        assert_eq!(api.calls().len(), 2, "{header:?}");
    }
}

#[tokio::test]
async fn bodies_of_another_form_leave_no_rows() {
    for body in [
        "null",
        "[]",
        "{}",
        r#"{"data":{"items":7}}"#,
        r#"{"data":{"items":[1,null]}}"#,
        r#"{"data":[{"items":[{"sku":1}]}]}"#,
        "{",
    ] {
        let (api, bench) = bench("", move |_| Reply::json(body).header("cache-control", "max-age=60")).await;
        bench.load("Product", &KEYS[..1], &operation(None)).await;
        let answers = bench.load("Product", &KEYS[..1], &operation(None)).await;
        assert_eq!(kinds(&answers), ["body"], "{body}");
        assert_eq!(api.calls().len(), 1, "the answer itself is fresh: {body}");
    }
}

#[tokio::test]
async fn a_404_means_that_none_of_them_exists() {
    let (_api, bench) = bench("", |_| Reply::status(404, "{}")).await;
    assert_eq!(kinds(&bench.load("Product", &KEYS[..2], &operation(None)).await), ["absent"; 2]);
}

#[tokio::test]
async fn a_key_that_no_url_can_hold_fails_alone() {
    let api = Service::start(|_| Reply::json(r#"[{"id":"a"}]"#)).await;
    let bench = Bench::new(PATHS, &api.base_url, "");
    let answers = bench.load("Product", &[r#"{"id":"a"}"#, r#"{"id":"../b"}"#], &operation(None)).await;
    assert_eq!(kinds(&answers), ["body", "render"]);
    assert_eq!(api.calls(), ["GET /products/a"]);
    let answers = bench.load("Product", &[r#"{"id":".."}"#], &operation(None)).await;
    assert_eq!(kinds(&answers), ["render"]);
}

#[tokio::test]
async fn every_chunk_counts_as_a_call() {
    let (api, bench) = bench("", |call| Reply::json(products(call))).await;
    let call = bounded(Duration::from_secs(20), 1, 10_000);
    let answers = bench.load("Product", &KEYS, &call).await;
    let failed = kinds(&answers).iter().filter(|kind| **kind == UpstreamErrorKind::TooManyCalls.outcome()).count();
    assert!(failed == 2 || failed == 3, "{answers:?}");
    assert_eq!(api.calls().len(), 1);
}
