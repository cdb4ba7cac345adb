//! Subscriptions, and the upstream requests that are made again and again for them.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::names;

/// What subscriptions and pollers count. What there never was is not told.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionFamilies {
    running: Family<ClientLabels, Gauge>,
    events: Family<ClientLabels, Counter>,
    pollers: Family<UpstreamLabels, Gauge>,
    polls: Family<PollLabels, Counter>,
}

/// The metrics of one client's subscriptions.
#[derive(Debug, Clone)]
pub struct SubscriptionMetrics {
    /// Subscriptions that go on.
    pub running: Gauge,
    /// Events sent.
    pub events: Counter,
}

/// The metrics of one poller.
#[derive(Debug, Clone)]
pub struct PollMetrics {
    /// Pollers at work.
    pub pollers: Gauge,
    /// Polls that brought another answer than the one before.
    pub changed: Counter,
    /// Polls that brought the same.
    pub unchanged: Counter,
    /// Polls that failed.
    pub failed: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClientLabels {
    client: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    upstream: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PollLabels {
    upstream: Arc<str>,
    connector: Arc<str>,
    outcome: &'static str,
}

// === impl SubscriptionFamilies ===

impl SubscriptionFamilies {
    /// The metrics of a client's subscriptions. `client` must be a configured name.
    #[must_use]
    pub fn of_client(&self, client: &Arc<str>) -> SubscriptionMetrics {
        let labels = ClientLabels { client: Arc::clone(client) };
        SubscriptionMetrics {
            running: self.running.get_or_create_owned(&labels),
            events: self.events.get_or_create_owned(&labels),
        }
    }

    /// The metrics of a poller of this connector.
    #[must_use]
    pub fn of_poller(&self, upstream: &Arc<str>, connector: &Arc<str>) -> PollMetrics {
        let polls = |outcome| {
            let (upstream, connector) = (Arc::clone(upstream), Arc::clone(connector));
            self.polls.get_or_create_owned(&PollLabels { upstream, connector, outcome })
        };
        PollMetrics {
            pollers: self.pollers.get_or_create_owned(&UpstreamLabels { upstream: Arc::clone(upstream) }),
            changed: polls("changed"),
            unchanged: polls("unchanged"),
            failed: polls("failed"),
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(names::SUBSCRIPTIONS, "Subscriptions that go on", self.running.clone());
        registry.register(names::SUBSCRIPTION_EVENTS, "Events sent to subscribers", self.events.clone());
        registry.register(names::POLLERS, "Upstream requests made again and again", self.pollers.clone());
        registry.register(names::POLLS, "Requests made so, by outcome", self.polls.clone());
    }
}
