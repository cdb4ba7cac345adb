//! Arrays of requests: off unless a client allows them, bounded, answered in order.

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service},
};

const VIEW: &str = "type Query { hello: String again: String } type Mutation { greet(name: String!): String }";

async fn front(client: &str) -> (Service, Front) {
    let api = Service::start(|call| Reply::json(format!(r#"{{"text":"{}"}}"#, call.target))).await;
    let front =
        GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").client("web", VIEW).client_settings(client);
    let front = front.serve().await;
    (api, front)
}

async fn post(front: &Front, body: &str, accept: &str) -> Answer {
    let request = front.request("POST", "/web/graphql").header("content-type", "application/json");
    Answer::of(request.header("accept", accept).body(body.to_owned())).await
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_requests() {
    let (api, front) = front("batching = 4").await;
    let body = r#" [
        {"query":"{ hello }"},
        {"query":"mutation M($n: String!) { greet(name: $n) }","variables":{"n":"a"},"operationName":"M"},
        {"query":"{ nothing }"},
        {"variables":{}}
    ]"#;
    let answer = post(&front, body, "application/graphql-response+json").await;
    assert_eq!((answer.status, answer.header("cache-control").as_str()), (200, "no-store"));
    assert_eq!(answer.header("content-type"), "application/graphql-response+json; charset=utf-8");
    let answers: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answers[0].to_string(), r#"{"data":{"hello":"/hello"}}"#);
    assert_eq!(answers[1].to_string(), r#"{"data":{"greet":"/greetings"}}"#);
    assert_eq!(answers[2]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answers[3]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(answers.as_array().unwrap().len(), 4);
    assert_eq!(api.sorted_calls(), ["GET /hello", "POST /greetings"]);
    // Each is an operation of its own to those who count.
    let count = |kind: &str, outcome: &str| {
        format!(r#"anabranch_operation_duration_seconds_count{{client="web",kind="{kind}",outcome="{outcome}"}}"#)
    };
    let metrics = front.admin("/metrics").await;
    assert!(metrics.text().contains(&format!("{} 1\n", count("query", "ok"))));
    assert!(metrics.text().contains(&format!("{} 1\n", count("mutation", "ok"))));
    assert!(metrics.text().contains(&format!("{} 2\n", count("unknown", "refused"))));
}

#[tokio::test]
async fn requests_of_a_batch_run_at_the_same_time() {
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    let held = gate.clone();
    let api = Service::start(move |_| Reply::json(r#"{"text":"hi"}"#).after(&held)).await;
    let builder = GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").client("web", VIEW);
    let front = builder.client_settings("batching = 2").serve().await;
    let asked = post(&front, r#"[{"query":"{ hello }"},{"query":"{ again }"}]"#, "*/*");
    let release = async {
        api.until_calls(2).await;
        gate.notify_one();
        gate.notify_one();
    };
    let (answer, ()) = tokio::join!(asked, release);
    assert_eq!(answer.text(), r#"[{"data":{"hello":"hi"}},{"data":{"again":"hi"}}]"#);
}

#[tokio::test]
async fn batches_are_off_or_bounded() {
    let one = r#"{"query":"{ hello }"}"#;
    let cases = [
        ("", format!("[{one}]"), "*/*", 400, "batches of requests are not supported here"),
        ("batching = 2", format!("[{one},{one},{one}]"), "*/*", 400, "a batch may have at most 2 requests"),
        ("batching = 2", "[]".to_owned(), "*/*", 400, "the batch has no request"),
        ("batching = 2", format!("[{one},"), "*/*", 400, "not valid JSON"),
        ("batching = 2", format!("[{one}"), "*/*", 400, "not valid JSON"),
        ("batching = 2", format!("[{one}] x"), "*/*", 400, "not valid JSON"),
        ("batching = 2", format!("[{one}]"), "text/event-stream", 406, "a batch is not streamed"),
        ("batching = 2", format!("[[{one}]]"), "*/*", 200, "batches of requests are not supported here"),
        ("batching = 2", "[1]".to_owned(), "*/*", 200, "must be a JSON object"),
    ];
    for (client, body, accept, status, part) in cases {
        let (_api, front) = front(client).await;
        let answer = post(&front, &body, accept).await;
        assert_eq!(answer.status, status, "{client} {body}");
        assert!(answer.text().contains(part), "{client} {body}: {}", answer.text());
    }
}
