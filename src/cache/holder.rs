//! Who shared results belong to: when a credential is refused, all that was kept for it goes at once. What they were made
//! from is held in the same way, and goes when it turns out to be outdated.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

/// One credential's stay. Kept by every stored result that belongs to it.
#[derive(Debug, Default)]
pub struct Holder {
    revoked: AtomicBool,
}

/// The holders of stored results by credential. No larger than what is stored, whatever credentials come by.
#[derive(Debug)]
pub struct Holders<C> {
    live: Mutex<Live<C>>,
}

#[derive(Debug)]
struct Live<C> {
    by_credential: HashMap<C, Weak<Holder>, ahash::RandomState>,
    sweep_at: usize,
}

/// Below this number of credentials no sweep is worth it.
const SWEEP_AT_LEAST: usize = 256;

impl Holder {
    /// Whether the credential was refused since.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }
}

impl<C> Default for Holders<C> {
    fn default() -> Self {
        Self { live: Mutex::new(Live { by_credential: HashMap::default(), sweep_at: SWEEP_AT_LEAST }) }
    }
}

impl<C: Eq + Hash> Holders<C> {
    /// The holder that results fetched from now on with `credential` belong to.
    #[must_use]
    pub fn current(&self, credential: C) -> Arc<Holder> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = live.by_credential.get(&credential).and_then(Weak::upgrade) {
            return holder;
        }
        if live.by_credential.len() >= live.sweep_at {
            live.by_credential.retain(|_, holder| holder.strong_count() > 0);
            live.sweep_at = (live.by_credential.len() * 2).max(SWEEP_AT_LEAST);
        }
        let holder = Arc::new(Holder::default());
        live.by_credential.insert(credential, Arc::downgrade(&holder));
        holder
    }

    /// Revokes all that belongs to `credential`.
    pub fn revoke(&self, credential: &C) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(holder) = live.by_credential.remove(credential).and_then(|holder| holder.upgrade()) {
            holder.revoked.store(true, Ordering::Release);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.live.lock().unwrap().by_credential.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_credential_loses_what_it_had_and_starts_anew() {
        let holders = Holders::default();
        let alice = holders.current("alice");
        let bob = holders.current("bob");
        assert!(Arc::ptr_eq(&alice, &holders.current("alice")));
        holders.revoke(&"alice");
        assert!(alice.is_revoked());
        assert!(!bob.is_revoked());
        assert!(!holders.current("alice").is_revoked());
    }

    #[test]
    fn credentials_without_stored_results_are_forgotten() {
        let holders = Holders::default();
        let kept = holders.current(0);
        for credential in 1..100_000 {
            drop(holders.current(credential));
        }
        assert!(holders.len() <= SWEEP_AT_LEAST + 1, "{}", holders.len());
        assert!(Arc::ptr_eq(&kept, &holders.current(0)));
    }
}
