//! `expect`: what a test demands. Whatever is not named is not checked.

use std::path::Path;

use http::HeaderName;

use super::{answer::as_it_arrives, read_body_file, variables};
use crate::{
    cli::test::{
        reader::{Located, Reader},
        yaml::{Entry, Node},
    },
    json::Value,
    model::Method,
};

/// All demands of a test; at least one.
#[derive(Debug, Default)]
pub(in crate::cli::test) struct Expectation {
    pub(in crate::cli::test) request: Option<ExpectedRequest>,
    /// A part of the reason why no request can be made.
    pub(in crate::cli::test) request_error: Option<String>,
    /// The mapped value.
    pub(in crate::cli::test) response: Option<Value>,
    /// Headers of the recorded answer.
    pub(in crate::cli::test) response_headers: Vec<(HeaderName, Option<Vec<String>>)>,
    pub(in crate::cli::test) error: Option<ExpectedError>,
    pub(in crate::cli::test) problems: Option<Vec<ExpectedProblem>>,
}

/// `connectorRequest`
#[derive(Debug, Default)]
pub(in crate::cli::test) struct ExpectedRequest {
    pub(in crate::cli::test) method: Option<Method>,
    pub(in crate::cli::test) url: Option<String>,
    pub(in crate::cli::test) scheme: Option<String>,
    pub(in crate::cli::test) origin: Option<String>,
    pub(in crate::cli::test) path: Option<String>,
    /// All parameters with their values.
    pub(in crate::cli::test) query: Option<Vec<(String, Vec<String>)>>,
    /// Some headers; `None` must be absent.
    pub(in crate::cli::test) headers: Vec<(HeaderName, Option<Vec<String>>)>,
    pub(in crate::cli::test) body: Option<ExpectedBody>,
}

/// `connectorRequest.body`
#[derive(Debug)]
pub(in crate::cli::test) enum ExpectedBody {
    None,
    /// Compared by value, if the body is JSON as well.
    Json(Value),
    Text(String),
}

/// `error`
#[derive(Debug, Default)]
pub(in crate::cli::test) struct ExpectedError {
    /// The whole message.
    pub(in crate::cli::test) message: Option<String>,
    /// A part of it.
    pub(in crate::cli::test) contains: Option<String>,
    /// Some of the extensions.
    pub(in crate::cli::test) extensions: Option<Value>,
    /// Whether `service` and `connector`, which only others add, are left out.
    pub(in crate::cli::test) foreign: bool,
}

/// One of `problems`.
#[derive(Debug)]
pub(in crate::cli::test) struct ExpectedProblem {
    /// A part of the message.
    pub(in crate::cli::test) message: String,
    pub(in crate::cli::test) path: Option<String>,
    pub(in crate::cli::test) count: Option<u32>,
}

pub(super) fn read(reader: &mut Reader, entry: &Entry, path: &Path) -> Option<Expectation> {
    const KEYS: [&str; 8] = [
        "connectorRequest",
        "connectorResponse",
        "connectorResponseFile",
        "connectorResponseHeaders",
        "error",
        "errors",
        "requestError",
        "problems",
    ];
    let entries = reader.members(&entry.value, "`expect`", &KEYS)?;
    if entries.is_empty() {
        let hint = "name at least one of `connectorRequest`, `connectorResponse`, `error`, `requestError`, `problems`";
        reader.mistake("TEST_MISSING_KEY", "`expect` demands nothing", &entry.key_range, hint);
    }
    let mut expected = Expectation::default();
    for entry in entries {
        let (node, what) = (&entry.value, format!("`{}`", entry.key));
        match &*entry.key {
            "connectorRequest" => expected.request = request(reader, node, path),
            "connectorResponse" => expected.response = reader.json(node, &what),
            "connectorResponseFile" => {
                let named = reader.text(node, &what);
                expected.response = named.and_then(|named| json_file(reader, &named, path));
            }
            "connectorResponseHeaders" => expected.response_headers = headers(reader, node, &what),
            "error" => expected.error = error(reader, node, false),
            "errors" => errors(reader, entry, &mut expected),
            "requestError" => expected.request_error = reader.text(node, &what).map(|located| located.text.to_string()),
            "problems" => {
                let problems = reader.list(node, &what)?;
                expected.problems = problems.iter().map(|node| problem(reader, node)).collect();
            }
            _ => {}
        }
    }
    if expected.response.is_some() && (expected.error.is_some() || expected.request_error.is_some()) {
        let message = "a connector gives a response or an error, not both";
        reader.mistake("TEST_INVALID_VALUE", message, &entry.key_range, "remove one of them");
    }
    Some(expected)
}

/// `errors: [..]`, as others write it: a connector gives at most one.
fn errors(reader: &mut Reader, entry: &Entry, expected: &mut Expectation) {
    match reader.list(&entry.value, "`errors`") {
        Some([one]) => expected.error = error(reader, one, true),
        Some([_, second, ..]) => {
            let hint = "keep the one that is meant";
            reader.mistake("TEST_INVALID_VALUE", "a connector gives at most one error", &second.range, hint);
        }
        Some([]) | None => {}
    }
}

