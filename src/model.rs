//! The compiled configuration: graph, connectors, upstreams and client views, checked and immutable.
//!
//! Synchronous, no IO. Later stages see only this, never raw configuration or SDL.

mod cache_hints;
mod caps;
mod connections;
mod connector;
mod connectors;
mod context;
mod definitions;
mod documents;
mod entity_keys;
mod external;
mod faults;
mod federation;
mod headers;
mod links;
mod literals;
mod outcome;
mod paging;
mod polls;
mod report;
mod resolvability;
mod shapes;
mod sources;
mod texts;
mod upstream;
mod variables;
mod view;
mod views;

use std::{collections::HashMap, sync::Arc};

use indexmap::IndexMap;

pub use caps::{cap_changes, cap_error, is_within_cap};
pub use connector::{
    BaseUrl, CacheHint, CacheScope, Connector, ConnectorId, ErrorMapping, HeaderRule, HeaderSource, KeyField, Loads,
    Method, Place, RequestTemplate,
};
pub use context::CLIENT_VERSION_HEADERS;
pub use definitions::{graph_definitions, view_definitions};
pub use documents::{Misfit, TrustedDocument, TrustedDocuments, UncheckedDocument, prepare_operations, read_documents};
pub use paging::{MOST_ROWS, PageStyle, Paging, Slots};
pub use texts::{ConnectorText, Texts};
pub use upstream::{UpstreamDefinition, UpstreamId};
pub use view::{ArgumentSource, Bound, Hop, HopArgument, View, ViewField, ViewMember, ViewType, document_limits};

use cache_hints::check_cache_hints;
use connections::make_connections;
use connectors::{Inputs, compile_connectors};
use entity_keys::check_entity_keys;
use external::leave_out;
use faults::Faults;
use federation::{check_federation, drop_machinery};
use links::{Links, read_links};
use polls::check_polls;
use report::Report;
use resolvability::check_resolvability;
use sources::compile_sources;
use views::compile_views;

use crate::{
    config::{Config, Environment},
    diagnostic::{Diagnostic, sort_and_dedupe},
    graphql::{Name, Schema, parse_schema},
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

/// What mistakes of trusted documents are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentMistakes {
    /// Errors, as for all that serve.
    Errors,
    /// Warnings, and the documents are left out: for those who only read the views.
    Warnings,
}

/// Compiles a configuration whose schema files are read. `environment` gives the `$env` variables that mappings name.
#[must_use]
pub fn compile(config: &Config, environment: &dyn Environment) -> Compiled {
    compile_with(config, environment, DocumentMistakes::Errors)
}

/// The same, with a say about trusted documents.
#[must_use]
pub fn compile_with(config: &Config, environment: &dyn Environment, mistakes: DocumentMistakes) -> Compiled {
    let mut report = Report::default();
    let compiled = match read_schema(config, &mut report) {
        Some((mut schema, mut faults, links)) => {
            drop_machinery(&mut schema);
            let connections = make_connections(&mut schema, &mut faults, &mut report);
            check_federation(&schema, &mut report);
            check_cache_hints(&schema, &mut report);
            let mut sources = compile_sources(&schema, config, environment, &links, &mut report);
            let inputs = Inputs {
                schema: &schema,
                config,
                environment,
                links: &links,
                faults: &faults,
                connections: &connections,
            };
            let connectors = compile_connectors(&inputs, &mut sources, &mut report);
            if faults.is_empty() {
                sources.check_use(config, &mut report);
            }
            check_polls(&schema, &faults, &connectors, &mut report);
            check_entity_keys(&schema, &connectors, &mut report);
            let external = check_resolvability(&schema, &connectors, &mut report);
            leave_out(&mut schema, &external, &mut report);
            let views = compile_views(Some((&schema, &connections)), config, mistakes, &mut report);
            Some((schema, connectors.list, sources.definitions, views))
        }
        None => {
            compile_views(None, config, mistakes, &mut report);
            None
        }
    };
    let model = compiled
        .filter(|_| report.errors() == 0)
        .map(|(schema, connectors, upstreams, clients)| Model::new(schema, connectors, upstreams, clients));
    let mut diagnostics = report.into_list();
    sort_and_dedupe(&mut diagnostics);
    Compiled { model, diagnostics }
}

/// The graph's types under canonical names of directives, as far as they can be checked.
fn read_schema(config: &Config, report: &mut Report) -> Option<(Schema, Faults, Links)> {
    let (mut schema, mut faulty) = match parse_schema(&config.graph.files, definitions::GRAPH) {
        Ok(schema) => (schema, Vec::new()),
        Err(failed) => {
            let rest = failed.schema.and_then(|schema| {
                let faulty = faults::of_directives(&schema, &failed.problems)?;
                Some((*schema, faulty))
            });
            failed.problems.into_iter().for_each(|problem| report.add(problem));
            rest?
        }
    };
    let before = report.count();
    let links = read_links(&mut schema, report);
    faulty.extend(report.places_since(before));
    let faults = Faults::leave_out(&mut schema, &faulty);
    Some((schema, faults, links))
}

// === impl Model ===

impl Model {
    fn new(
        schema: Schema,
        connectors: Vec<Connector>,
        upstreams: Vec<UpstreamDefinition>,
        clients: IndexMap<Name, View>,
    ) -> Self {
        let mut by_field: HashMap<(Name, Name), Vec<ConnectorId>> = HashMap::new();
        let mut by_type: HashMap<Name, Vec<ConnectorId>> = HashMap::new();
        for connector in &connectors {
            match &connector.place {
                Place::Root { parent, field, .. } | Place::Field { parent, field } => {
                    by_field.entry((parent.clone(), field.clone())).or_default().push(connector.id);
                }
                Place::Type { object } => by_type.entry(object.clone()).or_default().push(connector.id),
            }
        }
        for connector in connectors.iter().filter(|connector| connector.loads == Some(Loads::Entity)) {
            by_type.entry(connector.returns.name().clone()).or_default().push(connector.id);
        }
        Self { schema, connectors, upstreams, clients, by_field, by_type }
    }

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

    /// The name of the upstream that a connector calls; empty for one that makes no request.
    #[must_use]
    pub fn upstream_label(&self, connector: &Connector) -> &Arc<str> {
        static NONE: std::sync::LazyLock<Arc<str>> = std::sync::LazyLock::new(|| Arc::from(""));
        connector.upstream().map_or(&NONE, |id| &self.upstream(id).name)
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

#[cfg(test)]
mod tests;
