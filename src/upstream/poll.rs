//! Polling: one request made again and again for all who watch it, in place of a request of each.
//!
//! Who watches the same request, compared in full as flights and the cache compare it, shares its poller, whatever client
//! or selection it is for. A poller never answers from the cache, never has two requests under way, and never takes more
//! than half of its upstream's concurrency together with the others.
//!
//! States of a poller:
//! ## begun by its first watcher => polling <=> waiting => ended, when the last watcher leaves

mod board;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

use board::Poller;
pub(super) use board::Pollers;

use super::{
    CallContext, UpstreamBody, UpstreamError, Upstreams,
    exchange::Exchange,
    request::{RequestKey, UpstreamRequest},
    send::{self, Outcome, PolledCall},
};
use crate::{
    cache::{Epoch, Lost},
    model::{ConnectorId, Model},
    telemetry::{Identity, PollMetrics},
};

/// The least time between two requests of one poller, whatever hurries it.
const LEAST: Duration = Duration::from_millis(100);
/// The longest time to which failures stretch an interval that is shorter.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);
/// The longest time for which an upstream that says `Retry-After` is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

/// How a request is polled.
#[derive(Debug, Clone, Copy)]
pub struct Polling {
    /// From one request to the next.
    pub every: Duration,
    /// How long one may wait for its turn and its answer.
    pub patience: Duration,
}

/// A polled request, for one who watches it. Dropping it is leaving.
#[derive(Debug)]
pub struct Watch {
    asked: Asked,
    poller: Arc<Poller>,
    latest: watch::Receiver<Option<Latest>>,
    /// What was polled in an earlier epoch is from before a mutation that this watcher may have made.
    since: Epoch,
    watches: bool,
}

/// What one watcher asks: answers are judged by its own connector, with the values of its own caller.
#[derive(Debug, Clone)]
pub struct Asked {
    upstreams: Arc<Upstreams>,
    model: Arc<Model>,
    connector: ConnectorId,
    key: Arc<RequestKey>,
}

/// What a poller knows by now.
#[derive(Debug, Clone)]
struct Latest {
    polled: Arc<Polled>,
    epoch: Epoch,
}

/// What a poll brought. It stays the same one while nothing changes.
#[derive(Debug)]
pub struct Polled {
    serial: u64,
    answer: send::Polled,
    failed: bool,
}

/// What the task of a poller works with.
struct Work {
    upstreams: Arc<Upstreams>,
    model: Arc<Model>,
    connector: ConnectorId,
    key: Arc<RequestKey>,
    polling: Polling,
    headers: Arc<HeaderMap>,
    tell: watch::Sender<Option<Latest>>,
    hurry: Arc<Notify>,
    metrics: PollMetrics,
}

// === impl Upstreams ===

impl Upstreams {
    /// Watches what `request` of its connector brings. `headers`: those of who asks.
    #[must_use]
    pub fn watch(
        self: &Arc<Self>,
        model: &Arc<Model>,
        request: UpstreamRequest,
        polling: Polling,
        headers: &Arc<HeaderMap>,
    ) -> Watch {
        let (connector, since) = (request.connector, self.epoch(request.upstream));
        let key = Arc::new(RequestKey::new(request));
        let state = self.connector(connector);
        let poller = self.pollers.join((Arc::clone(&key), polling.every, state.judges_headers), |tell, hurry| {
            let (upstream, connector_name) = (&self.stack(key.request.upstream).name, &model.connector(connector).name);
            let metrics = self.poll_metrics.of_poller(upstream, connector_name);
            metrics.pollers.inc();
            let work = Work {
                upstreams: Arc::clone(self),
                model: Arc::clone(model),
                connector,
                key: Arc::clone(&key),
                polling,
                headers: Arc::clone(headers),
                tell,
                hurry,
                metrics,
            };
            work.run()
        });
        let latest = poller.latest();
        let asked = Asked { upstreams: Arc::clone(self), model: Arc::clone(model), connector, key };
        Watch { asked, poller, latest, since, watches: false }
    }

    /// Pollers at work.
    #[must_use]
    pub fn pollers(&self) -> usize {
        self.pollers.len()
    }
}

// === impl Watch ===

impl Watch {
    /// What is known already, and from then on what the next poll brings; what came while nobody asked is left out.
    pub async fn next(&mut self) -> Result<Arc<Polled>, Lost> {
        loop {
            let known = if self.watches {
                self.latest.changed().await.map_err(|_| Lost)?;
                self.latest.borrow_and_update().clone()
            } else {
                self.watches = true;
                self.latest.borrow_and_update().clone()
            };
            match known {
                Some(latest) if latest.epoch >= self.since || latest.polled.failed => return Ok(latest.polled),
                Some(_) => self.poller.hurry(),
                None => {}
            }
        }
    }

    /// What is asked.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }
}

// === impl Asked ===

impl Asked {
    /// What `polled` means to the connector, for the operation of `call`.
    pub async fn answer(
        &self,
        polled: &Polled,
        call: &Arc<CallContext>,
    ) -> Result<Arc<UpstreamBody>, Arc<UpstreamError>> {
        let connector = self.model.connector(self.connector);
        PolledCall { upstreams: &self.upstreams, connector, key: &self.key, call }.judge(&polled.answer).await
    }
}

