//! Which type of the graph each type of a view shows: the one of its name, or of `@from(type:)`.

use std::collections::HashMap;

use super::{check_visible, find};
use crate::{
    graphql::{Literal, Name, Schema, TypeDefinition, TypeKind},
    model::report::{Explain, Report},
};

/// View types to graph types, by name.
#[derive(Debug, Default)]
pub(super) struct TypeMap {
    names: HashMap<Name, Name>,
}

// === impl TypeMap ===

impl TypeMap {
    /// The graph type that a view type shows; `None` if it is not known, which has been reported.
    pub(super) fn graph_type<'g>(&self, graph: &'g Schema, view_type: &str) -> Option<&'g TypeDefinition> {
        graph.types.get(self.names.get(view_type)?)
    }

    /// View types that show a graph type, in any order.
    pub(super) fn shows(&self, view_type: &str, graph_type: &str) -> bool {
        self.names.get(view_type).is_some_and(|name| **name == *graph_type)
    }
}

/// Resolves every type of the view.
pub(super) fn map_types(graph: &Schema, view: &Schema, report: &mut Report) -> TypeMap {
    let mut map = TypeMap::default();
    for definition in view.types.values() {
        if let Some(name) = graph_name(graph, view, definition, report) {
            map.names.insert(definition.name.clone(), name);
        }
    }
    map
}

fn graph_name(graph: &Schema, view: &Schema, definition: &TypeDefinition, report: &mut Report) -> Option<Name> {
    let from = find(&definition.directives, "from");
    if let Some(from) = from {
        for (name, value) in from.arguments.iter().filter(|(name, _)| &**name != "type") {
            report
                .error("VIEW_INVALID_FROM", format!("`@from({name}:)` does not belong on a type"), value.span.as_ref())
                .hint("a type has `@from(type: \"...\")`");
        }
    }
    let named = from.and_then(|from| from.argument("type")).and_then(|literal| Some((literal.as_str()?, literal)));
    if let Some((root, graph_root, kind)) = root_of(graph, view, definition) {
        let Some(graph_root) = graph_root else {
            report
                .error(
                    "VIEW_UNKNOWN_TYPE",
                    format!("the graph has no {kind} type for `{root}`"),
                    definition.span.as_ref(),
                )
                .hint("remove it from the view, or add it to the graph");
            return None;
        };
        if let Some((name, literal)) = named.filter(|(name, _)| **name != **graph_root) {
            report
                .error(
                    "VIEW_UNKNOWN_TYPE",
                    format!("a root type shows the graph's root type `{graph_root}`, not `{name}`"),
                    literal.span.as_ref(),
                )
                .hint("remove `@from`");
        }
        return Some(graph_root.clone());
    }
    let (name, place) = named.map_or((&*definition.name, None), |(name, literal)| (name, Some(literal)));
    let Some(found) = graph.types.get(name) else {
        unknown(graph, definition, (name, place), report);
        return None;
    };
    let span = place.and_then(|literal| literal.span.as_ref()).or(definition.span.as_ref());
    if !same_kind(definition.kind, found.kind) {
        report
            .error(
                "VIEW_KIND_MISMATCH",
                format!(
                    "`{}` is {}, but `{name}` of the graph is {}",
                    definition.name,
                    kind(definition.kind),
                    kind(found.kind)
                ),
                span,
            )
            .hint(format!(
                "declare `{}` as {} too, or name another type of the graph",
                definition.name,
                kind(found.kind)
            ))
            .related(found.span.as_ref(), "declared here in the graph");
        return None;
    }
    check_visible(&found.directives, &format!("type `{name}` of the graph"), (span, found.span.as_ref()), report);
    Some(found.name.clone())
}

fn root_of<'a>(
    graph: &'a Schema,
    view: &Schema,
    definition: &'a TypeDefinition,
) -> Option<(&'a Name, Option<&'a Name>, &'static str)> {
    let is = |root: &Option<Name>| root.as_ref() == Some(&definition.name);
    if is(&view.query) {
        Some((&definition.name, graph.query.as_ref(), "query"))
    } else if is(&view.mutation) {
        Some((&definition.name, graph.mutation.as_ref(), "mutation"))
    } else if is(&view.subscription) {
        Some((&definition.name, graph.subscription.as_ref(), "subscription"))
    } else {
        None
    }
}

fn unknown(graph: &Schema, definition: &TypeDefinition, (name, place): (&str, Option<&Literal>), report: &mut Report) {
    let span = place.and_then(|literal| literal.span.as_ref()).or(definition.span.as_ref());
    let candidates = graph.types.values().filter(|ty| same_kind(definition.kind, ty.kind)).map(|ty| &ty.name);
    let otherwise = match definition.kind {
        TypeKind::Scalar => format!("declare `scalar {name}` in the graph too"),
        _ if place.is_none() => "name the type that it shows: `@from(type: \"...\")`".to_owned(),
        _ => "name a type of the graph".to_owned(),
    };
    report
        .error("VIEW_UNKNOWN_TYPE", format!("the graph has no {} named `{name}`", word(definition.kind)), span)
        .suggest(name, candidates, Some(otherwise));
}

/// A view may show an interface as a union, not the other way round.
fn same_kind(view: TypeKind, graph: TypeKind) -> bool {
    view == graph || (view == TypeKind::Union && graph == TypeKind::Interface)
}

fn kind(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Scalar => "a scalar",
        TypeKind::Object => "an object type",
        TypeKind::Interface => "an interface",
        TypeKind::Union => "a union",
        TypeKind::Enum => "an enum",
        TypeKind::Input => "an input object",
    }
}

fn word(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Scalar => "scalar",
        TypeKind::Object => "object type",
        TypeKind::Interface => "interface",
        TypeKind::Union => "union",
        TypeKind::Enum => "enum",
        TypeKind::Input => "input object",
    }
}
