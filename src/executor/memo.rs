//! What one operation remembers of its calls, so that how often it calls does not depend on timing.
//!
//! Lives and dies with the operation; a mutation's root field starts with an empty one.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use super::{
    RunContext,
    batch::{SharedBatches, SharedLoader},
};
use crate::{
    model::{Connector, ConnectorId},
    planner::DeferId,
    upstream::{UpstreamBody, UpstreamError, UpstreamRequest},
};

/// The answer to a call, or its failure.
pub(super) type Answer = Result<Arc<UpstreamBody>, Arc<UpstreamError>>;

/// A call that several may await.
pub(super) type SharedCall<'a> = Shared<BoxFuture<'a, Answer>>;

/// Calls and batch loaders of one operation.
#[derive(Default)]
pub(super) struct Memo<'a> {
    calls: Mutex<HashMap<UpstreamRequest, SharedCall<'a>, ahash::RandomState>>,
    loaders: Mutex<HashMap<LoaderKey, SharedLoader>>,
    batches: Mutex<HashMap<ConnectorId, SharedBatches>>,
}

/// A loader: its connector, and the streamed list for whose later elements it loads.
type LoaderKey = (ConnectorId, Option<DeferId>);

impl<'a> Memo<'a> {
    /// Makes `request`, or joins the call that this operation has already made.
    pub(super) fn call(
        &self,
        context: &'a RunContext,
        connector: &'a Connector,
        request: UpstreamRequest,
    ) -> SharedCall<'a> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls
            .entry(request)
            .or_insert_with_key(|request| {
                let request = request.clone();
                let send = async move { context.upstreams.send(connector, request, &context.call).await };
                send.boxed().shared()
            })
            .clone()
    }

    /// The loader of a batch connector that several steps use. Those of one connector share their batches.
    pub(super) fn loader(&self, key: LoaderKey, make: impl FnOnce(SharedBatches) -> SharedLoader) -> SharedLoader {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let make =
            || make(self.batches.lock().unwrap_or_else(PoisonError::into_inner).entry(key.0).or_default().clone());
        loaders.entry(key).or_insert_with(make).clone()
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.loaders.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl fmt::Debug for Memo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}
