//! Calls of pollers, and what a polled answer means to those who watch: queries must not see older data than they were told.
//!
//! A poll never looks into the cache. What it brings is kept as any other answer is; where it says something new, all that
//! was kept from earlier answers to the same request goes, whether or not the new one may be kept.

use std::sync::{Arc, OnceLock};

use super::{AnswerTerms, Call, Manner, Outcome};
use crate::{
    cache::Epoch,
    model::Connector,
    upstream::{
        AnswerSource, CallContext, UpstreamBody, UpstreamError, UpstreamErrorKind, Upstreams, exchange::Exchange,
        request::RequestKey, stack::ConnectorState,
    },
};

/// What came of a poll, and under which terms it may be kept.
#[derive(Debug)]
pub(in crate::upstream) struct Polled {
    pub(in crate::upstream) outcome: Outcome,
    terms: AnswerTerms,
    /// Set once an `isSuccess` has let it pass, and what it outdates is outdated: nobody is told of it before.
    passed: OnceLock<()>,
}

/// A request that is polled, for the connector and the operation of one who asks.
#[derive(Clone, Copy)]
pub(in crate::upstream) struct PolledCall<'a> {
    pub(in crate::upstream) upstreams: &'a Upstreams,
    pub(in crate::upstream) connector: &'a Connector,
    pub(in crate::upstream) key: &'a Arc<RequestKey>,
    pub(in crate::upstream) call: &'a Arc<CallContext>,
}

// === impl Polled ===

impl Polled {
    /// The epoch in which it was asked for.
    pub(in crate::upstream) fn epoch(&self) -> Epoch {
        self.terms.epoch
    }
}

// === impl PolledCall ===

impl<'a> PolledCall<'a> {
    /// Makes the request.
    pub(in crate::upstream) async fn poll(self) -> Polled {
        let call = self.as_call();
        let terms = call.terms_of_work(self.key);
        let outcome = call.flight(self.key, &terms, Some(self.call.deadline)).await;
        Polled { outcome, terms, passed: OnceLock::new() }
    }

    /// What `polled` says is new: what was kept of earlier answers is outdated. `failed`: perhaps it says nothing.
    pub(in crate::upstream) fn changed(self, polled: &mut Polled, failed: bool) {
        let stack = self.upstreams.stack(self.key.request.upstream);
        if !failed {
            // Where another poller has told something while this one waited, nobody knows which of both is older.
            let overtaken = polled.terms.origin.as_ref().is_some_and(|origin| origin.is_revoked());
            stack.outdate(self.key);
            if !overtaken {
                polled.terms.origin = stack.origin(self.key);
            }
        }
        if let (Ok(exchange), None) = (&polled.outcome, &self.connector.is_success) {
            self.as_call().keep(self.key, &polled.terms, exchange);
        }
    }

    /// What `polled` says is what `known` said: it is kept for as long as it says, if that one was.
    pub(in crate::upstream) fn unchanged(self, known: &Polled, polled: &Polled) {
        if let Ok(exchange) = &polled.outcome
            && (self.connector.is_success.is_none() || known.passed.get().is_some())
        {
            self.as_call().keep(self.key, &polled.terms, exchange);
        }
        // Nobody is going to judge this one.
        count_unjudged(&polled.outcome, self.upstreams.connector(self.connector.id));
    }

    /// What `polled` means to the connector. An answer with cookies is for one watcher alone; the others ask for themselves.
    pub(in crate::upstream) async fn judge(self, polled: &Polled) -> Result<Arc<UpstreamBody>, Arc<UpstreamError>> {
        let call = self.as_call();
        let key = Arc::clone(self.key);
        let exchange = match &polled.outcome {
            Ok(exchange) if exchange.sets_cookie && !exchange.claim() => {
                let terms = call.terms(&key);
                return match Box::pin(call.alone(&key)).await {
                    Ok(exchange) => Ok(call.answer(key, terms, exchange, AnswerSource::Fetched)?.body),
                    Err(failure) => Err(call.failed(&failure, AnswerSource::Fetched)),
                };
            }
            Ok(exchange) => exchange,
            Err(failure) => return Err(call.failed(failure, AnswerSource::Polled)),
        };
        let answered = call.answer(key, polled.terms.clone(), Arc::clone(exchange), AnswerSource::Polled)?;
        if self.connector.is_success.is_some() {
            polled.passed.get_or_init(|| self.passed(polled, exchange));
        }
        Ok(answered.body)
    }

    /// `isSuccess` has let `polled` pass, as the first one that did.
    fn passed(self, polled: &Polled, exchange: &Arc<Exchange>) {
        if super::is_well(exchange.status) {
            self.as_call().keep(self.key, &polled.terms, exchange);
        } else {
            // By its status it was a failure, which outdates nothing.
            self.upstreams.stack(self.key.request.upstream).outdate(self.key);
        }
    }

    fn as_call(self) -> Call<'a> {
        let Self { upstreams, connector, key, call } = self;
        Call::new(upstreams, connector, (key.request.upstream, call), Manner { keys: 1, keep: false })
    }
}

/// Counts an answer that nobody is going to judge: it says what the one before it said.
fn count_unjudged(outcome: &Outcome, state: &ConnectorState) {
    match outcome {
        Ok(exchange) if !exchange.settle() => {}
        Ok(exchange) if exchange.status < 400 || exchange.status == 404 => state.metrics.succeeded(),
        Ok(exchange) => state.metrics.failed(UpstreamErrorKind::Status(exchange.status).outcome()),
        Err(failure) if failure.settle() => state.metrics.failed(failure.kind.outcome()),
        Err(_) => {}
    }
}
