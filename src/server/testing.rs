//! What unit tests of transports share: an engine that answers without upstreams, and stubs of streams.

use std::{path::Path, sync::Arc};

use bytes::Bytes;

use super::{App, access::Streaming};
use crate::{
    config::{self, Environment},
    engine::{AnswerOrigin, Engine, GraphqlResponse, ResponseKind},
    model,
    telemetry::{Identity, Metrics},
};

struct NoEnvironment;

impl Environment for NoEnvironment {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

/// An app with the client `default`, whose graph is one field without an upstream.
pub(super) fn app(toml: &str) -> Arc<App> {
    const GRAPH: &str = "extend schema @link(url: \"https://specs.apollo.dev/connect/v0.4\", import: [\"@connect\"])\n\
         type Query { hello: String @connect(selection: \"$('hi')\") }";
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("graph.graphql"), GRAPH).unwrap();
    let toml = format!("{toml}\n[graph]\nschema = [\"graph.graphql\"]\n");
    let loaded = config::load_text(Path::new("upstreams.toml"), &toml, files.path(), &NoEnvironment);
    let (config, _) = loaded.usable().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = model::compile(&config, &NoEnvironment);
    let model = compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    let metrics = Arc::new(Metrics::new());
    let engine = Arc::new(Engine::new(model, &config, metrics.clone()).unwrap());
    App::new(engine, metrics, &config)
}

/// An answer of a stream.
pub(super) fn answer(body: &'static str) -> GraphqlResponse {
    GraphqlResponse {
        body: Bytes::from_static(body.as_bytes()),
        kind: ResponseKind::Executed,
        cache_control: None,
        operation_name: None,
        operation_kind: "subscription",
        errors: 0,
        origin: AnswerOrigin::Own,
        upstream_calls: 0,
    }
}

pub(super) fn log(app: &Arc<App>, transport: &'static str) -> Streaming {
    Streaming::new(app, app.endpoint("default").unwrap(), Identity::accept(None, None), transport)
}
