//! What stands between a call and the wire, for each upstream: fence, concurrency, timeout; and what its connectors need.

use std::sync::{Arc, atomic::AtomicBool};

use http::{HeaderName, HeaderValue};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use super::{
    batch::RowReader,
    error::UpstreamErrorKind,
    exchange::{Exchange, Failure, TraceIds, Wire},
    request::{RequestKey, UpstreamRequest},
};
use crate::{
    cache::{Fence, Holder, Holders},
    mapping::Variable,
    model::{Connector, HeaderSource, Method, Model, Place, UpstreamDefinition, UpstreamId},
    resilience::{Group, Limiter, Permit, TimeLimit, TimedOut, within},
    telemetry::{ConnectorMetrics, UpstreamMetrics},
};

/// One upstream's policies and state.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) name: Arc<str>,
    pub(super) fence: Arc<Fence>,
    pub(super) limiter: Limiter,
    /// Turns of pollers: half of what the limiter lets pass.
    pub(super) polls: Arc<Semaphore>,
    wire: Wire,
    timeout: std::time::Duration,
    metrics: UpstreamMetrics,
    credential_headers: Vec<HeaderName>,
    holders: Holders<Credential>,
    /// Requests whose answers are kept, by their hash; `None` where nothing is polled that could outdate them.
    origins: Option<Holders<u64>>,
    /// Rises where a poll has said something new: what was begun before tells no more than it did then.
    pub(super) news: Fence,
}

/// What is known of a connector before any call.
#[derive(Debug)]
pub(super) struct ConnectorState {
    pub(super) metrics: ConnectorMetrics,
    /// Its calls may be shared and kept: GETs that are no mutations.
    pub(super) shareable: bool,
    /// An upstream that receives its call twice does no harm: GETs that are no mutations.
    repeatable: bool,
    /// Its answers may be reused while they are fresh: GETs, and others only where the schema says for how long.
    pub(super) keepable: bool,
    /// It stands on a mutation's root field.
    pub(super) mutation: bool,
    /// Its selection reads `$response`.
    pub(super) reads_response: bool,
    /// Any of its texts reads `$response`: its answer may be another one though status and body are the same.
    pub(super) judges_headers: bool,
    /// How single rows are taken out of its batches, where they can be kept.
    pub(super) rows: Option<RowReader>,
    /// Whether a row of it was ever kept: until then there is no use in looking for one.
    pub(super) has_kept_rows: AtomicBool,
}

/// The headers of a request that say on whose behalf it is made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Credential(Vec<(HeaderName, HeaderValue)>);

/// Always credentials, also when they are configured and not the client's.
const CREDENTIALS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];
/// Never credentials, though clients send them: refusing one client's must not cost it what other languages read.
const NOT_CREDENTIALS: [&str; 6] = ["accept", "accept-language", "content-type", "host", "user-agent", "x-request-id"];

/// Raises fences when made and once more when dropped, whatever happened between.
#[derive(Debug)]
pub(super) struct Fenced {
    stacks: Vec<Arc<Stack>>,
}

// === impl Stack ===

impl Stack {
    pub(super) fn new(upstream: &UpstreamDefinition, model: &Model, wire: Wire, metrics: UpstreamMetrics) -> Self {
        let settings = &upstream.settings;
        Self {
            name: Arc::clone(&upstream.name),
            fence: Arc::default(),
            limiter: Limiter::new(settings.concurrency, settings.queue),
            polls: Arc::new(Semaphore::new((settings.concurrency.get() as usize / 2).clamp(1, Semaphore::MAX_PERMITS))),
            wire,
            timeout: settings.timeout.0,
            metrics,
            credential_headers: credential_headers(upstream, model),
            holders: Holders::default(),
            origins: is_polled(upstream.id, model).then(Holders::default),
            news: Fence::default(),
        }
    }

    /// Waits for a slot, until `deadline` or, without one, until whoever has one drops the future.
    pub(super) async fn admit(&self, group: Group, deadline: Option<Instant>) -> Result<Permit, Failure> {
        // Mostly there is one, and no clock need be read.
        if let Some(permit) = self.limiter.try_acquire() {
            self.metrics.queue_wait.observe(0.0);
            return Ok(permit);
        }
        let begun = Instant::now();
        let permit = match deadline {
            Some(deadline) => timeout_at(deadline, self.limiter.acquire(group)).await,
            None => Ok(self.limiter.acquire(group).await),
        };
        self.metrics.queue_wait.observe(begun.elapsed().as_secs_f64());
        match permit {
            Ok(permit) => permit.map_err(|full| Failure::new(UpstreamErrorKind::Overloaded, full.to_string())),
            Err(_) => Err(Failure::deadline()),
        }
    }

