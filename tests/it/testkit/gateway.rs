//! An engine made of texts, asked in process.

use std::{fmt::Write as _, path::Path, sync::Arc};

use anabranch::{
    config::{self, Config, Environment},
    diagnostic::Diagnostic,
    engine::{Delivery, Engine, GraphqlRequest, GraphqlResponse, IncrementalFormat, Reply, RequestContext, StreamKind},
    json::Value,
    model::{self, Model},
    telemetry::{Identity, Metrics},
};
use futures_util::{StreamExt as _, stream::BoxStream};
use http::HeaderMap;
use tempfile::TempDir;

use super::Front;

/// An engine and the client that asks it.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    pub(crate) engine: Arc<Engine>,
    client: String,
    headers: HeaderMap,
    variables: Value,
    queries_only: bool,
    trace: bool,
    problems: bool,
    operation_name: Option<String>,
    _files: Option<Arc<TempDir>>,
}

/// Texts of a gateway.
#[derive(Debug, Default)]
pub(crate) struct GatewayBuilder {
    toml: String,
    graph: String,
    clients: Vec<(String, String)>,
    client_settings: String,
    files: Vec<(String, String)>,
}

/// Variables of the environment: there is none.
#[derive(Debug)]
pub(crate) struct NoEnvironment;

impl Environment for NoEnvironment {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

// === impl GatewayBuilder ===

impl GatewayBuilder {
    /// A graph; sources get their addresses by [`GatewayBuilder::upstream`].
    pub(crate) fn new(graph: &str) -> Self {
        Self { graph: graph.to_owned(), ..Self::default() }
    }

    /// `[upstreams.NAME]` with its address and further settings.
    pub(crate) fn upstream(mut self, name: &str, base_url: &str, settings: &str) -> Self {
        writeln!(self.toml, "[upstreams.{name}]\nbase_url = \"{base_url}\"\n{settings}").unwrap();
        self
    }

    /// More of `upstreams.toml`.
    pub(crate) fn toml(mut self, text: &str) -> Self {
        writeln!(self.toml, "{text}").unwrap();
        self
    }

    /// `[clients.NAME]` with its view.
    pub(crate) fn client(mut self, name: &str, view: &str) -> Self {
        self.clients.push((name.to_owned(), view.to_owned()));
        self
    }

    /// Settings of every client: `limits = { depth = 3 }`.
    pub(crate) fn client_settings(mut self, settings: &str) -> Self {
        self.client_settings = settings.to_owned();
        self
    }

    /// Another file beside the configuration.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Compiles all of it; anything wrong fails the test with its diagnostics.
    pub(crate) fn build(self) -> Gateway {
        self.compile().0
    }

    /// The same behind listeners of its own, with the routes of the product.
    pub(crate) async fn serve(self) -> Front {
        let (gateway, config) = self.compile();
        Front::start(gateway, &config).await
    }

    fn compile(mut self) -> (Gateway, Config) {
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(files.path().join(name), text).unwrap();
        write("graph.graphql", &self.graph);
        self.files.iter().for_each(|(name, text)| write(name, text));
        if self.clients.is_empty() && !self.client_settings.is_empty() {
            panic!("client settings need a client");
        }
        for (name, view) in &self.clients {
            write(&format!("client-{name}.graphql"), view);
            let settings = &self.client_settings;
            writeln!(self.toml, "[clients.{name}]\nschema = \"client-{name}.graphql\"\n{settings}").unwrap();
        }
        if !self.toml.contains("[graph]") {
            self.toml.push_str("[graph]\nschema = [\"graph.graphql\"]\n");
        }
        let (config, model, _) = compiled(files.path(), &self.toml);
        (Gateway { _files: Some(Arc::new(files)), ..Gateway::of(model, &config) }, config)
    }
}

// === impl Gateway ===

impl Gateway {
    /// An engine of what was compiled, asked by its first client.
    pub(crate) fn of(model: Model, config: &Config) -> Self {
        let client = model.clients.keys().next().unwrap().to_string();
        Self {
            engine: Arc::new(Engine::new(model, config, Arc::new(Metrics::new())).unwrap()),
            client,
            headers: HeaderMap::new(),
            variables: Value::Null,
            queries_only: false,
            trace: false,
            problems: false,
            operation_name: None,
            _files: None,
        }
    }

    /// The same engine, asked by another client.
    pub(crate) fn client(&self, name: &str) -> Self {
        Self { client: name.to_owned(), ..self.clone() }
    }

    /// With one more header.
    pub(crate) fn header(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.append(name, value.parse().unwrap());
        other
    }

