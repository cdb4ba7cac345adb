//! Client views: each client's schema resolved against the graph, element by element.
//!
//! What a view does not list, its client cannot see. Nothing here knows of connectors or upstreams.

mod arguments;
mod fields;
mod identity;
mod inputs;
mod members;
mod pages;
mod presets;
mod publish;
mod targets;
mod types;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use http::HeaderName;
use indexmap::IndexMap;

use super::{
    DocumentMistakes, View, ViewType,
    connections::Connections,
    definitions,
    documents::compile_documents,
    report::{Explain, Report},
};
use crate::{
    config::{self, Config, Cors, Introspection, Limits},
    diagnostic::{Diagnostic, Severity, Span},
    graphql::{ClientSchema, Directive, Name, Schema, TypeKind, parse_schema},
};

use types::TypeMap;

/// The client of a configuration without `[clients]`.
const DEFAULT_CLIENT: &str = "default";

/// Compiles every client's view. Without a graph only the files' own mistakes are told.
pub(super) fn compile_views(
    graph: Option<(&Schema, &Connections)>,
    config: &Config,
    mistakes: DocumentMistakes,
    report: &mut Report,
) -> IndexMap<Name, View> {
    let mut views = IndexMap::new();
    for (name, client) in &config.clients {
        let schema = match parse_schema(std::slice::from_ref(&client.file), definitions::VIEW) {
            Ok(schema) => schema,
            Err(failed) => {
                for mut problem in failed.problems {
                    list_type(graph.map(|(graph, _)| graph), &mut problem);
                    report.add(problem);
                }
                continue;
            }
        };
        if let Some((graph, connections)) = graph {
            let compiled = compile_view((graph, connections), schema, (name, Settings::of(client), config), report);
            views.extend(compiled.map(|(name, mut view)| {
                view.documents = client.trusted_documents.as_ref().map(|files| {
                    let mut found = Report::default();
                    let documents = compile_documents(&view, files, config.server.body_limit, &mut found);
                    for mut problem in found.into_list() {
                        if mistakes == DocumentMistakes::Warnings {
                            problem.severity = Severity::Warning;
                        }
                        report.add(problem);
                    }
                    documents
                });
                (name, view)
            }));
        }
    }
    if config.clients.is_empty()
        && let Some(graph) = graph
    {
        let schema = identity::whole_graph(graph.0);
        views.extend(compile_view(graph, schema, (DEFAULT_CLIENT, Settings::default(), config), report));
    }
    views
}

/// What the configuration says of a client besides its schema.
#[derive(Debug)]
struct Settings {
    limits: Limits,
    introspection: Introspection,
    console: bool,
    cors: Cors,
    csrf: bool,
    persisted_queries: bool,
    batching: usize,
    init_headers: Vec<HeaderName>,
}

// === impl Settings ===

impl Settings {
    fn of(client: &config::Client) -> Self {
        Self {
            limits: client.limits,
            introspection: client.introspection,
            console: client.console,
            cors: client.cors.clone(),
            csrf: client.csrf,
            persisted_queries: client.persisted_queries,
            batching: client.batching,
            init_headers: client.init_headers.clone(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            introspection: Introspection::On,
            console: true,
            cors: Cors::Off,
            csrf: true,
            persisted_queries: true,
            batching: 0,
            init_headers: Vec::new(),
        }
    }
}

/// Says what to do where a view names a type of the graph that it does not list.
fn list_type(graph: Option<&Schema>, problem: &mut Diagnostic) {
    let name = problem.message.strip_prefix("unknown type `").and_then(|rest| rest.strip_suffix('`'));
    let Some(found) = name.and_then(|name| graph?.types.get(name)) else { return };
    let name = &found.name;
    let definition = match found.kind {
        TypeKind::Scalar => format!("scalar {name}"),
        TypeKind::Object => format!("type {name} {{ ... }}"),
        TypeKind::Interface => format!("interface {name} {{ ... }}"),
        TypeKind::Union => format!("union {name} = ..."),
        TypeKind::Enum => format!("enum {name} {{ ... }}"),
        TypeKind::Input => format!("input {name} {{ ... }}"),
    };
    problem.hint(format!("the graph has it: list it in the view: `{definition}`"));
}

/// What the passes of a view read.
struct Pair<'a> {
    graph: &'a Schema,
    /// Fields of the graph that are connections.
    connections: &'a Connections,
    view: &'a Schema,
    types: &'a TypeMap,
    trusted_headers: &'a [HeaderName],
    /// View types that fields give.
    outputs: HashSet<Name>,
}

fn compile_view(
    (graph, connections): (&Schema, &Connections),
    mut view: Schema,
    (name, settings, config): (&str, Settings, &Config),
    report: &mut Report,
) -> Option<(Name, View)> {
    let before = report.errors();
    let types = types::map_types(graph, &view, report);
    let pair = Pair {
        graph,
        connections,
        view: &view,
        types: &types,
        trusted_headers: &config.server.trusted_headers,
        outputs: output_types(&view),
    };
    inputs::check_enums(&pair, report);
    inputs::check_input_objects(&pair, report);
    let mut compiled: HashMap<Name, ViewType> = HashMap::new();
    let mut notes = publish::Notes::default();
    for definition in view.types.values() {
        let composite = matches!(definition.kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union);
        let Some(graph_type) = types.graph_type(graph, &definition.name).filter(|_| composite) else { continue };
        let members = members::map_members(&pair, definition, graph_type, report);
        let fields = fields::compile_fields(&pair, definition, graph_type, &mut notes, report);
        let view_type = ViewType {
            name: definition.name.clone(),
            kind: definition.kind,
            graph: graph_type.name.clone(),
            members,
            fields,
        };
        compiled.insert(definition.name.clone(), view_type);
    }
    if report.errors() > before {
        return None;
    }
    publish::publish(graph, &types, &notes, &mut view);
    match ClientSchema::new(view) {
        Ok(schema) => Some((
            name.into(),
            View {
                name: name.into(),
                schema: Arc::new(schema),
                types: compiled,
                limits: settings.limits,
                introspection: settings.introspection,
                console: settings.console,
                cors: settings.cors,
                csrf: settings.csrf,
                persisted_queries: settings.persisted_queries,
                batching: settings.batching,
                init_headers: settings.init_headers,
                documents: None,
            },
        )),
        Err(problem) => {
            let place = config.clients.get(name).map(|client| client.span.clone());
            report.error(
                "INVALID_VIEW",
                format!("the view of client `{name}` is not a valid schema: {problem}"),
                place.as_ref(),
            );
            None
        }
    }
}

/// Types that fields of the view give.
fn output_types(view: &Schema) -> HashSet<Name> {
    view.types.values().flat_map(|ty| ty.fields.values()).map(|field| field.ty.name().clone()).collect()
}

/// Reports an element that a view shows although the graph hides it.
fn check_visible(
    directives: &[Directive],
    what: &str,
    (view, graph): (Option<&Span>, Option<&Span>),
    report: &mut Report,
) {
    if is_inaccessible(directives) {
        report
            .error("VIEW_INACCESSIBLE", format!("{what} is `@inaccessible`, so no view can show it"), view)
            .hint("remove it from the view, or `@inaccessible` from the graph")
            .related(graph, "declared here");
    }
}

fn is_inaccessible(directives: &[Directive]) -> bool {
    directives.iter().any(|directive| &*directive.name == "inaccessible")
}

/// The directive of that name.
fn find<'a>(directives: &'a [Directive], name: &str) -> Option<&'a Directive> {
    directives.iter().find(|directive| &*directive.name == name)
}
