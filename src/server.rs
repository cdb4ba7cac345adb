//! HTTP for clients and operators: routes, negotiation, limits, console, health and metrics.
//!
//! The only place that speaks HTTP to clients. Knows the engine, not plans or upstream calls.

mod access;
mod admin;
mod console;
mod cors;
mod graphql;
mod identity;
mod listener;
mod negotiate;
mod params;
mod patience;
mod respond;
mod trace;

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, routing::get};

pub use listener::{BindError, Listener};

use crate::{config::Config, engine::Engine, model::View, telemetry::Metrics};

/// What handlers share.
#[derive(Debug)]
pub struct App {
    engine: Arc<Engine>,
    metrics: Arc<Metrics>,
    body_limit: usize,
    trace: crate::config::Trace,
    /// Whether the configuration names no client: then `/graphql` is an alias of `/default/graphql`.
    single: bool,
    compression: bool,
    readiness: admin::Readiness,
}

impl App {
    /// The handlers' state for one engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, metrics: Arc<Metrics>, config: &Config) -> Arc<Self> {
        Arc::new(Self {
            engine,
            metrics,
            body_limit: usize::try_from(config.server.body_limit.0).unwrap_or(usize::MAX),
            trace: config.server.trace.clone(),
            single: config.clients.is_empty(),
            compression: config.server.compression,
            readiness: admin::Readiness::default(),
        })
    }

    fn view(&self, client: &str) -> Option<&View> {
        self.engine.model().clients.get(client)
    }

    /// Tells load balancers to send nothing more; called when the server starts to drain.
    pub fn drain(&self) {
        self.readiness.drain();
    }
}

/// Routes of the public listener.
pub fn public_routes(app: &Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/", get(console::index))
        .route("/assets/{*path}", get(console::asset))
        .route("/THIRD-PARTY-LICENSES.txt", get(console::licenses))
        .route("/{client}/graphql", axum::routing::any(graphql::handle))
        .route("/{client}/schema.graphql", get(console::schema));
    if app.single {
        router = router
            .route("/graphql", axum::routing::any(graphql::handle_default))
            .route("/schema.graphql", get(console::schema_default));
    }
    let router = router.fallback(respond::not_found).with_state(app.clone());
    if app.compression {
        // Small bodies cost more to compress than to send.
        let worthwhile = tower_http::compression::predicate::SizeAbove::new(1024);
        let layer = tower_http::compression::CompressionLayer::new()
            .quality(tower_http::CompressionLevel::Fastest)
            .compress_when(worthwhile);
        router.layer(layer)
    } else {
        router
    }
}

/// Routes of the admin listener.
pub fn admin_routes(app: &Arc<App>) -> Router {
    Router::new()
        .route("/health/live", get(admin::live))
        .route("/health/ready", get(admin::ready))
        .route("/metrics", get(admin::metrics))
        .fallback(respond::not_found)
        .with_state(app.clone())
}

/// The peer's address, put into every request by the listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);
