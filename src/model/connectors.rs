//! `@connect`: every use of it checked and compiled, in order of declaration.

mod entity;
mod keys;
mod open;
mod pages;
mod request;
mod requestless;
mod selection;

use std::{collections::HashSet, sync::Arc};

use super::{
    Connector, ConnectorId, ErrorMapping, Loads, Place, RequestTemplate, Texts,
    cache_hints::cache_hint,
    connections::{Connections, Declared},
    faults::Faults,
    links::Links,
    literals::{Reading, argument, boolean, check_arguments, integer, member, object, string},
    outcome::{merge_outcome, read_outcome},
    polls,
    report::{Explain, Report},
    shapes::{Placed, Target, check_selection},
    sources::Sources,
    variables::{Scenery, Site, Text, Usage},
};
use request::Request;

use crate::{
    config::{Config, Environment},
    graphql::{Directive, FieldDefinition, Literal, Name, Schema, TypeDefinition, TypeKind, TypeRef},
    json::Value,
    mapping::{Mapping, Version},
};

const ARGUMENTS: [&str; 8] = ["source", "id", "http", "batch", "errors", "selection", "entity", "isSuccess"];

/// What the compilation of connectors reads.
pub(super) struct Inputs<'a> {
    pub(super) schema: &'a Schema,
    pub(super) config: &'a Config,
    pub(super) environment: &'a dyn Environment,
    pub(super) links: &'a Links,
    pub(super) faults: &'a Faults,
    pub(super) connections: &'a Connections,
}

/// Connectors, and the elements whose connectors are wrong: what those would give cannot be judged.
#[derive(Debug, Default)]
pub(super) struct Connectors {
    pub(super) list: Vec<Connector>,
    pub(super) broken: HashSet<(Name, Option<Name>)>,
    /// Connectors that could be compiled although something about them is wrong.
    pub(super) faulty: HashSet<ConnectorId>,
}

/// One `@connect` in its place.
struct Spot<'a> {
    directive: &'a Directive,
    parent: &'a TypeDefinition,
    field: Option<&'a FieldDefinition>,
    site: Site,
    version: Version,
    /// Its field is a connection.
    connection: Option<&'a Declared>,
    /// Label, unless it has an `id`.
    label: String,
}

/// Compiles every `@connect` of the schema.
pub(super) fn compile_connectors(inputs: &Inputs<'_>, sources: &mut Sources, report: &mut Report) -> Connectors {
    let mut connectors = Connectors { broken: inputs.faults.elements.clone(), ..Connectors::default() };
    let mut ids: Vec<(String, &Directive)> = Vec::new();
    for spot in spots(inputs, report) {
        let before = report.errors();
        check_id(&spot, &mut ids, report);
        let id = ConnectorId(u32::try_from(connectors.list.len()).unwrap_or(u32::MAX));
        let connector = compile(inputs, &spot, id, sources, report);
        // Where there is none, something of its source was told.
        if report.errors() > before || connector.is_none() {
            connectors.broken.insert((spot.parent.name.clone(), spot.field.map(|field| field.name.clone())));
            connectors.faulty.insert(id);
        }
        connectors.list.extend(connector);
    }
    connectors
}

