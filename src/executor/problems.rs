//! Problems of mappings: counted for metrics, logged once per connector and minute with a sample.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    mapping::Problem,
    model::{Connector, Model},
    telemetry::{ConnectorMetrics, Metrics},
};

const QUIET: Duration = Duration::from_secs(60);

/// Counts problems for each connector of a model.
#[derive(Debug)]
pub struct ProblemLog {
    connectors: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    metrics: ConnectorMetrics,
    logged: Mutex<Option<Instant>>,
}

impl ProblemLog {
    /// A log for the connectors of `model`.
    #[must_use]
    pub fn new(model: &Model, metrics: &Metrics) -> Self {
        let entry = |connector: &Connector| Entry {
            metrics: metrics.connector(model.upstream_label(connector), &connector.name),
            logged: Mutex::new(None),
        };
        Self { connectors: model.connectors.iter().map(entry).collect() }
    }

    /// Counts `problems` of one mapping run; logs the first unless this connector was logged within the last minute.
    pub(super) fn record(&self, connector: &Connector, problems: &[Problem], log: bool) {
        let (Some(sample), Some(entry)) = (problems.first(), self.connectors.get(connector.id.0 as usize)) else {
            return;
        };
        let found: u64 = problems.iter().map(|problem| u64::from(problem.count)).sum();
        let total = entry.metrics.problems.inc_by(found) + found;
        if log && entry.is_due() {
            tracing::warn!(
                connector = %connector.name,
                problem = %sample.message,
                total,
                "mapping met something unexpected"
            );
        }
    }
}

impl Entry {
    fn is_due(&self) -> bool {
        let now = Instant::now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_some_and(|at| now.duration_since(at) < QUIET) {
            return false;
        }
        *logged = Some(now);
        true
    }
}
