//! Compares a request with the one that is expected: method, URL or its parts, headers, body.

use http::{HeaderMap, HeaderName, HeaderValue};
use indexmap::IndexMap;
use url::Url;

use super::{Mismatch, add_differences};
use crate::{
    cli::test::{
        diff::Extent,
        suite::{ExpectedBody, ExpectedRequest},
    },
    json::Value,
    upstream::UpstreamRequest,
};

/// Names and values of query parameters, in order.
type Parameters = Vec<(String, String)>;

pub(super) fn check(expected: &ExpectedRequest, request: &UpstreamRequest, mismatches: &mut Vec<Mismatch>) {
    if let Some(method) = expected.method
        && method != request.method
    {
        mismatches.push(Mismatch::of("request method", method.name().to_owned(), request.method.name().to_owned()));
    }
    check_url(expected, &request.url, mismatches);
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        headers.append(name.clone(), value.clone());
    }
    check_headers("request", &expected.headers, &headers, mismatches);
    if let Some(body) = &expected.body {
        check_body(body, request.body.as_deref().unwrap_or_default(), mismatches);
    }
}

/// Some headers: all values of each, in order; `None` must be absent.
pub(super) fn check_headers(
    of: &str,
    expected: &[(HeaderName, Option<Vec<String>>)],
    headers: &HeaderMap,
    mismatches: &mut Vec<Mismatch>,
) {
    for (name, values) in expected {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let actual: Vec<String> = headers.get_all(name).iter().map(text).collect();
        let wanted = values.as_deref().unwrap_or_default();
        if wanted != actual {
            let shown = |values: &[String]| (!values.is_empty()).then(|| values.join(", "));
            mismatches.push(Mismatch {
                about: format!("{of} header `{name}`"),
                path: None,
                expected: shown(wanted),
                actual: shown(&actual),
            });
        }
    }
}

fn check_url(expected: &ExpectedRequest, url: &str, mismatches: &mut Vec<Mismatch>) {
    let Ok(actual) = Url::parse(url) else {
        if expected.url.as_deref().is_some_and(|expected| expected != url) {
            mismatches.push(Mismatch::of("request URL", expected.url.clone().unwrap_or_default(), url.to_owned()));
        }
        return;
    };
    if let Some(wanted) = expected.url.as_deref().filter(|wanted| *wanted != url) {
        whole(wanted, url, &actual, mismatches);
    }
    if let Some(wanted) = expected.scheme.as_deref().filter(|wanted| *wanted != actual.scheme()) {
        mismatches.push(Mismatch::of("request URL, scheme", wanted.to_owned(), actual.scheme().to_owned()));
    }
    if let Some(wanted) = &expected.origin {
        let origin = actual.origin().ascii_serialization();
        let wanted = wanted.trim_end_matches('/');
        let same = match wanted.contains("://") {
            true => Url::parse(wanted).map_or(wanted == origin, |wanted| wanted.origin() == actual.origin()),
            false => origin.split_once("://").is_some_and(|(_, host)| host == wanted),
        };
        if !same {
            mismatches.push(Mismatch::of("request URL, origin", wanted.to_owned(), origin));
        }
    }
    if let Some(wanted) = &expected.path {
        let path = written_path(url);
        if wanted != path && normal_path(wanted, &actual) != actual.path() {
            mismatches.push(Mismatch::of("request URL, path", wanted.clone(), path.to_owned()));
        }
    }
    if let Some(wanted) = &expected.query {
        let wanted = wanted.iter().flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())));
        parameters(&wanted.collect(), &of_query(&actual), mismatches);
    }
}

/// Two URLs that are not spelled alike: the parts in which they differ.
fn whole(wanted: &str, url: &str, actual: &Url, mismatches: &mut Vec<Mismatch>) {
    let before = mismatches.len();
    if let Ok(parsed) = Url::parse(wanted) {
        // Others write spaces and the like into URLs as they are.
        if parsed.as_str() == actual.as_str() {
            return;
        }
        if parsed.origin() != actual.origin() {
            let origins = (parsed.origin().ascii_serialization(), actual.origin().ascii_serialization());
            mismatches.push(Mismatch::of("request URL, origin", origins.0, origins.1));
        }
        if parsed.path() != actual.path() {
            mismatches.push(Mismatch::of(
                "request URL, path",
                written_path(wanted).to_owned(),
                written_path(url).to_owned(),
            ));
        }
        parameters(&of_query(&parsed), &of_query(actual), mismatches);
    }
    // Only order or spelling differ.
    if mismatches.len() == before {
        mismatches.push(Mismatch::of("request URL", wanted.to_owned(), url.to_owned()));
    }
}

/// Parameters by name; the values of one name have their order.
fn parameters(wanted: &Parameters, actual: &Parameters, mismatches: &mut Vec<Mismatch>) {
    let mut by_name: IndexMap<&str, [Vec<String>; 2]> = IndexMap::new();
    for (side, parameters) in [wanted, actual].into_iter().enumerate() {
        for (name, value) in parameters {
            by_name.entry(name).or_default()[side].push(format!("`{value}`"));
        }
    }
    for (name, [expected, actual]) in by_name {
        if expected != actual {
            let shown = |values: Vec<String>| (!values.is_empty()).then(|| values.join(", "));
            let about = format!("request URL, query parameter `{name}`");
            mismatches.push(Mismatch { about, path: None, expected: shown(expected), actual: shown(actual) });
        }
    }
}

fn of_query(url: &Url) -> Parameters {
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The path as it is spelled in a URL.
fn written_path(url: &str) -> &str {
    let after = url.find("://").and_then(|at| url.get(at + 3..)).unwrap_or(url);
    let path = after.find('/').and_then(|at| after.get(at..)).unwrap_or("/");
    path.find(['?', '#']).and_then(|end| path.get(..end)).unwrap_or(path)
}

fn normal_path(path: &str, like: &Url) -> String {
    let mut url = like.clone();
    url.set_path(path);
    url.path().to_owned()
}

fn check_body(expected: &ExpectedBody, body: &[u8], mismatches: &mut Vec<Mismatch>) {
    let text = String::from_utf8_lossy(body);
    let told = |expected: Option<String>| Mismatch {
        about: "request body".to_owned(),
        path: None,
        expected,
        actual: (!text.is_empty()).then(|| text.clone().into_owned()),
    };
    match expected {
        ExpectedBody::None if body.is_empty() => {}
        ExpectedBody::None => mismatches.push(told(None)),
        ExpectedBody::Json(expected) => match Value::parse(body) {
            Ok(actual) => add_differences("request body", expected, &actual, Extent::Whole, mismatches),
            Err(_) => mismatches.push(told(Some(expected.to_string()))),
        },
        ExpectedBody::Text(expected) if *expected == text => {}
        ExpectedBody::Text(expected) => mismatches.push(told(Some(expected.clone()))),
    }
}
