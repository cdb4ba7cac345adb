//! A GraphQL request out of a JSON body or a query string.

use super::respond::Refusal;
use crate::{
    engine::GraphqlRequest,
    json::{Object, Value},
};

/// Reads the body of a POST: unknown members are ignored, clients send them.
pub(super) fn from_body(body: &[u8]) -> Result<GraphqlRequest, Refusal> {
    let value = Value::parse(body).map_err(|error| Refusal::bad_request(format!("the request body is {error}")))?;
    match value {
        Value::Object(members) => from_members(members),
        Value::Array(_) => {
            Err(Refusal::bad_request("batches of requests are not supported; send one request at a time"))
        }
        other => {
            let kind = other.type_name();
            Err(Refusal::bad_request(format!("the request body must be a JSON object with a `query`, not {kind}")))
        }
    }
}

/// Reads the query string of a GET.
pub(super) fn from_query(query: &str) -> Result<GraphqlRequest, Refusal> {
    let mut members = Object::default();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = match &*key {
            "query" | "operationName" => Value::String(value.into()),
            "variables" | "extensions" => parameter(&key, &value)?,
            _ => continue,
        };
        if members.insert(key.as_ref().into(), value).is_some() {
            return Err(Refusal::bad_request(format!("the parameter `{key}` is there twice")));
        }
    }
    from_members(members)
}

fn parameter(key: &str, text: &str) -> Result<Value, Refusal> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Value::parse(text.as_bytes()).map_err(|error| Refusal::bad_request(format!("the parameter `{key}` is {error}")))
}

fn from_members(mut members: Object) -> Result<GraphqlRequest, Refusal> {
    let mut take = |key: &str| members.swap_remove(key).unwrap_or(Value::Null);
    let query = match take("query") {
        Value::String(text) => text.to_string(),
        Value::Null => return Err(Refusal::bad_request("`query` is missing: send the GraphQL document there")),
        other => return Err(wrong_type("query", "a string", &other)),
    };
    let operation_name = match take("operationName") {
        Value::Null => None,
        Value::String(name) if name.is_empty() => None,
        Value::String(name) => Some(name.to_string()),
        other => return Err(wrong_type("operationName", "a string", &other)),
    };
    let variables = match take("variables") {
        value @ (Value::Null | Value::Object(_)) => value,
        other => return Err(wrong_type("variables", "an object", &other)),
    };
    let extensions = match take("extensions") {
        value @ (Value::Null | Value::Object(_)) => value,
        other => return Err(wrong_type("extensions", "an object", &other)),
    };
    Ok(GraphqlRequest { query, operation_name, variables, extensions })
}

fn wrong_type(key: &str, expected: &str, found: &Value) -> Refusal {
    Refusal::bad_request(format!("`{key}` must be {expected}, not {}", found.type_name()))
}
