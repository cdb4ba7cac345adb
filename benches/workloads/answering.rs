//! Whole operations through the engine: plan cache, variables, steps, HTTP over loopback, completion.
//!
//! The engine and its upstream share one thread, so that nothing depends on how threads are scheduled.

use std::sync::Arc;

use anabranch::{
    engine::{Delivery, Engine, GraphqlRequest, RequestContext},
    telemetry::{Identity, Metrics},
};
use bytes::Bytes;
use http::HeaderMap;
use tokio::runtime::{Builder, Runtime};

use super::{
    SCHEMA, compile_schema,
    upstream::{self, Keeping},
};

/// `posts-users`: two calls, a hundred posts by ten users.
pub(crate) const POSTS_USERS: &str = "{ posts { id userId title user { id name email } } }";
/// `posts-title`: one call, one field of four.
pub(crate) const POSTS_TITLE: &str = "{ posts { title } }";
/// `post-user`: two calls for two objects.
pub(crate) const POST_USER: &str = "{ post(id: 42) { id title user { id name } } }";
/// `greet`: a constant.
pub(crate) const GREET: &str = "{ greet }";

/// An operation and an engine that has answered it before.
#[derive(Debug)]
pub(crate) struct Answering {
    runtime: Runtime,
    engine: Engine,
    query: String,
}

impl Answering {
    /// Each answer takes its calls.
    pub(crate) fn honest(query: &str) -> Self {
        Self::with(query, Keeping::Nothing, "")
    }

    /// The whole answer is fresh in the cache.
    pub(crate) fn cached(query: &str) -> Self {
        Self::with(query, Keeping::Fresh, "")
    }

    /// The upstreams' answers are fresh in the cache, whole answers are not kept: what is left is to put it together.
    pub(crate) fn completed(query: &str) -> Self {
        Self::with(query, Keeping::Fresh, "[cache]\nanswers = \"0B\"\n")
    }

    /// As many distinct keys, loaded in one batch.
    pub(crate) fn keys(count: usize) -> Self {
        Self::honest(&format!("{{ keys(n: {count}) {{ itemId item {{ id name price }} }} }}"))
    }

    fn with(query: &str, keeping: Keeping, settings: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let base_url = runtime.block_on(upstream::start(keeping));
        let (config, model) = compile_schema(SCHEMA, &base_url, settings);
        let engine = runtime.block_on(async { Engine::new(model, &config, Arc::new(Metrics::new())).unwrap() });
        let warm = Self { runtime, engine, query: query.to_owned() };
        for _ in 0..3 {
            warm.run();
        }
        warm
    }

    /// Answers it.
    pub(crate) fn run(&self) -> Bytes {
        self.runtime.block_on(ask(&self.engine, "default", &self.query))
    }
}

/// The operation that asks so many rows.
pub(crate) fn rows(count: usize) -> String {
    format!("{{ rows(n: {count}) {{ id name city score active }} }}")
}

/// The answer of an engine, which must have no errors.
pub(crate) async fn ask(engine: &Engine, client: &str, query: &str) -> Bytes {
    let request = GraphqlRequest::of(query);
    let mut headers = HeaderMap::new();
    headers.insert("x-customer-id", http::HeaderValue::from_static("12"));
    let context = RequestContext {
        headers,
        identity: Identity::fixed("bench", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
        queries_only: true,
        trace: false,
        problems: false,
        delivery: Delivery::default(),
    };
    let response = engine.execute(&engine.model().clients[client], request, context).await;
    assert_eq!(response.errors, 0, "{}", String::from_utf8_lossy(&response.body));
    response.body
}
