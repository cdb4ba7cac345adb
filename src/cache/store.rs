//! Fresh results, bounded in bytes. moka bounds and evicts; expiry is a deadline on tokio's clock kept with the value.

use std::{fmt, hash::Hash, sync::Arc, time::Duration};

use moka::{Equivalent, notification::RemovalCause, sync::Cache};
use tokio::time::Instant;

use super::{Stay, Terms};

/// Results by key. Cheap to clone.
pub struct Store<K, V> {
    /// `None`: nothing is kept. (A cache of no bytes would still hold what came since it last cleaned up.)
    cache: Option<Cache<K, Stored<V>, ahash::RandomState>>,
}

/// A result that is fresh.
#[derive(Debug)]
pub struct Found<V> {
    /// The result.
    pub value: V,
    /// Its stay in the store.
    pub stay: Arc<Stay>,
}

#[derive(Clone)]
struct Stored<V> {
    value: V,
    stay: Arc<Stay>,
}

/// What an entry costs besides its key and value: its stay, and what every entry costs.
const ENTRY: usize = 64 + super::ENTRY_OVERHEAD;

impl<V> Found<V> {
    /// How long it stays fresh.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.stay.expires().saturating_duration_since(Instant::now())
    }
}

impl<K, V> Clone for Store<K, V> {
    fn clone(&self) -> Self {
        Self { cache: self.cache.clone() }
    }
}

