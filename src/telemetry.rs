//! What operators see: the set of metrics and their names.
//!
//! Depends on nothing of ours. Labels are client, upstream and connector names and fixed words, never URLs, keys or values,
//! so that their number is bounded by the configuration.

mod logging;
mod metrics;
pub mod names;

pub use logging::{LogFormat, set_up_logging};
pub use metrics::{ConnectorMetrics, Metrics, PlanCacheMetrics, UpstreamMetrics};
