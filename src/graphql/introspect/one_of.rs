//! `__Type.isOneOf`, which the library does not know: it is asked for the type's name instead, under an alias that says so,
//! and the answer is made of that name.

use std::sync::Arc;

use apollo_compiler::{
    Name as LibraryName,
    ast::{Definition, Document, Field, OperationType, Selection},
};

use crate::{
    graphql::{FieldDefinition, Schema, TypeDefinition, TypeKind, TypeRef},
    json::Value,
};

const FIELD: &str = "isOneOf";
const TYPE: &str = "__Type";
/// Response keys that begin with this hold the name of a type. Names that begin so are reserved.
const ALIAS: &str = "__isOneOf_";

/// Adds the field to the introspection types.
pub(in crate::graphql) fn define(introspection: &mut Schema) {
    let Some(definition) = introspection.types.get_mut(TYPE) else { return };
    let field = FieldDefinition {
        name: FIELD.into(),
        description: None,
        arguments: indexmap::IndexMap::new(),
        ty: TypeRef::Named { name: "Boolean".into(), non_null: false },
        directives: Vec::new(),
        span: None,
        type_span: None,
    };
    definition.fields.entry(FIELD.into()).or_insert(field);
}

/// The document as the library can answer it; `None` where it can as it is.
pub(in crate::graphql) fn stand_in(document: &Document, introspection: &Schema) -> Option<Document> {
    let is_asked = document.definitions.iter().any(|definition| match definition {
        Definition::OperationDefinition(operation) => asks(&operation.selection_set),
        Definition::FragmentDefinition(fragment) => asks(&fragment.selection_set),
        _ => false,
    });
    if !is_asked {
        return None;
    }
    let mut stand_in = document.clone();
    let mut rewriter = Rewriter { introspection, changed: false };
    for definition in &mut stand_in.definitions {
        match definition {
            Definition::OperationDefinition(operation) if operation.operation_type == OperationType::Query => {
                rewriter.selections(&mut operation.make_mut().selection_set, None);
            }
            Definition::FragmentDefinition(fragment) => {
                let fragment = fragment.make_mut();
                let parent = introspection.types.get(fragment.type_condition.as_str());
                rewriter.selections(&mut fragment.selection_set, parent);
            }
            _ => {}
        }
    }
    rewriter.changed.then_some(stand_in)
}

/// Whether a field of this name is selected anywhere.
fn asks(selections: &[Selection]) -> bool {
    selections.iter().any(|selection| match selection {
        Selection::Field(field) => field.name == FIELD || asks(&field.selection_set),
        Selection::InlineFragment(fragment) => asks(&fragment.selection_set),
        Selection::FragmentSpread(_) => false,
    })
}

/// The key and value that a member of an answer stands for.
pub(super) fn member(schema: &Schema, key: &str, value: Value) -> (Arc<str>, Value) {
    match key.strip_prefix(ALIAS) {
        Some(key) => (key.into(), value.as_str().map_or(Value::Null, |name| is_one_of(schema, name))),
        None => (key.into(), value),
    }
}

fn is_one_of(schema: &Schema, name: &str) -> Value {
    match schema.types.get(name) {
        Some(definition) if definition.kind == TypeKind::Input => {
            Value::Bool(definition.directives.iter().any(|directive| &*directive.name == "oneOf"))
        }
        _ => Value::Null,
    }
}

struct Rewriter<'a> {
    introspection: &'a Schema,
    changed: bool,
}

impl<'a> Rewriter<'a> {
    /// `parent` is the introspection type that is selected of; `None` for the client's own types.
    fn selections(&mut self, selections: &mut [Selection], parent: Option<&'a TypeDefinition>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(field.make_mut(), parent),
                Selection::InlineFragment(fragment) => {
                    let fragment = fragment.make_mut();
                    let parent = match &fragment.type_condition {
                        Some(condition) => self.introspection.types.get(condition.as_str()),
                        None => parent,
                    };
                    self.selections(&mut fragment.selection_set, parent);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, field: &mut Field, parent: Option<&'a TypeDefinition>) {
        match parent {
            Some(parent) if &*parent.name == TYPE && field.name == FIELD => {
                let alias = format!("{ALIAS}{}", field.alias.as_ref().unwrap_or(&field.name));
                if let (Ok(alias), Ok(name)) = (LibraryName::new(&alias), LibraryName::new("name")) {
                    field.alias = Some(alias);
                    field.name = name;
                    self.changed = true;
                }
            }
            Some(parent) => {
                let ty = parent.fields.get(field.name.as_str()).map(|field| field.ty.name());
                let below = ty.and_then(|ty| self.introspection.types.get(ty));
                self.selections(&mut field.selection_set, below);
            }
            None => {
                let below = match field.name.as_str() {
                    "__schema" => self.introspection.types.get("__Schema"),
                    "__type" => self.introspection.types.get(TYPE),
                    _ => None,
                };
                self.selections(&mut field.selection_set, below);
            }
        }
    }
}