fn spots<'a>(inputs: &Inputs<'a>, report: &mut Report) -> Vec<Spot<'a>> {
    let schema = inputs.schema;
    let mut spots = Vec::new();
    for parent in schema.types.values() {
        let is_root = is_root(schema, &parent.name);
        let on_type: Vec<&Directive> = connects(&parent.directives).collect();
        for (index, directive) in on_type.iter().enumerate() {
            if is_root || parent.kind != TypeKind::Object {
                report
                    .error(
                        "CONNECT_ON_ROOT",
                        format!("`@{}` cannot stand on `{}`", directive.written, parent.name),
                        directive.span.as_ref(),
                    )
                    .hint("put it on a field of the type");
                continue;
            }
            let label = numbered(&parent.name, index, on_type.len());
            let version = inputs.links.version(directive.span.as_ref());
            spots.push(Spot { directive, parent, field: None, site: Site::Type, version, connection: None, label });
        }
        for field in parent.fields.values() {
            let on_field: Vec<&Directive> = connects(&field.directives).collect();
            for (index, directive) in on_field.iter().enumerate() {
                if parent.kind == TypeKind::Interface {
                    report
                        .error(
                            "CONNECTORS_UNSUPPORTED_ABSTRACT_TYPE",
                            format!(
                                "`@{}` cannot stand on `{}.{}`, a field of an interface",
                                directive.written, parent.name, field.name
                            ),
                            directive.span.as_ref(),
                        )
                        .hint("put it on the field of each object type that implements the interface");
                    continue;
                }
                let label = numbered(&format!("{}.{}", parent.name, field.name), index, on_field.len());
                let site = if is_root { Site::RootField } else { Site::Field };
                let version = inputs.links.version(directive.span.as_ref());
                let connection = inputs.connections.get(&(parent.name.clone(), field.name.clone()));
                spots.push(Spot { directive, parent, field: Some(field), site, version, connection, label });
            }
        }
    }
    spots
}

