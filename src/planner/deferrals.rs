//! The table of what is deferred: one for each `@defer` or `@stream`, position and guard that leads there.

use std::collections::HashMap;

use super::{
    guards::Guards,
    plan::{DeferId, Deferred, GuardId, PositionId},
};
use crate::graphql::{Defer, ErrorCode, GraphqlError, InitialCount, Location, Stream};

/// Deferred fragments and streamed lists of one operation, at all of their places.
const MOST: usize = 100;

/// Bytes of a label: it is told at each place where its fragment or list stands.
const LABEL: usize = 256;

/// A selection's conditions, and what is deferred around it, the innermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) guard: GuardId,
    pub(super) deferred: Option<DeferId>,
}

/// Collects [`Deferred`]s.
#[derive(Debug, Default)]
pub(super) struct Deferrals {
    list: Vec<Deferred>,
    ids: HashMap<(Location, PositionId, GuardId), DeferId>,
    /// One more was met than there may be.
    too_many: bool,
    /// Where a label is too long.
    long_label: Option<Location>,
}

impl Deferrals {
    /// The fragment with `defer` that stands at `position` in `scope`, and the scope inside.
    pub(super) fn fragment(
        &mut self,
        guards: &mut Guards,
        scope: Scope,
        defer: &Defer,
        position: PositionId,
    ) -> (DeferId, Scope) {
        self.enter(guards, scope, (defer, None), position)
    }

    /// The list with `stream` of an object at `position` in `scope`, and the scope of its later elements.
    pub(super) fn list(
        &mut self,
        guards: &mut Guards,
        scope: Scope,
        stream: &Stream,
        position: PositionId,
    ) -> (DeferId, Scope) {
        self.enter(guards, scope, (&stream.defer, Some(&stream.initial_count)), position)
    }

    fn enter(
        &mut self,
        guards: &mut Guards,
        scope: Scope,
        (defer, initial_count): (&Defer, Option<&InitialCount>),
        position: PositionId,
    ) -> (DeferId, Scope) {
        let next = DeferId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let id = *self.ids.entry((defer.site, position, scope.guard)).or_insert(next);
        if id == next {
            if self.list.len() >= MOST {
                self.too_many = true;
                self.ids.remove(&(defer.site, position, scope.guard));
                return (id, scope);
            }
            if defer.label.as_ref().is_some_and(|label| label.len() > LABEL) {
                self.long_label.get_or_insert(defer.site);
            }
            self.list.push(Deferred {
                label: defer.label.clone(),
                condition: defer.condition.clone(),
                parent: scope.deferred,
                guard: guards.deferred(scope.guard, id),
                initial_count: initial_count.cloned(),
                site: defer.site,
            });
        }
        (id, Scope { guard: self.list[id.0 as usize].guard, deferred: Some(id) })
    }

    /// Refuses operations that defer too much, or under too long a label.
    pub(super) fn check(&self) -> Result<(), GraphqlError> {
        if let Some(site) = self.long_label {
            let message =
                format!("the label of a `@defer` or `@stream` is longer than {LABEL} bytes, which is the limit");
            let mut error = GraphqlError::new(ErrorCode::LimitExceeded, message);
            error.locations.push(site);
            return Err(error);
        }
        if !self.too_many {
            return Ok(());
        }
        let message = format!("operation defers more than {MOST} fragments and lists, which is the limit");
        Err(GraphqlError::new(ErrorCode::LimitExceeded, message))
    }

    pub(super) fn into_list(self) -> Vec<Deferred> {
        self.list
    }
}
