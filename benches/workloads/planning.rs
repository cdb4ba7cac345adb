//! Parsing, validating and planning: what a miss of the plan cache costs.

use anabranch::{
    graphql::DocumentLimits,
    model::Model,
    planner::{self, OperationPlan},
};

use super::{compile, compile_schema, generated, root};

const LIMITS: DocumentLimits = DocumentLimits {
    bytes: 1 << 20,
    tokens: 15_000,
    nesting: 100,
    depth: 15,
    aliases: 50,
    root_fields: 20,
    fields: 5_000,
};

/// An operation to plan.
#[derive(Debug)]
pub(crate) struct Planning {
    model: Model,
    client: String,
    document: String,
}

impl Planning {
    /// An operation of the demo shop, asked by one of its clients.
    pub(crate) fn shop(client: &str, operation: &str) -> Self {
        let text = std::fs::read_to_string(root().join("upstreams.toml")).unwrap();
        let document = std::fs::read_to_string(root().join(format!("examples/shop/{operation}.graphql"))).unwrap();
        Self { model: compile(root(), &text).1, client: client.to_owned(), document }
    }

    /// 300 fields over 50 types of a generated graph of 200 types and 300 connectors.
    pub(crate) fn wide() -> Self {
        let graph = generated::Graph { types: 200 };
        let (_, model) = compile_schema(&graph.schema(), "http://127.0.0.1:1", "");
        Self { model, client: "default".to_owned(), document: graph.operation() }
    }

    /// Plans it from its text.
    pub(crate) fn run(&self) -> OperationPlan {
        let view = &self.model.clients[self.client.as_str()];
        let prepared = view.schema.prepare(&self.document, None, &LIMITS).unwrap();
        planner::plan(&self.model, view, &prepared.operation).unwrap()
    }
}
