//! A mock upstream: answers as a story says, and remembers what it was asked.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};

use tokio::sync::watch;

use super::story::{Answer, Calls};

#[derive(Debug)]
pub(crate) struct Upstream {
    address: SocketAddr,
    state: Arc<Behavior>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Behavior {
    /// Answers by request, in turn.
    answers: Mutex<HashMap<String, Vec<Answer>>>,
    calls: Mutex<Vec<Call>>,
    /// All request lines so far.
    seen: watch::Sender<Vec<String>>,
    unknown: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct Call {
    /// Method, target and body.
    line: String,
    headers: HeaderMap,
}

impl Upstream {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let mut by_request: HashMap<String, Vec<Answer>> = HashMap::new();
        for answer in answers {
            by_request.entry(answer.request.clone()).or_default().push(answer);
        }
        let state = Arc::new(Behavior {
            answers: Mutex::new(by_request),
            calls: Mutex::default(),
            seen: watch::Sender::default(),
            unknown: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(respond).with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, server }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls since the last time, told as `expected` tells them; the body of a request follows its line.
    pub(crate) fn take_calls(&self, expected: Option<&Calls>) -> Vec<String> {
        let calls = std::mem::take(&mut *self.state.calls.lock().unwrap());
        let headers = expected.map(|calls| calls.headers.as_slice()).unwrap_or_default();
        let mut lines: Vec<String> = calls.iter().map(|call| call.tell(headers)).collect();
        if !expected.is_some_and(|calls| calls.in_order) {
            lines.sort();
        }
        lines
    }

    /// Requests that the story has no answer for.
    pub(crate) fn take_unknown(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.unknown.lock().unwrap())
    }
}

impl Call {
    fn tell(&self, headers: &[String]) -> String {
        let mut line = self.line.clone();
        for name in headers {
            for value in self.headers.get_all(name) {
                line.push_str(&format!(" | {name}: {}", String::from_utf8_lossy(value.as_bytes())));
            }
        }
        line
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn respond(State(state): State<Arc<Behavior>>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let call = if body.is_empty() { line.clone() } else { format!("{line} {}", String::from_utf8_lossy(&body)) };
    state.calls.lock().unwrap().push(Call { line: call, headers });
    state.seen.send_modify(|seen| seen.push(line.clone()));
    let answer = {
        let mut answers = state.answers.lock().unwrap();
        match answers.get_mut(&line) {
            Some(list) if list.len() > 1 => Some(list.remove(0)),
            Some(list) => list.first().cloned(),
            None => None,
        }
    };
    let Some(answer) = answer else {
        state.unknown.lock().unwrap().push(line.clone());
        return Response::builder().status(404).body(Body::from(format!("no answer for {line}"))).unwrap();
    };
    let Some(status) = answer.status else { return std::future::pending().await };
    if let Some(line) = &answer.after {
        state.seen.subscribe().wait_for(|seen| seen.contains(line)).await.unwrap();
    }
    let mut response = Response::builder().status(status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
