//! The state machine of one `graphql-transport-ws` connection.
//!
//! One task does everything in turn: it reads a message, or sends an answer, or looks at the clock. An operation is asked for its
//! next answer only after the last one was taken by the socket, so that a slow reader grows no memory; the socket gives up a
//! client that does not read at all.

use std::{collections::HashMap, panic::AssertUnwindSafe, pin::Pin, sync::Arc};

use async_graphql::{Data, Executor, Response, Value};
use axum::extract::ws;
use bytes::Bytes;
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{AbortHandle, Abortable, BoxStream, FuturesUnordered, abortable},
};
use http::HeaderMap;
use tokio::{
    sync::watch,
    time::{Instant, Sleep},
};

use super::{
    close::Close,
    message::{self, Message},
};
use crate::{
    config::WebSocket as Bounds,
    engine::GraphqlRequest,
    json::Object,
    server::{
        admin::drained,
        executor::{Endless, Session, theirs},
    },
};

/// Time for the other side to close, once it was told.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(2);

/// What the machine needs of a socket.
pub(super) trait Socket: Send {
    /// The next message; cancelling it loses nothing.
    fn receive(&mut self) -> impl Future<Output = Option<Result<ws::Message, ReceiveError>>> + Send;
    /// Sends a message and waits until the socket took it.
    fn send(&mut self, message: ws::Message) -> impl Future<Output = Result<(), Lost>> + Send;
}

/// Why nothing can be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiveError {
    TooLarge,
    Protocol,
    Lost,
}

/// The connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// We closed it.
    Ours(Close),
    /// The client closed it, perhaps with a code.
    Theirs(Option<u16>),
    /// It broke off, or nothing came from it any more.
    Lost,
}

/// Makes a session of the payload of `connection_init`, or tells what is wrong with that.
pub(super) type Init = Box<dyn FnOnce(&Object) -> Result<Session, String> + Send>;

/// What a connection begins with.
pub(super) struct Opened<E> {
    pub(super) executor: E,
    pub(super) bounds: Bounds,
    pub(super) draining: watch::Receiver<bool>,
    pub(super) init: Init,
}

/// ## Waiting => Acknowledged
///
/// `connection_init` leads from one to the other, once. Every other way out of either is an [`End`].
enum Phase {
    Waiting(Init),
    Acknowledged(Arc<Data>),
}

struct Machine<S, E> {
    socket: S,
    executor: E,
    bounds: Bounds,
    phase: Phase,
    running: HashMap<Arc<str>, Running, ahash::RandomState>,
    pulls: FuturesUnordered<BoxFuture<'static, Pulled>>,
    serial: u64,
    /// The end of the time for `connection_init`, later the next ping.
    alarm: Pin<Box<Sleep>>,
    /// Whether anything came since the last ping.
    heard: bool,
    draining: watch::Receiver<bool>,
    stopping: bool,
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

pub(super) type Step = Result<(), End>;

/// Serves a connection to its end.
pub(super) async fn run<S: Socket, E: Executor>(socket: S, opened: Opened<E>) -> End {
    let Opened { executor, bounds, draining, init } = opened;
    let mut machine = Machine {
        socket,
        executor,
        bounds,
        phase: Phase::Waiting(init),
        running: HashMap::default(),
        pulls: FuturesUnordered::new(),
        serial: 0,
        alarm: Box::pin(tokio::time::sleep(bounds.init_timeout.0)),
        heard: true,
        draining,
        stopping: false,
    };
    let end = loop {
        if let Err(end) = machine.step().await {
            break end;
        }
    };
    // Ends what still runs before the farewell.
    machine.running.clear();
    machine.pulls.clear();
    farewell(&mut machine.socket, &end).await;
    end
}

impl<S: Socket, E: Executor> Machine<S, E> {
    async fn step(&mut self) -> Step {
        // Of operations that were ended, each waits for its turn to be dropped.
        let room = self.pulls.len() <= 2 * self.bounds.operations.get();
        tokio::select! {
            received = self.socket.receive(), if room => self.received(received).await,
            Some(pulled) = self.pulls.next() => self.pulled(pulled).await,
            () = self.alarm.as_mut() => self.alarmed().await,
            () = drained(&mut self.draining), if !self.stopping => {
                self.stopping = true;
                self.stop_when_idle()
            }
        }
    }

    async fn received(&mut self, received: Option<Result<ws::Message, ReceiveError>>) -> Step {
        self.heard = true;
        match content(received)? {
            Some(text) => self.message(&text).await,
            None => Ok(()),
        }
    }

