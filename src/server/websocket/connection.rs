//! The state machine of one `graphql-transport-ws` connection.
//!
//! One task does everything in turn: it reads a message, or sends an answer, or looks at the clock. An operation is asked for its
//! next answer only after the last one was taken by the socket, so that a slow reader grows no memory; the socket gives up a
//! client that does not read at all.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Data, Executor, Response, Value};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{AbortHandle, Abortable, BoxStream, FuturesUnordered, abortable},
};

use super::{
    close::Close,
    line::{self, End, Init, Line, Opened, Socket, Step},
    message::{self, Message},
};
use crate::{
    engine::GraphqlRequest,
    json::Object,
    server::executor::{Endless, theirs},
};

/// ## Waiting => Acknowledged
///
/// `connection_init` leads from one to the other, once. Every other way out of either is an [`End`].
enum Phase {
    Waiting(Init),
    Acknowledged(Arc<Data>),
}

struct Machine<S, E> {
    line: Line<S>,
    executor: E,
    phase: Phase,
    running: HashMap<Arc<str>, Running, ahash::RandomState>,
    pulls: FuturesUnordered<BoxFuture<'static, Pulled>>,
    serial: u64,
}

/// An operation whose id is taken.
struct Running {
    serial: u64,
    endless: Endless,
    abort: AbortHandle,
}

/// The next answer of an operation, and the operation.
struct Pulled {
    id: Arc<str>,
    serial: u64,
    answer: Option<Response>,
    answers: Abortable<BoxStream<'static, Response>>,
}

/// Serves a connection to its end.
pub(super) async fn run<S: Socket, E: Executor>(socket: S, opened: Opened<E>) -> End {
    let Opened { executor, bounds, draining, init } = opened;
    let mut machine = Machine {
        line: Line::new(socket, bounds, draining),
        executor,
        phase: Phase::Waiting(init),
        running: HashMap::default(),
        pulls: FuturesUnordered::new(),
        serial: 0,
    };
    let end = loop {
        if let Err(end) = machine.step().await {
            break end;
        }
    };
    // Ends what still runs before the farewell.
    machine.running.clear();
    machine.pulls.clear();
    line::close(machine.line.socket, end).await
}

impl<S: Socket, E: Executor> Machine<S, E> {
    async fn step(&mut self) -> Step {
        // Of operations that were ended, each waits for its turn to be dropped.
        let full = self.pulls.len() > 2 * self.line.bounds.operations.get();
        let room = async {
            if full {
                std::future::pending().await
            }
        };
        tokio::select! {
            event = self.line.event(room) => {
                if let Some(text) = self.line.attend(event).await? {
                    self.message(&text).await?;
                }
            }
            Some(pulled) = self.pulls.next() => self.pulled(pulled).await?,
        }
        self.line.goes_on(self.running.is_empty())
    }

    async fn message(&mut self, text: &[u8]) -> Step {
        let message = Message::read(text).map_err(|problem| End::Ours(Close::invalid(problem)))?;
        match message {
            Message::ConnectionInit(payload) => self.init(&payload).await,
            Message::Ping(payload) => self.line.send(message::pong(payload)).await,
            Message::Pong => Ok(()),
            Message::Subscribe(id, request) => self.subscribe(id, *request).await,
            Message::Complete(id) => {
                // Dropped at its next turn, which this wakes; the id is free at once.
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                }
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: &Object) -> Step {
        let acknowledged = Phase::Acknowledged(Arc::default());
        let Phase::Waiting(init) = std::mem::replace(&mut self.phase, acknowledged) else {
            return Err(End::Ours(Close::too_many_inits()));
        };
        let session = init(payload).map_err(|problem| End::Ours(Close::invalid(problem)))?;
        let mut data = Data::default();
        data.insert(session);
        self.phase = Phase::Acknowledged(Arc::new(data));
        self.line.begin();
        self.line.send(message::ACKNOWLEDGED).await
    }

    async fn subscribe(&mut self, id: Arc<str>, request: GraphqlRequest<'_>) -> Step {
        let Phase::Acknowledged(session) = &self.phase else {
            return Err(End::Ours(Close::unauthorized()));
        };
        if self.running.contains_key(&id) {
            return Err(End::Ours(Close::already_exists(&id)));
        }
        if let Some(problem) = self.line.refusal(self.running.len()) {
            let problem = serde_json::json!([problem]).to_string();
            return self.line.send(message::of_operation("error", &id, Some(&problem))).await;
        }
        self.serial += 1;
        let (serial, endless) = (self.serial, Endless::default());
        let request = theirs(request, endless.clone());
        let (answers, abort) = abortable(self.executor.execute_stream(request, Some(Arc::clone(session))));
        self.running.insert(Arc::clone(&id), Running { serial, endless, abort });
        self.pulls.push(pull(id, serial, answers));
        Ok(())
    }

    async fn pulled(&mut self, pulled: Pulled) -> Step {
        let Pulled { id, serial, answer, answers } = pulled;
        let Some(running) = self.running.get(&id).filter(|running| running.serial == serial) else {
            // The client has ended it.
            return Ok(());
        };
        match answer {
            Some(answer) if answer.data == Value::Null => {
                self.running.remove(&id);
                let errors = serde_json::to_string(&answer.errors);
                let errors = errors.unwrap_or_else(|_| message::INTERNAL.to_owned());
                self.line.send(message::of_operation("error", &id, Some(&errors))).await
            }
            Some(answer) => {
                let payload = serde_json::to_string(&answer.data).unwrap_or_else(|_| "null".to_owned());
                self.line.send(message::of_operation("next", &id, Some(&payload))).await?;
                self.pulls.push(pull(id, serial, answers));
                Ok(())
            }
            None => {
                let breaks_off = self.line.breaks_off(&running.endless);
                self.running.remove(&id);
                if breaks_off { Ok(()) } else { self.line.send(message::of_operation("complete", &id, None)).await }
            }
        }
    }
}

/// Asks an operation for its next answer.
fn pull(id: Arc<str>, serial: u64, mut answers: Abortable<BoxStream<'static, Response>>) -> BoxFuture<'static, Pulled> {
    async move {
        let answer = AssertUnwindSafe(answers.next()).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| {
            tracing::error!("an operation panicked");
            Some(Response::from_errors(vec![async_graphql::ServerError::new("internal error", None)]))
        });
        Pulled { id, serial, answer, answers }
    }
    .boxed()
}

#[cfg(test)]
pub(super) mod tests;
