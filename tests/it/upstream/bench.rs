//! Upstreams of a model made of texts, called without an engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use anabranch::{
    json::{Object, Value},
    mapping::Scope,
    model::{Connector, Model},
    telemetry::{Identity, Metrics},
    upstream::{
        BatchCall, BatchKey, CallContext, KeyAnswer, Parts, Recorder, RenderError, UpstreamBody, UpstreamError,
        UpstreamRequest, Upstreams, render,
    },
};
use http::{HeaderMap, HeaderName};
use tokio::time::Instant;

use crate::testkit::compiled;

/// The result of a call.
pub(super) type Answer = Result<Arc<UpstreamBody>, Arc<UpstreamError>>;

/// Upstreams and their model.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub(super) model: Arc<Model>,
    pub(super) upstreams: Arc<Upstreams>,
    pub(super) metrics: Arc<Metrics>,
}

impl Bench {
    /// Compiles a graph whose source `api` is at `base_url`, with more of `[upstreams.api]`.
    pub(super) fn new(graph: &str, base_url: &str, settings: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("graph.graphql"), graph).unwrap();
        let toml =
            format!("[graph]\nschema = [\"graph.graphql\"]\n[upstreams.api]\nbase_url = \"{base_url}\"\n{settings}\n");
        let (config, model, _) = compiled(files.path(), &toml);
        let model = Arc::new(model);
        let metrics = Arc::new(Metrics::new());
        let upstreams = Arc::new(Upstreams::new(&model, &config, &metrics).unwrap());
        Self { model, upstreams, metrics }
    }

    pub(super) fn connector(&self, name: &str) -> &Connector {
        let known: Vec<&str> = self.model.connectors.iter().map(|connector| &*connector.name).collect();
        let found = self.model.connectors.iter().find(|connector| &*connector.name == name);
        found.unwrap_or_else(|| panic!("no connector `{name}` in {known:?}"))
    }

    /// Renders with `$args` (JSON) and the client's headers.
    pub(super) fn render(&self, name: &str, args: &str, headers: &HeaderMap) -> Result<UpstreamRequest, RenderError> {
        let connector = self.connector(name);
        let args = Value::parse(args.as_bytes()).unwrap();
        let request = request_value(headers);
        let scope = Scope { args: Some(&args), request: Some(&request), ..Scope::default() };
        let settings = &self.model.upstream(connector.upstream().unwrap()).settings;
        render(connector, settings, &scope, headers).map(|(request, _)| request)
    }

    /// Renders and sends within an operation.
    pub(super) async fn send(&self, name: &str, args: &str, call: &Arc<CallContext>) -> Answer {
        let request = self.render(name, args, &call.headers).unwrap();
        self.upstreams.send(self.connector(name), request, call).await
    }

    /// A call of an operation of its own; `who` is its `authorization`.
    pub(super) async fn ask(&self, name: &str, args: &str, who: Option<&str>) -> Answer {
        self.send(name, args, &operation(who)).await
    }

    /// Loads keys (JSON objects) of a batch connector.
    pub(super) async fn load(&self, name: &str, keys: &[&str], call: &Arc<CallContext>) -> Vec<KeyAnswer> {
        let keys: Vec<BatchKey> =
            keys.iter().map(|key| BatchKey::new(Value::parse(key.as_bytes()).unwrap()).unwrap()).collect();
        let batch = BatchCall {
            model: self.model.clone(),
            upstreams: self.upstreams.clone(),
            connector: self.connector(name).id,
            call: call.clone(),
            request: None,
        };
        let mut answers = batch.load_keys(&keys).await;
        assert_eq!(answers.len(), keys.len(), "every key is answered, and no other");
        keys.iter().map(|key| answers.remove(key).unwrap()).collect()
    }

    /// Whether the metrics text has this line.
    pub(super) fn counted(&self, line: &str) -> bool {
        self.metrics.encode().lines().any(|known| known == line)
    }
}

/// A new operation with generous bounds.
pub(super) fn operation(who: Option<&str>) -> Arc<CallContext> {
    let mut headers = HeaderMap::new();
    if let Some(who) = who {
        headers.insert("authorization", who.parse().unwrap());
    }
    operation_with(headers)
}

/// The same with these headers.
pub(super) fn operation_with(headers: HeaderMap) -> Arc<CallContext> {
    Arc::new(CallContext {
        context: Value::Null,
        deadline: Instant::now() + Duration::from_secs(20),
        headers: Arc::new(headers),
        ids: (&Identity::fixed("request-1", "00-1-1-00")).into(),
        calls_left: AtomicI64::new(100),
        recorder: Some(Recorder { begun: Instant::now(), records: Arc::default() }),
        problems: None,
        parts: Parts::default(),
        bytes_left: AtomicI64::new(64 << 20),
    })
}

/// The same with other bounds: time, calls, bytes.
pub(super) fn bounded(deadline: Duration, calls: i64, bytes: i64) -> Arc<CallContext> {
    let mut call = Arc::into_inner(operation(None)).unwrap();
    call.deadline = Instant::now() + deadline;
    call.calls_left.store(calls, Ordering::Relaxed);
    call.bytes_left.store(bytes, Ordering::Relaxed);
    Arc::new(call)
}

pub(super) fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.as_ref().unwrap().bytes).unwrap()
}

pub(super) fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    list.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}

fn request_value(headers: &HeaderMap) -> Value {
    let mut members = Object::default();
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| Value::from(value.to_str().unwrap())).collect();
        members.insert(name.as_str().into(), Value::Array(values));
    }
    let mut request = Object::default();
    request.insert("headers".into(), Value::Object(members));
    Value::Object(request)
}
