//! Who subscribes, and how many there may be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use indexmap::IndexMap;

use crate::{
    graphql::Name,
    model::{Model, View},
    telemetry::{Metrics, SubscriptionMetrics},
};

/// All subscriptions of the process.
#[derive(Debug)]
pub(super) struct Subscribers {
    all: Arc<AtomicUsize>,
    most: usize,
    clients: IndexMap<Name, Client>,
}

#[derive(Debug)]
struct Client {
    running: Arc<AtomicUsize>,
    metrics: SubscriptionMetrics,
}

/// The place of one subscription. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Seat {
    _all: Counted,
    _of_client: Counted,
    metrics: SubscriptionMetrics,
}

/// One of those that a number counts.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

/// There is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoSeat {
    #[error("this client has {0} subscriptions, which is the limit")]
    OfClient(usize),
    #[error("the server has as many subscriptions as it can take")]
    AtAll,
}

// === impl Subscribers ===

impl Subscribers {
    pub(super) fn new(model: &Model, most: usize, metrics: &Metrics) -> Self {
        let client = |name: &Name| Client { running: Arc::default(), metrics: metrics.subscriptions().of_client(name) };
        let clients = model.clients.iter().filter(|(_, view)| view.subscribes());
        Self { all: Arc::default(), most, clients: clients.map(|(name, _)| (name.clone(), client(name))).collect() }
    }

    /// A place for one more subscription of the client of `view`.
    pub(super) fn seat(&self, view: &View) -> Result<Seat, NoSeat> {
        let limit = view.limits.subscriptions;
        let client = self.clients.get(&view.name).ok_or(NoSeat::AtAll)?;
        let of_client = Counted::below(&client.running, limit).ok_or(NoSeat::OfClient(limit))?;
        let all = Counted::below(&self.all, self.most).ok_or(NoSeat::AtAll)?;
        client.metrics.running.inc();
        Ok(Seat { _all: all, _of_client: of_client, metrics: client.metrics.clone() })
    }

    pub(super) fn len(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }
}

// === impl Seat ===

impl Seat {
    /// An event is sent.
    pub(super) fn count_event(&self) {
        self.metrics.events.inc();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.metrics.running.dec();
    }
}

// === impl Counted ===

impl Counted {
    fn below(count: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        let more = |count: usize| (count < limit).then_some(count + 1);
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Self(Arc::clone(count)))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
