//! What a selection gives without naming it: `...path` spreads an object whose fields its text does not tell, and from
//! connect/v0.4 on `author` or `author: $.user` passes an object through.
//!
//! A spread object is taken to have the leaves of its type: objects within it must be selected. One that is passed through has
//! the objects within, too, except where a type holds itself, or where objects of the type are loaded by a key.

use indexmap::IndexMap;

use super::connects;
use crate::{
    graphql::{FieldDefinition, Schema, TypeDefinition, TypeKind},
    mapping::{ObjectShape, Shape, ShapeField, Version},
    model::variables::is_composite,
};

/// Most fields that passed objects of one selection are taken to have.
const MOST_FIELDS: usize = 2_000;

/// The shape of a selection for `type_name`, with the fields of open objects.
pub(super) fn with_open_fields(schema: &Schema, type_name: &str, mut shape: Shape, version: Version) -> Shape {
    let mut filler = Filler { schema, passes: version >= Version::V0_4, around: Vec::new(), left: MOST_FIELDS };
    filler.pass(type_name, &mut shape);
    if let Shape::Object(object) = &mut shape {
        filler.fill(type_name, object);
    }
    shape
}

struct Filler<'s> {
    schema: &'s Schema,
    /// Whether objects without braces are passed through.
    passes: bool,
    /// The types that stand around what is passed through.
    around: Vec<&'s str>,
    left: usize,
}

// === impl Filler ===

impl<'s> Filler<'s> {
    fn fill(&mut self, type_name: &str, object: &mut ObjectShape) {
        let types = types(self.schema, type_name);
        for (name, given) in &mut object.fields {
            let mut known: Vec<&str> = Vec::new();
            for field in types.iter().filter_map(|ty| ty.fields.get(name.as_str())) {
                if field.arguments.is_empty() {
                    self.pass(field.ty.name(), &mut given.shape);
                }
                let Shape::Object(below) = &mut given.shape else { continue };
                if !known.contains(&&**field.ty.name()) {
                    known.push(field.ty.name());
                    self.fill(field.ty.name(), below);
                }
            }
        }
        if object.open {
            for (name, field) in &self.leaves(type_name, &types) {
                object.fields.entry(name.clone()).or_insert_with(|| field.clone());
            }
        }
    }

    /// An object that is given as it comes.
    fn pass(&mut self, type_name: &str, shape: &mut Shape) {
        let Some(definition) = self.schema.types.get(type_name) else { return };
        if self.passes && *shape == Shape::Unknown && is_composite(definition) {
            *shape = Shape::Object(self.passed(definition));
        }
    }

    fn passed(&mut self, definition: &'s TypeDefinition) -> ObjectShape {
        let types = types(self.schema, &definition.name);
        let mut object = ObjectShape { fields: self.leaves(&definition.name, &types), open: true };
        self.left = self.left.saturating_sub(object.fields.len());
        self.around.push(&definition.name);
        for field in types.iter().flat_map(|ty| ty.fields.values()).filter(|field| is_plain(field)) {
            let Some(below) = self.schema.types.get(field.ty.name()) else { continue };
            let is_loaded = connects(&below.directives).next().is_some();
            let is_known = object.fields.contains_key(&*field.name) || self.around.contains(&&*below.name);
            if is_composite(below) && !is_loaded && !is_known && self.left > 0 {
                let shape = Shape::Object(self.passed(below));
                object.fields.insert(field.name.to_string(), given(shape));
            }
        }
        self.around.pop();
        object
    }

    /// What any object of the type has, if it has anything.
    fn leaves(&self, type_name: &str, types: &[&TypeDefinition]) -> IndexMap<String, ShapeField> {
        let leaves = types.iter().flat_map(|ty| ty.fields.values()).filter(|field| is_leaf(self.schema, field));
        let names = leaves.map(|field| field.name.to_string());
        let is_abstract = self.schema.types.get(type_name).is_some_and(|ty| ty.kind != TypeKind::Object);
        let typename = is_abstract.then(|| "__typename".to_owned());
        names.chain(typename).map(|name| (name, given(Shape::Unknown))).collect()
    }
}

fn given(shape: Shape) -> ShapeField {
    ShapeField { shape, range: 0..0, from_body: true, words: Vec::new(), only_words: false }
}

/// A type, and those that it may be.
fn types<'s>(schema: &'s Schema, type_name: &str) -> Vec<&'s TypeDefinition> {
    let Some(definition) = schema.types.get(type_name) else { return Vec::new() };
    let concrete = schema.possible_types(type_name);
    let concrete = concrete.iter().filter_map(|name| schema.types.get(name)).filter(|ty| ty.name != definition.name);
    std::iter::once(definition).chain(concrete).collect()
}

/// Whether an object may simply have this field: no arguments, no connector of its own.
fn is_plain(field: &FieldDefinition) -> bool {
    field.arguments.is_empty() && connects(&field.directives).next().is_none()
}

/// Whether that is a leaf.
fn is_leaf(schema: &Schema, field: &FieldDefinition) -> bool {
    let is_leaf =
        schema.types.get(field.ty.name()).is_some_and(|ty| matches!(ty.kind, TypeKind::Scalar | TypeKind::Enum));
    is_leaf && is_plain(field)
}
