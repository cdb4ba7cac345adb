//! One log line and one observation for each operation.

use std::sync::Arc;

use tokio::time::Instant;

use super::{App, identity::Identity, respond::Refusal};
use crate::{
    engine::{GraphqlResponse, ResponseKind},
    model::View,
};

/// Watches an operation; if it is dropped unanswered, the client has left.
#[derive(Debug)]
pub(super) struct Guard {
    app: Arc<App>,
    client: Arc<str>,
    identity: Identity,
    begun: Instant,
    answered: bool,
}

impl Guard {
    pub(super) fn new(app: &Arc<App>, view: &View, identity: &Identity, begun: Instant) -> Self {
        Self { app: app.clone(), client: view.name.clone(), identity: identity.clone(), begun, answered: false }
    }

    pub(super) fn answered(mut self, answer: &GraphqlResponse) {
        self.answered = true;
        let outcome = match (answer.kind, answer.errors) {
            (ResponseKind::Executed, 0) => "ok",
            (ResponseKind::Executed, _) => "errors",
            (ResponseKind::RequestError | ResponseKind::NotAQuery, _) => "refused",
        };
        let duration = self.begun.elapsed();
        self.app.metrics.observe_operation(&self.client, answer.operation_kind, outcome, duration);
        tracing::info!(
            target: "access",
            client = &*self.client,
            kind = answer.operation_kind,
            operation = answer.operation_name.as_deref().unwrap_or_default(),
            outcome,
            errors = answer.errors,
            upstream_calls = answer.upstream_calls,
            bytes = answer.body.len(),
            duration_ms = milliseconds(duration),
            request_id = &*self.identity.request_id,
            traceparent = &*self.identity.traceparent,
            "operation"
        );
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let duration = self.begun.elapsed();
        self.app.metrics.observe_operation(&self.client, "unknown", "abandoned", duration);
        tracing::info!(
            target: "access",
            client = &*self.client,
            outcome = "abandoned",
            duration_ms = milliseconds(duration),
            request_id = &*self.identity.request_id,
            traceparent = &*self.identity.traceparent,
            "operation"
        );
    }
}

/// A request that did not become an operation.
pub(super) fn refused(app: &App, view: &View, refusal: &Refusal, identity: &Identity, begun: Instant) {
    let duration = begun.elapsed();
    app.metrics.observe_operation(&view.name, "unknown", "refused", duration);
    tracing::info!(
        target: "access",
        client = &*view.name,
        outcome = "refused",
        status = refusal.status.as_u16(),
        reason = refusal.message,
        duration_ms = milliseconds(duration),
        request_id = &*identity.request_id,
        traceparent = &*identity.traceparent,
        "operation"
    );
}

/// Milliseconds with three digits after the point.
fn milliseconds(duration: std::time::Duration) -> f64 {
    f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}
