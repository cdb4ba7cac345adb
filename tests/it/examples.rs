//! `examples/` and `docs/`: the demo shop, the JSONPlaceholder API run locally by json-server, and what the pages show.
//!
//! Whole answers and exact numbers of calls. Fails, rather than passes over anything, where Node's packages are missing.

mod documentation;
mod jsonplaceholder;
mod mapping;
mod shop;

use std::{path::Path, sync::Arc};

use anabranch::{
    config::{self, Environment},
    engine::{Delivery, Engine, GraphqlRequest, GraphqlResponse, Reply, RequestContext},
    model,
    telemetry::{Identity, Metrics},
};
use futures_util::stream::BoxStream;
use http::HeaderMap;

struct NoEnvironment;

// === impl NoEnvironment ===

impl Environment for NoEnvironment {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

/// An engine of a configuration as text, which must be without any complaint.
fn engine(folder: &Path, toml: &str) -> Engine {
    let (config, warnings) = config::load_text(&folder.join("upstreams.toml"), toml, folder, &NoEnvironment)
        .usable()
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(warnings.is_empty(), "{warnings:#?}");
    let compiled = model::compile(&config, &NoEnvironment);
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    Engine::new(compiled.model.unwrap(), &config, Arc::new(Metrics::new())).unwrap()
}

async fn ask(engine: &Engine, client: &str, query: &str, headers: HeaderMap) -> GraphqlResponse {
    let context = context(headers, Delivery::default());
    engine.execute(&engine.model().clients[client], GraphqlRequest::of(query), context).await
}

/// The events of a subscription.
async fn subscribe(
    engine: &Arc<Engine>,
    client: &str,
    query: &str,
    headers: HeaderMap,
) -> BoxStream<'static, GraphqlResponse> {
    let context = context(headers, Delivery { events: true, ..Delivery::default() });
    match engine.reply(&engine.model().clients[client], GraphqlRequest::of(query), context).await {
        Reply::Stream(stream) => stream.answers,
        Reply::Whole(answer) => panic!("no stream: {}", text(&answer)),
    }
}

fn context(headers: HeaderMap, delivery: Delivery) -> RequestContext {
    RequestContext {
        headers,
        identity: Identity::fixed("request-1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        queries_only: false,
        trace: false,
        problems: false,
        delivery,
    }
}

fn text(response: &GraphqlResponse) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}
