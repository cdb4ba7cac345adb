//! One log line and one observation for each operation.

use http::HeaderValue;
use tokio::time::Instant;

use super::{Endpoint, respond::Refusal};
use crate::{
    engine::{AnswerOrigin, GraphqlResponse, ResponseKind},
    telemetry::Identity,
};

/// Watches an operation; if it is dropped unanswered, the client has left.
#[derive(Debug)]
pub(super) struct Guard<'a> {
    endpoint: Endpoint<'a>,
    identity: &'a Identity,
    begun: Instant,
    answered: bool,
}

impl<'a> Guard<'a> {
    pub(super) fn new(endpoint: Endpoint<'a>, identity: &'a Identity, begun: Instant) -> Self {
        Self { endpoint, identity, begun, answered: false }
    }

    pub(super) fn answered(mut self, answer: &GraphqlResponse) {
        self.answered = true;
        let outcome = match (answer.kind, answer.errors) {
            (ResponseKind::Executed, 0) => "ok",
            (ResponseKind::Executed, _) => "errors",
            (
                ResponseKind::RequestError
                | ResponseKind::UnknownDocument
                | ResponseKind::NotAQuery
                | ResponseKind::NeedsStream,
                _,
            ) => "refused",
        };
        let duration = self.begun.elapsed();
        self.endpoint.metrics.observe(answer.operation_kind, outcome, duration);
        self.endpoint.metrics.observe_app(self.identity.app(), outcome);
        let app = self.endpoint.metrics.app(self.identity.app());
        tracing::info!(
            target: "access",
            client = &*self.endpoint.view.name,
            app = app.as_ref().map(|app| &*app.name),
            app_version = app.as_ref().map(|app| &*app.version),
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

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let duration = self.begun.elapsed();
        self.endpoint.metrics.observe("unknown", "abandoned", duration);
        self.endpoint.metrics.observe_app(self.identity.app(), "abandoned");
        tracing::info!(
            target: "access",
            client = &*self.endpoint.view.name,
            outcome = "abandoned",
            duration_ms = milliseconds(duration),
            request_id = text(&self.identity.request_id()),
            traceparent = text(&self.identity.traceparent()),
            "operation"
        );
    }
}

/// A request that did not become an operation.
pub(super) fn refused(endpoint: Endpoint<'_>, refusal: &Refusal, identity: &Identity, begun: Instant) {
    let duration = begun.elapsed();
    endpoint.metrics.observe("unknown", "refused", duration);
    endpoint.metrics.observe_app(identity.app(), "refused");
    tracing::info!(
        target: "access",
        client = &*endpoint.view.name,
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
fn milliseconds(duration: std::time::Duration) -> f64 {
    f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}
