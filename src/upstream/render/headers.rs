//! The headers: mapped ones, then configured ones, then forwarded ones; the first of a name wins.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    config,
    mapping::Scope,
    model::{ConnectorText, HeaderSource, RequestTemplate},
    upstream::{TextProblems, request::RenderError},
};

/// Belongs to the connection as well, in the usage of old clients.
const PROXY_CONNECTION: &str = "proxy-connection";
/// Added to each request as it is sent, and therefore no part of what sharing compares.
pub(in crate::upstream) const TRACE_IDS: [&str; 2] = ["traceparent", "x-request-id"];

type Headers = Vec<(HeaderName, HeaderValue)>;

pub(super) fn render(
    template: &RequestTemplate,
    settings: &config::Upstream,
    scope: &Scope<'_>,
    client: &HeaderMap,
    problems: &mut TextProblems,
) -> Result<Headers, RenderError> {
    let mut headers = mapped(template, scope, client, problems)?;
    let own = headers.len();
    for (name, value) in &settings.headers {
        if settable(name) && !headers.iter().take(own).any(|(known, _)| known == name) {
            headers.push((name.clone(), value.clone()));
        }
    }
    for name in &settings.forward_headers {
        if copied(name) && !has(&headers, name) {
            copy(client, name, name, &mut headers);
        }
    }
    Ok(headers)
}

/// Adds what every request says of itself, and puts the headers in the order in which they are compared.
pub(super) fn complete(headers: &mut Headers, template: &RequestTemplate, has_body: bool) {
    if !has(headers, &header::ACCEPT) {
        headers.push((header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.1")));
    }
    if has_body && !has(headers, &header::CONTENT_TYPE) {
        let form = "application/x-www-form-urlencoded";
        headers.push((
            header::CONTENT_TYPE,
            HeaderValue::from_static(if template.form { form } else { "application/json" }),
        ));
    }
    headers.sort_by(|(one, _), (two, _)| one.as_str().cmp(two.as_str()));
}

fn mapped(
    template: &RequestTemplate,
    scope: &Scope<'_>,
    client: &HeaderMap,
    problems: &mut TextProblems,
) -> Result<Headers, RenderError> {
    let mut headers = Vec::with_capacity(template.headers.len() + 4);
    for rule in template.headers.iter().filter(|rule| settable(&rule.name)) {
        match &rule.source {
            HeaderSource::From(from) if copied(&rule.name) => copy(client, from, &rule.name, &mut headers),
            HeaderSource::From(_) => {}
            HeaderSource::Value(value) => {
                let wrong = |what: &str| {
                    let text = ConnectorText::Header(rule.name.clone());
                    RenderError::new(format!("header `{}`{what}", rule.name)).of(text)
                };
                let text = value.render_plain(scope, &mut problems.current);
                problems.end(|| ConnectorText::Header(rule.name.clone()), 0);
                let text = text.map_err(|error| wrong(&format!(": {error}")))?;
                // Refuses CR, LF and every other control character.
                let mut value = HeaderValue::from_bytes(text.trim().as_bytes())
                    .map_err(|_| wrong(" would hold control characters"))?;
                value.set_sensitive(true);
                headers.push((rule.name.clone(), value));
            }
        }
    }
    Ok(headers)
}

/// Copies all values of the client's header; none where it is absent. A clone would share, and as part of a kept key hold, the
/// buffer that the whole request was read into.
fn copy(client: &HeaderMap, from: &HeaderName, name: &HeaderName, headers: &mut Headers) {
    for value in client.get_all(from) {
        let mut value = HeaderValue::from_bytes(value.as_bytes()).expect("it is a header's value already");
        value.set_sensitive(true);
        headers.push((name.clone(), value));
    }
}

fn has(headers: &Headers, name: &HeaderName) -> bool {
    headers.iter().any(|(known, _)| known == name)
}

/// The model refuses the connection's headers; nothing sets them here either.
fn settable(name: &HeaderName) -> bool {
    !config::CONNECTION_HEADERS.contains(&name.as_str()) && *name != PROXY_CONNECTION
}

fn copied(name: &HeaderName) -> bool {
    settable(name) && !config::REQUEST_HEADERS.contains(&name.as_str()) && !TRACE_IDS.contains(&name.as_str())
}
