//! Hostile requests: each gets a clear answer quickly, and none of them grows the process.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service},
};

async fn front(toml: &str) -> (Service, Front) {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let front = GatewayBuilder::new(GRAPH).toml(toml).upstream("api", &api.base_url, "").serve().await;
    (api, front)
}

/// `count` fragments that each spread the next `width`.
fn fragment_bomb(count: usize, width: usize) -> String {
    let spreads = |of: usize| -> String { (of + 1..=of + width).map(|at| format!("...F{} ", at.min(count))).collect() };
    let fragments: String = (0..count).map(|at| format!("fragment F{at} on Query {{ {} }} ", spreads(at))).collect();
    format!("{{ ...F0 }} {fragments} fragment F{count} on Query {{ hello }}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_request_is_answered_clearly() {
    let (api, front) = front("").await;
    let query = |text: &str| serde_json::json!({ "query": text }).to_string();
    let times = |text: &str, count: usize| text.repeat(count);
    let nested = |open: &str, inner: &str, close: &str, count: usize| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    let aliases: String = (0..50_000).map(|at| format!("a{at}: hello ")).collect();
    let operations: String = (0..3_000).map(|at| format!("query Q{at} {{ hello }} ")).collect();
    let variables: String = (0..3_000).map(|at| format!("$v{at}: Int ")).collect();
    let region = "query($r: String!) { regional(region: $r) }";
    let with = |variables: &str| format!(r#"{{"query":"{region}","variables":{variables}}}"#);
    let cases = [
        ("open brackets", query(&times("{", 1_500)), "LIMIT_EXCEEDED"),
        ("nested fields", query(&nested("{a", "", "}", 1_500)), "LIMIT_EXCEEDED"),
        ("nested list", query(&format!("{{ regional(region: {}) }}", nested("[", "", "]", 1_500))), "LIMIT_EXCEEDED"),
        (
            "nested object",
            query(&format!("{{ regional(region: {}) }}", nested("{a:", "1", "}", 900))),
            "LIMIT_EXCEEDED",
        ),
        ("nested type", query(&format!("query($a: {}) {{ hello }}", nested("[", "Int", "]", 1_500))), "LIMIT_EXCEEDED"),
        ("parentheses", query(&times("(", 1_500)), "LIMIT_EXCEEDED"),
        ("fragment bomb", query(&fragment_bomb(12, 10)), "LIMIT_EXCEEDED"),
        ("fragment cycle", query("{ ...A } fragment A on Query { ...A }"), "GRAPHQL_VALIDATION_FAILED"),
        ("aliases", query(&format!("{{ {aliases} }}")), "LIMIT_EXCEEDED"),
        ("directives", query(&format!("{{ hello {} }}", times("@skip(if: false) ", 5_000))), "LIMIT_EXCEEDED"),
        ("garbage", times("\u{fffd}", 300_000), "BAD_USER_INPUT"),
        ("garbage as a query", query(&times("!@#%", 200_000)), "GRAPHQL_PARSE_FAILED"),
        ("too much", times(" ", 2 << 20), "LIMIT_EXCEEDED"),
        ("operations", query(&operations), "OPERATION_RESOLUTION_FAILURE"),
        ("variables", query(&format!("query({variables}) {{ hello }}")), "GRAPHQL_VALIDATION_FAILED"),
        ("long name", query(&format!("{{ {} }}", times("a", 1_000))), "GRAPHQL_VALIDATION_FAILED"),
        ("too long a name", query(&format!("{{ {} }}", times("a", 200_000))), "LIMIT_EXCEEDED"),
        ("deep JSON", with(&nested(r#"{"a":"#, "1", "}", 100_000)), "BAD_USER_INPUT"),
        ("deep JSON list", with(&nested("[", "", "]", 400_000)), "BAD_USER_INPUT"),
        ("huge integer", with(&format!(r#"{{"r":{}}}"#, times("9", 100_000))), "BAD_USER_INPUT"),
        ("huge exponent", with(r#"{"r":1e999999999}"#), "BAD_USER_INPUT"),
        ("huge literal", query(&format!("{{ regional(region: {}) }}", times("9", 9_000))), "GRAPHQL_VALIDATION_FAILED"),
        ("NUL", query("{ hello \0 }"), "GRAPHQL_PARSE_FAILED"),
        ("unicode", query("{ héllo }"), "GRAPHQL_PARSE_FAILED"),
        ("bidi", query("{ \u{202e}hello }"), "GRAPHQL_PARSE_FAILED"),
        ("lone surrogate", r#"{"query":"{ hello \ud800 }"}"#.to_owned(), "GRAPHQL_PARSE_FAILED"),
        (
            "operation name",
            r#"{"query":"{ hello }","operationName":"a\n{\"level\":1}"}"#.to_owned(),
            "OPERATION_RESOLUTION_FAILURE",
        ),
        (
            "NUL operation name",
            r#"{"query":"{ hello }","operationName":"\u0000"}"#.to_owned(),
            "OPERATION_RESOLUTION_FAILURE",
        ),
        ("type definitions", query("type Query { a: Int } { hello }"), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription", query("subscription { hello }"), "GRAPHQL_VALIDATION_FAILED"),
        (
            "deep introspection",
            query(&format!("{{ __schema {{ types {} }} }}", nested("{ fields { type ", "{ name }", "} }", 7))),
            "LIMIT_EXCEEDED",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, body, code) in cases {
        let request = front.request("POST", "/graphql").header("content-type", "application/json");
        let request = request.header("accept", "application/graphql-response+json").body(body);
        let answer = timeout(Duration::from_secs(20), Answer::of(request)).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let found = &body["errors"][0]["extensions"]["code"];
        if !matches!(answer.status, 400 | 413) || found != code || answer.body.len() > 600_000 {
            wrong.push(format!("{name}: {} {:.300}", answer.status, answer.text()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(api.calls().is_empty(), "{:?}", api.calls());
}

#[tokio::test]
async fn the_last_of_duplicate_keys_counts_once() {
    let (api, front) = front("").await;
    let body = r#"{"query":"{ hello }","query":"{ __typename }","variables":[],"variables":{}}"#;
    let request = front.request("POST", "/graphql").header("content-type", "application/json").body(body);
    assert_eq!(Answer::of(request).await.text(), r#"{"data":{"__typename":"Query"}}"#);
    assert!(api.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_of_many_operations_stay_within_their_bound() {
    let (_api, front) = front("[cache]\nplans = \"256KiB\"").await;
    for at in 0..2_000 {
        let query = match at % 3 {
            0 => format!("query Q{at} {{ a{at}: __typename }}"),
            1 => format!("{{ unknown{at} }}"),
            _ => format!("{{ broken syntax {at}"),
        };
        assert_eq!(Answer::of(front.post("default", &query)).await.status, 200);
    }
    let plans = front.gateway.engine.plan_cache();
    assert!(plans.misses >= 2_000 && plans.bytes <= 256 << 10, "{plans:?}");
}
