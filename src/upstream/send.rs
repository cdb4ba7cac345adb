//! The way of a call: fresh in cache, else joined to an identical one in flight, else sent.

mod polled;

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, atomic::Ordering},
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};

pub(super) use polled::{Polled, PolledCall};

use super::{
    AnswerSource, CallContext, CallRecord, UpstreamBody, UpstreamError, UpstreamErrorKind, Upstreams,
    exchange::{Exchange, Failure},
    judge::Judge,
    kept::{Kept, Key},
    request::{RequestKey, UpstreamRequest},
    stack::{ConnectorState, Fenced, Stack},
};
use crate::{
    cache::{Epoch, Fence, Found, Holder, Terms},
    model::{CacheHint, Connector, Method, UpstreamId},
    resilience::Group,
};

/// What came of an exchange, for all who wait for it.
pub(super) type Outcome = Result<Arc<Exchange>, Arc<Failure>>;

/// How a call differs from the usual one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Keys in the request, for records.
    pub(super) keys: usize,
    /// Whether a storable answer is kept whole.
    pub(super) keep: bool,
}

/// An answer with what is needed to keep parts of it.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) body: Arc<UpstreamBody>,
    pub(super) exchange: Arc<Exchange>,
    pub(super) key: Arc<RequestKey>,
    pub(super) terms: AnswerTerms,
}

/// Under which terms parts of an answer may be kept.
#[derive(Debug, Clone)]
pub(super) struct AnswerTerms {
    pub(super) fence: Arc<Fence>,
    pub(super) epoch: Epoch,
    pub(super) holder: Option<Arc<Holder>>,
    /// The request, as long as no poll of it says something else.
    pub(super) origin: Option<Arc<Holder>>,
}

/// What makes two flights one: they began in the same epoch, and no poll has told of something newer in between.
#[derive(Debug, Clone)]
pub(super) struct FlightKey {
    epoch: Epoch,
    origin: Option<Arc<Holder>>,
    request: Arc<RequestKey>,
}

struct Call<'a> {
    upstreams: &'a Upstreams,
    connector: &'a Connector,
    state: &'a Arc<ConnectorState>,
    stack: &'a Arc<Stack>,
    call: &'a Arc<CallContext>,
    manner: Manner,
    begun: Instant,
}

/// Makes a call for `connector`.
pub(super) async fn send(
    upstreams: &Upstreams,
    connector: &Connector,
    request: UpstreamRequest,
    call: &Arc<CallContext>,
    manner: Manner,
) -> Result<Answered, Arc<UpstreamError>> {
    Call::new(upstreams, connector, (request.upstream, call), manner).run(request).await
}

/// Whether an upstream that answers so is well: successes, and the status of what is not there.
pub(super) fn is_well(status: u16) -> bool {
    (200..300).contains(&status) || status == 404
}

// === impl Call ===

