//! Our engine as an [`async_graphql::Executor`]: the seam between it and whatever carries operations with several answers.
//!
//! Answers stay the bytes that the engine wrote: the whole payload is the raw `data` of a [`Response`], since that type has no
//! place for the members of incremental delivery and writes the others in an order of its own. An operation that was refused
//! before it ran has `errors` and no `data`.

use std::{
    any::{Any, TypeId},
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{self, BoxStream},
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::{App, access::Streaming, admin::drained};
use crate::{
    engine::{
        Delivery, GraphqlRequest, GraphqlResponse, IncrementalFormat, Reply, RequestContext, ResponseKind, StreamKind,
    },
    json::Value,
    telemetry::Identity,
};

/// The operations of one client.
#[derive(Debug, Clone)]
pub(super) struct Operations {
    app: Arc<App>,
    client: usize,
    /// Whether answers in parts are carried.
    in_parts: bool,
}

/// What all operations of a connection have in common; travels as session data.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) headers: HeaderMap,
    /// Of the connection's own request.
    pub(super) identity: Identity,
    pub(super) trace: bool,
    pub(super) problems: bool,
    /// In which form its client reads answers in parts.
    pub(super) format: IncrementalFormat,
}

/// What a request is besides its document and operation name, unchanged: their variables would lose the spelling of numbers.
#[derive(Debug, Default)]
pub(super) struct Exact {
    pub(super) without_query: bool,
    pub(super) document_id: Option<String>,
    pub(super) variables: Value,
    pub(super) extensions: Value,
}

/// Tells whoever carries an operation that its answers are events, which have no end of their own.
#[derive(Debug, Clone, Default)]
pub(super) struct Endless(Arc<AtomicBool>);

/// `Ready => Answering => (over)`
enum Phase {
    Ready(Box<Ready>),
    Answering {
        answers: BoxStream<'static, GraphqlResponse>,
        until: Option<watch::Receiver<bool>>,
        log: Box<Streaming>,
    },
}

struct Ready {
    operations: Operations,
    request: GraphqlRequest<'static>,
    context: RequestContext,
    endless: Endless,
    log: Box<Streaming>,
}

// === impl Operations ===

impl Operations {
    pub(super) fn new(app: &Arc<App>, client: usize) -> Self {
        Self { app: Arc::clone(app), client, in_parts: true }
    }

    /// For clients that know of no answers in parts: who asks for one is refused.
    pub(super) fn whole(self) -> Self {
        Self { in_parts: false, ..self }
    }
}

impl Executor for Operations {
    async fn execute(&self, request: Request) -> Response {
        let mut answers = self.execute_stream(request, None);
        answers.next().await.unwrap_or_else(|| Response::from_errors(vec![ServerError::new("no answer", None)]))
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let session = session.as_deref().and_then(get::<Session>);
        let identity = match session {
            Some(session) => {
                // Each operation has an id of its own, in the connection's trace.
                let traceparent = session.identity.traceparent();
                Identity::accept(None, Some(&traceparent)).of_app(session.identity.app())
            }
            None => Identity::accept(None, None),
        };
        let Some(endpoint) = self.app.endpoint_at(self.client) else { return stream::empty().boxed() };
        let mut log = Streaming::new(&self.app, endpoint, identity.clone(), "websocket");
        if let Some(session) = session {
            log.of_connection(session.identity.request_id());
        }
        let format = session.map_or(IncrementalFormat::Patches, |session| session.format);
        let context = RequestContext {
            headers: session.map(|session| session.headers.clone()).unwrap_or_default(),
            identity,
            queries_only: false,
            trace: session.is_some_and(|session| session.trace),
            problems: session.is_some_and(|session| session.problems),
            delivery: Delivery { events: true, parts: self.in_parts.then_some(format) },
        };
        let endless = get::<Endless>(&request.data).cloned().unwrap_or_default();
        let ready = Ready { operations: self.clone(), request: ours(request), context, endless, log: Box::new(log) };
        stream::unfold(Phase::Ready(Box::new(ready)), Phase::next).map(response).boxed()
    }
}