fn compile(
    inputs: &Inputs<'_>,
    spot: &Spot<'_>,
    id: ConnectorId,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<Connector> {
    let directive = spot.directive;
    check_arguments(directive, &ARGUMENTS, report);
    let named = argument(directive, "source");
    let source = named.and_then(|literal| sources.find(literal, inputs.config, inputs.faults, report));
    let config = match &source {
        Some(source) => sources.definitions[source.upstream.0 as usize].settings.config.clone(),
        None => Value::default(),
    };
    let scenery = Scenery {
        schema: inputs.schema,
        site: spot.site,
        owner: &spot.label,
        arguments: spot.field.map(|field| &field.arguments),
        object: (spot.site != Site::RootField).then_some(spot.parent),
        config: named.is_some().then_some(&config).filter(|_| source.is_some()),
        environment: inputs.environment,
        page: page_variables(inputs, spot),
    };
    let mut usage = Usage::default();
    // An unknown source was reported: its `$config` is not judged.
    let scenery = if named.is_some() && source.is_none() {
        Scenery { site: spot.site, config: Some(&Value::Null), ..scenery }
    } else {
        scenery
    };

    let before = report.errors();
    let request = request::compile(inputs, spot, (named, source.as_ref()), &scenery, (&mut usage, sources, report));
    let of_request = usage.clone();
    let computes = matches!(request, Some(Request::Omitted));
    let selection = if computes {
        requestless::compile_selection(spot, &scenery, &mut usage, report)
    } else {
        selection::compile(spot, &scenery, &mut usage, report)
    };
    let outcome = read_outcome(directive, spot.version, &scenery, &mut usage, report);
    if computes {
        requestless::check_arguments(spot, selection.as_ref().map(|(mapping, _)| mapping), report);
    }
    let paged = spot.connection.map(|connection| {
        let rows = selection.as_ref().filter(|_| report.errors() == before);
        pages::compile(spot, (connection, rows), &scenery, &mut usage, report)
    });
    usage.check_wholes(report);
    let sound = report.errors() == before;
    let inherited = source.as_ref().filter(|_| !computes);
    if let Some(source) = inherited {
        usage.extend(&source.usage);
    }
    let returns = returns(spot);
    let shape_of =
        |mapping: &Mapping| open::with_open_fields(inputs.schema, returns.name(), mapping.shape(), spot.version);
    let shape = selection.as_ref().map(|(mapping, _)| shape_of(mapping));
    if let (Some((mapping, literal)), Some(shape)) = (&selection, &shape) {
        selection::check(inputs.schema, &returns, shape, literal, report);
        let reading = Reading { code: "INVALID_SELECTION", what: "`selection`", version: spot.version };
        let text = if computes { Text::Computed } else { Text::Selection };
        let placed = Placed::whole(mapping, literal, text, reading);
        let is_batch = !usage.batch.is_empty();
        check_selection(&placed, Target { returns: &returns, field: spot.field, is_batch }, &scenery, report);
    }
    let is_entity = entity_argument(spot, report);
    let max_size = if computes { None } else { batch_argument(spot, &of_request, report) };
    let loads = match spot.site {
        Site::Type if !usage.batch.is_empty() => Some(Loads::Batch { max_size }),
        Site::Type => Some(Loads::Single),
        Site::RootField if is_entity => Some(Loads::Entity),
        Site::Source | Site::RootField | Site::Field => None,
    };
    // Keys come from the texts: what is wrong in those would be told twice.
    let (key, entity_defaults) = if sound {
        keys::compile(inputs.schema, spot, loads.as_ref(), (&usage, shape.as_ref()), report)
    } else {
        (Vec::new(), Vec::new())
    };

    let request = match request? {
        Request::Made(request) => Some(RequestTemplate { unset_context: usage.unset_context.clone(), ..*request }),
        Request::Omitted => None,
    };
    let (selection, selection_literal) = selection?;
    let (cache, shape) = (cache_hint(inputs.schema, spot.field, returns.name(), shape.as_ref()?), shape?);
    let (selection, shape, returns, paging) = match paged {
        None => (selection, shape, returns, None),
        Some(paged) => {
            let (selection, paging) = paged?;
            let ty = spot.field.map_or(returns, |field| field.ty.clone());
            (selection, pages::shape(shape), ty, Some(paging))
        }
    };
    let (is_success, errors) = match computes {
        true => (None, ErrorMapping::default()),
        false => merge_outcome(source.as_ref().map(|source| &source.outcome), outcome),
    };
    let upstream = request.as_ref().map(|request| request.upstream).or(source.as_ref().map(|source| source.upstream));
    let settings = upstream.map(|upstream| &sources.definitions[upstream.0 as usize].settings);
    let mut reads_headers = usage.headers.clone();
    if request.is_some() {
        reads_headers.extend(settings.iter().flat_map(|settings| settings.forward_headers.iter().cloned()));
    }
    reads_headers.sort_by(|left, right| left.as_str().cmp(right.as_str()));
    reads_headers.dedup();
    Some(Connector {
        id,
        name: argument(directive, "id").and_then(Literal::as_str).unwrap_or(&spot.label).into(),
        place: place(inputs.schema, spot),
        loads,
        key,
        args: usage.args.iter().map(|used| used.path.clone()).collect(),
        entity_defaults,
        request,
        cache,
        paging,
        selection,
        shape,
        returns,
        is_success,
        errors,
        poll: polls::interval(inputs.schema, spot.parent, spot.field),
        invalidates: Vec::new(),
        config: Arc::new(settings.map(|settings| settings.config.clone()).unwrap_or_default()),
        env: Arc::new(usage.environment_value(inputs.environment)),
        reads_headers,
        reads_context: usage.context,
        span: directive.span.clone()?,
        selection_literal,
        texts: Texts::of_connector(directive, source.as_ref().filter(|_| !computes).map(|source| &source.texts)),
    })
}

/// Members of `$page`. Where a `@connection` was left out, anything may be meant.
fn page_variables(inputs: &Inputs<'_>, spot: &Spot<'_>) -> Option<&'static [&'static str]> {
    let place = || (spot.parent.name.clone(), spot.field.map(|field| field.name.clone()));
    match spot.connection {
        Some(connection) => Some(connection.style.variables()),
        None => inputs.faults.elements.contains(&place()).then_some(&[]),
    }
}

