//! Which concrete graph types stand behind a composite type of a view, and what each is there.

use super::{Pair, is_inaccessible};
use crate::{
    graphql::{Name, TypeDefinition, TypeKind},
    model::{
        ViewMember,
        report::{Explain, Report, all_of, one_of},
    },
};

/// Every concrete graph type with its one view type.
pub(super) fn map_members(
    pair: &Pair<'_>,
    definition: &TypeDefinition,
    graph_type: &TypeDefinition,
    report: &mut Report,
) -> Vec<ViewMember> {
    if definition.kind == TypeKind::Object {
        return vec![ViewMember { graph: graph_type.name.clone(), view: Some(definition.name.clone()) }];
    }
    let shown = pair.view.possible_types(&definition.name);
    let concrete = pair.graph.possible_types(&graph_type.name);
    for name in &shown {
        let Some(graph) = pair.types.graph_type(pair.graph, name) else { continue };
        if !concrete.contains(&graph.name) {
            report
                .error(
                    "VIEW_MEMBER_MISMATCH",
                    format!("`{name}` shows `{}`, which is never a `{}` in the graph", graph.name, graph_type.name),
                    pair.view.types.get(name).and_then(|ty| ty.span.as_ref()),
                )
                .hint(format!("a `{}` of the graph is {}", graph_type.name, one_of(&concrete)))
                .related(graph_type.span.as_ref(), "declared here in the graph");
        }
    }
    concrete.iter().filter_map(|graph| member(pair, (definition, graph_type), (graph, &shown), report)).collect()
}

fn member(
    pair: &Pair<'_>,
    (definition, graph_type): (&TypeDefinition, &TypeDefinition),
    (graph, shown): (&Name, &[Name]),
    report: &mut Report,
) -> Option<ViewMember> {
    let matching: Vec<&Name> = shown.iter().filter(|name| pair.types.shows(name, graph)).collect();
    match matching.as_slice() {
        [only] => Some(ViewMember { graph: graph.clone(), view: Some((*only).clone()) }),
        [] => {
            let declared = pair.graph.types.get(graph);
            // What the graph hides can only be null.
            if declared.is_some_and(|declared| is_inaccessible(&declared.directives)) {
                return Some(ViewMember { graph: graph.clone(), view: None });
            }
            // A member that shows nothing has been told, and may be the one.
            if shown.iter().any(|name| pair.types.graph_type(pair.graph, name).is_none()) {
                return None;
            }
            report
                .error(
                    "VIEW_UNMAPPED_TYPE",
                    format!(
                        "`{}` of the graph can be `{graph}`, but `{}` has no type for it",
                        graph_type.name, definition.name
                    ),
                    definition.span.as_ref(),
                )
                .hint(match definition.kind {
                    TypeKind::Union => {
                        format!("add a member that shows `{graph}`: `type ... @from(type: \"{graph}\")`")
                    }
                    _ => format!(
                        "add `type {graph} implements {} {{ ... }}`, or `@from(type: \"{graph}\")` to another",
                        definition.name
                    ),
                })
                .related(
                    declared.and_then(|declared| declared.span.as_ref()),
                    format!("`{graph}` declared here in the graph"),
                );
            None
        }
        [_, ..] => {
            report
                .error(
                    "VIEW_AMBIGUOUS_TYPE",
                    format!("{} of `{}` all show `{graph}`", all_of(&matching), definition.name),
                    definition.span.as_ref(),
                )
                .hint("keep one of them here: an object of the graph must be exactly one type")
                .related(pair.graph.types.get(graph).and_then(|ty| ty.span.as_ref()), "declared here in the graph");
            None
        }
    }
}
