//! How long a result stays in a store, as others can ask who used it: what was made of results that all still stay is as
//! good as made anew.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::time::Instant;

use super::{Epoch, Fence, Holder};

/// Under which terms a result is kept.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The fence that it must not be found behind.
    pub fence: Arc<Fence>,
    /// The epoch in which the work for it began: it is found in that epoch only.
    pub epoch: Epoch,
    /// When it stops being fresh.
    pub expires: Instant,
    /// Whom it belongs to; gone when that is revoked.
    pub holder: Option<Arc<Holder>>,
    /// What it was made from, where that may turn out to be outdated; gone when that is revoked.
    pub origin: Option<Arc<Holder>>,
}

/// One result's stay in a store. Over for good once it is over.
#[derive(Debug)]
pub struct Stay {
    terms: Terms,
    /// Replaced, evicted, or thrown out.
    ended: AtomicBool,
}

// === impl Terms ===

impl Terms {
    /// Whether they allow to give the result.
    #[must_use]
    pub fn hold(&self, now: Instant) -> bool {
        now < self.expires
            && self.fence.epoch() == self.epoch
            && self.holder.as_ref().is_none_or(|holder| !holder.is_revoked())
            && self.origin.as_ref().is_none_or(|origin| !origin.is_revoked())
    }
}

// === impl Stay ===

impl Stay {
    pub(super) fn new(terms: Terms) -> Self {
        Self { terms, ended: AtomicBool::new(false) }
    }

    /// Whether the store would give this very result now.
    #[must_use]
    pub fn lasts(&self, now: Instant) -> bool {
        !self.ended.load(Ordering::Acquire) && self.terms.hold(now)
    }

    /// When it is over at the latest.
    #[must_use]
    pub fn expires(&self) -> Instant {
        self.terms.expires
    }

    /// The store has let it go.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }
}
