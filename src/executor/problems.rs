//! Problems of mappings: counted for metrics, logged once per connector and minute with a sample.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    mapping::Problem,
    model::{Connector, ConnectorId, Model},
};

const QUIET: Duration = Duration::from_secs(60);

/// Counts problems for each connector of a model.
#[derive(Debug)]
pub struct ProblemLog {
    connectors: Vec<Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    count: AtomicU64,
    logged: Mutex<Option<Instant>>,
}

impl ProblemLog {
    /// A log for the connectors of `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self { connectors: model.connectors.iter().map(|_| Entry::default()).collect() }
    }

    /// Problems counted so far, for each connector that had any.
    #[must_use]
    pub fn counts(&self) -> Vec<(ConnectorId, u64)> {
        let counted =
            self.connectors.iter().zip(0..).map(|(entry, id)| (ConnectorId(id), entry.count.load(Ordering::Relaxed)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// Counts `problems` of one mapping run; logs the first unless this connector was logged within the last minute.
    pub(super) fn record(&self, connector: &Connector, problems: &[Problem], log: bool) {
        let (Some(sample), Some(entry)) = (problems.first(), self.connectors.get(connector.id.0 as usize)) else {
            return;
        };
        let found: u64 = problems.iter().map(|problem| u64::from(problem.count)).sum();
        let total = entry.count.fetch_add(found, Ordering::Relaxed) + found;
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
