//! The admin listener: liveness, readiness, metrics, usage.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::extract::{Query, State, rejection::QueryRejection};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use tokio::sync::watch;

use super::{
    App,
    respond::{self, Response},
};

/// Whether this process wants requests.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    /// Whether load balancers shall send nothing more, though requests are still taken.
    leaving: AtomicBool,
    draining: watch::Sender<bool>,
    /// Whether the time to drain is over, so that what still runs is cut off.
    over: AtomicBool,
}

impl Readiness {
    pub(super) fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
    }

    pub(super) fn drain(&self) {
        self.draining.send_replace(true);
    }

    pub(super) fn cut_off(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Whether an operation that ends now without an answer was cut off.
    pub(super) fn cuts_off(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    fn wants_requests(&self) -> bool {
        !self.leaving.load(Ordering::Acquire) && !*self.draining.borrow()
    }

    /// Tells whether the process drains, and when it begins to.
    pub(super) fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }
}

/// What of the usage is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedUsage {
    client: Option<String>,
    deprecated: Option<bool>,
}

/// Completes when the process drains; at once if it does already, or is gone.
pub(super) async fn drained(draining: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to tell.
    draining.wait_for(|draining| *draining).await.map_or_else(drop, drop);
}

/// The process runs.
pub(super) async fn live() -> Response {
    text(StatusCode::OK, "live\n".to_owned())
}

/// The process wants requests: it was not asked to stop. Upstreams are listed for people; one that is down does not take us
/// out of rotation, since the others still give partial answers.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    if !app.readiness.wants_requests() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned());
    }
    let mut report = "ready\n".to_owned();
    for (id, result) in app.engine.upstreams().probe(Duration::from_millis(500)).await {
        let name = &app.engine.model().upstream(id).name;
        let state = if result.is_ok() { "reachable" } else { "unreachable" };
        report.push_str(&format!("upstream {name}: {state}\n"));
    }
    text(StatusCode::OK, report)
}

/// Prometheus' text format.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let content_type = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    respond::response(StatusCode::OK, content_type, app.metrics.encode())
}

/// What of the schemas is asked for, by client and app: all of them, those of one `client`, or only what is `deprecated`.
pub(super) async fn usage(State(app): State<Arc<App>>, asked: Result<Query<AskedUsage>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        let told = "`/usage` has the parameters `client`, the name of a client, and `deprecated`, `true` or `false`\n";
        return text(StatusCode::BAD_REQUEST, told.to_owned());
    };
    if let Some(name) = asked.client.as_deref().filter(|name| app.endpoint(name).is_none()) {
        let clients: Vec<String> = app.operations.keys().map(|client| format!("`{client}`")).collect();
        let told = format!("there is no client `{}`; the clients are {}\n", name.escape_debug(), clients.join(", "));
        return text(StatusCode::NOT_FOUND, told);
    }
    let mut report = app.engine.usage();
    report.clients.retain(|client| asked.client.as_ref().is_none_or(|name| *name == client.client));
    if asked.deprecated.unwrap_or_default() {
        report.clients.iter_mut().for_each(|client| client.elements.retain(|element| element.deprecated.is_some()));
    }
    let body = serde_json::to_vec(&report).expect("a report of texts and numbers is JSON");
    respond::response(StatusCode::OK, HeaderValue::from_static("application/json"), body)
}

/// Any other path.
pub(super) async fn not_found() -> Response {
    let paths = "not found; `/health/live`, `/health/ready`, `/metrics` and `/usage` are here, clients' endpoints on `server.listen`\n";
    text(StatusCode::NOT_FOUND, paths.to_owned())
}

fn text(status: StatusCode, body: String) -> Response {
    respond::response(status, respond::TEXT, body)
}
