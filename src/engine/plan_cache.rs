//! Plans of operations, bounded in bytes: a hit parses, validates and plans nothing.
//!
//! The key holds the whole document: two documents never share a plan because of a hash. Refused documents are kept too,
//! so that a client which repeats one costs no more than any other.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use moka::sync::Cache;

use crate::{
    config::ByteSize,
    graphql::{GraphqlError, Name, PreparedDocument},
    planner::OperationPlan,
    telemetry::PlanCacheMetrics,
};

/// What a document and an operation name came to, for one client.
#[derive(Debug)]
pub(super) enum Prepared {
    /// A plan.
    Planned(Box<Planned>),
    /// Refused: request errors.
    Refused(Vec<GraphqlError>),
}

/// A validated operation and its plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) document: PreparedDocument,
    pub(super) plan: OperationPlan,
}

/// What a plan depends on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlanKey {
    pub(super) client: Name,
    pub(super) operation_name: Option<String>,
    pub(super) document: String,
}

/// Counts of the plan cache, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanCacheStats {
    /// Operations whose plan was there.
    pub hits: u64,
    /// Operations that had to be planned, or refused.
    pub misses: u64,
    /// Plans and refusals held.
    pub entries: u64,
    /// Estimate of the bytes held.
    pub bytes: u64,
}

/// The cache. One for all clients.
#[derive(Debug)]
pub(super) struct PlanCache {
    cache: Cache<PlanKey, Arc<Prepared>, ahash::RandomState>,
    metrics: PlanCacheMetrics,
}

impl PlanCache {
    pub(super) fn new(size: ByteSize, metrics: PlanCacheMetrics) -> Self {
        let cache = Cache::builder()
            .max_capacity(size.0)
            .weigher(|key: &PlanKey, prepared: &Arc<Prepared>| u32::try_from(weight(key, prepared)).unwrap_or(u32::MAX))
            .build_with_hasher(ahash::RandomState::new());
        Self { cache, metrics }
    }

    /// The entry of `key`, and whether it was there. Of several that miss one key at once, one prepares it.
    pub(super) fn get_or_prepare(
        &self,
        key: PlanKey,
        prepare: impl FnOnce(&PlanKey) -> Prepared,
    ) -> (Arc<Prepared>, bool) {
        if let Some(prepared) = self.cache.get(&key) {
            self.metrics.hits.inc();
            return (prepared, true);
        }
        self.metrics.misses.inc();
        let text = PlanKey {
            client: key.client.clone(),
            operation_name: key.operation_name.clone(),
            document: key.document.clone(),
        };
        let entry = self.cache.entry(key).or_insert_with(|| Arc::new(prepare(&text)));
        (entry.into_value(), false)
    }

    pub(super) fn stats(&self) -> PlanCacheStats {
        PlanCacheStats {
            hits: self.metrics.hits.get(),
            misses: self.metrics.misses.get(),
            entries: self.cache.entry_count(),
            bytes: self.cache.weighted_size(),
        }
    }
}

impl Hash for PlanKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.document.hash(state);
        self.operation_name.hash(state);
        self.client.hash(state);
    }
}

/// An estimate of the bytes that an entry holds; documents of tens of kilobytes make plans of megabytes.
fn weight(key: &PlanKey, prepared: &Prepared) -> usize {
    let text = key.document.len() + key.operation_name.as_ref().map_or(0, String::len);
    let held = match prepared {
        // The library's document keeps the text and a tree with a place for each node.
        Prepared::Planned(planned) => 16 * key.document.len() + plan_weight(&planned.plan),
        Prepared::Refused(errors) => errors.iter().map(|error| 256 + error.message.len()).sum(),
    };
    512 + text + held
}

fn plan_weight(plan: &OperationPlan) -> usize {
    let steps: usize = plan
        .steps
        .iter()
        .map(|step| {
            let fields: usize = step.layout.objects.iter().map(|object| object.fields.len()).sum();
            1024 + 256 * fields + 128 * (step.join.key.len() + step.batch_key.len() + step.arguments.len())
        })
        .sum();
    let entries: usize = plan
        .objects
        .iter()
        .flat_map(|object| &object.variants)
        .map(|variant| 96 + variant.fields.iter().map(|field| 288 + 32 * field.locations.len()).sum::<usize>())
        .sum();
    steps + entries + 192 * plan.positions.len() + 64 * plan.guards.len() + 256 * plan.caps.len()
}
