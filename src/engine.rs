//! The life of an operation: plan cache, limits, variables, run, answer. The only shared mutable state of serving.

mod request;

use std::sync::Arc;

pub use request::{GraphqlRequest, GraphqlResponse, RequestContext, ResponseKind};

use crate::{
    config::Config,
    graphql::GraphqlError,
    json::Value,
    model::{Model, View},
    upstream::{SetupError, Upstreams},
};

/// Serves operations of every client of one model. Cheap to share.
#[derive(Debug)]
pub struct Engine {
    // private
}

impl Engine {
    /// Sets up upstreams and caches; connects to nothing.
    pub fn new(model: Model, config: &Config) -> Result<Self, SetupError> {
        todo!()
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        todo!()
    }

    /// The upstreams.
    #[must_use]
    pub fn upstreams(&self) -> &Arc<Upstreams> {
        todo!()
    }

    /// Executes a request of the client of `view`. Dropping the future cancels what only it needed; a mutation that was sent goes on.
    pub async fn execute(&self, view: &View, request: GraphqlRequest, context: RequestContext) -> GraphqlResponse {
        todo!()
    }

    /// The printed plan of an operation, with the requests it would make; sends nothing.
    pub fn explain(
        &self,
        view: &View,
        query: &str,
        operation_name: Option<&str>,
        variables: &Value,
    ) -> Result<String, Vec<GraphqlError>> {
        todo!()
    }
}
