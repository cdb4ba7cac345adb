//! The metrics and the registry that writes them.

use std::sync::{Arc, OnceLock};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::Registry,
};

use super::{App, AppId, Apps, names, subscriptions::SubscriptionFamilies, transports::TransportMetrics};

/// Every metric of the process. One instance, shared.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    operations: Family<OperationLabels, Histogram, Buckets>,
    app_operations: Family<AppLabels, Counter>,
    apps: Apps,
    plan_cache: PlanCacheMetrics,
    sharing: SharingMetrics,
    documents: Family<DocumentLabels, Counter>,
    call_duration: Family<ConnectorLabels, Histogram, Buckets>,
    calls: Family<CallLabels, Counter>,
    shared: Family<ConnectorLabels, Counter>,
    not_found: Family<ConnectorLabels, Counter>,
    problems: Family<ConnectorLabels, Counter>,
    cache_hits: Family<ConnectorLabels, Counter>,
    cache_misses: Family<ConnectorLabels, Counter>,
    cache_stores: Family<ConnectorLabels, Counter>,
    cache_evicted: Counter,
    in_flight: Family<UpstreamLabels, Gauge>,
    queue_wait: Family<UpstreamLabels, Histogram, Buckets>,
    subscriptions: SubscriptionFamilies,
    transports: TransportMetrics,
}

/// Counters of the plan cache.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PlanCacheMetrics {
    pub hits: Counter,
    pub misses: Counter,
}

/// Counters of what whole operations share.
#[derive(Debug, Clone, Default)]
pub struct SharingMetrics {
    /// Queries answered with a kept answer.
    pub answer_hits: Counter,
    /// Queries that could have been, but were not.
    pub answer_misses: Counter,
    /// Answers kept.
    pub answer_stores: Counter,
    /// Queries that were given the answer of an identical one in flight.
    pub operations: Counter,
}

/// Counters of one client's requests that name a document, or send one where only known ones are run.
#[derive(Debug, Clone)]
pub struct DocumentMetrics {
    /// The document was known.
    pub hits: Counter,
    /// It was not.
    pub misses: Counter,
    /// Documents kept for automatic persisted queries.
    pub stored: Counter,
    /// Requests refused.
    pub refused: Counter,
    /// Documents that were sent and are trusted, where that is asked.
    pub known: Counter,
    /// Documents that ran though they are not trusted, where that is logged.
    pub unknown: Counter,
}

/// The metrics of one connector, looked up once.
#[derive(Debug, Clone)]
pub struct ConnectorMetrics {
    /// Time of exchanges, in seconds.
    pub duration: Histogram,
    /// Calls that joined an identical one in flight.
    pub shared: Counter,
    /// `404` answers that mean null.
    pub not_found: Counter,
    /// Mapping problems: whoever runs a mapping adds what it met.
    pub problems: Counter,
    /// Fresh answers and entities.
    pub cache_hits: Counter,
    /// Cacheable requests that had to be sent.
    pub cache_misses: Counter,
    /// Answers and entities stored.
    pub cache_stores: Counter,
    succeeded: Counter,
    calls: Family<CallLabels, Counter>,
    labels: ConnectorLabels,
}

/// The metrics of one client's operations, each looked up when it is first needed: what never happened is not told.
#[derive(Debug)]
pub struct OperationMetrics {
    client: Arc<str>,
    operations: Family<OperationLabels, Histogram, Buckets>,
    app_operations: Family<AppLabels, Counter>,
    apps: Apps,
    known: [[OnceLock<Histogram>; OUTCOMES.len()]; KINDS.len()],
}