// === impl Phase ===

impl Phase {
    async fn next(self) -> Option<(GraphqlResponse, Self)> {
        let (mut answers, mut until, mut log) = match self {
            Self::Ready(ready) => ready.begin().await?,
            Self::Answering { answers, until, log } => (answers, until, log),
        };
        let end = async {
            match &mut until {
                Some(draining) => drained(draining).await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            () = end => {
                log.ended("drain");
                return None;
            }
            answer = AssertUnwindSafe(answers.next()).catch_unwind() => answer.unwrap_or_else(|_| {
                tracing::error!("a stream panicked");
                None
            }),
        };
        match answer {
            Some(answer) => {
                log.answered(&answer);
                Some((answer, Self::Answering { answers, until, log }))
            }
            None => {
                log.ended("server");
                None
            }
        }
    }
}

type Begun = (BoxStream<'static, GraphqlResponse>, Option<watch::Receiver<bool>>, Box<Streaming>);

impl Ready {
    async fn begin(self: Box<Self>) -> Option<Begun> {
        let Self { operations: Operations { app, client, .. }, request, context, endless, log } = *self;
        let endpoint = app.endpoint_at(client)?;
        Some(match app.engine.reply(endpoint.view, request, context).await {
            Reply::Whole(answer) => (stream::once(std::future::ready(answer)).boxed(), None, log),
            Reply::Stream(stream) if stream.kind == StreamKind::Events => {
                endless.0.store(true, Ordering::Release);
                (stream.answers, Some(app.readiness.draining()), log)
            }
            Reply::Stream(stream) => (stream.answers, None, log),
        })
    }
}

// === impl Endless ===

impl Endless {
    pub(super) fn is(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Data of its type.
fn get<T: Any>(data: &Data) -> Option<&T> {
    data.get(&TypeId::of::<T>())?.downcast_ref()
}

/// A request as they have it, with what we keep beside it.
pub(super) fn theirs(request: GraphqlRequest<'_>, endless: Endless) -> Request {
    let exact = Exact {
        without_query: request.query.is_none(),
        document_id: request.document_id.map(|id| id.into_owned()),
        variables: request.variables,
        extensions: request.extensions,
    };
    let mut theirs = Request::new(request.query.unwrap_or_default());
    theirs.operation_name = request.operation_name.map(|name| name.into_owned());
    theirs.data(Mutex::new(exact)).data(endless)
}

/// The engine's form of a request, also of one that was not made by [`theirs`].
fn ours(request: Request) -> GraphqlRequest<'static> {
    let exact = match get::<Mutex<Exact>>(&request.data) {
        Some(exact) => std::mem::take(&mut *exact.lock().unwrap_or_else(PoisonError::into_inner)),
        None => {
            Exact { variables: read(&request.variables), extensions: read(&request.extensions), ..Exact::default() }
        }
    };
    GraphqlRequest {
        query: (!exact.without_query).then_some(request.query.into()),
        document_id: exact.document_id.map(Into::into),
        operation_name: request.operation_name.map(Into::into),
        variables: exact.variables,
        extensions: exact.extensions,
    }
}

fn read(value: &impl serde::Serialize) -> Value {
    serde_json::to_vec(value).ok().and_then(|json| Value::parse(&json).ok()).unwrap_or_default()
}

/// An answer in their form.
fn response(answer: GraphqlResponse) -> Response {
    #[derive(Deserialize)]
    struct Refused {
        errors: Vec<ServerError>,
    }
    let defect = || Response::from_errors(vec![ServerError::new("internal error", None)]);
    if answer.kind == ResponseKind::Executed {
        let text = String::from_utf8(answer.body.into());
        let raw = text.ok().and_then(|text| RawValue::from_string(text).ok());
        return raw.and_then(|raw| async_graphql::to_value(&*raw).ok()).map_or_else(defect, Response::new);
    }
    serde_json::from_slice::<Refused>(&answer.body).map_or_else(|_| defect(), |body| Response::from_errors(body.errors))
}

#[cfg(test)]
mod tests;
