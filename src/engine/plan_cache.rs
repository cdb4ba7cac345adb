//! Plans of operations, bounded in bytes: a hit parses, validates and plans nothing.
//!
//! The key holds the whole document: two documents never share a plan because of a hash. Refused documents are kept too,
//! so that a client which repeats one costs no more than any other.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use moka::{Equivalent, sync::Cache};

use super::usage::PlanUsage;
use crate::{
    config::ByteSize,
    graphql::{GraphqlError, Name, PreparedDocument},
    model::UpstreamId,
    planner::OperationPlan,
    telemetry::PlanCacheMetrics,
};

/// What a document and an operation name came to, for one client.
#[derive(Debug)]
pub(super) enum Prepared {
    /// A plan.
    Planned(Arc<Planned>),
    /// Refused: request errors.
    Refused(Vec<GraphqlError>),
}

/// A validated operation and its plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) id: PlanId,
    pub(super) document: PreparedDocument,
    pub(super) plan: OperationPlan,
    /// All that the plan can call.
    pub(super) upstreams: Box<[UpstreamId]>,
    /// Counts what its operations ask for.
    pub(super) usage: Option<Arc<PlanUsage>>,
    /// Whether an answer to it was ever kept: until then there is no use in looking for one.
    pub(super) has_kept_answers: AtomicBool,
}

/// Which plan: no two ever have the same, also not one that was forgotten and made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PlanId(u64);

/// What a plan depends on.
#[derive(Debug)]
struct PlanKey {
    client: Name,
    operation_name: Option<Box<str>>,
    document: Box<str>,
}

/// The same, borrowed from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PlanQuery<'a> {
    pub(super) document: &'a str,
    pub(super) operation_name: Option<&'a str>,
    pub(super) client: &'a Name,
}

/// Longest document that is kept, in bytes. What the store gives up is freed a while after, some dozens of entries at a time: a
/// flood of documents as long as a request may be would hold many times what was configured.
const LONGEST_KEPT: usize = 64 * 1024;

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

    /// What `query` came to, and whether it was known. Of several that miss one key at once, one prepares it.
    pub(super) fn get_or_prepare(
        &self,
        query: PlanQuery<'_>,
        prepare: impl FnOnce() -> Prepared,
    ) -> (Arc<Prepared>, bool) {
        if query.document.len() > LONGEST_KEPT {
            self.metrics.misses.inc();
            return (Arc::new(prepare()), false);
        }
        if let Some(prepared) = self.cache.get(&query) {
            self.metrics.hits.inc();
            return (prepared, true);
        }
        self.metrics.misses.inc();
        let entry = self.cache.entry(PlanKey::new(query)).or_insert_with(|| Arc::new(prepare()));
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

// === impl PlanId ===

impl PlanId {
    /// One that nobody has.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    #[cfg(test)]
    pub(super) fn of_test(number: u64) -> Self {
        Self(number)
    }
}

// === impl PlanKey ===

impl PlanKey {
    fn new(query: PlanQuery<'_>) -> Self {
        Self {
            client: query.client.clone(),
            operation_name: query.operation_name.map(Into::into),
            document: query.document.into(),
        }
    }

    fn borrowed(&self) -> PlanQuery<'_> {
        PlanQuery { document: &self.document, operation_name: self.operation_name.as_deref(), client: &self.client }
    }
}

impl PartialEq for PlanKey {
    fn eq(&self, other: &Self) -> bool {
        self.borrowed() == other.borrowed()
    }
}

impl Eq for PlanKey {}

impl Hash for PlanKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Equivalent<PlanKey> for PlanQuery<'_> {
    fn equivalent(&self, key: &PlanKey) -> bool {
        *self == key.borrowed()
    }
}

/// An estimate of the bytes that an entry holds; documents of tens of kilobytes make plans of megabytes.
fn weight(key: &PlanKey, prepared: &Prepared) -> usize {
    let text = key.document.len() + key.operation_name.as_ref().map_or(0, |name| name.len());
    1024 + text + held(key.document.len(), prepared)
}

