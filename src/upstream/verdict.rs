//! What an answer means to a connector by the schema's rules alone: success, a `404` that means null, or a failure with the
//! error that the schema maps. Knows no caches, budgets or metrics, so that recorded answers are judged as sent ones are.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use super::{
    TextProblems, UpstreamError, UpstreamErrorKind,
    content::{self, Unreadable},
    request::UpstreamRequest,
};
use crate::{
    json::{Object, Value},
    mapping::{Mapping, Scope},
    model::{Connector, ConnectorText, Method, Place},
};

/// An answer, as far as rules look at it.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) headers: &'a HeaderMap,
    pub(super) content: Result<&'a Bytes, Unreadable>,
}

/// What an answer is, if it is no failure.
#[derive(Debug)]
pub(super) enum Verdict {
    /// This body is to be mapped.
    Success(Bytes),
    /// A `404` that means null.
    NotFound,
}

/// A connector's rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) upstream: &'a Arc<str>,
    pub(super) connector: &'a Connector,
}

/// What `isSuccess` and `errors` read; made only where a mapping asks.
struct Evidence<'a> {
    scope: Scope<'a>,
    body: &'a Value,
}

// === impl Rules ===

impl Rules<'_> {
    /// Judges the answer to `request`. Problems of `isSuccess` and `errors` are added.
    pub(super) fn judge(
        &self,
        request: &UpstreamRequest,
        answer: &Answer<'_>,
        problems: &mut TextProblems,
    ) -> Result<Verdict, Box<UpstreamError>> {
        let plain_success = (200..300).contains(&answer.status);
        let connector = self.connector;
        if connector.is_success.is_none() && plain_success {
            return self.success(answer, problems);
        }
        if answer.status == 404
            && connector.is_success.is_none()
            && connector.method() == Some(Method::Get)
            && !matches!(connector.place, Place::Root { mutation: true, .. })
        {
            return Ok(Verdict::NotFound);
        }
        if connector.is_success.is_none()
            && connector.errors.message.is_none()
            && connector.errors.extensions.is_empty()
        {
            return Err(self.status_error(answer.status).into());
        }
        let text = answer.content.as_ref().map(|bytes| bytes.as_ref()).unwrap_or(b"null");
        let body = Value::parse(text);
        if plain_success && (answer.content.is_err() || body.is_err()) {
            return Err(self.error(UpstreamErrorKind::InvalidResponse, "the body is not JSON").into());
        }
        let response = response_value(answer.headers);
        let caller = request.judged_by.as_ref().map(|values| values.scope()).unwrap_or_default();
        let evidence = Evidence {
            scope: Scope {
                config: Some(&connector.config),
                env: Some(&connector.env),
                response: Some(&response),
                status: Some(answer.status),
                ..caller
            },
            body: &body.unwrap_or_default(),
        };
        if let Some(is_success) = &connector.is_success {
            match evidence.evaluate(is_success, ConnectorText::IsSuccess, problems) {
                Some(Value::Bool(true)) => return self.success(answer, problems),
                Some(Value::Bool(false)) | None => {}
                Some(other) => {
                    not_a(("a boolean", "`isSuccess`"), is_success, &other, problems);
                    problems.end(|| ConnectorText::IsSuccess, 0);
                }
            }
        }
        Err(self.mapped_error(answer.status, &evidence, problems).into())
    }

    /// An error of this connector.
    pub(super) fn error(&self, kind: UpstreamErrorKind, detail: impl Into<String>) -> UpstreamError {
        UpstreamError {
            kind,
            upstream: Arc::clone(self.upstream),
            connector: Arc::clone(&self.connector.name),
            detail: detail.into(),
            client_message: None,
            client_extensions: Object::default(),
            client_code: None,
        }
    }

    /// Content that is read as null whatever it holds is told where the selection reads it.
    fn success(&self, answer: &Answer<'_>, problems: &mut TextProblems) -> Result<Verdict, Box<UpstreamError>> {
        if let Some(content_type) = content::ignored(answer.headers)
            && answer.status != 204
            && !self.connector.selection.body_reads().is_empty()
        {
            let message = format!("the answer is `{content_type}`, neither JSON nor plain text: it is read as null");
            problems.current.add_found(0..self.connector.selection.text().len(), message, "null");
            problems.end(|| ConnectorText::Selection, 0);
        }
        match answer.content {
            Ok(bytes) => Ok(Verdict::Success(bytes.clone())),
            Err(unreadable) => Err(self.error(UpstreamErrorKind::InvalidResponse, unreadable.to_string()).into()),
        }
    }

    fn status_error(&self, status: u16) -> UpstreamError {
        let mut error = self.error(UpstreamErrorKind::Status(status), format!("status {status}"));
        error.client_extensions = http_status(status);
        error
    }

    fn mapped_error(&self, status: u16, evidence: &Evidence<'_>, problems: &mut TextProblems) -> UpstreamError {
        let errors = &self.connector.errors;
        let mut error = self.status_error(status);
        error.client_message = errors.message.as_ref().map(|message| {
            let value = evidence.evaluate(message, ConnectorText::ErrorMessage, problems);
            if let Some(other) = value.as_ref().filter(|value| value.as_str().is_none()) {
                not_a(("a string", "`errors.message`"), message, other, problems);
                problems.end(|| ConnectorText::ErrorMessage, 0);
            }
            value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
        });
        // The source's come first, where both have some.
        let inherited = self
            .connector
            .texts
            .get(&ConnectorText::SourceErrorExtensions)
            .map(|_| ConnectorText::SourceErrorExtensions);
        let texts = inherited.into_iter().chain([ConnectorText::ErrorExtensions]);
        for (extensions, text) in errors.extensions.iter().zip(texts) {
            match evidence.evaluate(extensions, text.clone(), problems) {
                Some(Value::Object(members)) => merge(&mut error.client_extensions, members),
                None => {}
                Some(other) => {
                    not_a(("an object", "`errors.extensions`"), extensions, &other, problems);
                    problems.end(|| text, 0);
                }
            }
        }
        if let Some(Value::String(code)) = error.client_extensions.shift_remove("code") {
            error.client_code = Some(code);
        }
        error
    }
}

// === impl Evidence ===

impl Evidence<'_> {
    fn evaluate(&self, mapping: &Mapping, text: ConnectorText, problems: &mut TextProblems) -> Option<Value> {
        let value = mapping.evaluate(self.body, &self.scope, &mut problems.current);
        problems.end(|| text, 0);
        value
    }
}

/// Notes that a mapping gave something else than it is for.
fn not_a((wanted, what): (&str, &str), mapping: &Mapping, value: &Value, problems: &mut TextProblems) {
    let found = value.type_name();
    let range = 0..mapping.text().len();
    problems.current.add_found(range, format!("{what} must evaluate to {wanted}, got {found}"), found);
}

fn http_status(status: u16) -> Object {
    let mut http = Object::default();
    http.insert("status".into(), Value::from(i64::from(status)));
    let mut extensions = Object::default();
    extensions.insert("http".into(), Value::Object(http));
    extensions
}

/// `$response`: `{ headers: { name: [values] } }`.
pub(super) fn response_value(headers: &HeaderMap) -> Value {
    let mut members = Object::default();
    for name in headers.keys() {
        let values = headers.get_all(name).iter();
        let values = values.map(|value| Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
        members.insert(name.as_str().into(), Value::Array(values));
    }
    let mut response = Object::default();
    response.insert("headers".into(), Value::Object(members));
    Value::Object(response)
}

/// Objects are merged, anything else is replaced. As deep as the mappings' results, whose depth the reader bounds.
fn merge(into: &mut Object, from: Object) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}
