//! Enums, input objects and the types of arguments: what a client may send must be something that the graph takes.

use super::{Pair, check_visible, is_inaccessible};
use crate::{
    diagnostic::{Span, did_you_mean},
    graphql::{InputValue, Literal, LiteralKind, TypeDefinition, TypeKind, TypeRef},
    model::report::{Explain, Report, all_of, one_of},
};

/// Values of a view's enum are values of the graph's; one that fields give has all of them.
pub(super) fn check_enums(pair: &Pair<'_>, report: &mut Report) {
    for definition in pair.view.types.values().filter(|definition| definition.kind == TypeKind::Enum) {
        let Some(graph) = pair.types.graph_type(pair.graph, &definition.name) else { continue };
        for value in definition.values.values() {
            let Some(known) = graph.values.get(&value.name) else {
                let visible = || {
                    graph.values.values().filter(|value| !is_inaccessible(&value.directives)).map(|value| &value.name)
                };
                report
                    .error(
                        "VIEW_UNKNOWN_VALUE",
                        format!("`{}` of the graph has no value `{}`", graph.name, value.name),
                        value.span.as_ref(),
                    )
                    .suggest(&value.name, visible(), Some(format!("it has {}", one_of(visible()))))
                    .related(graph.span.as_ref(), "declared here in the graph");
                continue;
            };
            let what = format!("value `{}` of the graph", known.name);
            check_visible(&known.directives, &what, (value.span.as_ref(), known.span.as_ref()), report);
        }
        // A value of the view that is misspelt has been told, with the one that is meant.
        let unknown = definition.values.keys().filter(|name| !graph.values.contains_key(*name));
        let meant: Vec<_> = unknown.filter_map(|name| did_you_mean(name, graph.values.keys())).collect();
        let missing: Vec<_> = graph
            .values
            .values()
            .filter(|value| !definition.values.contains_key(&value.name) && !is_inaccessible(&value.directives))
            .filter(|value| !meant.iter().any(|meant| **meant == *value.name))
            .collect();
        if let Some(first) = missing.first()
            && pair.outputs.contains(&definition.name)
        {
            let names = all_of(missing.iter().map(|value| &value.name));
            report
                .error(
                    "VIEW_MISSING_VALUE",
                    format!("fields give `{}`, but it lacks {names}, which the graph can answer", definition.name),
                    definition.span.as_ref(),
                )
                .hint("add what is missing: an answer with it could not be told to the client")
                .related(first.span.as_ref(), "declared here in the graph");
        }
    }
}

/// Fields of a view's input object are fields of the graph's, and nothing that the graph requires is missing.
pub(super) fn check_input_objects(pair: &Pair<'_>, report: &mut Report) {
    for definition in pair.view.types.values().filter(|definition| definition.kind == TypeKind::Input) {
        let Some(graph) = pair.types.graph_type(pair.graph, &definition.name) else { continue };
        for field in definition.input_fields.values() {
            match graph.input_fields.get(&field.name) {
                Some(known) => check_field(pair, (definition, field), known, report),
                None => {
                    report
                        .error(
                            "VIEW_UNKNOWN_FIELD",
                            format!("`{}` of the graph has no field `{}`", graph.name, field.name),
                            field.span.as_ref(),
                        )
                        .suggest(&field.name, graph.input_fields.keys(), Some("remove it from the view".to_owned()))
                        .related(graph.span.as_ref(), "declared here in the graph");
                }
            }
        }
        for known in graph.input_fields.values().filter(|known| !definition.input_fields.contains_key(&known.name)) {
            check_missing(definition, known, report);
        }
        if is_one_of(graph) != is_one_of(definition) {
            report
                .error(
                    "VIEW_TYPE_MISMATCH",
                    format!(
                        "`@oneOf` must stand on both `{}` and `{}` of the graph, or on neither",
                        definition.name, graph.name
                    ),
                    definition.span.as_ref(),
                )
                .related(graph.span.as_ref(), "declared here in the graph");
        }
    }
}

fn check_field(
    pair: &Pair<'_>,
    (definition, field): (&TypeDefinition, &InputValue),
    known: &InputValue,
    report: &mut Report,
) {
    let coordinate = format!("{}.{}", definition.name, field.name);
    let what = format!("input field `{}` of the graph", known.name);
    check_visible(&known.directives, &what, (field.span.as_ref(), known.span.as_ref()), report);
    check_type(pair, &coordinate, (&field.ty, field.type_span.as_ref()), (&known.ty, known.type_span.as_ref()), report);
    if let Some(default) = &known.default
        && field.default.is_none()
        && !field.ty.is_non_null()
        && !is_representable(pair, &field.ty, default)
    {
        report
            .error(
                "VIEW_INPUT_DEFAULT",
                format!("`{coordinate}` has a default in the graph that the view cannot show"),
                field.span.as_ref(),
            )
            .hint("give it a default of its own")
            .related(known.span.as_ref(), "declared here in the graph");
    }
}

