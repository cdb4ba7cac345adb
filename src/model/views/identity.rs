//! The view of a configuration without `[clients]`: the whole graph, less what is `@inaccessible`.

use super::is_inaccessible;
use crate::graphql::{Name, Schema, TypeDefinition, TypeKind};

/// The graph as a view's schema.
pub(super) fn whole_graph(graph: &Schema) -> Schema {
    let mut view = graph.clone();
    view.directives.clear();
    view.types.retain(|_, definition| !is_inaccessible(&definition.directives));
    for definition in view.types.values_mut() {
        hide_elements(definition);
    }
    // What is hidden takes with it what is made of it.
    while drop_dangling(&mut view) {}
    for root in [&mut view.mutation, &mut view.subscription] {
        if root.as_ref().is_some_and(|name| !view.types.contains_key(name)) {
            *root = None;
        }
    }
    view
}

fn hide_elements(definition: &mut TypeDefinition) {
    definition.fields.retain(|_, field| !is_inaccessible(&field.directives));
    definition.values.retain(|_, value| !is_inaccessible(&value.directives));
    definition.input_fields.retain(|_, field| !is_inaccessible(&field.directives));
    for field in definition.fields.values_mut() {
        field.arguments.retain(|_, argument| !is_inaccessible(&argument.directives));
    }
}

/// Removes what refers to types that are gone, and types that are empty by now; whether anything was removed.
fn drop_dangling(view: &mut Schema) -> bool {
    let names: std::collections::HashSet<Name> = view.types.keys().cloned().collect();
    let count = |definition: &TypeDefinition| {
        let arguments: usize = definition.fields.values().map(|field| field.arguments.len()).sum();
        definition.fields.len()
            + definition.members.len()
            + definition.implements.len()
            + definition.input_fields.len()
            + arguments
    };
    let before: usize = view.types.values().map(|definition| 1 + count(definition)).sum();
    for definition in view.types.values_mut() {
        definition.fields.retain(|_, field| names.contains(field.ty.name()));
        for field in definition.fields.values_mut() {
            field.arguments.retain(|_, argument| names.contains(argument.ty.name()));
        }
        definition.input_fields.retain(|_, field| names.contains(field.ty.name()));
        definition.members.retain(|member| names.contains(member));
        definition.implements.retain(|interface| names.contains(interface));
    }
    view.types.retain(|_, definition| match definition.kind {
        TypeKind::Scalar => true,
        TypeKind::Object | TypeKind::Interface => !definition.fields.is_empty(),
        TypeKind::Union => !definition.members.is_empty(),
        TypeKind::Enum => !definition.values.is_empty(),
        TypeKind::Input => !definition.input_fields.is_empty(),
    });
    let after: usize = view.types.values().map(|definition| 1 + count(definition)).sum();
    after < before
}
