//! Defaults of arguments and input fields, coerced once, so that nobody else has to.

use std::collections::HashSet;

use super::{
    super::{Literal, LiteralKind, lower::coerce_literal},
    Name, Schema, TypeDefinition, TypeKind, TypeRef,
};

/// An input field whose default needs itself.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::graphql) struct DefaultCycle {
    pub(in crate::graphql) type_name: Name,
    pub(in crate::graphql) field: Name,
}

/// Coerces every default to its type, defaults of fields inside it included. Does nothing twice.
pub(in crate::graphql) fn coerce_defaults(schema: &mut Schema) -> Result<(), DefaultCycle> {
    find_cycle(schema)?;
    let original = schema.clone();
    let coerce = |ty: &TypeRef, default: &mut Option<Literal>| {
        if let Some(value) = default.take() {
            *default = Some(coerce_literal(&original, ty, value));
        }
    };
    for definition in schema.types.values_mut() {
        for argument in definition.fields.values_mut().flat_map(|field| field.arguments.values_mut()) {
            coerce(&argument.ty, &mut argument.default);
        }
        for field in definition.input_fields.values_mut() {
            coerce(&field.ty, &mut field.default);
        }
    }
    Ok(())
}

/// <https://spec.graphql.org/September2025/#InputFieldDefaultValueHasCycle()>
fn find_cycle(schema: &Schema) -> Result<(), DefaultCycle> {
    let mut search = Search { schema, open: HashSet::new(), done: HashSet::new() };
    for definition in schema.types.values().filter(|definition| definition.kind == TypeKind::Input) {
        for field in definition.input_fields.keys() {
            search.field(definition, field)?;
        }
    }
    Ok(())
}

struct Search<'a> {
    schema: &'a Schema,
    open: HashSet<(&'a str, &'a str)>,
    done: HashSet<(&'a str, &'a str)>,
}

impl<'a> Search<'a> {
    fn field(&mut self, definition: &'a TypeDefinition, name: &str) -> Result<(), DefaultCycle> {
        let Some(field) = definition.input_fields.get(name) else { return Ok(()) };
        let key = (&*definition.name, &*field.name);
        let Some(default) = field.default.as_ref().filter(|_| !self.done.contains(&key)) else { return Ok(()) };
        if !self.open.insert(key) {
            return Err(DefaultCycle { type_name: definition.name.clone(), field: field.name.clone() });
        }
        self.value(&field.ty, default)?;
        self.open.remove(&key);
        self.done.insert(key);
        Ok(())
    }

    fn value(&mut self, ty: &TypeRef, value: &'a Literal) -> Result<(), DefaultCycle> {
        match &value.kind {
            LiteralKind::List(items) => {
                let of = ty.item().unwrap_or(ty);
                items.iter().try_for_each(|item| self.value(of, item))
            }
            LiteralKind::Object(members) => {
                let schema = self.schema;
                let Some(input) = schema.types.get(ty.name()).filter(|input| input.kind == TypeKind::Input) else {
                    return Ok(());
                };
                for (name, field) in &input.input_fields {
                    match members.iter().find(|(key, _)| key == name) {
                        Some((_, member)) => self.value(&field.ty, member)?,
                        None => self.field(input, name)?,
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