    /// With these variables, as JSON.
    pub(crate) fn variables(&self, json: &str) -> Self {
        Self { variables: Value::parse(json.as_bytes()).unwrap(), ..self.clone() }
    }

    /// As a GET request would be.
    pub(crate) fn queries_only(&self) -> Self {
        Self { queries_only: true, ..self.clone() }
    }

    /// With the trace extension.
    pub(crate) fn trace(&self) -> Self {
        Self { trace: true, ..self.clone() }
    }

    /// With the problems extension.
    pub(crate) fn problems(&self) -> Self {
        Self { problems: true, ..self.clone() }
    }

    /// Choosing an operation.
    pub(crate) fn operation(&self, name: &str) -> Self {
        Self { operation_name: Some(name.to_owned()), ..self.clone() }
    }

    /// The whole response.
    pub(crate) async fn response(&self, query: &str) -> GraphqlResponse {
        let view = &self.engine.model().clients[self.client.as_str()];
        let (request, context) = self.question(query, Delivery::default());
        self.engine.execute(view, request, context).await
    }

    /// The reply of a transport that carries events.
    pub(crate) async fn reply(&self, query: &str) -> Reply {
        let view = &self.engine.model().clients[self.client.as_str()];
        let (request, context) = self.question(query, Delivery { events: true, ..Delivery::default() });
        self.engine.reply(view, request, context).await
    }

    /// The events of a subscription.
    pub(crate) async fn subscribe(&self, query: &str) -> BoxStream<'static, String> {
        match self.reply(query).await {
            Reply::Stream(stream) => {
                assert_eq!(stream.kind, StreamKind::Events);
                stream.answers.map(|answer| text(&answer)).boxed()
            }
            Reply::Whole(answer) => panic!("no stream: {}", text(&answer)),
        }
    }

    /// The reply of a transport that carries answers in parts.
    pub(crate) async fn in_parts(&self, format: IncrementalFormat, query: &str) -> Reply {
        let view = &self.engine.model().clients[self.client.as_str()];
        let (request, context) = self.question(query, Delivery { parts: Some(format), ..Delivery::default() });
        self.engine.reply(view, request, context).await
    }

    fn question<'q>(&'q self, query: &'q str, delivery: Delivery) -> (GraphqlRequest<'q>, RequestContext) {
        let request = GraphqlRequest {
            operation_name: self.operation_name.as_deref().map(Into::into),
            variables: self.variables.clone(),
            ..GraphqlRequest::of(query)
        };
        let context = RequestContext {
            headers: self.headers.clone(),
            identity: Identity::fixed("request-1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            queries_only: self.queries_only,
            trace: self.trace,
            problems: self.problems,
            delivery,
        };
        (request, context)
    }

    /// The response's text.
    pub(crate) async fn ask(&self, query: &str) -> String {
        text(&self.response(query).await)
    }

    /// The codes of the errors of an answer, with their paths: `NOT_FOUND post.author`.
    pub(crate) async fn errors(&self, query: &str) -> Vec<String> {
        errors(&self.ask(query).await)
    }
}

/// What a configuration in a folder compiles to, and the complaints that do not keep it from serving.
pub(crate) fn compiled(folder: &Path, toml: &str) -> (Config, Model, Vec<Diagnostic>) {
    let (config, mut complaints) = config::load_text(&folder.join("upstreams.toml"), toml, folder, &NoEnvironment)
        .usable()
        .unwrap_or_else(|problems| panic!("configuration: {problems:#?}"));
    let compiled = model::compile(&config, &NoEnvironment);
    let model = compiled.model.unwrap_or_else(|| panic!("model: {:#?}", compiled.diagnostics));
    complaints.extend(compiled.diagnostics);
    (config, model, complaints)
}

pub(crate) fn text(response: &GraphqlResponse) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}

fn errors(text: &str) -> Vec<String> {
    let answer: serde_json::Value = serde_json::from_str(text).unwrap();
    let errors = answer.get("errors").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let path = |error: &serde_json::Value| -> String {
        let segments = error["path"].as_array().cloned().unwrap_or_default();
        let segments: Vec<String> = segments
            .iter()
            .map(|segment| segment.as_str().map_or_else(|| segment.to_string(), str::to_owned))
            .collect();
        segments.join(".")
    };
    let line = |error: &serde_json::Value| {
        format!("{} {}", error["extensions"]["code"].as_str().unwrap_or("?"), path(error)).trim().to_owned()
    };
    errors.iter().map(line).collect()
}
