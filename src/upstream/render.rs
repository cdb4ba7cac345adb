//! From a connector and values to a complete HTTP request.
//!
//! Values never get to say more than values: in URLs they are percent-encoded and make no dot segments, in headers they
//! hold no line breaks.

mod body;
mod headers;
mod url;

use http::HeaderMap;

pub(super) use headers::TRACE_IDS;
pub(super) use url::MAX_URL;

use super::{
    problems::TextProblems,
    request::{CallerValues, RenderError, UpstreamRequest},
};
use crate::{
    config,
    json::Value,
    mapping::{Mapping, Problem, Scope},
    model::{Connector, ConnectorText},
};

/// Renders the request of `connector`: base URL, paths, query, headers (configured, mapped, forwarded), body.
/// Values in URLs are percent-encoded; dot segments made by values, and path segments made by expressions that render empty, are refused.
pub fn render(
    connector: &Connector,
    settings: &config::Upstream,
    scope: &Scope<'_>,
    client_headers: &HeaderMap,
) -> Result<(UpstreamRequest, Vec<Problem>), RenderError> {
    let mut problems = TextProblems::default();
    let request = render_noting(connector, settings, scope, client_headers, &mut problems)?;
    Ok((request, problems.into_list().into_iter().map(|(_, problem)| problem).collect()))
}

/// The same, telling which text met a problem.
pub fn render_noting(
    connector: &Connector,
    settings: &config::Upstream,
    scope: &Scope<'_>,
    client_headers: &HeaderMap,
    problems: &mut TextProblems,
) -> Result<UpstreamRequest, RenderError> {
    let Some(template) = &connector.request else {
        return Err(RenderError::new("the connector makes no request"));
    };
    check_context(&template.unset_context, scope)?;
    let scope =
        Scope { config: scope.config.or(Some(&connector.config)), env: scope.env.or(Some(&connector.env)), ..*scope };
    let url = url::render(template, &scope, problems)?;
    let body = body::render(template, &scope, &mut problems.current).map_err(|error| error.of(ConnectorText::Body))?;
    problems.end(|| ConnectorText::Body, 0);
    let mut headers = headers::render(template, settings, &scope, client_headers, problems)?;
    headers::complete(&mut headers, template, body.is_some());
    Ok(UpstreamRequest {
        connector: connector.id,
        upstream: template.upstream,
        method: template.method,
        url,
        headers,
        body,
        judged_by: judged_by(connector, &scope),
    })
}

/// What nothing sets must not be left out of a request: it may be what says whose data is meant.
fn check_context(paths: &[Vec<String>], scope: &Scope<'_>) -> Result<(), RenderError> {
    let has_value = |path: &&Vec<String>| {
        let mut keys = path.iter();
        scope.context.and_then(|context| keys.try_fold(context, |value, key| value.get(key))).is_some()
    };
    match paths.iter().find(|path| !has_value(path)) {
        Some(path) => Err(RenderError::new(format!("nothing sets `$context.{}`", path.join(".")))),
        None => Ok(()),
    }
}

fn judged_by(connector: &Connector, scope: &Scope<'_>) -> Option<std::sync::Arc<CallerValues>> {
    let errors = &connector.errors;
    let mappings = connector.is_success.iter().chain(&errors.message).chain(&errors.extensions);
    CallerValues::capture(scope, &mappings.map(Mapping::text))
}

/// The text of a scalar; `None` for null.
fn scalar(value: &Value) -> Result<Option<std::borrow::Cow<'_, str>>, RenderError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some((&**text).into())),
        Value::Number(number) => Ok(Some(number.as_str().into())),
        Value::Bool(value) => Ok(Some(if *value { "true" } else { "false" }.into())),
        Value::Array(_) | Value::Object(_) => {
            Err(RenderError::new("expression is not allowed to evaluate to arrays or objects"))
        }
    }
}