/// The metrics of one upstream, looked up once.
#[derive(Debug, Clone)]
pub struct UpstreamMetrics {
    /// Exchanges going on.
    pub in_flight: Gauge,
    /// Wait for a slot, in seconds.
    pub queue_wait: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    client: Arc<str>,
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AppLabels {
    client: Arc<str>,
    app: String,
    version: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DocumentLabels {
    client: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectorLabels {
    upstream: Arc<str>,
    connector: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    upstream: Arc<str>,
    connector: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    upstream: Arc<str>,
}

/// Makes histograms with one set of bounds.
#[derive(Debug, Clone, Copy)]
struct Buckets(&'static [f64]);

/// From a cached answer to a slow upstream at the end of its timeout.
const DURATIONS: Buckets =
    Buckets(&[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);

/// What operations are, as far as is known.
const KINDS: [&str; 4] = ["query", "mutation", "subscription", "unknown"];
/// What becomes of operations.
const OUTCOMES: [&str; 4] = ["ok", "errors", "refused", "abandoned"];

/// The outcome of an exchange that succeeded.
const OK: &str = "ok";

// === impl Buckets ===

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

// === impl Metrics ===

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All metrics, registered, at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            operations: Family::new_with_constructor(DURATIONS),
            app_operations: Family::default(),
            apps: Apps::default(),
            plan_cache: PlanCacheMetrics::default(),
            sharing: SharingMetrics::default(),
            documents: Family::default(),
            call_duration: Family::new_with_constructor(DURATIONS),
            calls: Family::default(),
            shared: Family::default(),
            not_found: Family::default(),
            problems: Family::default(),
            cache_hits: Family::default(),
            cache_misses: Family::default(),
            cache_stores: Family::default(),
            cache_evicted: Counter::default(),
            in_flight: Family::default(),
            queue_wait: Family::new_with_constructor(DURATIONS),
            subscriptions: SubscriptionFamilies::default(),
            transports: TransportMetrics::default(),
        };
        metrics.register();
        metrics
    }

    /// The exposition text (OpenMetrics), for `/metrics`.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.registry).expect("writing to a string cannot fail");
        out
    }

    /// The metrics of a client's operations. `client` must be a configured name.
    #[must_use]
    pub fn operations(&self, client: &Arc<str>) -> OperationMetrics {
        OperationMetrics {
            client: Arc::clone(client),
            operations: self.operations.clone(),
            app_operations: self.app_operations.clone(),
            apps: self.apps.clone(),
            known: Default::default(),
        }
    }

    /// The apps that requests said they came from.
    #[must_use]
    pub fn apps(&self) -> &Apps {
        &self.apps
    }

    /// The counters of the plan cache.
    #[must_use]
    pub fn plan_cache(&self) -> &PlanCacheMetrics {
        &self.plan_cache
    }

    /// The counters of a client's known documents. `client` must be a configured name.
    #[must_use]
    pub fn documents(&self, client: &Arc<str>) -> DocumentMetrics {
        let counter =
            |outcome| self.documents.get_or_create_owned(&DocumentLabels { client: Arc::clone(client), outcome });
        DocumentMetrics {
            hits: counter("hit"),
            misses: counter("miss"),
            stored: counter("stored"),
            refused: counter("refused"),
            known: counter("known"),
            unknown: counter("unknown"),
        }
    }

    /// The counters of what whole operations share.
    #[must_use]
    pub fn sharing(&self) -> &SharingMetrics {
        &self.sharing
    }

    /// The metrics of subscriptions and pollers.
    #[must_use]
    pub fn subscriptions(&self) -> &SubscriptionFamilies {
        &self.subscriptions
    }

    /// The metrics of WebSockets and streamed responses.
    #[must_use]
    pub fn transports(&self) -> &TransportMetrics {
        &self.transports
    }

    /// The counter of bytes evicted from the cache of upstream answers.
    #[must_use]
    pub fn cache_evicted(&self) -> Counter {
        self.cache_evicted.clone()
    }

    /// The metrics of a connector.
    #[must_use]
    pub fn connector(&self, upstream: &Arc<str>, connector: &Arc<str>) -> ConnectorMetrics {
        let labels = ConnectorLabels { upstream: Arc::clone(upstream), connector: Arc::clone(connector) };
        ConnectorMetrics {
            duration: self.call_duration.get_or_create_owned(&labels),
            shared: self.shared.get_or_create_owned(&labels),
            not_found: self.not_found.get_or_create_owned(&labels),
            problems: self.problems.get_or_create_owned(&labels),
            cache_hits: self.cache_hits.get_or_create_owned(&labels),
            cache_misses: self.cache_misses.get_or_create_owned(&labels),
            cache_stores: self.cache_stores.get_or_create_owned(&labels),
            succeeded: self.calls.get_or_create_owned(&labels.with_outcome(OK)),
            calls: self.calls.clone(),
            labels,
        }
    }

    /// The metrics of an upstream.
    #[must_use]
    pub fn upstream(&self, upstream: &Arc<str>) -> UpstreamMetrics {
        let labels = UpstreamLabels { upstream: Arc::clone(upstream) };
        UpstreamMetrics {
            in_flight: self.in_flight.get_or_create_owned(&labels),
            queue_wait: self.queue_wait.get_or_create_owned(&labels),
        }
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(names::OPERATION_DURATION, "Time of operations", self.operations.clone());
        registry.register(names::APP_OPERATIONS, "Operations by app", self.app_operations.clone());
        registry.register(names::PLAN_CACHE_HITS, "Plans found in the plan cache", self.plan_cache.hits.clone());
        registry.register(names::PLAN_CACHE_MISSES, "Operations planned anew", self.plan_cache.misses.clone());
        registry.register(names::PERSISTED_DOCUMENTS, "Requests by what names their document", self.documents.clone());
        let sharing = &self.sharing;
        registry.register(names::ANSWER_CACHE_HITS, "Whole answers found valid", sharing.answer_hits.clone());
        registry.register(names::ANSWER_CACHE_MISSES, "Whole answers not found", sharing.answer_misses.clone());
        registry.register(names::ANSWER_CACHE_STORES, "Whole answers stored", sharing.answer_stores.clone());
        registry.register(names::SHARED_OPERATIONS, "Queries that joined an identical one", sharing.operations.clone());
        registry.register(names::UPSTREAM_CALL_DURATION, "Time of upstream exchanges", self.call_duration.clone());
        registry.register(names::UPSTREAM_CALLS, "Upstream exchanges by outcome", self.calls.clone());
        registry.register(names::UPSTREAM_SHARED, "Calls that joined an identical one", self.shared.clone());
        registry.register(names::UPSTREAM_NOT_FOUND, "Answers with status 404 that mean null", self.not_found.clone());
        registry.register(names::UPSTREAM_IN_FLIGHT, "Upstream exchanges going on", self.in_flight.clone());
        registry.register(names::UPSTREAM_QUEUE_WAIT, "Wait for a slot of an upstream", self.queue_wait.clone());
        registry.register(
            names::MAPPING_PROBLEMS,
            "Values that mappings did not find as expected",
            self.problems.clone(),
        );
        registry.register(names::CACHE_HITS, "Answers and entities found fresh", self.cache_hits.clone());
        registry.register(names::CACHE_MISSES, "Cacheable requests that had to be sent", self.cache_misses.clone());
        registry.register(names::CACHE_STORES, "Answers and entities stored", self.cache_stores.clone());
        self.subscriptions.register(registry);
        self.transports.register(registry);
        registry.register(names::CACHE_EVICTED, "Bytes evicted for want of room", self.cache_evicted.clone());
    }
}

// === impl OperationMetrics ===

impl OperationMetrics {
    /// Records an operation. `kind` and `outcome` are fixed words.
    pub fn observe(&self, kind: &'static str, outcome: &'static str, duration: std::time::Duration) {
        let place = |words: &[&str], word| words.iter().position(|known| *known == word);
        let find =
            || self.operations.get_or_create_owned(&OperationLabels { client: self.client.clone(), kind, outcome });
        let seconds = duration.as_secs_f64();
        match (place(&KINDS, kind), place(&OUTCOMES, outcome)) {
            (Some(kind), Some(outcome)) => self.known[kind][outcome].get_or_init(find).observe(seconds),
            _ => find().observe(seconds),
        }
    }

