//! Calling upstreams: rendering requests, the HTTP client, the stack of policies of each upstream, batches, sharing and caching.
//!
//! Knows connectors and mappings, never operations, views or plans.

mod batch;
mod body;
mod error;
mod recorder;
mod request;

use std::sync::Arc;

pub use batch::{BatchCall, BatchKey, Loaded};
pub use body::{AnswerSource, Freshness, UpstreamBody};
pub use error::{UpstreamError, UpstreamErrorKind};
pub use recorder::{CallRecord, Recorder};
pub use request::{RenderError, UpstreamRequest, render};

use crate::{
    config,
    model::{Connector, Model, UpstreamId},
};

/// Every upstream's client, limiter, flights, fence and the shared cache. One instance serves all clients.
#[derive(Debug)]
pub struct Upstreams {
    // private
}

/// What a call needs to know of the operation that makes it.
#[derive(Debug)]
pub struct CallContext {
    /// When the operation must be answered.
    pub deadline: tokio::time::Instant,
    /// The client's request headers.
    pub headers: Arc<http::HeaderMap>,
    /// Passed on to upstreams as `x-request-id`; never part of a sharing key.
    pub request_id: Arc<str>,
    /// Passed on as `traceparent`; never part of a sharing key.
    pub traceparent: Arc<str>,
    /// Calls that the operation may still make; decremented before sending, an error when none is left.
    pub calls_left: std::sync::atomic::AtomicI64,
    /// Takes notes for the trace extension, when asked for.
    pub recorder: Option<Recorder>,
    /// Bytes of upstream bodies that the operation may still hold.
    pub bytes_left: std::sync::atomic::AtomicI64,
}

/// An upstream could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("upstream `{upstream}`: {message}")]
pub struct SetupError {
    /// Its name.
    pub upstream: Arc<str>,
    /// Why: a bad certificate, a bad proxy.
    pub message: String,
}

impl Upstreams {
    /// Builds clients and stacks. Connects to nothing.
    pub fn new(model: &Model, cache: config::Cache) -> Result<Self, SetupError> {
        todo!()
    }

    /// Makes a call, or shares one: fresh in cache, else joined to an identical GET in flight, else sent.
    /// Applies deadline, attempt timeout, concurrency, response cap, status and `isSuccess`/`errors` mapping, content types.
    /// Mutations (any connector on a mutation root field) fence their upstream and those of `invalidates`, before sending and at any outcome.
    /// A `404` that means null comes back as a body with `not_found`.
    pub async fn send(
        &self,
        connector: &Connector,
        request: UpstreamRequest,
        call: &Arc<CallContext>,
    ) -> Result<Arc<UpstreamBody>, Arc<UpstreamError>> {
        todo!()
    }

    /// Tries to reach every upstream once (a TCP connect), for start-up messages and readiness.
    pub async fn probe(&self, timeout: std::time::Duration) -> Vec<(UpstreamId, Result<(), String>)> {
        todo!()
    }
}
