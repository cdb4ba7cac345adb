//! Requests that name their document in place of sending it: automatic persisted queries.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service, Socket},
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

/// The graph with a manifest and a folder, in a mode.
async fn trusting(mode: &str) -> (Service, Front) {
    trusting_with(mode, "").await
}

async fn trusting_with(mode: &str, toml: &str) -> (Service, Front) {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#).header("cache-control", "max-age=60, public")).await;
    let manifest = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
        { "id": hash(HOME), "name": "Home", "type": "query", "body": HOME },
        { "id": "greet-1", "name": "Greet", "type": "mutation", "body": GREET },
    ]});
    let relay = json!({ "0123456789abcdef0123456789abcdef": RELAY });
    let front = GatewayBuilder::new(GRAPH)
        .toml(toml)
        .upstream("api", &api.base_url, "")
        .client("web", VIEW)
        .client_settings(&format!(
            "trusted_documents = {{ files = [\"*.json\", \"*.operation.graphql\"], mode = \"{mode}\" }}"
        ))
        .file("manifest.json", &manifest.to_string())
        .file("relay.json", &relay.to_string())
        .file("both.operation.graphql", "query One { ...Hello }\nquery Two { ...Hello again: hello }\n")
        .file("hello.operation.graphql", "fragment Hello on Query { hello }\n")
        .serve()
        .await;
    (api, front)
}

const HOME: &str = "query Home {\n  hello\n}";
const GREET: &str = "mutation Greet($name: String!) { greet(name: $name) }";
const RELAY: &str = "query Relay {\n  hello\n  __typename\n}\n";

