//! What the services share: reading parameters and writing JSON answers.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use tokio::time::sleep;

/// Parameters of a query string: names may repeat.
pub(super) type Parameters = axum::extract::Query<Vec<(String, String)>>;

/// How many bytes a service reads of a body.
const BODY_LIMIT: usize = 64 * 1024;

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("the demo's answers are maps with text keys");
    (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// A JSON answer with status 200.
pub(super) fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}

/// The same answer with a `Cache-Control` header.
pub(super) fn cached(mut response: Response, control: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(control));
    response
}

/// An answer that says what is wrong: `{ "error": { "code", "message" } }`.
pub(super) fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, &json!({ "error": { "code": code, "message": message } }))
}

/// A 404.
pub(super) fn missing(what: &str) -> Response {
    problem(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("no such {what}"))
}

/// A 422: the request was understood and makes no sense.
pub(super) fn invalid(message: &str) -> Response {
    problem(StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_FAILED", message)
}

/// The body of a request; the error is the answer to give.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Box::new(problem(status, "MALFORMED_BODY", &error.to_string()))
    })
}

/// The last parameter of a name.
pub(super) fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.iter().rev().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

/// A number within bounds, or the default where it is absent or no number.
pub(super) fn number(parameters: &Parameters, name: &str, (default, high): (u32, u32)) -> usize {
    text(parameters, name).and_then(|value| value.parse().ok()).unwrap_or(default).clamp(1, high) as usize
}

/// All ids of a parameter that may repeat and may hold several, separated by commas.
pub(super) fn ids<'a>(parameters: &'a Parameters, name: &'a str) -> Option<Vec<&'a str>> {
    let given = parameters.iter().filter(|(key, _)| key == name);
    let ids: Vec<_> = given.flat_map(|(_, value)| value.split(',')).filter(|id| !id.is_empty()).collect();
    parameters.iter().any(|(key, _)| key == name).then_some(ids)
}

/// An id that counts from 1; a leading zero or a sign is no id.
pub(super) fn id(text: &str) -> Option<u32> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A service with what all have: a body limit, and JSON for unknown paths and wrong methods.
pub(super) fn service(router: Router) -> Router {
    router
        .fallback(async || missing("path"))
        .method_not_allowed_fallback(async || {
            problem(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "this path has other methods")
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// The same service, with a pause before each answer.
pub(super) fn slowed(router: Router, latency: Duration) -> Router {
    if latency.is_zero() {
        return router;
    }
    router.layer(from_fn(move |request: Request, next: Next| async move {
        sleep(latency).await;
        next.run(request).await
    }))
}
