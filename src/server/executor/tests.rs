//! Answers through the seam are the bytes of the engine.

use async_graphql::{
    Executor as _, Request, Variables,
    http::{WebSocket, WebSocketProtocols, WsMessage},
};
use futures_util::StreamExt as _;

use super::{
    super::testing::{answer, app},
    *,
};

fn operations(toml: &str) -> Operations {
    Operations::new(&app(toml), 0)
}

#[tokio::test]
async fn the_payload_is_what_the_engine_wrote() {
    let operations = operations("");
    let response = operations.execute(Request::new("{ a: hello }")).await;
    assert!(response.is_ok());
    assert_eq!(serde_json::to_string(&response.data).unwrap(), r#"{"data":{"a":"hi"}}"#);
    let odd = answer(r#"{"hasNext": false, "incremental":[{"data":{"n":1.50,"u":"\u00e9"}}]}"#);
    let body = odd.body.clone();
    assert_eq!(serde_json::to_string(&super::response(odd).data).unwrap().as_bytes(), body);
}

#[tokio::test]
async fn what_does_not_run_is_errors_without_data() {
    let operations = operations("");
    let answers: Vec<Response> = operations.execute_stream(Request::new("{ nothing }"), None).collect().await;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].data, async_graphql::Value::Null);
    let errors = serde_json::to_value(&answers[0].errors).unwrap();
    assert_eq!(errors[0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(errors[0]["locations"][0]["line"], 1);
}

#[test]
fn variables_keep_their_spelling_on_the_way() {
    let variables = || Value::parse(br#"{"a":1.50,"b":123456789012345678901234567890}"#).unwrap();
    let mut request = GraphqlRequest::of("{ a }");
    request.variables = variables();
    request.operation_name = Some("A".into());
    let there = theirs(request, Endless::default());
    assert_eq!((there.query.as_str(), there.operation_name.as_deref()), ("{ a }", Some("A")));
    let back = ours(there);
    assert_eq!((back.variables, back.query.as_deref()), (variables(), Some("{ a }")));
    // One that somebody else made.
    let other = Request::new("{ a }").variables(Variables::from_json(serde_json::json!({"a": [1]})));
    assert_eq!(ours(other).variables, Value::parse(br#"{"a":[1]}"#).unwrap());
}

/// What async-graphql's own carrier says to messages, over our engine.
async fn told_by_theirs(messages: &[&str]) -> Vec<String> {
    let messages = messages.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let messages = stream::iter(messages).chain(stream::pending());
    let mut carrier = WebSocket::new(operations(""), messages, WebSocketProtocols::GraphQLWS);
    let mut told = Vec::new();
    while let Ok(Some(message)) = tokio::time::timeout(std::time::Duration::from_secs(60), carrier.next()).await {
        told.push(match message {
            WsMessage::Text(text) => text,
            WsMessage::Close(code, _) => code.to_string(),
        });
    }
    told
}

/// The evidence of `docs/decisions/0014-transports.md`: when one of these fails, they have mended it.
#[tokio::test(start_paused = true)]
async fn their_carrier_departs_from_the_protocol() {
    const INIT: &str = r#"{"type":"connection_init"}"#;
    const ACK: &str = r#"{"type":"connection_ack"}"#;
    let subscribe =
        |id: &str, query: &str| format!(r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{query}"}}}}"#);
    let hello = subscribe("1", "{ hello }");
    let next = r#"{"type":"next","id":"1","payload":{"data":{"data":{"hello":"hi"}}}}"#;
    let complete = r#"{"type":"complete","id":"1"}"#;
    let told = told_by_theirs;
    assert_eq!(told(&[INIT, &hello]).await, [ACK, next, complete], "ours is an executor that drives it");
    assert_eq!(told(&[&hello]).await, ["1011"], "4401: a subscription before the acknowledgement");
    assert_eq!(told(&["{"]).await, ["1002"], "4400: not a message");
    assert_eq!(told(&[]).await, [""; 0], "4408: nothing comes");
    assert_eq!(told(&[INIT, &hello, &hello]).await, [ACK, next, complete], "4409: the id is taken");
    let ended = told(&[INIT, &hello, complete]).await;
    assert_eq!(ended, [ACK, complete], "nothing: the client has ended it, and may use the id again");
    let refused = told(&[INIT, &subscribe("1", "{ nothing }")]).await;
    assert!(refused[1].starts_with(r#"{"type":"next","#), "`error`: it did not begin, but {refused:?}");
    let older = told(&[INIT, &hello.replace("subscribe", "start")]).await;
    assert_eq!(older, [ACK, next, complete], "4400: a message of the older protocol");
}
