//! The table of guards: conditions of `@skip`, `@include` and `@defer`, shared and simplified.

use std::collections::HashMap;

use super::plan::{DeferId, Guard, GuardId};
use crate::graphql::Condition;

/// Builds [`Guard`]s; equal ones get one id, operands have smaller ids than what uses them.
#[derive(Debug)]
pub(super) struct Guards {
    list: Vec<Guard>,
    ids: HashMap<Guard, GuardId>,
}

/// The guard that is always on.
pub(super) const ALWAYS: GuardId = GuardId(0);

impl Guards {
    pub(super) fn new() -> Self {
        Self { list: vec![Guard::Always], ids: HashMap::from([(Guard::Always, ALWAYS)]) }
    }

    /// `base` and all of `conditions`; `None` if one of them is never on.
    pub(super) fn under(&mut self, base: GuardId, conditions: &[Condition]) -> Option<GuardId> {
        let mut parts = vec![base];
        for condition in conditions {
            if *condition == Condition::Never {
                return None;
            }
            parts.push(self.intern(Guard::If(condition.clone())));
        }
        Some(self.all(parts))
    }

    /// `base`, inside what is deferred.
    pub(super) fn deferred(&mut self, base: GuardId, fragment: DeferId) -> GuardId {
        let deferred = self.intern(Guard::Deferred(fragment));
        self.all(vec![base, deferred])
    }

    /// All of `parts`.
    pub(super) fn all(&mut self, parts: Vec<GuardId>) -> GuardId {
        let mut flat = Vec::new();
        for part in parts {
            match &self.list[part.0 as usize] {
                Guard::Always => {}
                Guard::All(inner) => flat.extend(inner.iter().copied()),
                Guard::If(_) | Guard::Any(_) | Guard::ButNot(..) | Guard::Deferred(_) => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat.as_slice() {
            [] => ALWAYS,
            [one] => *one,
            _ => self.intern(Guard::All(flat)),
        }
    }

    /// At least one of `parts`; always on when there are none.
    pub(super) fn any(&mut self, mut parts: Vec<GuardId>) -> GuardId {
        parts.sort_unstable();
        parts.dedup();
        match parts.as_slice() {
            [] => ALWAYS,
            [one] => *one,
            _ if parts.contains(&ALWAYS) => ALWAYS,
            _ => self.intern(Guard::Any(parts)),
        }
    }

    /// `guard`, unless one of `earlier` is on.
    pub(super) fn but_not(&mut self, guard: GuardId, earlier: &[GuardId]) -> GuardId {
        if earlier.is_empty() { guard } else { self.intern(Guard::ButNot(guard, earlier.to_vec())) }
    }

    pub(super) fn into_list(self) -> Vec<Guard> {
        self.list
    }

    fn intern(&mut self, guard: Guard) -> GuardId {
        if let Some(id) = self.ids.get(&guard) {
            return *id;
        }
        let id = GuardId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(guard.clone());
        self.ids.insert(guard, id);
        id
    }
}
