//! One log line and one observation for each operation.

use std::{sync::Arc, time::Duration};

use http::HeaderValue;
use tokio::time::Instant;

use super::{App, Endpoint, respond::Refusal};
use crate::{
    engine::{AnswerOrigin, GraphqlResponse, ResponseKind},
    telemetry::{self, GoingOn, Identity},
};

/// Watches an operation; if it is dropped unanswered, the client has left, or the server has stopped.
#[derive(Debug)]
pub(super) struct Guard<'a> {
    endpoint: Endpoint<'a>,
    identity: &'a Identity,
    begun: Instant,
    transport: &'static str,
    answered: bool,
}

impl<'a> Guard<'a> {
    pub(super) fn new(endpoint: Endpoint<'a>, identity: &'a Identity, begun: Instant) -> Self {
        Self { endpoint, identity, begun, transport: "http", answered: false }
    }

    /// Its answer, though whole, is carried as a stream is.
    pub(super) fn over(self, transport: &'static str) -> Self {
        let mut other = self;
        other.transport = transport;
        other
    }

    pub(super) fn answered(mut self, answer: &GraphqlResponse) {
        self.answered = true;
        let outcome = outcome(answer);
        let duration = self.begun.elapsed();
        let app = count(self.endpoint, self.identity, (answer.operation_kind, outcome), duration);
        tracing::info!(
            target: "access",
            client = &*self.endpoint.view.name,
            app = app.as_ref().map(|app| &*app.name),
            app_version = app.as_ref().map(|app| &*app.version),
            transport = self.transport,
            kind = answer.operation_kind,
            operation = answer.operation_name.as_deref().unwrap_or_default(),
            outcome,
            errors = answer.errors,
            upstream_calls = answer.upstream_calls,
            origin = match answer.origin {
                AnswerOrigin::Own => "own",
                AnswerOrigin::Shared => "shared",
                AnswerOrigin::Kept => "kept",
            },
            bytes = answer.body.len(),
            duration_ms = milliseconds(duration),
            request_id = text(&self.identity.request_id()),
            traceparent = text(&self.identity.traceparent()),
            "operation"
        );
    }
}

impl Guard<'_> {
    /// The operation goes on: its answers come one after another.
    pub(super) fn streams(mut self, app: &Arc<App>, transport: &'static str) -> Streaming {
        self.answered = true;
        let mut log = Streaming::new(app, self.endpoint, self.identity.clone(), transport);
        log.begun = self.begun;
        log
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let duration = self.begun.elapsed();
        let app = count(self.endpoint, self.identity, ("unknown", "abandoned"), duration);
        tracing::info!(
            target: "access",
            client = &*self.endpoint.view.name,
            app = app.as_ref().map(|app| &*app.name),
            app_version = app.as_ref().map(|app| &*app.version),
            transport = self.transport,
            kind = "unknown",
            outcome = "abandoned",
            duration_ms = milliseconds(duration),
            request_id = text(&self.identity.request_id()),
            traceparent = text(&self.identity.traceparent()),
            "operation"
        );
    }
}

/// Watches an operation over a transport that carries several answers; told when it is dropped.
#[derive(Debug)]
pub(super) struct Streaming {
    app: Arc<App>,
    client: usize,
    identity: Identity,
    begun: Instant,
    transport: &'static str,
    kind: &'static str,
    name: Option<Arc<str>>,
    outcome: &'static str,
    answers: usize,
    errors: usize,
    upstream_calls: usize,
    bytes: usize,
    /// Who ended it.
    end: &'static str,
    /// The request id of the connection that it came over.
    connection: Option<HeaderValue>,
    _going_on: GoingOn,
}

impl Streaming {
    pub(super) fn new(app: &Arc<App>, endpoint: Endpoint<'_>, identity: Identity, transport: &'static str) -> Self {
        Self {
            app: Arc::clone(app),
            client: endpoint.at,
            identity,
            begun: Instant::now(),
            transport,
            kind: "unknown",
            name: None,
            outcome: "abandoned",
            answers: 0,
            errors: 0,
            upstream_calls: 0,
            bytes: 0,
            end: "client",
            connection: None,
            _going_on: app.metrics.transports().begin(transport),
        }
    }

    /// The worst of its answers tells its outcome.
    pub(super) fn answered(&mut self, answer: &GraphqlResponse) {
        self.answers += 1;
        self.errors += answer.errors;
        self.upstream_calls += answer.upstream_calls;
        self.bytes += answer.body.len();
        self.kind = answer.operation_kind;
        self.name.clone_from(&answer.operation_name);
        self.outcome = match (self.outcome, outcome(answer)) {
            ("errors" | "refused", "ok") => self.outcome,
            (_, outcome) => outcome,
        };
    }

    /// It came over a connection with a request id of its own.
    pub(super) fn of_connection(&mut self, request_id: HeaderValue) {
        self.connection = Some(request_id);
    }

    /// It is not the client who ended it.
    pub(super) fn ended(&mut self, end: &'static str) {
        self.end = end;
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        let duration = self.begun.elapsed();
        if self.end == "client" && self.app.readiness.cuts_off() {
            self.end = "drain";
        }
        let Some(endpoint) = self.app.endpoint_at(self.client) else { return };
        let app = count(endpoint, &self.identity, (self.kind, self.outcome), duration);
        tracing::info!(
            target: "access",
            client = &*endpoint.view.name,
            app = app.as_ref().map(|app| &*app.name),
            app_version = app.as_ref().map(|app| &*app.version),
            transport = self.transport,
            kind = self.kind,
            operation = self.name.as_deref().unwrap_or_default(),
            outcome = self.outcome,
            end = self.end,
            connection = self.connection.as_ref().map(text),
            answers = self.answers,
            errors = self.errors,
            upstream_calls = self.upstream_calls,
            bytes = self.bytes,
            duration_ms = milliseconds(duration),
            request_id = text(&self.identity.request_id()),
            traceparent = text(&self.identity.traceparent()),
            "operation"
        );
    }
}

/// Counts an operation that is over, and gives the app that it came from, if that said who it is.
fn count(
    endpoint: Endpoint<'_>,
    identity: &Identity,
    (kind, outcome): (&'static str, &'static str),
    duration: Duration,
) -> Option<telemetry::App> {
    endpoint.metrics.observe(kind, outcome, duration);
    endpoint.metrics.observe_app(identity.app(), outcome)
}

fn outcome(answer: &GraphqlResponse) -> &'static str {
    match (answer.kind, answer.errors) {
        (ResponseKind::Executed, 0) => "ok",
        (ResponseKind::Executed, _) => "errors",
        (
            ResponseKind::RequestError
            | ResponseKind::UnknownDocument
            | ResponseKind::NotAQuery
            | ResponseKind::NeedsStream,
            _,
        ) => "refused",
    }
}

/// A request that did not become an operation.
pub(super) fn refused(endpoint: Endpoint<'_>, refusal: &Refusal, identity: &Identity, begun: Instant) {
    let duration = begun.elapsed();
    count(endpoint, identity, ("unknown", "refused"), duration);
    tracing::info!(
        target: "access",
        client = &*endpoint.view.name,
        kind = "unknown",
        outcome = "refused",
        status = refusal.status.as_u16(),
        reason = refusal.message,
        duration_ms = milliseconds(duration),
        request_id = text(&identity.request_id()),
        traceparent = text(&identity.traceparent()),
        "operation"
    );
}

fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}

/// Milliseconds with three digits after the point.
fn milliseconds(duration: Duration) -> f64 {
    f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}
