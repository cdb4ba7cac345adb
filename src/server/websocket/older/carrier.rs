//! async-graphql-axum's WebSocket as a future between two channels, and the operations that it runs.
//!
//! It is never told what an operation asks for: it parses requests into a form that loses the spelling of numbers and the names
//! of documents. It says when an operation begins, by order, and carries the answers.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
};

use async_graphql::{Data, Executor, Request, Response, ServerError};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::{FromRequestParts as _, ws};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Fuse, ready},
    sink,
    stream::{self, BoxStream},
};
use http::{HeaderValue, header};
use tokio::sync::mpsc;

use super::super::{line::Init, message};
use crate::json::Object;

/// Messages that may wait for the carrier: a `stop` and a `start` come together.
pub(super) const AT_ONCE: usize = 2;

/// The carrier, which moves while it is polled, and the way to and from it.
pub(super) struct Carrier {
    pub(super) runs: Fuse<BoxFuture<'static, ()>>,
    pub(super) hears: mpsc::Sender<ws::Message>,
    pub(super) says: mpsc::Receiver<ws::Message>,
    /// What the operations ask for that it is told to begin.
    pub(super) requests: Requests,
}

/// Requests in the order in which they begin.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<Mutex<VecDeque<Request>>>);

/// ## Rounds
///
/// The carrier asks its operations in the order of a table and stops at the first that answers: one that always has an answer
/// would be the only one that is heard. So each answers once in a round, and a round is over when nobody had anything to say.
#[derive(Debug, Default)]
struct Rounds {
    current: AtomicU64,
    said: AtomicBool,
}

/// An executor of requests that were put aside.
#[derive(Debug, Clone)]
struct PutAside<E> {
    executor: E,
    requests: Requests,
    rounds: Arc<Rounds>,
}

/// A carrier over an executor.
pub(super) async fn start<E: Executor>(executor: E, init: Init) -> Carrier {
    let (hears, mut to_hear) = mpsc::channel(AT_ONCE);
    let (to_say, says) = mpsc::channel(1);
    let requests = Requests::default();
    let rounds = Arc::<Rounds>::default();
    let executor = PutAside { executor, requests: requests.clone(), rounds: Arc::clone(&rounds) };
    let said = Arc::clone(&rounds);
    let outward = sink::unfold(to_say, move |to_say, message| {
        said.said.store(true, Ordering::Relaxed);
        async move { to_say.send(message).await.map(|()| to_say) }
    });
    // It looks here first whenever it is polled, and then at its operations.
    let inward = stream::poll_fn(move |context| {
        rounds.look();
        to_hear.poll_recv(context).map(|message| message.map(Ok))
    });
    let socket = GraphQLWebSocket::new_with_pair(outward, inward, executor, protocol().await);
    let socket = socket.on_connection_init(move |payload| ready(session(&payload, init)));
    Carrier { runs: socket.serve().boxed().fuse(), hears, says, requests }
}

/// The older protocol, which only a request can name.
async fn protocol() -> GraphQLProtocol {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(super::PROTOCOL));
    GraphQLProtocol::from_request_parts(&mut parts, &()).await.expect("the name is known there")
}

fn session(payload: &serde_json::Value, init: Init) -> async_graphql::Result<Data> {
    let payload = match payload {
        serde_json::Value::Null => Object::default(),
        payload => message::object(&payload.to_string())?,
    };
    let mut data = Data::default();
    data.insert(init(&payload)?);
    Ok(data)
}

// === impl Requests ===

impl Requests {
    pub(super) fn push(&self, request: Request) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(request);
    }

    fn pop(&self) -> Option<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

// === impl Rounds ===

impl Rounds {
    fn look(&self) {
        if !self.said.swap(false, Ordering::Relaxed) {
            self.current.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Holds an operation up that has answered in this round.
    fn pace(self: Arc<Self>, mut answers: BoxStream<'static, Response>) -> BoxStream<'static, Response> {
        let mut answered = None;
        stream::poll_fn(move |context| {
            let current = self.current.load(Ordering::Relaxed);
            if answered == Some(current) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let answer = answers.poll_next_unpin(context);
            if matches!(answer, Poll::Ready(Some(_))) {
                answered = Some(current);
            }
            answer
        })
        .boxed()
    }
}

// === impl PutAside ===

impl<E: Executor> Executor for PutAside<E> {
    async fn execute(&self, request: Request) -> Response {
        self.executor.execute(request).await
    }

    fn execute_stream(&self, _: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let Some(request) = self.requests.pop() else { return stream::empty().boxed() };
        let answers = AssertUnwindSafe(self.executor.execute_stream(request, session)).catch_unwind();
        let answers = answers.map(|answer| {
            answer.unwrap_or_else(|_| {
                tracing::error!("an operation panicked");
                Response::from_errors(vec![ServerError::new("internal error", None)])
            })
        });
        Arc::clone(&self.rounds).pace(answers.boxed())
    }
}