fn place(schema: &Schema, spot: &Spot<'_>) -> Place {
    let parent = spot.parent.name.clone();
    match spot.field.map(|field| field.name.clone()) {
        None => Place::Type { object: parent },
        Some(field) if spot.site == Site::RootField => {
            let mutation = schema.mutation.as_ref() == Some(&parent);
            Place::Root { parent, field, mutation }
        }
        Some(field) => Place::Field { parent, field },
    }
}

/// What its selection is for.
fn returns(spot: &Spot<'_>) -> TypeRef {
    if let Some(connection) = spot.connection {
        return connection.list.clone();
    }
    match spot.field {
        Some(field) => field.ty.clone(),
        None => TypeRef::Named { name: spot.parent.name.clone(), non_null: false },
    }
}

/// `entity`, with its rules.
fn entity_argument(spot: &Spot<'_>, report: &mut Report) -> bool {
    let Some(literal) = argument(spot.directive, "entity") else { return false };
    let Some(value) = boolean(literal, "`entity`", report) else { return false };
    match (spot.site, value) {
        (Site::Type, false) => {
            report
                .error(
                    "CONNECT_ON_TYPE_MUST_BE_ENTITY",
                    "a connector on a type always loads entities",
                    literal.span.as_ref(),
                )
                .hint("remove `entity: false`");
            false
        }
        (Site::Field, true) => {
            report
                .error(
                    "ENTITY_NOT_ON_ROOT_QUERY",
                    "`entity: true` belongs on fields of the query root",
                    literal.span.as_ref(),
                )
                .hint("remove it: a connector on a field already loads by its parent's fields");
            false
        }
        _ => value,
    }
}

/// `batch.maxSize`, which needs `$batch`.
fn batch_argument(spot: &Spot<'_>, usage: &Usage, report: &mut Report) -> Option<std::num::NonZeroU32> {
    let literal = argument(spot.directive, "batch")?;
    let members = object(literal, "`batch`", &["maxSize"], report)?;
    if usage.batch.is_empty() {
        report
            .error("INVALID_BATCH", "`batch` is set, but the request does not use `$batch`", literal.span.as_ref())
            .hint("use `$batch` in a connector on a type, or remove `batch`");
    }
    let max_size = member(members, "maxSize")?;
    let value = integer(max_size, "`batch.maxSize`", report)?;
    let size = u32::try_from(value).ok().and_then(std::num::NonZeroU32::new);
    if size.is_none() {
        report
            .error("INVALID_BATCH", format!("`batch.maxSize` must be at least 1, not {value}"), max_size.span.as_ref())
            .hint("leave `maxSize` out for no bound");
    }
    size
}

fn check_id<'a>(spot: &Spot<'a>, ids: &mut Vec<(String, &'a Directive)>, report: &mut Report) {
    let Some(literal) = argument(spot.directive, "id") else { return };
    let Some(id) = string(literal, "`id`", report) else { return };
    let valid = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid {
        report
            .error(
                "INVALID_CONNECTOR_ID_NAME",
                format!("`{id}` is not a valid id of a connector"),
                literal.span.as_ref(),
            )
            .hint("an id begins with a letter or `_` and goes on with letters, digits and `_`");
        return;
    }
    if let Some((_, first)) = ids.iter().find(|(known, _)| known == id) {
        report
            .error("DUPLICATE_ID_NAME", format!("two connectors have the id `{id}`"), literal.span.as_ref())
            .related(first.span.as_ref(), "the other one stands here");
        return;
    }
    ids.push((id.to_owned(), spot.directive));
}

fn connects(directives: &[Directive]) -> impl Iterator<Item = &Directive> {
    directives.iter().filter(|directive| &*directive.name == "connect")
}

pub(super) fn is_root(schema: &Schema, name: &Name) -> bool {
    [&schema.query, &schema.mutation, &schema.subscription].into_iter().flatten().any(|root| root == name)
}

fn numbered(name: &str, index: usize, count: usize) -> String {
    if count > 1 { format!("{name}[{index}]") } else { name.to_owned() }
}