    /// Makes one attempt in a slot. `deadline`: when the caller leaves, if it is known here.
    pub(super) async fn attempt(
        &self,
        permit: Permit,
        deadline: Option<Instant>,
        (request, ids): (&UpstreamRequest, &TraceIds),
        connector: &ConnectorState,
    ) -> Result<Exchange, Failure> {
        let limit = TimeLimit { attempt: self.timeout, deadline };
        let begun = Instant::now();
        self.metrics.in_flight.inc();
        let in_flight = OnDrop(|| {
            self.metrics.in_flight.dec();
        });
        let result = within(limit, self.wire.exchange(request, ids, connector.repeatable)).await;
        drop(in_flight);
        drop(permit);
        connector.metrics.duration.observe(begun.elapsed().as_secs_f64());
        let result = match result {
            Ok(result) => result,
            Err(TimedOut::Attempt) => {
                Err(Failure::new(UpstreamErrorKind::Timeout, format!("no answer within {:?}", self.timeout)))
            }
            Err(TimedOut::Deadline) => Err(Failure::deadline()),
        };
        if let Ok(Exchange { status: 401 | 403, .. }) = &result
            && let Some(credential) = self.credential(request)
        {
            self.holders.revoke(&credential);
        }
        result
    }

    /// Whom an answer to `request` belongs to, if to anyone.
    pub(super) fn holder(&self, request: &UpstreamRequest) -> Option<Arc<Holder>> {
        self.credential(request).map(|credential| self.holders.current(credential))
    }

    /// What an answer to a request stands and falls with, where a poll may say something newer.
    pub(super) fn origin(&self, key: &RequestKey) -> Option<Arc<Holder>> {
        self.origins.as_ref().map(|origins| origins.current(key.hash()))
    }

    /// Answers to a request that were begun before now are outdated, and with them what was made of them.
    pub(super) fn outdate(&self, key: &RequestKey) {
        if let Some(origins) = &self.origins {
            // Of two requests with one hash, both are: they lose a kept answer, and never get each other's.
            origins.revoke(&key.hash());
            self.news.raise();
        }
    }

    fn credential(&self, request: &UpstreamRequest) -> Option<Credential> {
        let headers = request.headers.iter().filter(|(name, _)| self.credential_headers.contains(name));
        let headers: Vec<_> = headers.cloned().collect();
        (!headers.is_empty()).then_some(Credential(headers))
    }
}

/// Whether a connector of this upstream reads headers of its answers.
pub(super) fn reads_headers(upstream: UpstreamId, model: &Model) -> bool {
    let mut connectors = model.connectors.iter().filter(|connector| connector.upstream() == Some(upstream));
    connectors.any(reads_any_header)
}

/// Whether a connector of this upstream is polled.
fn is_polled(upstream: UpstreamId, model: &Model) -> bool {
    let mut connectors = model.connectors.iter().filter(|connector| connector.upstream() == Some(upstream));
    connectors.any(|connector| connector.poll.is_some())
}

fn reads_any_header(connector: &Connector) -> bool {
    let errors = &connector.errors;
    let judging = connector.is_success.iter().chain(&errors.message).chain(&errors.extensions);
    judging.chain([&connector.selection]).any(|mapping| mapping.text().contains("$response"))
}

/// Headers that carry credentials to this upstream: the usual ones, those that it gets from clients, and those that its
/// connectors make of what the client sent.
fn credential_headers(upstream: &UpstreamDefinition, model: &Model) -> Vec<HeaderName> {
    let mut names: Vec<HeaderName> = CREDENTIALS.map(HeaderName::from_static).to_vec();
    names.extend(upstream.settings.forward_headers.iter().cloned());
    for connector in model.connectors.iter().filter(|connector| connector.upstream() == Some(upstream.id)) {
        for rule in connector.request.iter().flat_map(|request| &request.headers) {
            let of_client = match &rule.source {
                HeaderSource::From(_) => true,
                HeaderSource::Value(template) => template
                    .variables()
                    .iter()
                    .any(|path| matches!(path.variable, Variable::Request | Variable::Context)),
            };
            if of_client {
                names.push(rule.name.clone());
            }
        }
    }
    names.retain(|name| !NOT_CREDENTIALS.contains(&name.as_str()));
    names.sort_by(|one, two| one.as_str().cmp(two.as_str()));
    names.dedup();
    names
}

// === impl ConnectorState ===

impl ConnectorState {
    pub(super) fn new(connector: &Connector, metrics: ConnectorMetrics) -> Self {
        let mutation = matches!(connector.place, Place::Root { mutation: true, .. });
        let get = connector.method() == Some(Method::Get);
        let keepable = !mutation && (get || connector.cache.max_age.is_some());
        Self {
            metrics,
            shareable: get && !mutation,
            repeatable: get && !mutation,
            keepable,
            mutation,
            rows: if keepable { RowReader::new(connector) } else { None },
            has_kept_rows: AtomicBool::new(false),
            judges_headers: reads_any_header(connector),
            reads_response: connector.selection.text().contains("$response"),
        }
    }
}

// === impl Fenced ===

impl Fenced {
    /// Raises the fences of `stacks`.
    pub(super) fn raise(stacks: Vec<Arc<Stack>>) -> Self {
        let fenced = Self { stacks };
        fenced.raise_all();
        fenced
    }

    fn raise_all(&self) {
        for stack in &self.stacks {
            stack.fence.raise();
        }
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        self.raise_all();
    }
}

/// Runs a closure when dropped, so also when a future is.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
