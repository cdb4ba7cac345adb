//! What operators see: the set of metrics and their names, and the names of requests.
//!
//! Depends on nothing of ours. Labels are client, upstream and connector names and fixed words, never URLs, keys or values,
//! so that their number is bounded by the configuration; apps, which clients name themselves, are told apart up to a bound.

mod apps;
mod identity;
mod logging;
mod metrics;
pub mod names;
mod subscriptions;
mod transports;

pub use apps::{App, AppHeaders, AppId, Apps};
pub use identity::Identity;
pub use logging::{LogFormat, set_up_logging};
pub use metrics::{
    ConnectorMetrics, DocumentMetrics, Metrics, OperationMetrics, PlanCacheMetrics, SharingMetrics, UpstreamMetrics,
};
pub use subscriptions::{PollMetrics, SubscriptionFamilies, SubscriptionMetrics};
pub use transports::{GoingOn, TransportMetrics};