impl<K, V> fmt::Debug for Store<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl<K, V> Store<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A store of at most `bytes`, as `weigh` counts them; of 0 it keeps nothing. `evicted` is told the bytes of each entry that had to make room.
    pub fn new(
        bytes: u64,
        weigh: impl Fn(&K, &V) -> usize + Send + Sync + 'static,
        evicted: impl Fn(u64) + Send + Sync + 'static,
    ) -> Self {
        if bytes == 0 {
            return Self { cache: None };
        }
        let weigh = Arc::new(move |key: &K, stored: &Stored<V>| {
            u32::try_from(weigh(key, &stored.value).saturating_add(ENTRY)).unwrap_or(u32::MAX)
        });
        let weigh_evicted = Arc::clone(&weigh);
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(move |key, stored| weigh(key, stored))
            .eviction_listener(move |key, stored, cause| {
                stored.stay.end();
                if cause == RemovalCause::Size {
                    evicted(u64::from(weigh_evicted(&key, &stored)));
                }
            })
            .build_with_hasher(ahash::RandomState::new());
        Self { cache: Some(cache) }
    }

    /// Whether it keeps anything at all.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.cache.is_some()
    }

    /// The result of `key`, if it is fresh and of the epoch that runs.
    pub fn get<Q>(&self, key: &Q) -> Option<Found<V>>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let cache = self.cache.as_ref()?;
        let Stored { value, stay } = cache.get(key)?;
        if !stay.lasts(Instant::now()) {
            cache.invalidate(key);
            return None;
        }
        Some(Found { value, stay })
    }

    /// Keeps a result. One whose terms are over already is not kept.
    pub fn insert(&self, key: K, value: V, terms: Terms) {
        if let Some(cache) = &self.cache
            && terms.hold(Instant::now())
        {
            cache.insert(key, Stored { value, stay: Arc::new(Stay::new(terms)) });
        }
    }

    #[cfg(test)]
    fn settled_bytes(&self) -> u64 {
        let Some(cache) = &self.cache else { return 0 };
        cache.run_pending_tasks();
        cache.weighted_size()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::cache::{Fence, Holders};

    fn store(bytes: u64) -> Store<String, Vec<u8>> {
        Store::new(bytes, |key: &String, value: &Vec<u8>| key.len() + value.len(), |_| {})
    }

    fn terms(fence: &Arc<Fence>, seconds: u64) -> Terms {
        Terms {
            fence: Arc::clone(fence),
            epoch: fence.epoch(),
            expires: Instant::now() + Duration::from_secs(seconds),
            holder: None,
            origin: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn forgets_at_the_deadline() {
        let (store, fence) = (store(1 << 20), Arc::new(Fence::default()));
        store.insert("a".into(), vec![1], terms(&fence, 10));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(store.get("a").unwrap().remaining(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(store.get("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fence_hides_what_began_before_it() {
        let (store, fence) = (store(1 << 20), Arc::new(Fence::default()));
        store.insert("a".into(), vec![1], terms(&fence, 10));
        let before = terms(&fence, 10);
        fence.raise();
        assert!(store.get("a").is_none());
        store.insert("a".into(), vec![2], before);
        assert!(store.get("a").is_none(), "a late write of the old epoch is not found");
        store.insert("a".into(), vec![3], terms(&fence, 10));
        assert_eq!(store.get("a").unwrap().value, [3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_revoked_holder_takes_its_entries_along() {
        let (store, fence, holders) = (store(1 << 20), Arc::new(Fence::default()), Holders::default());
        let of = |who: &'static str| Terms { holder: Some(holders.current(who)), ..terms(&fence, 10) };
        store.insert("a".into(), vec![1], of("alice"));
        store.insert("b".into(), vec![2], of("bob"));
        let late = of("alice");
        holders.revoke(&"alice");
        store.insert("c".into(), vec![3], late);
        assert!(store.get("a").is_none());
        assert!(store.get("c").is_none());
        assert!(store.get("b").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_revoked_origin_takes_along_what_was_made_from_it() {
        let (store, fence, origins) = (store(1 << 20), Arc::new(Fence::default()), Holders::default());
        let from = |request: u64| Terms { origin: Some(origins.current(request)), ..terms(&fence, 10) };
        store.insert("a".into(), vec![1], from(1));
        store.insert("b".into(), vec![2], from(2));
        let (stay, late) = (store.get("a").unwrap().stay, from(1));
        origins.revoke(&1);
        store.insert("c".into(), vec![3], late);
        assert!(store.get("a").is_none() && store.get("c").is_none() && store.get("b").is_some());
        assert!(!stay.lasts(Instant::now()));
        store.insert("a".into(), vec![4], from(1));
        assert_eq!(store.get("a").unwrap().value, [4]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stay_ends_when_the_store_would_give_something_else() {
        let (store, fence) = (store(1 << 20), Arc::new(Fence::default()));
        let keep = || {
            store.insert("a".into(), vec![1], terms(&fence, 10));
            store.get("a").unwrap().stay
        };
        let lasts = |stay: &Stay| stay.lasts(Instant::now());
        let replaced = keep();
        let expired = keep();
        assert!(!lasts(&replaced) && lasts(&expired));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(!lasts(&expired));
        let fenced = keep();
        assert!(lasts(&fenced));
        fence.raise();
        assert!(!lasts(&fenced));
        let stays: Vec<_> = (0..5_000_u32)
            .map(|key| {
                store.insert(key.to_string(), vec![0; 1_000], terms(&fence, 10));
                store.get(&*key.to_string()).map(|found| (key, found.stay))
            })
            .collect();
        while store.settled_bytes() > 1 << 20 {}
        let (mut kept, mut evicted) = (0, 0);
        for (key, stay) in stays.into_iter().flatten() {
            // What is there now, and as a moment ago: nothing is evicted any more.
            let there = store.get(&*key.to_string()).is_some();
            assert_eq!(lasts(&stay), there, "{key}");
            *(if there { &mut kept } else { &mut evicted }) += 1;
        }
        assert!(kept > 0 && evicted > 0, "{kept} {evicted}");
    }

    #[tokio::test(start_paused = true)]
    async fn of_no_bytes_keeps_nothing() {
        let (store, fence) = (store(0), Arc::new(Fence::default()));
        store.insert("a".into(), Vec::new(), terms(&fence, 10));
        assert!(store.get("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn is_bounded_in_bytes() {
        let evicted = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&evicted);
        let store: Store<u64, Vec<u8>> = Store::new(
            100_000,
            |_: &u64, value: &Vec<u8>| value.len(),
            move |bytes| {
                counter.fetch_add(bytes, Ordering::Relaxed);
            },
        );
        let fence = Arc::new(Fence::default());
        for key in 0..1_000 {
            store.insert(key, vec![0; 1_000], terms(&fence, 10));
        }
        assert!(store.settled_bytes() <= 100_000);
        assert!(evicted.load(Ordering::Relaxed) > 0);
    }
}
