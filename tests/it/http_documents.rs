//! Requests that name their document in place of sending it: automatic persisted queries.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service},
};

const HELLO: &str = "{ hello }";
const VIEW: &str = "type Query { hello: String } type Mutation { greet(name: String!): String }";

async fn front(client: &str, cache: &str) -> (Service, Front) {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let front = GatewayBuilder::new(GRAPH)
        .toml(cache)
        .upstream("api", &api.base_url, "")
        .client("web", VIEW)
        .client("mobile", VIEW)
        .client_settings(client)
        .serve()
        .await;
    (api, front)
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn post(front: &Front, client: &str, body: Value) -> Answer {
    let request = front.request("POST", &format!("/{client}/graphql"));
    Answer::of(request.header("content-type", "application/json").body(body.to_string())).await
}

/// The code of the only error, or the data.
async fn told(front: &Front, client: &str, body: Value) -> String {
    let answer = post(front, client, body).await;
    let answer: Value = serde_json::from_str(answer.text()).unwrap();
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => code.to_owned(),
        None => answer["data"].to_string(),
    }
}

const HI: &str = r#"{"hello":"hi"}"#;

#[tokio::test]
async fn a_document_that_was_sent_is_known_to_its_client_alone() {
    let (_api, front) = front("", "").await;
    let extensions = persisted(&hash(HELLO));
    let named = || json!({ "extensions": extensions });
    assert_eq!(told(&front, "web", named()).await, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(told(&front, "web", json!({ "query": HELLO, "extensions": extensions })).await, HI);
    assert_eq!(told(&front, "web", named()).await, HI);
    assert_eq!(told(&front, "mobile", named()).await, "PERSISTED_QUERY_NOT_FOUND");
    // What clients write besides is no mistake.
    assert_eq!(told(&front, "web", json!({ "query": "", "extensions": extensions })).await, HI);
    assert_eq!(told(&front, "web", json!({ "extensions": persisted(&hash(HELLO).to_uppercase()) })).await, HI);
    assert_eq!(told(&front, "web", json!({ "documentId": format!("sha256:{}", hash(HELLO)) })).await, HI);
    for line in [
        r#"anabranch_persisted_documents_total{client="web",outcome="hit"} 4"#,
        r#"anabranch_persisted_documents_total{client="web",outcome="miss"} 1"#,
        r#"anabranch_persisted_documents_total{client="web",outcome="stored"} 1"#,
        r#"anabranch_persisted_documents_total{client="mobile",outcome="miss"} 1"#,
    ] {
        front.until_metric(line).await;
    }
}

#[tokio::test]
async fn what_is_not_known_is_told_with_status_200_in_every_format_and_never_cached() {
    let (_api, front) = front("", "").await;
    let extensions = persisted(&hash(HELLO)).to_string();
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = Answer::of(front.get("web", &[("extensions", &extensions)]).header("accept", accept)).await;
        assert_eq!(
            (answer.status, answer.text(), &*answer.header("cache-control")),
            (
                200,
                r#"{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}"#,
                "no-store"
            )
        );
    }
}

#[tokio::test]
async fn what_is_no_way_to_name_a_document_is_refused() {
    let (_api, front) = front("", "").await;
    let own = hash(HELLO);
    let version = |version: Value| json!({ "persistedQuery": { "version": version, "sha256Hash": own } });
    let cases = [
        (json!({ "extensions": version(json!(2)) }), "BAD_USER_INPUT"),
        (json!({ "extensions": version(json!("1")) }), "BAD_USER_INPUT"),
        (json!({ "query": HELLO, "extensions": version(Value::Null) }), "BAD_USER_INPUT"),
        (json!({ "extensions": { "persistedQuery": {} } }), "BAD_USER_INPUT"),
        (json!({ "extensions": { "persistedQuery": true } }), "BAD_USER_INPUT"),
        (json!({ "extensions": { "persistedQuery": { "version": 1 } } }), "BAD_USER_INPUT"),
        (json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": 5 } } }), "BAD_USER_INPUT"),
        (json!({ "extensions": { "persistedQuery": null } }), "BAD_USER_INPUT"),
        (json!({ "query": HELLO, "extensions": { "persistedQuery": null } }), HI),
        (json!({ "extensions": persisted("../etc") }), "PERSISTED_QUERY_NOT_FOUND"),
        (json!({ "query": HELLO, "extensions": persisted("") }), "PERSISTED_QUERY_HASH_MISMATCH"),
        (json!({ "query": HELLO, "extensions": persisted(&hash("{ hello  }")) }), "PERSISTED_QUERY_HASH_MISMATCH"),
        (json!({ "documentId": "home" }), "PERSISTED_QUERY_NOT_FOUND"),
        (json!({ "documentId": 5 }), "BAD_USER_INPUT"),
        (json!({ "doc_id": 5 }), "PERSISTED_QUERY_NOT_FOUND"),
        (json!({ "query": HELLO, "id": "anything" }), HI),
        (json!({ "query": HELLO, "documentId": "anything" }), HI),
    ];
    for (body, expected) in cases {
        assert_eq!(told(&front, "web", body.clone()).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_document_is_kept_only_if_it_is_valid() {
    let (_api, front) = front("limits = { depth = 1 }", "").await;
    for (document, operation) in [("{ nothing }", None), ("{ hello", None), ("query A { hello }", Some("B"))] {
        let extensions = persisted(&hash(document));
        let sent = json!({ "query": document, "operationName": operation, "extensions": extensions });
        assert_ne!(told(&front, "web", sent).await, HI);
        let named = json!({ "extensions": extensions });
        assert_eq!(told(&front, "web", named).await, "PERSISTED_QUERY_NOT_FOUND", "{document}");
    }
}

#[tokio::test]
async fn a_mutation_that_is_known_is_not_run_by_get() {
    let (api, front) = front("", "").await;
    let mutation = "mutation { greet(name: \"x\") }";
    let extensions = persisted(&hash(mutation));
    let sent = json!({ "query": mutation, "extensions": extensions });
    assert_eq!(told(&front, "web", sent).await, r#"{"greet":"hi"}"#);
    let before = api.calls().len();
    let answer = Answer::of(front.get("web", &[("extensions", &extensions.to_string())])).await;
    assert_eq!((answer.status, api.calls().len()), (405, before));
}

#[tokio::test]
async fn switched_off_clients_are_told_to_send_documents() {
    for (client, cache) in [("persisted_queries = false", ""), ("", "[cache]\npersisted_queries = 0")] {
        let (_api, front) = front(client, cache).await;
        let extensions = persisted(&hash(HELLO));
        for body in [json!({ "extensions": extensions }), json!({ "query": HELLO, "extensions": extensions })] {
            let answer = post(&front, "web", body).await;
            let expected = r#"{"errors":[{"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}}]}"#;
            assert_eq!((answer.status, answer.text()), (200, expected));
        }
        assert_eq!(told(&front, "web", json!({ "query": HELLO })).await, HI);
    }
}
