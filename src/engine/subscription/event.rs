//! The answer to an event: made once for all who ask the same of it at the same time.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{
    cache::{Epoch, Flights},
    engine::{AnswerOrigin, Arrival, Engine, GraphqlResponse, question::OwnedQuestion, respond},
    executor::{self, Given},
    graphql::Name,
    planner::StepId,
    upstream::{Asked, Lost, Polled},
};

/// Answers that are being made.
#[derive(Debug, Default)]
pub(in crate::engine) struct Making {
    flights: Flights<Arc<Key>, Arc<Made>>,
}

/// What makes two events one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    question: OwnedQuestion,
    /// Of all upstreams that the plan can call: nobody is given what was begun before their own mutation ended, or before
    /// another event that they have seen.
    epochs: Box<[Epoch]>,
    /// Which poll's answer it is made of.
    poll: u64,
}

/// Everything that an answer is made of.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) engine: Arc<Engine>,
    pub(super) client: Name,
    pub(super) arrival: Arrival,
    pub(super) step: StepId,
    pub(super) asked: Asked,
    pub(super) polled: Arc<Polled>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) response: GraphqlResponse,
    /// Equal where answers tell the same.
    pub(super) digest: [u8; 32],
    /// The upstream refused the caller, and the connector takes that for a failure.
    pub(super) is_refusal: bool,
    /// It holds somebody's cookies.
    for_one: bool,
}

// === impl Event ===

impl Event {
    /// The answer to it, perhaps that of another one who asks the same, and where it comes from.
    pub(super) async fn answer(self) -> Result<(Arc<Made>, AnswerOrigin), Lost> {
        // Traces and problems tell of one subscriber alone.
        if self.arrival.context.trace || self.arrival.context.problems {
            return Ok((Arc::new(self.make().await), AnswerOrigin::Own));
        }
        let key = Key {
            question: self.arrival.question().to_owned(),
            epochs: self.engine.epochs(&self.arrival.planned),
            poll: self.polled.serial(),
        };
        let begin = || {
            let event = self.clone();
            async move { Arc::new(event.make().await) }.in_current_span()
        };
        // Whoever began it has the same deadline as who joins: it ends by itself.
        let passenger = self.engine.making.flights.join(Arc::new(key), begin);
        let leads = passenger.leads();
        let made = passenger.wait().await?;
        match (leads, made.for_one) {
            (true, _) => Ok((made, AnswerOrigin::Own)),
            (false, false) => Ok((made, AnswerOrigin::Shared)),
            (false, true) => Ok((Arc::new(self.make().await), AnswerOrigin::Own)),
        }
    }

    async fn make(self) -> Made {
        let Self { engine, client, arrival, step, asked, polled } = self;
        let view = engine.model.clients.get(&client).expect("a client that has subscribed is there");
        let telling = arrival.telling();
        let mut run = engine.run_context(view, Arrival { begun: Instant::now(), ..arrival });
        let answer = asked.answer(&polled, &run.call).await;
        let is_refusal = polled.is_refusal() && answer.is_err();
        run.given = Some(Given { step, answer });
        let mut outcome = executor::run(&telling.planned.plan, &run).await;
        let digest = respond::digest(&outcome);
        let response = telling.response(&run.call, &mut outcome);
        // It is told when it changes: nothing of it is for a cache.
        let response = GraphqlResponse { cache_control: None, ..response };
        Made { response, digest, is_refusal, for_one: run.call.parts.are_for_one() }
    }
}
