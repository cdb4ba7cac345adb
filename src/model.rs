//! The compiled configuration: graph, connectors, upstreams and client views, checked and immutable.
//!
//! Synchronous, no IO. Later stages see only this, never raw configuration or SDL.

mod cache_hints;
mod connector;
mod connectors;
mod definitions;
mod federation;
mod headers;
mod links;
mod literals;
mod outcome;
mod report;
mod sources;
mod upstream;
mod variables;
mod view;

use std::collections::HashMap;

use indexmap::IndexMap;

pub use connector::{
    BaseUrl, CacheHint, CacheScope, Connector, ConnectorId, ErrorMapping, HeaderRule, HeaderSource, KeyField, Loads,
    Method, Place, RequestTemplate,
};
pub use upstream::{UpstreamDefinition, UpstreamId};
pub use view::{ArgumentSource, Hop, HopArgument, View, ViewField, ViewMember, ViewType};

use crate::{
    config::{Config, Environment},
    diagnostic::Diagnostic,
    graphql::{Name, Schema},
};

/// Everything that serving needs, valid by construction.
#[derive(Debug)]
pub struct Model {
    /// The canonical graph.
    pub schema: Schema,
    /// All connectors; `ConnectorId` is the index.
    pub connectors: Vec<Connector>,
    /// All upstreams; `UpstreamId` is the index.
    pub upstreams: Vec<UpstreamDefinition>,
    /// One view for each client, in order of the configuration; `default` sees the whole graph where there is no `[clients]`.
    pub clients: IndexMap<Name, View>,
    /// Connectors on fields: (type, field) to connectors in order of declaration.
    pub(crate) by_field: HashMap<(Name, Name), Vec<ConnectorId>>,
    /// Connectors that load an object type by key: type to connectors in order of declaration
    /// (connectors on the type first, then `entity: true` root fields).
    pub(crate) by_type: HashMap<Name, Vec<ConnectorId>>,
}

/// The result of compiling: a model unless there are errors, and every problem.
#[derive(Debug)]
pub struct Compiled {
    /// `None` if any diagnostic is an error.
    pub model: Option<Model>,
    /// Errors and warnings, sorted.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a configuration whose schema files are read. `environment` gives the `$env` variables that mappings name.
pub fn compile(config: &Config, environment: &dyn Environment) -> Compiled {
    todo!()
}

impl Model {
    /// The connector of an id.
    #[must_use]
    pub fn connector(&self, id: ConnectorId) -> &Connector {
        &self.connectors[id.0 as usize]
    }

    /// The upstream of an id.
    #[must_use]
    pub fn upstream(&self, id: UpstreamId) -> &UpstreamDefinition {
        &self.upstreams[id.0 as usize]
    }

    /// Connectors that stand on a field.
    #[must_use]
    pub fn field_connectors(&self, parent: &str, field: &str) -> &[ConnectorId] {
        self.by_field.get(&(Name::from(parent), Name::from(field))).map_or(&[], Vec::as_slice)
    }

    /// Connectors that load an object type by key.
    #[must_use]
    pub fn loaders(&self, object_type: &str) -> &[ConnectorId] {
        self.by_type.get(object_type).map_or(&[], Vec::as_slice)
    }
}
