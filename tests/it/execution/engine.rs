//! The engine's own part: plan cache, operation choice, refusals, trace, cacheability.

use std::time::Duration;

use anabranch::{engine::ResponseKind, executor::CacheControl, model::CacheScope};

use super::{Blog, posts, users};
use crate::testkit::{GatewayBuilder, Reply, Service};

async fn blog() -> Blog {
    Blog::start(|_| Reply::json(posts(2, 2)).header("cache-control", "max-age=30"), users).await
}

#[tokio::test]
async fn an_operation_is_planned_once() {
    let blog = blog().await;
    for _ in 0..3 {
        blog.gateway.ask("{ posts { id } }").await;
    }
    for _ in 0..2 {
        blog.gateway.ask("{ posts { nothing } }").await;
    }
    let stats = blog.gateway.engine.plan_cache();
    assert_eq!((stats.hits, stats.misses), (3, 2));
}

#[tokio::test]
async fn the_operation_name_chooses() {
    let blog = blog().await;
    let query = "query A { posts { id } } query B { posts { title } }";
    let answer = blog.gateway.operation("B").response(query).await;
    assert_eq!(answer.body, r#"{"data":{"posts":[{"title":"Post 1"},{"title":"Post 2"}]}}"#);
    assert_eq!((answer.operation_name.as_deref(), answer.operation_kind), (Some("B"), "query"));
    for gateway in [blog.gateway.clone(), blog.gateway.operation("C")] {
        let answer = gateway.response(query).await;
        assert_eq!((answer.kind, answer.operation_kind), (ResponseKind::RequestError, "unknown"));
        assert!(String::from_utf8_lossy(&answer.body).contains("OPERATION_RESOLUTION_FAILURE"));
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_any_call() {
    let blog = blog().await;
    for (query, code) in [
        ("{ posts { id }", "GRAPHQL_PARSE_FAILED"),
        ("{ posts { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { post(id: $id) { id } }", "BAD_USER_INPUT"),
    ] {
        let answer = blog.gateway.response(query).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.kind, ResponseKind::RequestError, "{text}");
        assert!(text.starts_with(r#"{"errors":[{"message":"#) && text.contains(code), "{text}");
    }
    assert_eq!(blog.posts.calls(), [""; 0]);
}

#[tokio::test]
async fn an_answer_carries_the_least_freshness_of_what_it_used() {
    let blog = blog().await;
    let fresh = blog.gateway.response("{ posts { id } }").await;
    let CacheControl { max_age, scope } = fresh.cache_control.unwrap();
    assert!(max_age > Duration::from_secs(28) && max_age <= Duration::from_secs(30), "{max_age:?}");
    assert_eq!(scope, CacheScope::Public);
    let mixed = blog.gateway.response("{ posts { author { name } } }").await;
    assert_eq!(mixed.cache_control, None, "users say nothing of their freshness");
    let failed = blog.gateway.response("{ posts { id } user(id: 1) { name } }").await;
    assert_eq!(failed.cache_control, None);
}

#[tokio::test]
async fn a_trace_tells_every_call() {
    let blog = blog().await;
    let answer = blog.gateway.trace().ask("{ posts { author { name } } }").await;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let trace = &answer["extensions"]["trace"];
    assert_eq!(trace["planCached"], false);
    let calls = trace["calls"].as_array().unwrap();
    let line = |call: &serde_json::Value| {
        format!("{} {} keys={} {} {}", call["upstream"], call["method"], call["keys"], call["source"], call["status"])
    };
    assert_eq!(
        calls.iter().map(line).collect::<Vec<_>>(),
        [r#""posts" "GET" keys=1 "fetched" 200"#, r#""users" "GET" keys=2 "fetched" 200"#]
    );
    assert!(trace["plan"].as_str().unwrap().starts_with("plan: 2 steps in 2 waves"));
    assert!(!blog.gateway.ask("{ posts { author { name } } }").await.contains("extensions"));
}

#[tokio::test]
async fn problems_are_bounded_and_in_order() {
    let many: Vec<String> = (0..260).map(|number| format!("field{number}")).collect();
    let api = Service::start(|_| Reply::json(r#"[{"field1":"secret"},{"field1":7},{}]"#)).await;
    let selection = format!("$ {{\n{}\n}}", many.join("\n"));
    let graph = format!(
        "extend schema @source(name: \"api\", http: {{ baseURL: \"http://x\" }})\n\
         type Query {{ things: [Thing] @connect(source: \"api\", http: {{ GET: \"/\" }}, selection: \"\"\"{selection}\"\"\") }}\n\
         type Thing {{ {} }}",
        many.join(": Int ") + ": Int"
    );
    let gateway = GatewayBuilder::new(&graph).upstream("api", &api.base_url, "").build();
    let query = format!("{{ things {{ {} }} }}", many.join(" "));
    let first = gateway.problems().ask(&query).await;
    let answer: serde_json::Value = serde_json::from_str(&first).unwrap();
    let problems = answer["extensions"]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 100);
    let count = |problem: &serde_json::Value| problem["count"].as_u64().unwrap();
    let told: u64 = problems.iter().map(count).sum();
    // Each field is missing three times but one, which is missing once and a string once.
    assert_eq!(told + answer["extensions"]["problemsDropped"].as_u64().unwrap(), 259 * 3 + 2);
    assert_eq!(problems[1]["path"], serde_json::json!(["things", "*", "field1"]));
    assert_eq!((&problems[1]["found"], count(&problems[1])), (&"string".into(), 1));
    let lines: Vec<u64> = problems.iter().map(|problem| problem["source"]["line"].as_u64().unwrap()).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    assert!(!first.contains("secret"));
    let again = gateway.problems().ask(&query).await;
    assert_eq!(again, first, "the order does not change");
}

#[tokio::test]
async fn explain_tells_calls_without_making_them() {
    let blog = blog().await;
    let engine = &blog.gateway.engine;
    let view = &engine.model().clients["default"];
    let plan =
        engine.explain(view, "{ posts { author { name } } }", None, &anabranch::json::Value::Null).unwrap().to_string();
    assert!(plan.contains("GET /posts") && plan.contains("GET /users"), "{plan}");
    assert_eq!(blog.posts.calls(), [""; 0]);
}

#[tokio::test]
async fn explain_checks_variables_where_there_are_any() {
    let blog = blog().await;
    let engine = &blog.gateway.engine;
    let view = &engine.model().clients["default"];
    let query = "query($id: ID!) { post(id: $id) { id } }";
    let explain = |variables: &str| {
        let variables = anabranch::json::Value::parse(variables.as_bytes()).unwrap();
        engine.explain(view, query, None, &variables).is_ok()
    };
    assert_eq!([explain("null"), explain(r#"{ "id": 1 }"#), explain("{}")], [true, true, false]);
}