impl<'a> Call<'a> {
    fn new(
        upstreams: &'a Upstreams,
        connector: &'a Connector,
        (upstream, call): (UpstreamId, &'a Arc<CallContext>),
        manner: Manner,
    ) -> Self {
        let (state, stack) = (upstreams.connector(connector.id), upstreams.stack(upstream));
        Self { upstreams, connector, state, stack, call, manner, begun: Instant::now() }
    }

    /// The terms of a kept answer to what is asked now.
    fn terms(&self, key: &RequestKey) -> AnswerTerms {
        AnswerTerms {
            fence: Arc::clone(&self.stack.fence),
            epoch: self.stack.fence.epoch(),
            holder: if self.state.keepable { self.stack.holder(&key.request) } else { None },
            origin: None,
        }
    }

    /// The terms of an answer that is asked for now.
    fn terms_of_work(&self, key: &RequestKey) -> AnswerTerms {
        let origin = if self.state.keepable { self.stack.origin(key) } else { None };
        AnswerTerms { origin, ..self.terms(key) }
    }

    async fn run(&self, request: UpstreamRequest) -> Result<Answered, Arc<UpstreamError>> {
        if self.begun >= self.call.deadline {
            return Err(self.fail(UpstreamErrorKind::DeadlineExceeded, "the operation's deadline has passed"));
        }
        let key = Arc::new(RequestKey::new(request));
        let mut terms = self.terms(&key);
        if self.state.shareable {
            if let Some(exchange) = self.fresh(&key) {
                self.state.metrics.cache_hits.inc();
                return self.answer(key, terms, exchange, AnswerSource::Cache);
            }
            self.state.metrics.cache_misses.inc();
        }
        if self.call.calls_left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            self.call.calls_left.fetch_add(1, Ordering::Relaxed);
            return Err(self.fail(UpstreamErrorKind::TooManyCalls, "the operation may make no more calls"));
        }
        if self.state.keepable {
            terms.origin = self.stack.origin(&key);
        }
        // Exchanges are in boxes: their futures are large, and moved with all that hold them.
        let (outcome, source) = if self.state.mutation {
            (Box::pin(self.mutate(&key)).await, AnswerSource::Fetched)
        } else if self.state.shareable {
            self.share(&key, &terms).await
        } else {
            (Box::pin(self.alone(&key)).await, AnswerSource::Fetched)
        };
        match outcome {
            Ok(exchange) => self.answer(key, terms, exchange, source),
            Err(failure) => Err(self.failed(&failure, source)),
        }
    }

    /// A kept answer that is fresh for this connector, whatever it is for the one that fetched it.
    fn fresh(&self, key: &RequestKey) -> Option<Arc<Exchange>> {
        let Found { value: Kept::Answer(exchange), stay } = self.upstreams.kept.get(key)? else { return None };
        self.judge().fresh_until(&exchange)?;
        self.call.parts.add(stay);
        Some(exchange)
    }

    /// Joins or begins a flight, or makes it alone where none are shared. An answer with cookies is for one caller alone; the
    /// others ask for themselves.
    async fn share(&self, key: &Arc<RequestKey>, terms: &AnswerTerms) -> (Outcome, AnswerSource) {
        let Some(flights) = &self.upstreams.flights else {
            return (self.flight(key, terms, Some(self.call.deadline)).await, AnswerSource::Fetched);
        };
        let flight_key = FlightKey { epoch: terms.epoch, origin: terms.origin.clone(), request: Arc::clone(key) };
        let passenger = flights.join(flight_key, || self.flight(key, terms, None));
        let source = if passenger.leads() {
            AnswerSource::Fetched
        } else {
            self.state.metrics.shared.inc();
            AnswerSource::Shared
        };
        match timeout_at(self.call.deadline, passenger.wait()).await {
            Ok(Ok(Ok(exchange))) if exchange.sets_cookie && !exchange.claim() => {
                (Box::pin(self.alone(key)).await, AnswerSource::Fetched)
            }
            Ok(Ok(outcome)) => (outcome, source),
            Ok(Err(lost)) => (Err(Arc::new(Failure::new(UpstreamErrorKind::Unavailable, lost.to_string()))), source),
            Err(_) => (Err(Arc::new(Failure::deadline())), AnswerSource::Fetched),
        }
    }

