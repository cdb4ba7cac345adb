//! The cacheability of an answer: least lifetime and narrowest scope of every body that it used.

use std::sync::{Mutex, PoisonError};

use super::CacheControl;
use crate::{model::CacheScope, upstream::Freshness};

/// Folds the freshness of bodies as they are used.
#[derive(Debug, Default)]
pub(super) struct FreshnessFold {
    state: Mutex<State>,
    /// Scope of what was computed, which has no lifetime of its own.
    computed: Mutex<CacheScope>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// No body yet.
    #[default]
    Empty,
    /// All bodies so far may be reused.
    Fresh(CacheControl),
    /// One body may not be reused.
    Never,
}

impl FreshnessFold {
    /// Takes one more body into account.
    pub(super) fn add(&self, freshness: Freshness) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = match (*state, freshness.remaining) {
            (State::Never, _) | (_, None) => State::Never,
            (State::Empty, Some(max_age)) => State::Fresh(CacheControl { max_age, scope: freshness.scope }),
            (State::Fresh(so_far), Some(max_age)) => State::Fresh(CacheControl {
                max_age: so_far.max_age.min(max_age),
                scope: so_far.scope.max(freshness.scope),
            }),
        };
    }

    /// Takes into account what was computed without a body: it is as fresh as what it was computed from.
    pub(super) fn narrow(&self, scope: CacheScope) {
        let mut computed = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
        *computed = scope.max(*computed);
    }

    /// The result; `None` where nothing was used or something may not be reused.
    pub(super) fn result(&self) -> Option<CacheControl> {
        match *self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Fresh(control) => {
                let computed = *self.computed.lock().unwrap_or_else(PoisonError::into_inner);
                Some(CacheControl { scope: control.scope.max(computed), ..control })
            }
            State::Empty | State::Never => None,
        }
    }
}
