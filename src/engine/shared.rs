//! Identical queries that run at the same time run once: whoever comes while one is under way is given its answer.
//!
//! Identical means the same question, between the same mutations and the same news of polls: the epochs of all upstreams that
//! the plan can call are part of what is compared, so that nobody is given what was begun before their own mutation ended, or
//! before the event that they have seen. Every waiter keeps its own deadline. What only one caller may have is given to nobody
//! else, and those who came later run for themselves.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use super::{GraphqlResponse, question::OwnedQuestion};
use crate::{
    cache::{Epoch, Flights, Lost},
    telemetry::SharingMetrics,
};

/// Queries under way.
#[derive(Debug)]
pub(super) struct Running {
    flights: Flights<Arc<Key>, Arc<Landed>>,
    metrics: SharingMetrics,
}

/// What makes two running queries one.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) question: OwnedQuestion,
    /// Of all upstreams that the plan can call.
    pub(super) epochs: Box<[Epoch]>,
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) response: GraphqlResponse,
    /// Whether it is for the one alone who began it: time was over for that one, or it holds somebody's cookies.
    pub(super) for_one: bool,
}

/// What a query is given.
#[derive(Debug)]
pub(super) enum Joined {
    /// It began the run, and this is the answer.
    Led(GraphqlResponse),
    /// Another one's answer.
    Shared(GraphqlResponse),
    /// Nothing: it has to run for itself.
    Alone,
    /// It began the run, which panicked.
    Lost,
}

impl Running {
    pub(super) fn new(metrics: SharingMetrics) -> Self {
        Self { flights: Flights::default(), metrics }
    }

    /// Joins a run with this key, or begins one. Whoever did not begin it waits until `deadline`.
    pub(super) async fn join<W>(&self, key: Key, deadline: Instant, begin: impl FnOnce() -> W) -> Joined
    where
        W: Future<Output = Landed> + Send + 'static,
    {
        let run = || {
            let run = begin();
            async move { Arc::new(run.await) }.in_current_span()
        };
        let passenger = self.flights.join(Arc::new(key), run);
        if passenger.leads() {
            // The run ends by itself at this one's deadline.
            return passenger.wait().await.map_or(Joined::Lost, |landed| Joined::Led(landed.response.clone()));
        }
        match timeout_at(deadline, passenger.wait()).await {
            Ok(Ok(landed)) if !landed.for_one => {
                self.metrics.operations.inc();
                Joined::Shared(landed.response.clone())
            }
            Ok(Ok(_) | Err(Lost)) | Err(_) => Joined::Alone,
        }
    }

    /// Runs under way.
    pub(super) fn len(&self) -> usize {
        self.flights.len()
    }
}