    /// The work of a flight: owns all it needs, since it may outlive the operation that began it. Without a `deadline` of its
    /// own it is bounded by the deadlines of those who wait for it: the last one to leave drops it.
    fn flight(
        &self,
        key: &Arc<RequestKey>,
        terms: &AnswerTerms,
        deadline: Option<Instant>,
    ) -> BoxFuture<'static, Outcome> {
        let (stack, key, terms) = (Arc::clone(self.stack), Arc::clone(key), terms.clone());
        let (state, kept) = (Arc::clone(self.state), self.upstreams.kept.clone());
        let (group, ids) = (self.group(), self.call.ids.clone());
        // Where the schema judges answers, whoever judges this one keeps it.
        let keep = self.manner.keep && self.connector.is_success.is_none();
        let keep = keep.then(|| (self.connector.cache, self.judge().is_personal()));
        Box::pin(async move {
            let exchange = async {
                let permit = stack.admit(group, deadline).await?;
                stack.attempt(permit, deadline, (&key.request, &ids), &state).await
            };
            let exchange = Arc::new(exchange.await.map_err(Arc::new)?);
            if let Some((hint, personal)) = keep
                && let Some(lifetime) = storable(&exchange, hint, personal)
            {
                state.metrics.cache_stores.inc();
                kept.insert(
                    Key::Answer(key),
                    Kept::Answer(Arc::clone(&exchange)),
                    terms.until(exchange.received + lifetime),
                );
            }
            Ok(exchange)
        })
    }

    /// Sends for this caller alone; dropped with it. One timer watches both the attempt's time and the operation's.
    async fn alone(&self, key: &Arc<RequestKey>) -> Outcome {
        let exchange = async {
            let deadline = Some(self.call.deadline);
            let permit = self.stack.admit(self.group(), deadline).await?;
            self.stack.attempt(permit, deadline, (&key.request, &self.call.ids), self.state).await
        };
        exchange.await.map(Arc::new).map_err(Arc::new)
    }

    /// Sends a mutation. It may still be cancelled while it waits for a slot; once it is sent, it goes on in a task of its
    /// own, whoever leaves, and the fence is raised again when it is over.
    async fn mutate(&self, key: &Arc<RequestKey>) -> Outcome {
        let deadline = self.call.deadline;
        let permit = self.stack.admit(self.group(), Some(deadline)).await.map_err(Arc::new)?;
        let mut stacks = vec![Arc::clone(self.stack)];
        stacks.extend(self.connector.invalidates.iter().map(|id| Arc::clone(self.upstreams.stack(*id))));
        let (stack, key) = (Arc::clone(self.stack), Arc::clone(key));
        let (state, ids) = (Arc::clone(self.state), self.call.ids.clone());
        let fenced = Fenced::raise(stacks);
        // Nothing joins this task when its operation leaves; its own attempt timeout ends it.
        let task = tokio::spawn(async move {
            let outcome = stack.attempt(permit, None, (&key.request, &ids), &state).await;
            drop(fenced);
            outcome
        });
        match timeout_at(deadline, task).await {
            Err(_) => Err(Arc::new(Failure::deadline())),
            Ok(Ok(outcome)) => outcome.map(Arc::new).map_err(Arc::new),
            Ok(Err(_)) => {
                Err(Arc::new(Failure::new(UpstreamErrorKind::Unavailable, "the call ended without a result")))
            }
        }
    }

    fn answer(
        &self,
        key: Arc<RequestKey>,
        terms: AnswerTerms,
        exchange: Arc<Exchange>,
        source: AnswerSource,
    ) -> Result<Answered, Arc<UpstreamError>> {
        if exchange.sets_cookie {
            self.call.parts.set_for_one();
        }
        let judged = self.judge().judge(&key.request, &exchange, source);
        let first = exchange.settle();
        match judged {
            Ok(body) => {
                if first {
                    self.state.metrics.succeeded();
                }
                if body.not_found {
                    self.state.metrics.not_found.inc();
                }
                if first {
                    self.keep_judged(&key, &terms, &exchange);
                }
                self.record(source, Some(body.status), body.bytes.len(), None);
                Ok(Answered { body: Arc::new(body), exchange, key, terms })
            }
            Err(error) => {
                if first {
                    self.tell(&error);
                }
                let bytes = exchange.content.as_ref().map_or(0, bytes::Bytes::len);
                self.record(source, Some(exchange.status), bytes, Some(error.kind.outcome()));
                Err(error.into())
            }
        }
    }

    /// Keeps an answer that `isSuccess` has let pass.
    fn keep_judged(&self, key: &Arc<RequestKey>, terms: &AnswerTerms, exchange: &Arc<Exchange>) {
        if self.connector.is_success.is_some() && self.manner.keep && self.state.shareable {
            self.keep(key, terms, exchange);
        }
    }

    fn keep(&self, key: &Arc<RequestKey>, terms: &AnswerTerms, exchange: &Arc<Exchange>) {
        if let Some(lifetime) = storable(exchange, self.connector.cache, self.judge().is_personal()) {
            self.state.metrics.cache_stores.inc();
            let (key, kept) = (Key::Answer(Arc::clone(key)), Kept::Answer(Arc::clone(exchange)));
            self.upstreams.kept.insert(key, kept, terms.clone().until(exchange.received + lifetime));
        }
    }

    /// The error of a call that got no answer.
    fn failed(&self, failure: &Failure, source: AnswerSource) -> Arc<UpstreamError> {
        let error = self.judge().error(failure.kind.clone(), failure.detail.clone());
        if failure.settle() {
            self.tell(&error);
        }
        self.record(source, None, 0, Some(error.kind.outcome()));
        Arc::new(error)
    }

    /// The error of a call that this caller gave up, or could not make.
    fn fail(&self, kind: UpstreamErrorKind, detail: &'static str) -> Arc<UpstreamError> {
        self.failed(&Failure::new(kind, detail), AnswerSource::Fetched)
    }

    /// Counts and logs a failure, once for all who share it.
    fn tell(&self, error: &UpstreamError) {
        self.state.metrics.failed(error.kind.outcome());
        let status = match error.kind {
            UpstreamErrorKind::Status(status) => Some(status),
            _ => None,
        };
        tracing::warn!(
            upstream = %error.upstream,
            connector = %error.connector,
            kind = error.kind.outcome(),
            status,
            duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            detail = %error.detail,
            request_id = %self.call.ids.request_id.to_str().unwrap_or_default(),
            "upstream call failed"
        );
    }

    fn record(&self, source: AnswerSource, status: Option<u16>, bytes: usize, error: Option<&'static str>) {
        let Some(recorder) = &self.call.recorder else { return };
        recorder.add(CallRecord {
            connector: Arc::clone(&self.connector.name),
            upstream: Arc::clone(&self.stack.name),
            method: self.connector.method().map_or("", Method::name),
            keys: self.manner.keys,
            source,
            status,
            bytes,
            start: self.begun.saturating_duration_since(recorder.begun),
            duration: self.begun.elapsed(),
            error,
        });
    }

    fn judge(&self) -> Judge<'_> {
        Judge {
            stack: self.stack,
            connector: self.connector,
            state: self.state,
            call: self.call,
            log: &self.upstreams.problems,
        }
    }

    /// Requests of one operation are a group. The address is that of a value which lives as long as they wait; a flight
    /// that outlives its operation may share its group with another, which costs a turn at most.
    fn group(&self) -> Group {
        Group(Arc::as_ptr(self.call) as usize)
    }
}

impl AnswerTerms {
    pub(super) fn until(self, expires: Instant) -> Terms {
        Terms { fence: self.fence, epoch: self.epoch, expires, holder: self.holder, origin: self.origin }
    }
}

// === impl FlightKey ===

impl PartialEq for FlightKey {
    fn eq(&self, other: &Self) -> bool {
        let same_origin = match (&self.origin, &other.origin) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        self.epoch == other.epoch && same_origin && self.request == other.request
    }
}

impl Eq for FlightKey {}

impl Hash for FlightKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.epoch, &self.request).hash(state);
    }
}

/// How long an answer may be kept: successes that can be read, by their lifetime.
pub(super) fn storable(exchange: &Exchange, hint: CacheHint, personal: bool) -> Option<std::time::Duration> {
    let complete = (200..300).contains(&exchange.status) && exchange.status != 206 && exchange.content.is_ok();
    exchange.directives.lifetime(hint, personal).filter(|_| complete)
}
