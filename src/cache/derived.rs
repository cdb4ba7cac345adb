//! Results made of kept results: given for as long as each of those would still be given, so never staler than they.
//!
//! Bounded in bytes. Holds no part itself, only how long it stays.

use std::{fmt, hash::Hash, sync::Arc};

use moka::{Equivalent, sync::Cache};
use tokio::time::Instant;

use super::Stay;

/// Derived results by key. Cheap to clone.
pub struct Derived<K, V> {
    cache: Cache<K, Made<V>, ahash::RandomState>,
}

/// A result and the stays of its parts.
struct Made<V> {
    value: V,
    parts: Arc<[Arc<Stay>]>,
}

/// What a part costs: its place in the list, and the stay itself once the store has let it go.
const PART: usize = 128;

impl<V: Clone> Clone for Made<V> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), parts: Arc::clone(&self.parts) }
    }
}

impl<K, V> Clone for Derived<K, V> {
    fn clone(&self) -> Self {
        Self { cache: self.cache.clone() }
    }
}

impl<K, V> fmt::Debug for Derived<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derived").finish_non_exhaustive()
    }
}

impl<K, V> Derived<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// At most `bytes`, as `weigh` counts them.
    pub fn new(bytes: u64, weigh: impl Fn(&K, &V) -> usize + Send + Sync + 'static) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(move |key, made: &Made<V>| {
                let parts = PART.saturating_mul(made.parts.len());
                let held = weigh(key, &made.value).saturating_add(parts).saturating_add(super::ENTRY_OVERHEAD);
                u32::try_from(held).unwrap_or(u32::MAX)
            })
            .build_with_hasher(ahash::RandomState::new());
        Self { cache }
    }

    /// The result of `key`, if all parts that it was made of still stay.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let made = self.cache.get(key)?;
        if !made.parts.is_empty() {
            let now = Instant::now();
            if !made.parts.iter().all(|part| part.lasts(now)) {
                self.cache.invalidate(key);
                return None;
            }
        }
        Some(made.value)
    }

    /// Entries and bytes, after what was to be evicted is.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.cache.run_pending_tasks();
        (self.cache.entry_count(), self.cache.weighted_size())
    }

    /// Keeps a result made of `parts`.
    pub fn insert(&self, key: K, value: V, parts: Vec<Arc<Stay>>) {
        self.cache.insert(key, Made { value, parts: parts.into() });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::{Fence, Store, Terms};

    #[tokio::test(start_paused = true)]
    async fn lasts_as_long_as_each_of_its_parts() {
        let store: Store<u32, u32> = Store::new(1 << 20, |_, _| 8, |_| {});
        let derived: Derived<u32, u32> = Derived::new(1 << 20, |_, _| 8);
        let fence = Arc::new(Fence::default());
        let keep = |key, seconds| {
            let expires = Instant::now() + Duration::from_secs(seconds);
            store.insert(
                key,
                key,
                Terms { fence: Arc::clone(&fence), epoch: fence.epoch(), expires, holder: None, origin: None },
            );
            store.get(&key).unwrap().stay
        };
        derived.insert(1, 10, vec![keep(1, 10), keep(2, 20)]);
        derived.insert(2, 20, vec![keep(2, 20)]);
        derived.insert(3, 30, Vec::new());
        assert_eq!((derived.get(&1), derived.get(&2), derived.get(&3)), (None, Some(20), Some(30)), "2 was replaced");
        derived.insert(1, 11, vec![keep(1, 10), store.get(&2).unwrap().stay]);
        assert_eq!(derived.get(&1), Some(11));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!((derived.get(&1), derived.get(&2)), (None, Some(20)), "a part has expired");
        fence.raise();
        assert_eq!((derived.get(&2), derived.get(&3)), (None, Some(30)), "a fence has risen");
    }
}
