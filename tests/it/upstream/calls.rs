//! One call: what is sent, and what its answer means.

use std::{sync::atomic::Ordering, time::Duration};

use anabranch::upstream::{AnswerSource, UpstreamErrorKind};

use super::bench::{Bench, bounded, operation, text};
use crate::testkit::{Call, Reply, Service};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query {
      item(id: ID!): JSON @connect(source: "api", http: { GET: "/items/{$args.id}" }, selection: "$")
      search(text: String): JSON @connect(source: "api", http: { POST: "/search", body: "text: $args.text" }, selection: "$")
      traced: JSON @connect(source: "api", http: { GET: "/traced" }, selection: "$response.headers.'x-a'->first")
      quote(sku: ID!): JSON @connect(
        source: "api", http: { GET: "/quotes/{$args.sku}" }, selection: "$.cents",
        isSuccess: "$status->eq(200)->and($(errorCode ?? 0)->eq(0))",
        errors: {
          message: "$(errorText ?? 'no quote')",
          extensions: "code: $(errorCode ?? 0)->match([404, 'QUOTE_NOT_FOUND'], [@, 'QUOTE_FAILED'])  sku: $args.sku  http: { by: $response.headers.'x-by'->first }"
        })
    }
    type Mutation {
      add(name: String): JSON @connect(source: "api", http: { POST: "/items", body: "name: $args.name" }, selection: "$")
      drop: JSON @connect(source: "api", http: { GET: "/drop" }, selection: "$")
    }
"#;

async fn bench(settings: &str, answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, Bench) {
    let api = Service::start(answer).await;
    let bench = Bench::new(GRAPH, &api.base_url, settings);
    (api, bench)
}

