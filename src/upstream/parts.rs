//! What the answers of one operation were made of, for whoever keeps or shares the whole of its answer.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::cache::Stay;

/// Notes of one operation on what it used.
#[derive(Debug, Default)]
pub struct Parts {
    stays: Mutex<Vec<Arc<Stay>>>,
    unsteady: AtomicBool,
    for_one: AtomicBool,
}

impl Parts {
    /// The kept answers and rows that were used; `None` if something was looked for and not found, and may be there next
    /// time. What was fetched is not among them.
    #[must_use]
    pub fn take(&self) -> Option<Vec<Arc<Stay>>> {
        if self.unsteady.load(Ordering::Relaxed) {
            return None;
        }
        Some(std::mem::take(&mut *self.stays.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Whether something was used that is for this operation alone: an answer with cookies.
    #[must_use]
    pub fn are_for_one(&self) -> bool {
        self.for_one.load(Ordering::Relaxed)
    }

    /// A kept answer or row is used.
    pub(super) fn add(&self, stay: Arc<Stay>) {
        self.stays.lock().unwrap_or_else(PoisonError::into_inner).push(stay);
    }

    /// A row that could have been kept was not.
    pub(super) fn set_unsteady(&self) {
        self.unsteady.store(true, Ordering::Relaxed);
    }

    /// An answer with cookies is used.
    pub(super) fn set_for_one(&self) {
        self.for_one.store(true, Ordering::Relaxed);
    }
}
