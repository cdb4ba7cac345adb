//! A subscription: its root step is polled for all who subscribe to the same; each of them gets an answer when theirs is
//! another one than the last.
//!
//! Nothing is done for a subscriber who does not take its events: whoever comes back is given the latest state, not what was
//! between.

mod event;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_util::{FutureExt as _, StreamExt as _, stream};

pub(super) use event::Making;

use event::Event;

use super::{
    Arrival, Engine, GraphqlResponse, Reply, ReplyStream, ResponseKind, StreamKind,
    respond::{self, Answered},
    subscribers::Seat,
};
use crate::{
    executor,
    graphql::{ErrorCode, GraphqlError, Name},
    model::View,
    planner::{GuardId, OperationPlan, Step, StepId, StepKind},
    upstream::{Lost, Polled, Polling, Watch},
};

/// Begins a subscription.
pub(super) fn subscribe(engine: &Arc<Engine>, view: &View, arrival: Arrival) -> Reply {
    let answered = arrival.answered.clone();
    match catch_unwind(AssertUnwindSafe(|| Subscriber::new(engine, view, arrival))) {
        Ok(Ok(subscriber)) => Reply::Stream(ReplyStream {
            kind: StreamKind::Events,
            answers: stream::unfold(subscriber, Subscriber::next).boxed(),
        }),
        Ok(Err(error)) => Reply::Whole(respond::refused(answered, ResponseKind::RequestError, &[error])),
        Err(_) => {
            tracing::error!(client = %view.name, "the begin of a subscription panicked");
            Reply::Whole(respond::internal(answered))
        }
    }
}

/// What whoever asks for one answer is told.
pub(super) fn needs_stream(answered: Answered) -> GraphqlResponse {
    let message = "a subscription is answered with a stream of events: send it over WebSocket (`graphql-transport-ws`), or \
                   accept `text/event-stream` or `multipart/mixed`";
    let error = GraphqlError::new(ErrorCode::OperationResolutionFailure, message);
    respond::refused(answered, ResponseKind::NeedsStream, &[error])
}

/// One who subscribes.
struct Subscriber {
    engine: Arc<Engine>,
    client: Name,
    /// What is asked again for each event.
    arrival: Arrival,
    step: StepId,
    watch: Watch,
    seat: Seat,
    told: Option<Told>,
    over: bool,
}

/// What was made last.
struct Told {
    /// The poll that it was made of, by its number: its body is not held.
    poll: u64,
    digest: [u8; 32],
    /// How often in a row an answer had errors that are not the poll's own.
    errors: u32,
    /// Polls since.
    polls: u32,
}

// === impl Subscriber ===

impl Subscriber {
    /// Begins to watch what the root step of the operation asks for.
    fn new(engine: &Arc<Engine>, view: &View, arrival: Arrival) -> Result<Self, GraphqlError> {
        let seat = engine.subscribers.seat(view);
        let seat = seat.map_err(|none| GraphqlError::new(ErrorCode::LimitExceeded, none.to_string()))?;
        let planned = Arc::clone(&arrival.planned);
        let step = root_step(&planned.plan)?;
        let every = engine.model.connector(step.connector).poll;
        let every = every.ok_or_else(|| GraphqlError::new(ErrorCode::Internal, "internal error"))?;
        let run = engine.run_context(view, arrival.clone());
        let request = executor::root_request(&planned.plan, step, &run)?;
        let polling = Polling { every, patience: engine.deadline };
        let watch = engine.upstreams.watch(&engine.model, request, polling, &run.call.headers);
        let (engine, client) = (Arc::clone(engine), view.name.clone());
        Ok(Self { engine, client, arrival, step: step.id, watch, seat, told: None, over: false })
    }

    /// Waits for the next event. None comes after one that says that no other one is going to.
    async fn next(mut self) -> Option<(GraphqlResponse, Self)> {
        if self.over {
            return None;
        }
        let answer = match AssertUnwindSafe(self.next_answer()).catch_unwind().await {
            Ok(Ok(answer)) => answer?,
            Ok(Err(Lost)) | Err(_) => {
                tracing::error!(client = %self.client, "a subscription ended by a defect");
                self.over = true;
                respond::internal(self.arrival.answered.clone())
            }
        };
        self.seat.count_event();
        Some((answer, self))
    }

    /// The next answer that is another one than the last; `None` at the end.
    async fn next_answer(&mut self) -> Result<Option<GraphqlResponse>, Lost> {
        while !self.over {
            let polled = self.watch.next().await?;
            if !self.is_known(&polled)
                && let Some(answer) = self.answer(polled).await?
            {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// Whether an answer to what was polled would be the last one again. One that had errors may do better, but is tried
    /// less and less often.
    fn is_known(&mut self, polled: &Polled) -> bool {
        let Some(told) = &mut self.told else { return false };
        told.polls = told.polls.saturating_add(1);
        let again = told.errors > 0 && told.polls >= (1 << (told.errors.min(6) - 1));
        told.poll == polled.serial() && (polled.failed() || !again)
    }

    /// The answer to what was polled, unless it is the last one again.
    async fn answer(&mut self, polled: Arc<Polled>) -> Result<Option<GraphqlResponse>, Lost> {
        let event = Event {
            engine: Arc::clone(&self.engine),
            client: self.client.clone(),
            arrival: self.arrival.clone(),
            step: self.step,
            asked: self.watch.asked().clone(),
            polled,
        };
        let poll = event.polled.serial();
        let (made, origin) = event.answer().await?;
        // Who is refused is refused again until they come with other credentials.
        self.over = made.is_refusal;
        let before = self.told.take();
        let errors = match &before {
            _ if made.response.errors == 0 => 0,
            Some(before) => before.errors.saturating_add(1),
            None => 1,
        };
        self.told = Some(Told { poll, digest: made.digest, errors, polls: 0 });
        let is_new = before.is_none_or(|before| before.digest != made.digest);
        Ok(is_new.then(|| GraphqlResponse { origin, ..made.response.clone() }))
    }
}

/// The step that is polled: a subscription has one root field.
fn root_step(plan: &OperationPlan) -> Result<&Step, GraphqlError> {
    let mut roots = plan.steps.iter().filter(|step| step.kind == StepKind::Root);
    match (roots.next(), roots.next()) {
        (Some(step), None) if step.guard == GuardId(0) => Ok(step),
        _ => {
            let message = "a subscription must select one field, without conditions";
            Err(GraphqlError::new(ErrorCode::GraphqlValidationFailed, message))
        }
    }
}