#[tokio::test]
async fn sends_what_was_rendered_with_ids_and_our_name() {
    let (api, bench) = bench("headers = { x-tenant = \"acme\" }", |_| Reply::json("{}")).await;
    bench.ask("Mutation.add", r#"{"name":"é"}"#, None).await.unwrap();
    let call = &api.recorded()[0];
    assert_eq!((call.method.as_str(), call.target.as_str(), call.body.as_str()), ("POST", "/items", r#"{"name":"é"}"#));
    let header = |name: &str| call.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or("-");
    assert_eq!(header("x-request-id"), "request-1");
    assert_eq!(header("traceparent"), "00-1-1-00");
    assert_eq!(header("x-tenant"), "acme");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("content-length"), "13");
    assert!(header("user-agent").starts_with("anabranch/"));
    for coding in ["gzip", "br", "deflate", "zstd"] {
        assert!(header("accept-encoding").contains(coding), "{coding}");
    }
    assert_eq!(header("cookie"), "-");
}

#[tokio::test]
async fn a_404_is_null_for_plain_gets_alone() {
    let (_api, bench) = bench("", |_| Reply::status(404, r#"{"errorText":"gone","errorCode":404}"#)).await;
    let item = bench.ask("Query.item", r#"{"id":1}"#, None).await.unwrap();
    assert!(item.not_found);
    assert_eq!((&item.bytes[..], item.status, item.freshness.remaining()), (&b"null"[..], 404, None));
    for (name, args) in
        [("Mutation.add", "{}"), ("Mutation.drop", "{}"), ("Query.search", "{}"), ("Query.quote", r#"{"sku":1}"#)]
    {
        let error = bench.ask(name, args, None).await.unwrap_err();
        assert_eq!(error.kind, UpstreamErrorKind::Status(404), "{name}");
    }
    assert!(bench.counted(r#"anabranch_upstream_not_found_total{upstream="api",connector="Query.item"} 1"#));
}

#[tokio::test]
async fn other_statuses_are_errors_and_redirects_are_not_followed() {
    let (api, bench) = bench("", |call| {
        let status = call.target.rsplit('/').next().unwrap().parse().unwrap();
        Reply::status(status, "{}").header("location", "/items/200")
    })
    .await;
    for status in [301, 302, 307, 400, 401, 409, 500, 503] {
        let error = bench.ask("Query.item", &format!(r#"{{"id":{status}}}"#), None).await.unwrap_err();
        assert_eq!(error.kind, UpstreamErrorKind::Status(status));
        let http = error.client_extensions["http"].to_string();
        assert_eq!((http, &error.client_message), (format!(r#"{{"status":{status}}}"#), &None));
        assert_eq!(error.client_code, None);
    }
    assert_eq!(api.calls().len(), 8);
    assert!(
        bench.counted(r#"anabranch_upstream_calls_total{upstream="api",connector="Query.item",outcome="status"} 8"#)
    );
}

#[tokio::test]
async fn the_schema_judges_answers_and_maps_their_errors() {
    let (_api, bench) = bench("", |call| match call.target.as_str() {
        "/quotes/ok" => Reply::json(r#"{"cents":1}"#),
        "/quotes/missing" => Reply::json(r#"{"errorCode":404,"errorText":"none of it"}"#),
        "/quotes/html" => Reply::status(502, "<html>").header("x-by", "proxy"),
        _ => Reply::json("{"),
    })
    .await;
    assert_eq!(text(&bench.ask("Query.quote", r#"{"sku":"ok"}"#, None).await), r#"{"cents":1}"#);

    let error = bench.ask("Query.quote", r#"{"sku":"missing"}"#, None).await.unwrap_err();
    assert_eq!(error.kind, UpstreamErrorKind::Status(200));
    assert_eq!(error.client_message.as_deref(), Some("none of it"));
    assert_eq!(error.client_code.as_deref(), Some("QUOTE_NOT_FOUND"));
    assert_eq!(error.client_extensions["sku"].as_str(), Some("missing"));

    let error = bench.ask("Query.quote", r#"{"sku":"html"}"#, None).await.unwrap_err();
    assert_eq!(error.kind, UpstreamErrorKind::Status(502));
    assert_eq!(error.client_message.as_deref(), Some("no quote"));
    assert_eq!(error.client_code.as_deref(), Some("QUOTE_FAILED"));
    assert_eq!(error.client_extensions["http"].to_string(), r#"{"status":502,"by":"proxy"}"#);

    let error = bench.ask("Query.quote", r#"{"sku":"broken"}"#, None).await.unwrap_err();
    assert_eq!(error.kind, UpstreamErrorKind::InvalidResponse);
}

#[tokio::test]
async fn content_types_are_honored() {
    let (_api, bench) = bench("", |call| {
        let (content_type, body) = match call.target.as_str() {
            "/items/text" => ("text/plain", "a \"b\""),
            "/items/html" => ("text/html", "<p>"),
            "/items/unknown" => ("application/json; charset=klingon", "1"),
            "/items/empty" => ("application/json", ""),
            _ => ("application/hal+json; charset=utf-8", "\u{feff}[1]"),
        };
        Reply::json(body).header("content-type", content_type)
    })
    .await;
    let ask = async |id: &str| bench.ask("Query.item", &format!(r#"{{"id":"{id}"}}"#), None).await;
    assert_eq!(text(&ask("text").await), r#""a \"b\"""#);
    assert_eq!(text(&ask("html").await), "null");
    assert_eq!(text(&ask("empty").await), "null");
    assert_eq!(text(&ask("hal").await), "[1]");
    assert_eq!(ask("unknown").await.unwrap_err().kind, UpstreamErrorKind::InvalidResponse);
}

#[tokio::test]
async fn response_headers_are_there_for_those_who_read_them() {
    let (_api, bench) = bench("", |_| Reply::json("{}").header("x-a", "1")).await;
    let traced = bench.ask("Query.traced", "{}", None).await.unwrap();
    let response = traced.response.as_ref().unwrap();
    assert_eq!(response.get("headers").unwrap().get("x-a").unwrap().to_string(), r#"["1"]"#);
    assert!(bench.ask("Query.item", r#"{"id":1}"#, None).await.unwrap().response.is_none());
}

#[tokio::test]
async fn an_attempt_has_its_time() {
    let (api, bench) = bench("timeout = \"50ms\"", |_| Reply::never()).await;
    for name in ["Query.item", "Query.search", "Mutation.add"] {
        let error = bench.ask(name, r#"{"id":1}"#, None).await.unwrap_err();
        assert_eq!(error.kind, UpstreamErrorKind::Timeout, "{name}");
    }
    api.until_dropped(3).await;
}

#[tokio::test]
async fn an_operation_has_its_deadline() {
    let (api, bench) = bench("", |_| Reply::never()).await;
    for name in ["Query.item", "Query.search"] {
        let call = bounded(Duration::from_millis(50), 10, 1000);
        let error = bench.send(name, r#"{"id":1}"#, &call).await.unwrap_err();
        assert_eq!(error.kind, UpstreamErrorKind::DeadlineExceeded, "{name}");
    }
    api.until_dropped(2).await;
    let over = bounded(Duration::ZERO, 10, 1000);
    let error = bench.send("Query.item", r#"{"id":1}"#, &over).await.unwrap_err();
    assert_eq!(error.kind, UpstreamErrorKind::DeadlineExceeded);
    assert_eq!(api.calls().len(), 2, "nothing is sent after the deadline");
}

#[tokio::test]
async fn a_dead_upstream_is_unavailable() {
    let (api, bench) = bench("", |_| Reply::json("{}")).await;
    assert!(bench.upstreams.probe(Duration::from_secs(5)).await[0].1.is_ok());
    api.kill().await;
    let error = bench.ask("Query.item", r#"{"id":1}"#, None).await.unwrap_err();
    assert_eq!(error.kind, UpstreamErrorKind::Unavailable);
    assert!(!error.detail.contains("http://"), "no URLs in details: {}", error.detail);
    assert!(bench.upstreams.probe(Duration::from_secs(5)).await[0].1.is_err());
}

#[tokio::test]
async fn calls_and_bytes_of_an_operation_are_bounded() {
    let (api, bench) = bench("", |_| Reply::json(r#""0123456789""#)).await;
    let call = bounded(Duration::from_secs(20), 2, 30);
    let item = async |id: u32| bench.send("Query.item", &format!(r#"{{"id":{id}}}"#), &call).await;
    assert!(item(1).await.is_ok());
    assert!(item(2).await.is_ok());
    assert_eq!(item(3).await.unwrap_err().kind, UpstreamErrorKind::TooManyCalls);
    assert_eq!(api.calls().len(), 2);
    call.calls_left.store(10, Ordering::Relaxed);
    assert_eq!(item(3).await.unwrap_err().kind, UpstreamErrorKind::TooLarge, "12 + 12 + 12 bytes are more than 30");
}

#[tokio::test]
async fn every_call_is_noted_for_the_trace() {
    let (_api, bench) = bench("", |call| match call.target.as_str() {
        "/items/1" => Reply::json("{}").header("cache-control", "max-age=60"),
        _ => Reply::status(500, "{}"),
    })
    .await;
    let call = operation(None);
    for id in [1, 1, 2] {
        drop(bench.send("Query.item", &format!(r#"{{"id":{id}}}"#), &call).await);
    }
    let records = call.recorder.as_ref().unwrap().records.lock().unwrap();
    let noted: Vec<_> =
        records.iter().map(|record| (record.source, record.status, record.bytes, record.error)).collect();
    assert_eq!(
        noted,
        [
            (AnswerSource::Fetched, Some(200), 2, None),
            (AnswerSource::Cache, Some(200), 2, None),
            (AnswerSource::Fetched, Some(500), 2, Some("status")),
        ]
    );
    assert_eq!((&*records[0].connector, &*records[0].upstream, records[0].method), ("Query.item", "api", "GET"));
}
