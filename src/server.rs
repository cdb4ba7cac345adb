//! HTTP for clients and operators: endpoints, negotiation, limits, console, health and metrics.
//!
//! The only place that speaks HTTP to clients. Knows the engine, not plans or upstream calls.

mod access;
mod admin;
mod asked;
mod carrier;
mod compress;
mod console;
mod cors;
mod executor;
mod framing;
mod graphql;
mod listener;
mod negotiate;
mod params;
mod patience;
mod respond;
mod site;
mod streaming;
mod trace;
mod turns;
mod websocket;

#[cfg(test)]
mod testing;

use std::sync::Arc;

use axum::{Router, routing::get};
use indexmap::IndexMap;
use tokio::sync::Semaphore;

pub use listener::{BindError, Listener};
pub use site::Site;

use crate::{
    config::Config,
    engine::Engine,
    model::View,
    telemetry::{Identity, Metrics, OperationMetrics},
};

/// What handlers share.
#[derive(Debug)]
pub struct App {
    engine: Arc<Engine>,
    metrics: Arc<Metrics>,
    /// Of each client, in the order of the model.
    operations: IndexMap<Arc<str>, OperationMetrics, ahash::RandomState>,
    body_limit: usize,
    trace: crate::config::Trace,
    /// Whether the configuration names no client: then `/graphql` is an alias of `/default/graphql`.
    single: bool,
    compression: bool,
    readiness: admin::Readiness,
    websocket: crate::config::WebSocket,
    /// Room for WebSocket connections.
    websockets: Arc<Semaphore>,
}

/// A client that is there.
#[derive(Debug, Clone, Copy)]
struct Endpoint<'a> {
    /// Its place among the clients.
    at: usize,
    view: &'a View,
    metrics: &'a OperationMetrics,
}

impl App {
    /// The handlers' state for one engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, metrics: Arc<Metrics>, config: &Config) -> Arc<Self> {
        let clients = engine.model().clients.keys();
        let operations = clients.map(|client| (client.clone(), metrics.operations(client))).collect();
        Arc::new(Self {
            engine,
            metrics,
            operations,
            body_limit: usize::try_from(config.server.body_limit.0).unwrap_or(usize::MAX),
            trace: config.server.trace.clone(),
            single: config.clients.is_empty(),
            compression: config.server.compression,
            readiness: admin::Readiness::default(),
            websocket: config.server.websocket,
            websockets: Arc::new(Semaphore::new(config.server.websocket.connections.min(Semaphore::MAX_PERMITS))),
        })
    }

    fn view(&self, client: &str) -> Option<&View> {
        Some(self.endpoint(client)?.view)
    }

    fn endpoint(&self, client: &str) -> Option<Endpoint<'_>> {
        let (at, _, metrics) = self.operations.get_full(client)?;
        let (_, view) = self.engine.model().clients.get_index(at)?;
        Some(Endpoint { at, view, metrics })
    }

    fn endpoint_at(&self, at: usize) -> Option<Endpoint<'_>> {
        let (_, metrics) = self.operations.get_index(at)?;
        let (_, view) = self.engine.model().clients.get_index(at)?;
        Some(Endpoint { at, view, metrics })
    }

    /// Who asks, as far as the headers say.
    fn identity(&self, asked: &asked::Asked<'_>) -> Identity {
        let app = self.metrics.apps().id(asked.app());
        Identity::accept(asked.request_id, asked.traceparent).of_app(app)
    }

    /// Tells load balancers to send nothing more, while requests are still taken.
    pub fn leave(&self) {
        self.readiness.leave();
    }

    /// Lets what has no end of its own end, and tells load balancers to send nothing more; called when the server starts to
    /// drain.
    pub fn drain(&self) {
        self.readiness.drain();
    }

    /// What still runs is dropped from now on; the log tells that it is not the client who left.
    pub fn cut_off(&self) {
        self.readiness.cut_off();
    }
}

/// What the public listener serves.
pub fn public_routes(app: &Arc<App>) -> Site {
    let mut router = Router::new()
        .route("/", get(console::index))
        .route("/assets/{*path}", get(console::asset))
        .route("/THIRD-PARTY-LICENSES.txt", get(console::licenses))
        .route("/{client}/schema.graphql", get(console::schema));
    if app.single {
        router = router.route("/schema.graphql", get(console::schema_default));
    }
    let mut router = router.fallback(respond::not_found).with_state(app.clone());
    if app.compression {
        let worthwhile = tower_http::compression::predicate::SizeAbove::new(compress::WORTHWHILE as u64);
        let layer = tower_http::compression::CompressionLayer::new()
            .quality(tower_http::CompressionLevel::Fastest)
            .no_zstd()
            .compress_when(worthwhile);
        router = router.layer(layer);
    }
    Site::with_endpoints(app.clone(), router)
}

/// What the admin listener serves.
pub fn admin_routes(app: &Arc<App>) -> Site {
    Router::new()
        .route("/health/live", get(admin::live))
        .route("/health/ready", get(admin::ready))
        .route("/metrics", get(admin::metrics))
        .route("/usage", get(admin::usage))
        .fallback(admin::not_found)
        .with_state(app.clone())
        .into()
}
