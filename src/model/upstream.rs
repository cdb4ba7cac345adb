//! An upstream: a `@source` with what `[upstreams.NAME]` adds.

use std::sync::Arc;

use crate::config;

/// Index of an upstream in its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UpstreamId(pub u32);

/// A service that connectors call. Connectors without a source get one upstream for each origin, named after its host and port.
#[derive(Debug)]
pub struct UpstreamDefinition {
    /// Its index.
    pub id: UpstreamId,
    /// Label in logs, metrics and traces.
    pub name: Arc<str>,
    /// Its settings, with defaults where the configuration is silent.
    pub settings: config::Upstream,
    /// Scheme, host and port, for readiness and start-up messages; never shown to clients.
    pub origin: String,
}
