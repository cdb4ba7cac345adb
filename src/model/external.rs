//! `@external` fields that no connector gives: they belong to another subgraph, which is not here, so they are left out.

use super::{
    Place,
    connectors::Connectors,
    report::{Explain, Report},
    resolvability::gives_somewhere,
};
use crate::graphql::{Directive, FieldDefinition, Name, Schema, TypeDefinition, TypeKind};

/// Removes them from the graph.
pub(super) fn hide_external(schema: &mut Schema, connectors: &Connectors, report: &mut Report) {
    for (type_name, field) in hidden(schema, connectors) {
        let Some(field) = schema.types.get_mut(&type_name).and_then(|ty| ty.fields.shift_remove(&field)) else {
            continue;
        };
        // What a connector would give that is wrong cannot be known.
        if connectors.broken.is_empty() {
            report
                .warning(
                    "EXTERNAL_FIELD",
                    format!("no connector gives `{type_name}.{}`, which is `@external`: it is left out", field.name),
                    field.span.as_ref(),
                )
                .hint("give it by a selection, or give the field its own `@connect`");
        }
    }
}

fn hidden(schema: &Schema, connectors: &Connectors) -> Vec<(Name, Name)> {
    let is_hidden = |definition: &TypeDefinition, field: &FieldDefinition| {
        (is_external(&definition.directives) || is_external(&field.directives))
            && !connectors.list.iter().any(|connector| {
                let own = match &connector.place {
                    Place::Root { parent, field: own, .. } | Place::Field { parent, field: own } => {
                        *parent == definition.name && *own == field.name
                    }
                    Place::Type { .. } => false,
                };
                own || gives_somewhere(schema, connector, &definition.name, &field.name)
            })
    };
    let objects = schema.types.values().filter(|definition| definition.kind == TypeKind::Object);
    objects
        .flat_map(|definition| {
            let fields = definition.fields.values().filter(move |field| is_hidden(definition, field));
            fields.map(|field| (definition.name.clone(), field.name.clone()))
        })
        .collect()
}

fn is_external(directives: &[Directive]) -> bool {
    directives.iter().any(|directive| &*directive.name == "external")
}
