//! Fields of a view: the graph fields that each walks, and whether its type says what they give.

use indexmap::IndexMap;

use super::{Pair, arguments, check_visible, find, pages, publish::Notes};
use crate::{
    diagnostic::Span,
    graphql::{FieldDefinition, Literal, Name, TypeDefinition, TypeKind, TypeRef},
    model::{
        Hop, ViewField,
        report::{Explain, Report, within},
        variables::{is_composite, list_depth},
    },
};

/// Most steps of a path.
const LONGEST_PATH: usize = 32;

/// One graph field of a path.
pub(super) struct Step<'g> {
    pub(super) parent: &'g TypeDefinition,
    pub(super) field: &'g FieldDefinition,
    /// `image.url`: the path up to here.
    pub(super) path: String,
}

/// Compiles the fields of an object or interface.
pub(super) fn compile_fields(
    pair: &Pair<'_>,
    definition: &TypeDefinition,
    graph_type: &TypeDefinition,
    notes: &mut Notes,
    report: &mut Report,
) -> IndexMap<Name, ViewField> {
    let mut fields = IndexMap::new();
    for field in definition.fields.values() {
        let Some(steps) = walk(pair, field, graph_type, report) else { continue };
        let coordinate = format!("{}.{}", definition.name, field.name);
        check_root(pair, definition, (field, &steps), report);
        check_type(pair, &coordinate, (field, &steps), report);
        let arguments = arguments::compile(pair, &coordinate, (field, &steps), notes, report);
        if let Some(last) = steps.last() {
            notes.fields.insert(
                (definition.name.clone(), field.name.clone()),
                (last.parent.name.clone(), last.field.name.clone()),
            );
        }
        let hops: Vec<Hop> = steps
            .iter()
            .zip(arguments.hops)
            .map(|(step, arguments)| Hop {
                parent: step.parent.name.clone(),
                field: step.field.name.clone(),
                ty: step.field.ty.clone(),
                arguments,
            })
            .collect();
        let compiled = ViewField {
            name: field.name.clone(),
            ty: field.ty.clone(),
            pages: pages::arguments(&hops, pair.connections),
            hops,
            argument_defaults: arguments.defaults,
            caps: arguments.caps,
        };
        fields.insert(field.name.clone(), compiled);
    }
    fields
}

/// The graph fields of `@from(path:)`, or the one of the field's own name.
fn walk<'g>(
    pair: &Pair<'g>,
    field: &FieldDefinition,
    graph_type: &'g TypeDefinition,
    report: &mut Report,
) -> Option<Vec<Step<'g>>> {
    let from = find(&field.directives, "from");
    if let Some(from) = from {
        for (name, value) in from.arguments.iter().filter(|(name, _)| &**name != "path") {
            report
                .error("VIEW_INVALID_FROM", format!("`@from({name}:)` does not belong on a field"), value.span.as_ref())
                .hint("a field has `@from(path: \"...\")`");
        }
    }
    let literal = from.and_then(|from| from.argument("path"));
    let path = literal.and_then(Literal::as_str).unwrap_or(&field.name);
    if path.split('.').count() > LONGEST_PATH {
        let place = literal.and_then(|literal| literal.span.as_ref());
        report.error("VIEW_UNKNOWN_FIELD", format!("the path has more than {LONGEST_PATH} steps"), place);
        return None;
    }
    let mut steps: Vec<Step<'g>> = Vec::new();
    let mut parent = graph_type;
    let mut start = 0;
    for segment in path.split('.') {
        let place = literal.and_then(|literal| within(literal, start..start + segment.len()));
        let place = place.as_ref().or(field.span.as_ref());
        if let Some(last) = steps.last() {
            parent = pair.graph.types.get(last.field.ty.name())?;
            if !is_composite(parent) {
                report
                    .error(
                        "VIEW_UNKNOWN_FIELD",
                        format!("`{}` gives `{}`, which has no fields", last.path, parent.name),
                        place,
                    )
                    .related(last.field.span.as_ref(), "declared here in the graph");
                return None;
            }
        }
        let Some(found) = parent.fields.get(segment) else {
            unknown(parent, segment, place, report);
            return None;
        };
        let path = steps.last().map_or_else(|| segment.to_owned(), |last| format!("{}.{segment}", last.path));
        steps.push(Step { parent, field: found, path });
        start += segment.len() + 1;
    }
    let last = steps.last()?;
    let place = literal.and_then(|literal| literal.span.as_ref()).or(field.span.as_ref());
    let what = format!("`{}.{}` of the graph", last.parent.name, last.field.name);
    check_visible(&last.field.directives, &what, (place, last.field.span.as_ref()), report);
    Some(steps)
}

fn unknown(parent: &TypeDefinition, segment: &str, place: Option<&Span>, report: &mut Report) {
    if segment.is_empty() {
        report
            .error("VIEW_UNKNOWN_FIELD", "the path has an empty step", place)
            .hint("write field names with one dot between: `seller.address.city`");
        return;
    }
    let otherwise = if parent.kind == TypeKind::Union {
        format!("`{}` is a union: show it as a union, and name the field in its members", parent.name)
    } else {
        "name the graph field that it shows: `@from(path: \"...\")`".to_owned()
    };
    report
        .error("VIEW_UNKNOWN_FIELD", format!("`{}` of the graph has no field `{segment}`", parent.name), place)
        .suggest(segment, parent.fields.keys(), Some(otherwise))
        .related(parent.span.as_ref(), "declared here in the graph");
}