#[tokio::test]
async fn trusted_documents_go_by_their_ids_in_every_mode() {
    for mode in ["open", "log", "safelist", "ids-only"] {
        let (_api, front) = trusting(mode).await;
        let relay = r#"{"__typename":"Query","hello":"hi"}"#;
        let cases = [
            (json!({ "extensions": persisted(&hash(HOME)) }), HI),
            (json!({ "extensions": persisted(&hash(HOME).to_uppercase()), "operationName": "Home" }), HI),
            (json!({ "extensions": persisted(&hash(HOME)), "operationName": "Other" }), "OPERATION_RESOLUTION_FAILURE"),
            (json!({ "documentId": format!("sha256:{}", hash(HOME)) }), HI),
            (json!({ "documentId": "greet-1", "variables": { "name": "x" } }), r#"{"greet":"hi"}"#),
            (json!({ "documentId": "greet-1" }), "BAD_USER_INPUT"),
            (
                json!({ "documentId": format!("sha256:{}", hash(GREET)), "variables": { "name": "x" } }),
                r#"{"greet":"hi"}"#,
            ),
            (json!({ "doc_id": "0123456789abcdef0123456789abcdef", "query": null }), relay),
            (json!({ "id": "0123456789abcdef0123456789abcdef", "query": "" }), relay),
            (json!({ "documentId": "One" }), HI),
            (json!({ "documentId": "Two" }), r#"{"again":"hi","hello":"hi"}"#),
        ];
        for (body, expected) in cases {
            assert_eq!(told(&front, "web", body.clone()).await, expected, "{mode} {body}");
        }
        let unknown = told(&front, "web", json!({ "extensions": persisted(&hash("{ a }")) })).await;
        let expected = match mode {
            "open" | "log" => "PERSISTED_QUERY_NOT_FOUND",
            _ => "PERSISTED_QUERY_NOT_IN_LIST",
        };
        assert_eq!(unknown, expected, "{mode}");
        assert_eq!(front.gateway.engine.plan_cache().hits, 0, "{mode}: their plans are beside the plan cache");
    }
}

#[tokio::test]
async fn the_mode_decides_about_documents_that_are_sent() {
    let respaced = "fragment Hello on Query { hello, } # it is the same\nquery One{...Hello}";
    let forms = [HELLO, HOME, respaced, "{ __schema { queryType { name } } }"];
    let schema = r#"{"__schema":{"queryType":{"name":"Query"}}}"#;
    let (refused, named) = ("QUERY_NOT_IN_SAFELIST", "PERSISTED_QUERY_ID_REQUIRED");
    let cases = [
        ("open", [HI, HI, HI, schema]),
        ("log", [HI, HI, HI, schema]),
        ("safelist", [refused, HI, HI, refused]),
        ("ids-only", [named, named, named, named]),
    ];
    for (mode, expected) in cases {
        let (_api, front) = trusting(mode).await;
        for (document, expected) in forms.into_iter().zip(expected) {
            assert_eq!(told(&front, "web", json!({ "query": document })).await, expected, "{mode} {document}");
            // As clients with automatic persisted queries send it.
            let offered = json!({ "query": document, "extensions": persisted(&hash(document)) });
            assert_eq!(told(&front, "web", offered).await, expected, "{mode} {document}");
        }
        // What was offered is kept only where it could be sent.
        let named = told(&front, "web", json!({ "extensions": persisted(&hash(HELLO)) })).await;
        assert_eq!(named == HI, matches!(mode, "open" | "log"), "{mode} {named}");
        // All but the one that is trusted word by word.
        let kept = if matches!(mode, "open" | "log") { 3 } else { 0 };
        let line = format!(r#"anabranch_persisted_documents_total{{client="web",outcome="stored"}} {kept}"#);
        front.until_metric(&line).await;
        match mode {
            // Two unknown documents, each sent twice, and one of them named once.
            "log" => {
                front.until_metric(r#"anabranch_persisted_documents_total{client="web",outcome="unknown"} 5"#).await;
                front.until_metric(r#"anabranch_persisted_documents_total{client="web",outcome="known"} 4"#).await;
            }
            "safelist" => {
                front.until_metric(r#"anabranch_persisted_documents_total{client="web",outcome="known"} 4"#).await;
                front.until_metric(r#"anabranch_persisted_documents_total{client="web",outcome="refused"} 4"#).await
            }
            "ids-only" => {
                front.until_metric(r#"anabranch_persisted_documents_total{client="web",outcome="refused"} 8"#).await
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_trusted_document_that_is_sent_as_it_is_known_is_planned_already() {
    for mode in ["open", "log", "safelist"] {
        let (_api, front) = trusting(mode).await;
        let sent = json!({ "query": HOME, "extensions": persisted(&hash(HOME)) });
        assert_eq!(told(&front, "web", sent).await, HI);
        let plans = front.gateway.engine.plan_cache();
        assert_eq!((plans.hits, plans.misses), (0, 0), "{mode}");
    }
}

#[tokio::test]
async fn a_get_by_id_can_be_kept_by_a_cdn_and_changes_nothing() {
    let (api, front) = trusting("ids-only").await;
    let answer = Answer::of(front.get("web", &[("documentId", &hash(HOME))])).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"data":{"hello":"hi"}}"#));
    let control = answer.header("cache-control");
    assert!(control.starts_with("max-age=") && control.ends_with(", public"), "{control}");
    assert_eq!(answer.header("vary"), "accept");
    let before = api.calls().len();
    let greet = [("documentId", "greet-1"), ("variables", r#"{"name":"x"}"#)];
    let answer = Answer::of(front.get("web", &greet)).await;
    assert_eq!((answer.status, api.calls().len()), (405, before));
    // A page of another site is refused, as with any GET.
    let foreign = front.get("web", &[("documentId", &hash(HOME))]).header("sec-fetch-site", "cross-site");
    assert_eq!(Answer::of(foreign).await.status, 403);
}

#[tokio::test]
async fn refusals_of_a_safelist_are_request_errors_by_media_type_and_never_cached() {
    let (api, front) = trusting("safelist").await;
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
        let answer = Answer::of(front.post("web", HELLO).header("accept", accept)).await;
        let expected = r#"{"errors":[{"message":"The operation body was not found in the persisted query safelist","extensions":{"code":"QUERY_NOT_IN_SAFELIST"}}]}"#;
        assert_eq!((answer.status, answer.text(), &*answer.header("cache-control")), (status, expected, "no-store"));
    }
    assert_eq!(api.calls().len(), 0);
}

#[tokio::test]
async fn without_room_for_their_plans_trusted_documents_are_planned_when_they_are_asked_for() {
    let (_api, front) = trusting_with("ids-only", "[cache]\nplans = 0").await;
    for _ in 0..2 {
        assert_eq!(told(&front, "web", json!({ "documentId": "One" })).await, HI);
    }
    assert!(front.gateway.engine.plan_cache().misses > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_named_over_websockets_too() {
    let (_api, front) = trusting("safelist").await;
    let mut socket = Socket::ready(&front, "", "null").await;
    let by_hash = json!({ "extensions": persisted(&hash(HOME)) });
    for (id, payload) in [("1", by_hash), ("2", json!({ "documentId": "One" })), ("3", json!({ "query": HOME }))] {
        socket.say(&json!({ "id": id, "type": "subscribe", "payload": payload }).to_string()).await;
        assert_eq!(socket.text().await, format!(r#"{{"id":"{id}","type":"next","payload":{{"data":{HI}}}}}"#));
        assert_eq!(socket.text().await, format!(r#"{{"id":"{id}","type":"complete"}}"#));
    }
    socket.say(&json!({ "id": "4", "type": "subscribe", "payload": { "query": HELLO } }).to_string()).await;
    let refused = socket.text().await;
    assert!(refused.contains("QUERY_NOT_IN_SAFELIST") && refused.contains(r#""type":"error""#), "{refused}");
}
