//! A fence: what began before it rose is neither joined nor kept after.

use std::sync::atomic::{AtomicU64, Ordering};

/// The time between two rises of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(u64);

/// Counts epochs.
#[derive(Debug, Default)]
pub struct Fence {
    epoch: AtomicU64,
}

impl Fence {
    /// The epoch that runs now.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::SeqCst))
    }

    /// Ends the epoch that runs.
    pub fn raise(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }
}
