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
    response::Response,
};

use super::story::Answer;

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
    calls: Mutex<Vec<String>>,
}

impl Upstream {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let mut by_request: HashMap<String, Vec<Answer>> = HashMap::new();
        for answer in answers {
            by_request.entry(answer.request.clone()).or_default().push(answer);
        }
        let state = Arc::new(Behavior { answers: Mutex::new(by_request), calls: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(respond).with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, server }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls since the last time, sorted; the body of a request follows its line.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        let mut calls = std::mem::take(&mut *self.state.calls.lock().unwrap());
        calls.sort();
        calls
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn respond(State(state): State<Arc<Behavior>>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let call = if body.is_empty() { line.clone() } else { format!("{line} {}", String::from_utf8_lossy(&body)) };
    state.calls.lock().unwrap().push(call);
    let answer = {
        let mut answers = state.answers.lock().unwrap();
        match answers.get_mut(&line) {
            Some(list) if list.len() > 1 => Some(list.remove(0)),
            Some(list) => list.first().cloned(),
            None => None,
        }
    };
    let Some(answer) = answer else {
        return Response::builder().status(404).body(Body::from(format!("no answer for {line}"))).unwrap();
    };
    let Some(status) = answer.status else { return std::future::pending().await };
    let mut response = Response::builder().status(status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