    /// Counts an operation of an app, and gives the app, if it said who it is. `outcome` is a fixed word.
    pub fn observe_app(&self, app: AppId, outcome: &'static str) -> Option<App> {
        if app == AppId::UNNAMED {
            return None;
        }
        let known = self.apps.get(app)?;
        let (client, app, version) = (self.client.clone(), known.name.to_string(), known.version.to_string());
        self.app_operations.get_or_create(&AppLabels { client, app, version, outcome }).inc();
        Some(known)
    }
}

// === impl ConnectorMetrics ===

impl ConnectorMetrics {
    /// Counts an exchange that succeeded.
    pub fn succeeded(&self) {
        self.succeeded.inc();
    }

    /// Counts an exchange that failed; `outcome` is a fixed word.
    pub fn failed(&self, outcome: &'static str) {
        self.calls.get_or_create(&self.labels.with_outcome(outcome)).inc();
    }
}

// === impl ConnectorLabels ===

impl ConnectorLabels {
    fn with_outcome(&self, outcome: &'static str) -> CallLabels {
        CallLabels { upstream: Arc::clone(&self.upstream), connector: Arc::clone(&self.connector), outcome }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn writes_every_metric_with_its_labels() {
        let metrics = Metrics::new();
        for (client, outcome) in [("web", "ok"), ("web", "ok"), ("web", "new"), ("app", "ok")] {
            metrics.operations(&client.into()).observe("query", outcome, Duration::from_millis(3));
        }
        metrics.plan_cache().hits.inc();
        let connector = metrics.connector(&"catalog".into(), &"Query.products".into());
        connector.succeeded();
        connector.failed("timeout");
        connector.problems.inc_by(3);
        metrics.upstream(&"catalog".into()).in_flight.inc();
        let text = metrics.encode();
        for line in [
            r#"anabranch_operation_duration_seconds_count{client="web",kind="query",outcome="ok"} 2"#,
            r#"anabranch_operation_duration_seconds_count{client="web",kind="query",outcome="new"} 1"#,
            r#"anabranch_operation_duration_seconds_count{client="app",kind="query",outcome="ok"} 1"#,
            "anabranch_plan_cache_hits_total 1",
            "anabranch_plan_cache_misses_total 0",
            r#"anabranch_upstream_calls_total{upstream="catalog",connector="Query.products",outcome="ok"} 1"#,
            r#"anabranch_upstream_calls_total{upstream="catalog",connector="Query.products",outcome="timeout"} 1"#,
            r#"anabranch_mapping_problems_total{upstream="catalog",connector="Query.products"} 3"#,
            r#"anabranch_upstream_calls_in_flight{upstream="catalog"} 1"#,
            "anabranch_upstream_cache_evicted_bytes_total 0",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
