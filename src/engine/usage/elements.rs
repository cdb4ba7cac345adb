//! The fields, arguments, input fields and enum values of a schema, numbered, and which of them the text of an operation names.

use std::{
    collections::HashSet,
    fmt::{Arguments, Write as _},
    sync::Arc,
};

use indexmap::IndexMap;

use crate::graphql::{Directive, Field, Literal, LiteralKind, Operation, Schema, TypeKind, TypeRef, deprecation};

/// The number of an element of one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Element(u32);

/// All of them, by coordinate.
#[derive(Debug, Default)]
pub(super) struct Elements(IndexMap<Arc<str>, ElementInfo, ahash::RandomState>);

/// What is known of an element.
#[derive(Debug)]
pub(super) struct ElementInfo {
    /// The reason, if it is deprecated.
    pub(super) deprecated: Option<Arc<str>>,
    pub(super) kind: ElementKind,
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// A field of an output type, or an argument.
    Asked,
    /// An input object, or an enum that something is given as. Named by operations with a variable that can hold such a value.
    Given,
    /// A field or value of one.
    Member(Element),
}

/// What an operation names.
struct Named<'a> {
    elements: &'a Elements,
    schema: &'a Schema,
    used: Vec<Element>,
    /// Of the last coordinate.
    coordinate: String,
}

impl Element {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

// === impl Elements ===

impl Elements {
    /// Those of `schema`. Enums that only answers hold are left out: nobody names what comes back.
    pub(super) fn of(schema: &Schema) -> Self {
        let mut elements = Self::default();
        let given = given_types(schema);
        for (name, definition) in &schema.types {
            for (field_name, field) in &definition.fields {
                elements.add(format!("{name}.{field_name}"), &field.directives, ElementKind::Asked);
                for (argument_name, argument) in &field.arguments {
                    let coordinate = format!("{name}.{field_name}({argument_name}:)");
                    elements.add(coordinate, &argument.directives, ElementKind::Asked);
                }
            }
            let is_given = definition.kind == TypeKind::Input || given.contains(&**name);
            if !is_given || (definition.input_fields.is_empty() && definition.values.is_empty()) {
                continue;
            }
            let Some(own) = elements.add(name.to_string(), &[], ElementKind::Given) else { continue };
            let fields = definition.input_fields.values().map(|field| (&field.name, &field.directives));
            let values = definition.values.values().map(|value| (&value.name, &value.directives));
            for (member, directives) in fields.chain(values) {
                elements.add(format!("{name}.{member}"), directives, ElementKind::Member(own));
            }
        }
        elements
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// With their coordinates, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &ElementInfo)> {
        self.0.iter()
    }

    /// Those that `operation` of a client of `schema` names, each once.
    pub(super) fn used_by(&self, schema: &Schema, operation: &Operation) -> Box<[Element]> {
        let mut named = Named { elements: self, schema, used: Vec::new(), coordinate: String::new() };
        operation.visit_fields(|field| named.field(field));
        named.variables(operation);
        let mut used = named.used;
        used.sort_unstable();
        used.dedup();
        used.into()
    }

    fn add(&mut self, coordinate: String, directives: &[Directive], kind: ElementKind) -> Option<Element> {
        let info = ElementInfo { deprecated: deprecation(directives).map(Into::into), kind };
        let (at, _) = self.0.insert_full(coordinate.into(), info);
        u32::try_from(at).ok().map(Element)
    }
}

/// Types of arguments and of input fields.
fn given_types(schema: &Schema) -> HashSet<&str> {
    let types = schema.types.values();
    let arguments = types.clone().flat_map(|ty| ty.fields.values()).flat_map(|field| field.arguments.values());
    let members = types.flat_map(|ty| ty.input_fields.values());
    arguments.chain(members).map(|value| &**value.ty.name()).collect()
}

// === impl Named ===

impl Named<'_> {
    /// Fields that every type has (`__typename`) are not among the elements.
    fn note(&mut self, coordinate: Arguments<'_>) {
        self.coordinate.clear();
        self.coordinate.write_fmt(coordinate).expect("writing to a string cannot fail");
        let at = self.elements.0.get_index_of(self.coordinate.as_str());
        self.used.extend(at.and_then(|at| u32::try_from(at).ok()).map(Element));
    }

    fn field(&mut self, field: &Field) {
        self.note(format_args!("{}.{}", field.parent_type, field.name));
        for argument in &field.arguments {
            self.note(format_args!("{}.{}({}:)", field.parent_type, field.name, argument.name));
            if !matches!(argument.value.kind, LiteralKind::Enum(_) | LiteralKind::List(_) | LiteralKind::Object(_)) {
                continue;
            }
            let schema = self.schema;
            let declared = schema.field(&field.parent_type, &field.name);
            if let Some(declared) = declared.and_then(|declared| declared.arguments.get(&argument.name)) {
                self.literal(&argument.value, &declared.ty);
            }
        }
    }

    /// The members that a literal is made of. Defaults of input fields are filled in by now: a member that says no more than
    /// its default counts as one that is not there.
    fn literal(&mut self, literal: &Literal, ty: &TypeRef) {
        let schema = self.schema;
        match &literal.kind {
            LiteralKind::Enum(value) => self.note(format_args!("{}.{value}", ty.name())),
            LiteralKind::List(items) => {
                items.iter().for_each(|item| self.literal(item, ty.item().unwrap_or(ty)));
            }
            LiteralKind::Object(members) => {
                let Some(input) = schema.types.get(ty.name()) else { return };
                for (name, member) in members {
                    let Some(field) = input.input_fields.get(name) else { continue };
                    if field.default.as_ref().is_none_or(|default| default != member) {
                        self.note(format_args!("{}.{name}", ty.name()));
                        self.literal(member, &field.ty);
                    }
                }
            }
            LiteralKind::Null
            | LiteralKind::Boolean(_)
            | LiteralKind::Int(_)
            | LiteralKind::Float(_)
            | LiteralKind::String(_)
            | LiteralKind::Variable(_)
            | LiteralKind::NonNullVariable(_) => {}
        }
    }

    /// What their defaults are made of, and the input objects and enums of which they can hold values.
    fn variables(&mut self, operation: &Operation) {
        let schema = self.schema;
        let (mut waiting, mut seen) = (Vec::new(), HashSet::new());
        for variable in &operation.variables {
            if let Some(default) = &variable.default {
                self.literal(default, &variable.ty);
            }
            waiting.push(variable.ty.name());
        }
        while let Some(name) = waiting.pop() {
            let Some(definition) = schema.types.get(name) else { continue };
            if matches!(definition.kind, TypeKind::Input | TypeKind::Enum) && seen.insert(name) {
                self.note(format_args!("{name}"));
                waiting.extend(definition.input_fields.values().map(|field| field.ty.name()));
            }
        }
    }
}