    async fn message(&mut self, text: &[u8]) -> Step {
        let message = Message::read(text).map_err(|problem| End::Ours(Close::invalid(problem)))?;
        match message {
            Message::ConnectionInit(payload) => self.init(&payload).await,
            Message::Ping(payload) => self.send(message::pong(payload)).await,
            Message::Pong => Ok(()),
            Message::Subscribe(id, request) => self.subscribe(id, *request).await,
            Message::Complete(id) => {
                // Dropped at its next turn, which this wakes; the id is free at once.
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                }
                self.stop_when_idle()
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
        self.alarm.as_mut().reset(Instant::now() + self.bounds.ping_interval.0);
        self.send(message::ACKNOWLEDGED.to_owned()).await
    }

    async fn subscribe(&mut self, id: Arc<str>, request: GraphqlRequest<'_>) -> Step {
        let Phase::Acknowledged(session) = &self.phase else {
            return Err(End::Ours(Close::unauthorized()));
        };
        if self.running.contains_key(&id) {
            return Err(End::Ours(Close::already_exists(&id)));
        }
        let most = self.bounds.operations.get();
        if self.running.len() >= most || self.stopping {
            let problem = [super::not_begun(self.stopping, most)];
            let problem = serde_json::json!(problem).to_string();
            return self.send(message::of_operation("error", &id, Some(&problem))).await;
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
                self.send(message::of_operation("error", &id, Some(&errors))).await?;
            }
            Some(answer) => {
                let payload = serde_json::to_string(&answer.data).unwrap_or_else(|_| "null".to_owned());
                self.send(message::of_operation("next", &id, Some(&payload))).await?;
                self.pulls.push(pull(id, serial, answers));
            }
            None => {
                // A client that is not told that its events are complete asks for them anew.
                let broken_off = self.stopping_now() && running.endless.is();
                self.running.remove(&id);
                if !broken_off {
                    self.send(message::of_operation("complete", &id, None)).await?;
                }
            }
        }
        self.stop_when_idle()
    }

    /// Events end when the server stops, which may be seen before this task hears of it.
    fn stopping_now(&self) -> bool {
        self.stopping || *self.draining.borrow()
    }

    fn stop_when_idle(&self) -> Step {
        if self.stopping && self.running.is_empty() { Err(End::Ours(Close::restart())) } else { Ok(()) }
    }

    async fn alarmed(&mut self) -> Step {
        if matches!(self.phase, Phase::Waiting(_)) {
            return Err(End::Ours(Close::init_timeout()));
        }
        if !self.heard {
            return Err(End::Lost);
        }
        self.heard = false;
        self.alarm.as_mut().reset(Instant::now() + self.bounds.ping_interval.0);
        self.socket.send(ws::Message::Ping(Bytes::new())).await.map_err(|Lost| End::Lost)
    }

    async fn send(&mut self, text: String) -> Step {
        self.socket.send(ws::Message::Text(text.into())).await.map_err(|Lost| End::Lost)
    }
}

/// What a message says, if it is not of the socket's own, or how the connection ended.
pub(super) fn content(received: Option<Result<ws::Message, ReceiveError>>) -> Result<Option<Bytes>, End> {
    match received {
        Some(Ok(message @ (ws::Message::Text(_) | ws::Message::Binary(_)))) => Ok(Some(message.into_data())),
        // The socket answers pings itself.
        Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => Ok(None),
        Some(Ok(ws::Message::Close(frame))) => Err(End::Theirs(frame.map(|frame| frame.code))),
        Some(Err(ReceiveError::TooLarge)) => Err(End::Ours(Close::too_large())),
        Some(Err(ReceiveError::Protocol)) => Err(End::Ours(Close::protocol_error())),
        Some(Err(ReceiveError::Lost)) | None => Err(End::Lost),
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

/// Closes a connection that is not served.
pub(super) async fn refuse(mut socket: impl Socket, close: Close) -> End {
    let end = End::Ours(close);
    farewell(&mut socket, &end).await;
    end
}

/// Says why, and lets the other side close first, so that it learns of it.
pub(super) async fn farewell(socket: &mut impl Socket, end: &End) {
    let frame = match end {
        End::Ours(close) => Some(close.frame()),
        End::Theirs(_) => None,
        End::Lost => return,
    };
    let parting = async {
        if let Some(frame) = frame
            && socket.send(ws::Message::Close(Some(frame))).await.is_err()
        {
            return;
        }
        loop {
            match socket.receive().await {
                Some(Ok(_)) => {}
                // What is too large was not read to its end, and what comes of it now makes no message: a connection that is closed
                // now is reset before the reason arrives.
                Some(Err(ReceiveError::TooLarge | ReceiveError::Protocol)) => std::future::pending().await,
                Some(Err(ReceiveError::Lost)) | None => return,
            }
        }
    };
    // Out of time, the connection is dropped all the same.
    tokio::time::timeout(FAREWELL, parting).await.unwrap_or_default();
}

/// The headers of a session: those of the connection's request, and members of the payload that count as such.
pub(super) fn headers(request: &HeaderMap, payload: &Object, names: &[http::HeaderName]) -> Result<HeaderMap, String> {
    /// Longest value, in bytes.
    const LONGEST: usize = 16 * 1024;
    let mut headers = request.clone();
    for name in names.iter().filter(|name| !request.contains_key(*name)) {
        let member = payload.iter().find(|(key, _)| key.eq_ignore_ascii_case(name.as_str()));
        let Some(text) = member.and_then(|(_, value)| value.as_str()) else { continue };
        let value = http::HeaderValue::from_str(text.trim()).ok().filter(|value| value.len() <= LONGEST);
        headers.insert(name, value.ok_or_else(|| format!("`{name}` is not a value for a header"))?);
    }
    Ok(headers)
}

#[cfg(test)]
pub(super) mod tests;
