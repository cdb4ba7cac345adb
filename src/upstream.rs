//! Calling upstreams: rendering requests, the HTTP client, the stack of policies of each upstream, batches, sharing and caching.
//!
//! Knows connectors and mappings, never operations, views or plans.

mod batch;
mod body;
mod client;
mod content;
mod error;
mod exchange;
mod freshness;
mod judge;
mod kept;
mod parts;
mod poll;
mod probe;
mod problems;
mod recorder;
mod render;
mod replay;
mod request;
mod send;
mod stack;
mod verdict;

use std::{sync::Arc, time::SystemTime};

pub use batch::{BatchCall, BatchKey, KeyAnswer, Loaded};
pub use body::{AnswerSource, Freshness, UpstreamBody};
pub use error::{UpstreamError, UpstreamErrorKind};
pub use exchange::TraceIds;
pub use parts::Parts;
pub use poll::{Asked, Polled, Polling, Watch};
pub use problems::{Note, ProblemLog, ProblemNotes, TextProblems, is_omitted_argument};
pub use recorder::{CallRecord, Recorder};
pub use render::{render, render_noting};
pub use replay::{RecordedAnswer, Replayed, ReplayedBody, replay};
pub use request::{CallerValues, RenderError, UpstreamRequest, request_value};

pub use crate::cache::Lost;
use crate::{
    cache::{Epoch, Flights, Store},
    config::Config,
    model::{Connector, ConnectorId, Model, UpstreamId},
    resilience::ByteBudget,
    telemetry::{Metrics, SubscriptionFamilies},
};
use exchange::Wire;
use send::Manner;
use stack::{ConnectorState, Stack};

/// Every upstream's client, limiter, flights, fence and the shared cache. One instance serves all clients.
#[derive(Debug)]
pub struct Upstreams {
    stacks: Vec<Arc<Stack>>,
    connectors: Vec<Arc<ConnectorState>>,
    /// `None`: requests in flight are not shared.
    flights: Option<Flights<send::FlightKey, send::Outcome>>,
    kept: kept::KeptStore,
    pollers: poll::Pollers,
    poll_metrics: SubscriptionFamilies,
    targets: Vec<probe::Target>,
    problems: ProblemLog,
}

/// What a call needs to know of the operation that makes it.
#[derive(Debug)]
pub struct CallContext {
    /// When the operation must be answered.
    pub deadline: tokio::time::Instant,
    /// `$context` of the operation: an object.
    pub context: crate::json::Value,
    /// The client's request headers.
    pub headers: Arc<http::HeaderMap>,
    /// Passed on to upstreams; never part of a sharing key.
    pub ids: TraceIds,
    /// Calls that the operation may still make; decremented before sending, an error when none is left.
    pub calls_left: std::sync::atomic::AtomicI64,
    /// Takes notes for the trace extension, when asked for.
    pub recorder: Option<Recorder>,
    /// Takes notes for the problems extension, when asked for.
    pub problems: Option<ProblemNotes>,
    /// What of the cache it uses.
    pub parts: Parts,
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

/// Bytes of upstream bodies that the whole process may hold besides what the cache may keep.
const HELD_BODIES: u64 = 512 << 20;

impl Upstreams {
    /// Builds clients and stacks. Connects to nothing.
    pub fn new(model: &Model, config: &Config, metrics: &Metrics) -> Result<Self, SetupError> {
        let held = ByteBudget::new(config.cache.size.0.saturating_add(HELD_BODIES));
        let mut clients = client::Clients::default();
        let mut stacks = Vec::with_capacity(model.upstreams.len());
        for upstream in &model.upstreams {
            let wire = Wire {
                client: clients.get(upstream)?,
                max_response: upstream.settings.max_response.0,
                keeps_headers: stack::reads_headers(upstream.id, model),
                held: held.clone(),
                wall_clock: SystemTime::now,
            };
            stacks.push(Arc::new(Stack::new(upstream, model, wire, metrics.upstream(&upstream.name))));
        }
        let connectors = model.connectors.iter().map(|connector| {
            let metrics = metrics.connector(model.upstream_label(connector), &connector.name);
            Arc::new(ConnectorState::new(connector, metrics))
        });
        let evicted = metrics.cache_evicted();
        Ok(Self {
            problems: ProblemLog::new(model, metrics),
            connectors: connectors.collect(),
            stacks,
            flights: config.sharing.requests.then(Flights::default),
            kept: Store::new(config.cache.size.0, kept::weight, move |bytes| {
                evicted.inc_by(bytes);
            }),
            pollers: poll::Pollers::default(),
            poll_metrics: metrics.subscriptions().clone(),
            targets: model.upstreams.iter().map(probe::Target::of).collect(),
        })
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
        let answered = send::send(self, connector, request, call, Manner { keys: 1, keep: true }).await?;
        Ok(answered.body)
    }

    /// Tries to reach every upstream once (a TCP connect), for start-up messages and readiness.
    pub async fn probe(&self, timeout: std::time::Duration) -> Vec<(UpstreamId, Result<(), String>)> {
        probe::probe(&self.targets, timeout).await
    }

    /// The time between two mutations that an upstream is in.
    #[must_use]
    pub fn epoch(&self, upstream: UpstreamId) -> Epoch {
        self.stack(upstream).fence.epoch()
    }

    /// That, and the time between two polls of it that told something new: who joins what is under way must be in both.
    #[must_use]
    pub fn epochs(&self, upstream: UpstreamId) -> [Epoch; 2] {
        [self.epoch(upstream), self.stack(upstream).news.epoch()]
    }

    /// Where problems of mappings are counted and logged.
    #[must_use]
    pub fn problems(&self) -> &ProblemLog {
        &self.problems
    }

    fn connector(&self, id: ConnectorId) -> &Arc<ConnectorState> {
        &self.connectors[id.0 as usize]
    }

    fn stack(&self, id: UpstreamId) -> &Arc<Stack> {
        &self.stacks[id.0 as usize]
    }
}
