//! What a selection gives without naming it: `...path` spreads an object whose fields its text does not tell.
//!
//! Such an object is taken to have the leaves of its type. Objects within it must be selected: an unselected one would be
//! as deep as its type, which may hold itself.

use super::connects;
use crate::{
    graphql::{FieldDefinition, Schema, TypeDefinition, TypeKind},
    mapping::{ObjectShape, Shape, ShapeField},
};

/// The shape of a selection for `type_name`, with the fields of open objects.
pub(super) fn with_spread_fields(schema: &Schema, type_name: &str, mut shape: Shape) -> Shape {
    if let Shape::Object(object) = &mut shape {
        fill(schema, type_name, object);
    }
    shape
}

fn fill(schema: &Schema, type_name: &str, object: &mut ObjectShape) {
    let Some(definition) = schema.types.get(type_name) else { return };
    let concrete = schema.possible_types(type_name);
    let concrete = concrete.iter().filter_map(|name| schema.types.get(name)).filter(|ty| ty.name != definition.name);
    let types: Vec<&TypeDefinition> = std::iter::once(definition).chain(concrete).collect();
    for (name, given) in &mut object.fields {
        let Shape::Object(below) = &mut given.shape else { continue };
        let mut known: Vec<&str> = Vec::new();
        for field in types.iter().filter_map(|ty| ty.fields.get(name.as_str())) {
            if !known.contains(&&**field.ty.name()) {
                known.push(field.ty.name());
                fill(schema, field.ty.name(), below);
            }
        }
    }
    if !object.open {
        return;
    }
    let leaves = types.iter().flat_map(|ty| ty.fields.values()).filter(|field| is_leaf(schema, field));
    let names = leaves.map(|field| field.name.to_string());
    let typename = (definition.kind != TypeKind::Object).then(|| "__typename".to_owned());
    for name in names.chain(typename) {
        object.fields.entry(name).or_insert_with(|| ShapeField {
            shape: Shape::Unknown,
            range: 0..0,
            from_body: true,
            words: Vec::new(),
            only_words: false,
        });
    }
}

/// Whether an object may simply have this field: no arguments, no connector of its own, no object.
fn is_leaf(schema: &Schema, field: &FieldDefinition) -> bool {
    let is_leaf =
        schema.types.get(field.ty.name()).is_some_and(|ty| matches!(ty.kind, TypeKind::Scalar | TypeKind::Enum));
    is_leaf && field.arguments.is_empty() && connects(&field.directives).next().is_none()
}