/// An estimate of the bytes that a plan or a refusal of a document of this length holds.
pub(super) fn held(document: usize, prepared: &Prepared) -> usize {
    match prepared {
        // The operation in our own form; where introspection needs it also the library's document.
        Prepared::Planned(planned) => {
            let usage = planned.usage.as_ref().map_or(0, |usage| usage.weight());
            8 * document + plan_weight(&planned.plan) + usage
        }
        Prepared::Refused(errors) => errors.iter().map(|error| 256 + error.message.len()).sum(),
    }
}

/// Within a sixth of what the allocator counted for the operations of the demo shop.
fn plan_weight(plan: &OperationPlan) -> usize {
    let steps: usize = plan
        .steps
        .iter()
        .map(|step| {
            let fields: usize = step.layout.objects.iter().map(|object| object.fields.len()).sum();
            2048 + 512 * fields + 256 * (step.join.key.len() + step.batch_key.len() + step.arguments.len())
        })
        .sum();
    let entries: usize = plan
        .objects
        .iter()
        .flat_map(|object| &object.variants)
        .map(|variant| 192 + variant.fields.iter().map(|field| 576 + 32 * field.locations.len()).sum::<usize>())
        .sum();
    steps + entries + 384 * plan.positions.len() + 64 * plan.guards.len() + 256 * plan.caps.len()
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, atomic::AtomicUsize};

    use super::*;
    use crate::graphql::ErrorCode;

    fn cache(size: ByteSize) -> PlanCache {
        PlanCache::new(size, PlanCacheMetrics::default())
    }

    fn refused() -> Prepared {
        Prepared::Refused(vec![GraphqlError::new(ErrorCode::GraphqlValidationFailed, "x".repeat(400))])
    }

    fn ask(cache: &PlanCache, document: &str) -> bool {
        let query = PlanQuery { document, operation_name: None, client: &"web".into() };
        cache.get_or_prepare(query, refused).1
    }

    #[test]
    fn operations_in_rotation_all_hit() {
        let cache = cache(ByteSize::from_mib(1));
        for round in 0..20 {
            for at in 0..50 {
                assert_eq!(ask(&cache, &format!("{{ hot{at} }}")), round > 0);
            }
        }
    }

    /// The weight is an estimate: for one of a megabyte, what is held stays below it.
    #[test]
    fn a_flood_of_distinct_operations_neither_grows_it_nor_washes_out_the_hot_ones() {
        let cache = cache(ByteSize::from_mib(1));
        let hot: Vec<String> = (0..50).map(|at| format!("{{ hot{at} }}")).collect();
        let (mut asked, mut missed, mut most) = (0, 0, 0);
        for at in 0..100_000 {
            ask(&cache, &format!("{{ once{at} }}"));
            if at % 4 == 0 {
                asked += 1;
                missed += usize::from(!ask(&cache, &hot[at / 4 % hot.len()]));
            }
            if at % 1_000 == 0 {
                cache.cache.run_pending_tasks();
                most = most.max(cache.stats().bytes);
            }
        }
        assert!(most <= 1 << 20, "{most}");
        assert!(missed * 100 <= asked, "{missed} of {asked} hot operations were planned again");
        assert!(hot.iter().all(|hot| ask(&cache, hot)), "they are still there");
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let cache = cache(ByteSize::from_mib(1));
        for (length, kept) in [(LONGEST_KEPT, true), (LONGEST_KEPT + 1, false)] {
            let document = "a".repeat(length);
            ask(&cache, &document);
            assert_eq!(ask(&cache, &document), kept, "{length}");
        }
    }

    #[test]
    fn concurrent_misses_prepare_once() {
        let (cache, prepared, barrier) = (cache(ByteSize::from_mib(1)), AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    let query = PlanQuery { document: "{ a }", operation_name: Some("A"), client: &"web".into() };
                    cache.get_or_prepare(query, || {
                        prepared.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        refused()
                    });
                });
            }
        });
        assert_eq!(prepared.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn client_and_operation_name_are_part_of_what_is_asked() {
        let cache = cache(ByteSize::from_mib(1));
        let asked = [("a", None), ("a", Some("A")), ("a", Some("")), ("b", None)];
        for known in [false, true] {
            for (client, operation_name) in asked {
                let query = PlanQuery { document: "{ a }", operation_name, client: &client.into() };
                assert_eq!(cache.get_or_prepare(query, refused).1, known, "{client} {operation_name:?}");
            }
        }
    }
}