fn check_missing(definition: &TypeDefinition, known: &InputValue, report: &mut Report) {
    let (message, hint) = match &known.default {
        Some(default) => (
            format!("`{}` does not list `{}`, which has a default in the graph", definition.name, known.name),
            format!("add `{}: {} = {default}`", known.name, known.ty),
        ),
        None if known.ty.is_non_null() => (
            format!("`{}` does not list `{}`, which the graph requires", definition.name, known.name),
            format!("add `{}: {}`", known.name, known.ty),
        ),
        None => return,
    };
    report
        .error("VIEW_INPUT_REQUIRED", message, definition.span.as_ref())
        .hint(hint)
        .related(known.span.as_ref(), "declared here in the graph");
}

/// Whether what the view takes is what the graph takes, or less.
pub(super) fn check_type(
    pair: &Pair<'_>,
    coordinate: &str,
    (view, place): (&TypeRef, Option<&Span>),
    (graph, declared): (&TypeRef, Option<&Span>),
    report: &mut Report,
) {
    let known = pair.types.graph_type(pair.graph, view.name());
    let same_lists = depth(view) == depth(graph);
    if same_lists && (known.is_none() || (pair.types.shows(view.name(), graph.name()) && is_stronger(view, graph))) {
        return;
    }
    let (message, hint) = if same_lists && pair.types.shows(view.name(), graph.name()) {
        (
            format!("`{coordinate}` is `{view}`, but the graph needs `{graph}`"),
            format!("write `{}`", strengthened(view, graph)),
        )
    } else {
        let fitting = pair.view.types.keys().find(|name| pair.types.shows(name, graph.name()));
        let hint = match fitting {
            Some(name) => {
                if *name == *graph.name() {
                    format!("write `{graph}`")
                } else {
                    format!("write `{graph}` with `{name}`, which shows it, for `{}`", graph.name())
                }
            }
            None => format!("list `{}` in the view", graph.name()),
        };
        (format!("`{coordinate}` is `{view}`, but in the graph it is `{graph}`"), hint)
    };
    report.error("VIEW_TYPE_MISMATCH", message, place).hint(hint).related(declared, "declared here in the graph");
}

/// Whether a literal of the graph can stand as a default in the view.
pub(super) fn is_representable(pair: &Pair<'_>, ty: &TypeRef, literal: &Literal) -> bool {
    let Some(definition) = pair.view.types.get(ty.name()) else { return false };
    match &literal.kind {
        LiteralKind::Null => !ty.is_non_null(),
        LiteralKind::List(items) => {
            let item = ty.item().unwrap_or(ty);
            items.iter().all(|value| is_representable(pair, item, value))
        }
        LiteralKind::Enum(value) => definition.kind != TypeKind::Enum || definition.values.contains_key(value),
        LiteralKind::Object(members) => {
            definition.kind == TypeKind::Scalar
                || members.iter().all(|(name, value)| {
                    definition.input_fields.get(name).is_some_and(|field| is_representable(pair, &field.ty, value))
                })
        }
        LiteralKind::Boolean(_) | LiteralKind::Int(_) | LiteralKind::Float(_) | LiteralKind::String(_) => true,
        LiteralKind::Variable(_) | LiteralKind::NonNullVariable(_) => false,
    }
}

fn is_one_of(definition: &TypeDefinition) -> bool {
    definition.directives.iter().any(|directive| &*directive.name == "oneOf")
}

fn depth(ty: &TypeRef) -> usize {
    crate::model::variables::list_depth(ty)
}

fn is_stronger(view: &TypeRef, graph: &TypeRef) -> bool {
    let here = view.is_non_null() || !graph.is_non_null();
    here && match (view.item(), graph.item()) {
        (Some(view), Some(graph)) => is_stronger(view, graph),
        _ => true,
    }
}

fn strengthened(view: &TypeRef, graph: &TypeRef) -> TypeRef {
    let non_null = view.is_non_null() || graph.is_non_null();
    match (view, graph) {
        (TypeRef::List { of, .. }, TypeRef::List { of: graph, .. }) => {
            TypeRef::List { of: strengthened(of, graph).into(), non_null }
        }
        (view, _) => TypeRef::Named { name: view.name().clone(), non_null },
    }
}