// === impl Polled ===

impl Polled {
    /// A number that no other one has.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// Whether the upstream did not answer, or not as one that is well.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Whether the upstream refused the caller, so that asking again is of no use.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(&self.answer.outcome, Ok(exchange) if matches!(exchange.status, 401 | 403))
    }
}

// === impl Work ===

impl Work {
    async fn run(self) {
        let turns = Arc::clone(&self.upstreams.stack(self.key.request.upstream).polls);
        let mut known: Option<Arc<Polled>> = None;
        let mut failures = 0;
        loop {
            // Pollers wait for each other here, and not in the queue that they share with operations.
            let Ok(turn) = turns.acquire().await else { return };
            let begun = Instant::now();
            let call = self.call(begun);
            let answer = self.polled(&call).poll().await;
            drop(turn);
            let (epoch, failed) = (answer.epoch(), is_failure(&answer.outcome));
            failures = if failed { failures + 1 } else { 0 };
            let asked = retry_after(&answer.outcome);
            known = Some(self.compared(known.take(), answer, (failed, &call)));
            self.tell.send_replace(known.clone().map(|polled| Latest { polled, epoch }));
            let next = begun + pause(self.polling.every, failures).max(asked);
            // An upstream that is slower than the interval has a moment in between all the same.
            let now = Instant::now();
            let next = if next > now { next } else { now + LEAST };
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.hurry.notified(), if !failed => sleep_until((begun + LEAST).max(Instant::now())).await,
            }
        }
    }

    fn call(&self, begun: Instant) -> Arc<CallContext> {
        Arc::new(CallContext {
            deadline: begun + self.polling.patience,
            context: crate::json::Value::Null,
            headers: Arc::clone(&self.headers),
            ids: (&Identity::accept(None, None)).into(),
            calls_left: 1.into(),
            recorder: None,
            problems: None,
            parts: super::Parts::default(),
            bytes_left: 0.into(),
        })
    }

    fn polled<'a>(&'a self, call: &'a Arc<CallContext>) -> PolledCall<'a> {
        let connector = self.model.connector(self.connector);
        PolledCall { upstreams: &self.upstreams, connector, key: &self.key, call }
    }

    /// What is known now: the same as before where nothing has changed.
    fn compared(
        &self,
        known: Option<Arc<Polled>>,
        mut answer: send::Polled,
        (failed, call): (bool, &Arc<CallContext>),
    ) -> Arc<Polled> {
        let state = self.upstreams.connector(self.connector);
        let same = known.filter(|known| is_same(&known.answer.outcome, &answer.outcome, state.judges_headers));
        match (failed, &same) {
            (true, _) => self.metrics.failed.inc(),
            (false, Some(_)) => self.metrics.unchanged.inc(),
            (false, None) => self.metrics.changed.inc(),
        };
        match same {
            Some(known) => {
                self.polled(call).unchanged(&known.answer, &answer);
                known
            }
            None => {
                self.polled(call).changed(&mut answer, failed);
                static SERIAL: AtomicU64 = AtomicU64::new(0);
                Arc::new(Polled { serial: SERIAL.fetch_add(1, Ordering::Relaxed), answer, failed })
            }
        }
    }
}

/// Whether an upstream that answers so is better asked less often.
fn is_failure(outcome: &Outcome) -> bool {
    match outcome {
        Ok(exchange) => !send::is_well(exchange.status),
        Err(_) => true,
    }
}

/// Whether nobody can tell the one from the other.
fn is_same(one: &Outcome, other: &Outcome, with_headers: bool) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            one.status == other.status
                && one.content == other.content
                && (!with_headers || telling_headers(one).eq(telling_headers(other)))
        }
        (Err(one), Err(other)) => one.kind == other.kind,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

/// All but those that tell the time.
fn telling_headers(exchange: &Exchange) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    exchange.headers.iter().filter(|(name, _)| *name != header::DATE && *name != header::AGE)
}

/// How long to wait after so many failures: twice as long after each, as far as the bound or the interval itself.
fn pause(every: Duration, failures: u32) -> Duration {
    let factor = 1_u32 << failures.min(20);
    every.saturating_mul(factor).min(LONGEST_BACK_OFF.max(every))
}

/// How long the upstream asks to be left alone.
fn retry_after(outcome: &Outcome) -> Duration {
    let asked = outcome.as_ref().ok().and_then(|exchange| exchange.retry_after);
    asked.unwrap_or_default().min(LONGEST_RETRY_AFTER)
}

// === impl Drop ===

impl Drop for Work {
    fn drop(&mut self) {
        self.metrics.pollers.dec();
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("polling", &self.polling).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_stretch_the_interval_as_far_as_the_bound() {
        let check = |every: u64, expected: [u64; 5]| {
            let found =
                [0, 1, 2, 5, u32::MAX].map(|failures| pause(Duration::from_millis(every), failures).as_millis());
            assert_eq!(found, expected.map(u128::from), "{every}");
        };
        check(100, [100, 200, 400, 3_200, 60_000]);
        check(2_000, [2_000, 4_000, 8_000, 60_000, 60_000]);
        check(90_000, [90_000; 5]);
        check(86_400_000, [86_400_000; 5]);
    }
}
