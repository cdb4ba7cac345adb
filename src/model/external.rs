//! `@external` fields that no connector gives: they belong to another subgraph, which is not here, so they are left out.

use super::{
    connectors::Connectors,
    report::{Explain, Report},
    resolvability::gives_somewhere,
};
use crate::graphql::{Directive, FieldDefinition, Name, Schema, TypeDefinition};

/// Whether a field that cannot be had is to be left out.
pub(super) fn is_left_out(
    schema: &Schema,
    connectors: &Connectors,
    object: &TypeDefinition,
    field: &FieldDefinition,
) -> bool {
    let is_external = |directives: &[Directive]| directives.iter().any(|directive| &*directive.name == "external");
    (is_external(&object.directives) || is_external(&field.directives))
        && !connectors.list.iter().any(|connector| gives_somewhere(schema, connector, &object.name, &field.name))
}

/// Removes the fields from the graph.
pub(super) fn leave_out(schema: &mut Schema, fields: &[(Name, Name)], report: &mut Report) {
    for (type_name, field) in fields {
        let Some(field) = schema.types.get_mut(type_name).and_then(|ty| ty.fields.shift_remove(field)) else {
            continue;
        };
        report
            .warning(
                "EXTERNAL_FIELD",
                format!("no connector gives `{type_name}.{}`, which is `@external`: it is left out", field.name),
                field.span.as_ref(),
            )
            .hint("give it by a selection, or give the field its own `@connect`");
    }
}
