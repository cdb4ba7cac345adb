//! A REST service for tests: answers by a function, records every call.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri},
};
use tokio::{sync::Notify, task::JoinHandle};

/// A running service. Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) base_url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// One request that a service has seen.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Path and query; encoded commas as commas, to be read by people.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// An answer of a service.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    gate: Option<Arc<Notify>>,
    never: bool,
}

type Answer = dyn Fn(&Call) -> Reply + Send + Sync;

struct Shared {
    answer: Box<Answer>,
    calls: Mutex<Vec<Call>>,
    changed: Notify,
    dropped: AtomicUsize,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

// === impl Service ===

impl Service {
    /// Starts a service on a free port of the loopback interface.
    pub(crate) async fn start(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            calls: Mutex::default(),
            changed: Notify::new(),
            dropped: AtomicUsize::new(0),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handle).with_state(shared.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self { base_url, shared, task }
    }

    /// Everything that was asked so far: `GET /posts`, in order of arrival.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.shared.calls.lock().unwrap();
        calls.iter().map(|call| format!("{} {}", call.method, call.target)).collect()
    }

    /// The same, sorted: for calls that are made at once.
    pub(crate) fn sorted_calls(&self) -> Vec<String> {
        let mut calls = self.calls();
        calls.sort();
        calls
    }

    /// Every call with headers and body.
    pub(crate) fn recorded(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// Forgets what was recorded.
    pub(crate) fn forget(&self) {
        self.shared.calls.lock().unwrap().clear();
    }

    /// Waits until this many calls have arrived.
    pub(crate) async fn until_calls(&self, count: usize) {
        self.until(|| self.shared.calls.lock().unwrap().len() >= count).await;
    }

    /// Waits until this many calls were given up by the caller before they were answered.
    pub(crate) async fn until_dropped(&self, count: usize) {
        self.until(|| self.shared.dropped.load(Ordering::SeqCst) >= count).await;
    }

    /// How many calls were given up by the caller.
    pub(crate) fn dropped(&self) -> usize {
        self.shared.dropped.load(Ordering::SeqCst)
    }

    /// Stops listening and breaks every connection.
    pub(crate) async fn kill(self) -> String {
        self.task.abort();
        let url = self.base_url.clone();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
        url
    }

    async fn until(&self, reached: impl Fn() -> bool) {
        loop {
            let changed = self.shared.changed.notified();
            if reached() {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let call = Call {
        method: method.to_string(),
        target: uri.path_and_query().map(|target| target.as_str().replace("%2C", ",")).unwrap_or_default(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = (shared.answer)(&call);
    shared.calls.lock().unwrap().push(call);
    shared.changed.notify_waiters();
    let mut guard = DropGuard { shared: shared.clone(), answered: false };
    if reply.never {
        std::future::pending::<()>().await;
    }
    if let Some(gate) = &reply.gate {
        gate.notified().await;
    }
    guard.answered = true;
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status.try_into().unwrap();
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in reply.headers {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}

/// Counts calls whose caller left.
struct DropGuard {
    shared: Arc<Shared>,
    answered: bool,
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.dropped.fetch_add(1, Ordering::SeqCst);
            self.shared.changed.notify_waiters();
        }
    }
}

// === impl Reply ===

impl Reply {
    /// 200 with this JSON.
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into(), gate: None, never: false }
    }

    /// This status with this JSON.
    pub(crate) fn status(status: u16, body: impl Into<String>) -> Self {
        Self { status, ..Self::json(body) }
    }

    /// Never answers.
    pub(crate) fn never() -> Self {
        Self { never: true, ..Self::json("null") }
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Only after somebody notifies `gate`.
    pub(crate) fn after(mut self, gate: &Arc<Notify>) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}