/// Mutations run one graph field each.
fn check_root(
    pair: &Pair<'_>,
    definition: &TypeDefinition,
    (field, steps): (&FieldDefinition, &[Step<'_>]),
    report: &mut Report,
) {
    if pair.view.mutation.as_ref() == Some(&definition.name) && steps.len() > 1 {
        report
            .error("VIEW_MUTATION_PATH", "a mutation field must show one field of the graph", field.span.as_ref())
            .hint("flatten in the type that it returns")
            .related(steps.first().and_then(|step| step.field.span.as_ref()), "declared here in the graph");
    }
}

/// The view's type is the path's, or weaker.
fn check_type(pair: &Pair<'_>, coordinate: &str, (field, steps): (&FieldDefinition, &[Step<'_>]), report: &mut Report) {
    let Some(last) = steps.last() else { return };
    let given = steps.iter().skip(1).fold(steps[0].field.ty.clone(), |outer, step| nest(&outer, &step.field.ty));
    let place = field.type_span.as_ref();
    let related = (last.field.type_span.as_ref(), "declared here in the graph");
    if list_depth(&field.ty) != list_depth(&given) {
        let is_page = pair.connections.contains_key(&(last.parent.name.clone(), last.field.name.clone()));
        let hint = if is_page && list_depth(&field.ty) == list_depth(&given) + 1 {
            format!("for its rows as a list, add `@from(path: \"{}.edges.node\")`", last.path)
        } else {
            "each list on the path is one list of the type, and nothing is flattened".to_owned()
        };
        report
            .error(
                "VIEW_TYPE_MISMATCH",
                format!("`{coordinate}` is `{}`, but the graph gives `{given}`", field.ty),
                place,
            )
            .hint(hint)
            .related(related.0, related.1);
        return;
    }
    if !pair.types.shows(field.ty.name(), given.name()) {
        // A type of the view that shows nothing has been reported.
        if let Some(shown) = pair.types.graph_type(pair.graph, field.ty.name()) {
            let fitting = pair.view.types.keys().find(|name| pair.types.shows(name, given.name()));
            let hint = match fitting {
                Some(name) if name == given.name() => format!("write `{name}`"),
                Some(name) => format!("write `{name}`, which shows it"),
                None => format!("list `{}` in the view", given.name()),
            };
            let message = if shown.name == *field.ty.name() {
                format!("`{coordinate}` is `{}`, but the graph gives `{}`", field.ty.name(), given.name())
            } else {
                let (view, shown) = (field.ty.name(), &shown.name);
                format!("`{coordinate}` is `{view}`, which shows `{shown}`, but the graph gives `{}`", given.name())
            };
            report.error("VIEW_TYPE_MISMATCH", message, place).hint(hint).related(related.0, related.1);
        }
        return;
    }
    if !is_weaker(&field.ty, &given) {
        report
            .error(
                "VIEW_TYPE_MISMATCH",
                format!("`{coordinate}` is `{}`, but the graph gives `{given}`, which can be null", field.ty),
                place,
            )
            .hint(format!("write `{}`", weakened(&field.ty, &given)))
            .related(nullable_step(steps).and_then(|step| step.field.type_span.as_ref()), "this can be null");
    }
}

/// The first step that can be null, else the last.
fn nullable_step<'s, 'g>(steps: &'s [Step<'g>]) -> Option<&'s Step<'g>> {
    steps.iter().find(|step| !step.field.ty.is_non_null()).or(steps.last())
}

/// The type of a step within another: the inner lists stand in the outer one's items, and a null outer is a null inner.
fn nest(outer: &TypeRef, inner: &TypeRef) -> TypeRef {
    match outer {
        TypeRef::Named { non_null: true, .. } => inner.clone(),
        TypeRef::Named { non_null: false, .. } => match inner {
            TypeRef::Named { name, .. } => TypeRef::Named { name: name.clone(), non_null: false },
            TypeRef::List { of, .. } => TypeRef::List { of: of.clone(), non_null: false },
        },
        TypeRef::List { of, non_null } => TypeRef::List { of: nest(of, inner).into(), non_null: *non_null },
    }
}

/// Whether null is allowed wherever `given` allows it; both have the same lists.
fn is_weaker(view: &TypeRef, given: &TypeRef) -> bool {
    let here = given.is_non_null() || !view.is_non_null();
    here && match (view.item(), given.item()) {
        (Some(view), Some(given)) => is_weaker(view, given),
        _ => true,
    }
}

fn weakened(view: &TypeRef, given: &TypeRef) -> TypeRef {
    let non_null = view.is_non_null() && given.is_non_null();
    match (view, given) {
        (TypeRef::List { of, .. }, TypeRef::List { of: given, .. }) => {
            TypeRef::List { of: weakened(of, given).into(), non_null }
        }
        (view, _) => TypeRef::Named { name: view.name().clone(), non_null },
    }
}
