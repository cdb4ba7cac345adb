//! What an answer means to a connector: success, a `404` that means null, or a failure with the error that the schema maps.

use std::sync::{Arc, atomic::Ordering};

use http::HeaderMap;
use tokio::time::Instant;

use super::{
    AnswerSource, CallContext, Freshness, UpstreamBody, UpstreamError, UpstreamErrorKind,
    exchange::Exchange,
    request::UpstreamRequest,
    stack::{ConnectorState, Stack},
};
use crate::{
    json::{Object, Value},
    mapping::{Mapping, Problems, Scope},
    model::{CacheScope, Connector, Method},
};

/// One connector's view of an answer.
pub(super) struct Judge<'a> {
    pub(super) stack: &'a Stack,
    pub(super) connector: &'a Connector,
    pub(super) state: &'a ConnectorState,
    pub(super) call: &'a CallContext,
}

/// What `isSuccess` and `errors` read; made only where a mapping asks.
struct Evidence<'a> {
    scope: Scope<'a>,
    body: &'a Value,
}

impl Judge<'_> {
    /// The body to map, or the error. Counts the body against what the operation may hold.
    pub(super) fn judge(
        &self,
        request: &UpstreamRequest,
        exchange: &Exchange,
        source: AnswerSource,
    ) -> Result<UpstreamBody, Box<UpstreamError>> {
        let plain_success = (200..300).contains(&exchange.status);
        let connector = self.connector;
        if connector.is_success.is_none() && plain_success {
            return self.success(exchange, source);
        }
        if exchange.status == 404
            && connector.is_success.is_none()
            && connector.request.method == Method::Get
            && !self.state.mutation
        {
            return Ok(self.body(exchange, bytes::Bytes::from_static(b"null"), source, true));
        }
        if connector.is_success.is_none()
            && connector.errors.message.is_none()
            && connector.errors.extensions.is_empty()
        {
            return Err(self.status_error(exchange.status).into());
        }
        let text = exchange.content.as_ref().map(|bytes| bytes.as_ref()).unwrap_or(b"null");
        let body = Value::parse(text);
        if plain_success && (exchange.content.is_err() || body.is_err()) {
            return Err(self.error(UpstreamErrorKind::InvalidResponse, "the body is not JSON").into());
        }
        let response = response_value(&exchange.headers);
        let caller = request.judged_by.as_ref().map(|values| values.scope()).unwrap_or_default();
        let evidence = Evidence {
            scope: Scope {
                config: Some(&connector.config),
                env: Some(&connector.env),
                response: Some(&response),
                status: Some(exchange.status),
                ..caller
            },
            body: &body.unwrap_or_default(),
        };
        if let Some(is_success) = &connector.is_success
            && evidence.evaluate(is_success, self.state).is_some_and(|value| value.as_bool() == Some(true))
        {
            return self.success(exchange, source);
        }
        Err(self.mapped_error(exchange.status, &evidence).into())
    }

    /// An error of this connector.
    pub(super) fn error(&self, kind: UpstreamErrorKind, detail: impl Into<String>) -> UpstreamError {
        UpstreamError {
            kind,
            upstream: Arc::clone(&self.stack.name),
            connector: Arc::clone(&self.connector.name),
            detail: detail.into(),
            client_message: None,
            client_extensions: Object::default(),
            client_code: None,
        }
    }

    fn success(&self, exchange: &Exchange, source: AnswerSource) -> Result<UpstreamBody, Box<UpstreamError>> {
        let bytes = match &exchange.content {
            Ok(bytes) => bytes.clone(),
            Err(unreadable) => {
                return Err(self.error(UpstreamErrorKind::InvalidResponse, unreadable.to_string()).into());
            }
        };
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if self.call.bytes_left.fetch_sub(length, Ordering::Relaxed) < length {
            self.call.bytes_left.fetch_add(length, Ordering::Relaxed);
            return Err(self
                .error(UpstreamErrorKind::TooLarge, "the operation holds too many bytes of answers")
                .into());
        }
        Ok(self.body(exchange, bytes, source, false))
    }

    fn body(&self, exchange: &Exchange, bytes: bytes::Bytes, source: AnswerSource, not_found: bool) -> UpstreamBody {
        UpstreamBody {
            bytes,
            status: exchange.status,
            response: self.state.reads_response.then(|| Arc::new(response_value(&exchange.headers))),
            not_found,
            freshness: Freshness {
                remaining: if not_found || !self.state.keepable { None } else { self.remaining(exchange) },
                scope: self.scope(exchange),
            },
            source,
        }
    }

    /// How long the answer is still fresh for this connector.
    pub(super) fn remaining(&self, exchange: &Exchange) -> Option<std::time::Duration> {
        let lifetime = exchange.directives.lifetime(self.connector.cache, self.is_personal())?;
        let remaining = (exchange.received + lifetime).saturating_duration_since(Instant::now());
        (!remaining.is_zero()).then_some(remaining)
    }

    /// Whether the request carries something of its client.
    pub(super) fn is_personal(&self) -> bool {
        self.connector.reads_headers.iter().any(|name| self.call.headers.contains_key(name))
    }

    /// An answer that depends on headers of the client is the client's, also where it sent none of them.
    pub(super) fn scope(&self, exchange: &Exchange) -> CacheScope {
        let private = exchange.directives.private || !self.connector.reads_headers.is_empty();
        if private { CacheScope::Private } else { self.connector.cache.scope }
    }

    fn status_error(&self, status: u16) -> UpstreamError {
        let mut error = self.error(UpstreamErrorKind::Status(status), format!("status {status}"));
        error.client_extensions = http_status(status);
        error
    }

    fn mapped_error(&self, status: u16, evidence: &Evidence<'_>) -> UpstreamError {
        let errors = &self.connector.errors;
        let mut error = self.status_error(status);
        error.client_message = errors.message.as_ref().map(|message| {
            let message = evidence.evaluate(message, self.state);
            message.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
        });
        for extensions in &errors.extensions {
            if let Some(Value::Object(members)) = evidence.evaluate(extensions, self.state) {
                merge(&mut error.client_extensions, members);
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
    fn evaluate(&self, mapping: &Mapping, state: &ConnectorState) -> Option<Value> {
        let mut problems = Problems::default();
        let value = mapping.evaluate(self.body, &self.scope, &mut problems);
        let met: u64 = problems.as_slice().iter().map(|problem| u64::from(problem.count)).sum();
        if met > 0 {
            state.metrics.problems.inc_by(met);
        }
        value
    }
}

fn http_status(status: u16) -> Object {
    let mut http = Object::default();
    http.insert("status".into(), Value::from(i64::from(status)));
    let mut extensions = Object::default();
    extensions.insert("http".into(), Value::Object(http));
    extensions
}

/// `$response`: `{ headers: { name: [values] } }`.
fn response_value(headers: &HeaderMap) -> Value {
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