fn error(reader: &mut Reader, node: &Node, foreign: bool) -> Option<ExpectedError> {
    let mut expected = ExpectedError { foreign, ..ExpectedError::default() };
    for entry in reader.members(node, "an error", &["message", "contains_message", "extensions"])? {
        let what = format!("`{}`", entry.key);
        match &*entry.key {
            "message" => expected.message = reader.text(&entry.value, &what).map(|located| located.text.to_string()),
            "contains_message" => {
                expected.contains = reader.text(&entry.value, &what).map(|located| located.text.to_string());
            }
            "extensions" => expected.extensions = reader.object(&entry.value, &what),
            _ => {}
        }
    }
    Some(expected)
}

fn problem(reader: &mut Reader, node: &Node) -> Option<ExpectedProblem> {
    reader.members(node, "a problem", &["message", "contains_message", "path", "count"])?;
    let message = match node.get("message").or(node.get("contains_message")) {
        Some(entry) => reader.text(&entry.value, "`message`").map(|message| message.text.to_string()),
        None => Some(String::new()),
    };
    let path = node.get("path").and_then(|entry| reader.text(&entry.value, "`path`"));
    let count = node.get("count").and_then(|entry| reader.number(&entry.value, "`count`", (1, u32::MAX)));
    Some(ExpectedProblem { message: message?, path: path.map(|path| path.text.to_string()), count })
}

fn request(reader: &mut Reader, node: &Node, path: &Path) -> Option<ExpectedRequest> {
    const KEYS: [&str; 9] = ["method", "url", "scheme", "origin", "path", "queryParams", "headers", "body", "bodyFile"];
    let mut expected = ExpectedRequest::default();
    for entry in reader.members(node, "`connectorRequest`", &KEYS)? {
        let (node, what) = (&entry.value, format!("`{}`", entry.key));
        let mut text = || reader.text(node, &what).map(|located| located.text.trim().to_owned());
        match &*entry.key {
            "method" => expected.method = method(reader, node),
            "url" => expected.url = text(),
            "scheme" => expected.scheme = text(),
            "origin" => expected.origin = text(),
            "path" => expected.path = text(),
            "queryParams" => expected.query = query(reader, node),
            "headers" => expected.headers = headers(reader, node, &what),
            "body" => expected.body = Some(body(&as_it_arrives(node))),
            "bodyFile" => {
                let named = reader.text(node, &what);
                expected.body = named.and_then(|named| read_body_file(reader, &named, path)).map(|bytes| body(&bytes));
            }
            _ => {}
        }
    }
    Some(expected)
}

fn method(reader: &mut Reader, node: &Node) -> Option<Method> {
    let text = reader.text(node, "`method`")?;
    let method = Method::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(&text.text));
    if method.is_none() {
        let hint = "connectors have `GET`, `POST`, `PUT`, `PATCH` and `DELETE`";
        reader.mistake("TEST_INVALID_VALUE", format!("unknown method `{}`", text.text), &text.range, hint);
    }
    method
}

fn query(reader: &mut Reader, node: &Node) -> Option<Vec<(String, Vec<String>)>> {
    let entries = reader.mapping(node, "`queryParams`")?;
    let values = |reader: &mut Reader, entry: &Entry| {
        if entry.value.is_null() {
            return Some(vec![String::new()]);
        }
        let texts = reader.texts(&entry.value, &format!("parameter `{}`", entry.key))?;
        Some(texts.into_iter().map(|located| located.text.to_string()).collect())
    };
    entries.iter().map(|entry| Some((entry.key.to_string(), values(reader, entry)?))).collect()
}

fn headers(reader: &mut Reader, node: &Node, what: &str) -> Vec<(HeaderName, Option<Vec<String>>)> {
    let mut headers = Vec::new();
    for entry in reader.mapping(node, what).unwrap_or_default() {
        let Some(name) = variables::header_name(reader, entry) else { continue };
        if entry.value.is_null() {
            headers.push((name, None));
        } else if let Some(values) = reader.texts(&entry.value, &format!("header `{}`", entry.key)) {
            let values = values.into_iter().map(|located| located.text.trim().to_owned()).collect();
            headers.push((name, Some(values)));
        }
    }
    headers
}

fn body(bytes: &[u8]) -> ExpectedBody {
    let text = String::from_utf8_lossy(bytes);
    if text.trim().is_empty() {
        return ExpectedBody::None;
    }
    match Value::parse(bytes) {
        Ok(value) => ExpectedBody::Json(value),
        Err(_) => ExpectedBody::Text(text.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

fn json_file(reader: &mut Reader, named: &Located, path: &Path) -> Option<Value> {
    let bytes = read_body_file(reader, named, path)?;
    match Value::parse(&bytes) {
        Ok(value) => Some(value),
        Err(error) => {
            let message = format!("`{}` is no JSON: {error}", named.text);
            reader.mistake("TEST_INVALID_JSON", message, &named.range, "an expected response is JSON");
            None
        }
    }
}
