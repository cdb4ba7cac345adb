//! What goes on over the transports that carry more than one answer: WebSockets and streamed responses.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::names;

/// The metrics of transports.
#[derive(Debug, Clone, Default)]
pub struct TransportMetrics {
    /// Open WebSocket connections.
    pub connections: Gauge,
    operations: Family<TransportLabels, Gauge>,
    closes: Family<CloseLabels, Counter>,
}

/// Counts one operation as going on until it is dropped.
#[derive(Debug)]
pub struct GoingOn(Gauge);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransportLabels {
    transport: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CloseLabels {
    code: &'static str,
}

// === impl TransportMetrics ===

impl TransportMetrics {
    /// An operation begins whose answers are streamed. `transport` is a fixed word.
    #[must_use]
    pub fn begin(&self, transport: &'static str) -> GoingOn {
        GoingOn::new(self.operations.get_or_create_owned(&TransportLabels { transport }))
    }

    /// A WebSocket connection begins.
    #[must_use]
    pub fn connect(&self) -> GoingOn {
        GoingOn::new(self.connections.clone())
    }

    /// A WebSocket connection ended. `code` is a fixed word.
    pub fn closed(&self, code: &'static str) {
        self.closes.get_or_create(&CloseLabels { code }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(names::WEBSOCKET_CONNECTIONS, "Open WebSocket connections", self.connections.clone());
        registry.register(names::WEBSOCKET_CLOSES, "WebSocket connections that ended", self.closes.clone());
        registry.register(names::STREAMED_OPERATIONS, "Operations with streamed answers", self.operations.clone());
    }
}

// === impl GoingOn ===

impl GoingOn {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for GoingOn {
    fn drop(&mut self) {
        self.0.dec();
    }
}
