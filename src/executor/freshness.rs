//! The cacheability of an answer: least lifetime and narrowest scope of every body that it used.

use std::sync::{Mutex, PoisonError};

use super::Cacheability;
use crate::{model::CacheScope, upstream::Freshness};

/// Folds the freshness of bodies as they are used.
#[derive(Debug, Default)]
pub(super) struct FreshnessFold {
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// Least and narrowest so far.
    so_far: Cacheability,
    /// Something may not be reused.
    never: bool,
}

impl FreshnessFold {
    /// Takes one more body into account.
    pub(super) fn add(&self, freshness: Freshness) {
        self.fold(|state| {
            let so_far = &mut state.so_far;
            so_far.scope = so_far.scope.max(freshness.scope);
            so_far.until = [so_far.until, freshness.until].into_iter().flatten().min();
            state.never |= freshness.until.is_none();
        });
    }

    /// Takes into account what was computed without a body, and may be reused for so long whenever it is.
    pub(super) fn compute(&self, max_age: std::time::Duration, scope: CacheScope) {
        self.fold(|state| {
            let so_far = &mut state.so_far;
            so_far.scope = so_far.scope.max(scope);
            so_far.at_most = [so_far.at_most, Some(max_age)].into_iter().flatten().min();
        });
    }

    /// Takes into account what was computed without a body: it is as fresh as what it was computed from.
    pub(super) fn narrow(&self, scope: CacheScope) {
        self.fold(|state| state.so_far.scope = state.so_far.scope.max(scope));
    }

    /// The result; `None` where nothing was used or something may not be reused.
    pub(super) fn result(&self) -> Option<Cacheability> {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let used = state.so_far.until.is_some() || state.so_far.at_most.is_some();
        Some(state.so_far).filter(|_| used && !state.never)
    }

    fn fold(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
