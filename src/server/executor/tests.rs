//! Answers through the seam are the bytes of the engine.

use async_graphql::{Executor as _, Request, Variables};
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
