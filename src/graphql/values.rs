//! Whether a literal fits a type: the rules on values of the specification, for documents and schemas.
//!
//! <https://spec.graphql.org/September2025/#sec-Values>

mod mismatch;

use apollo_compiler::{Node, ast::Value, parser::SourceSpan};

pub(super) use mismatch::Mismatch;

use super::{Name, Schema, TypeDefinition, TypeKind, TypeRef, library::name};

/// What the walk over a literal finds.
pub(super) trait ValueVisitor {
    /// A problem at a place.
    fn problem(&mut self, place: Option<SourceSpan>, mismatch: &Mismatch<'_>);
    /// A variable where a value of a type is expected.
    fn variable(&mut self, usage: VariableUsage);
}

/// A variable in use.
#[derive(Debug, Clone)]
pub(super) struct VariableUsage {
    pub(super) name: Name,
    pub(super) place: Option<SourceSpan>,
    /// `None` inside custom scalars and unknown places, where any type does.
    pub(super) ty: Option<TypeRef>,
    /// The argument or input field has a default other than null.
    pub(super) has_default: bool,
    /// The value of a field of a `@oneOf` type, where null is never allowed.
    pub(super) one_of: Option<Name>,
}

/// Checks `value` against `ty`.
pub(super) fn check(
    schema: &Schema,
    ty: &TypeRef,
    has_default: bool,
    value: &Node<Value>,
    visitor: &mut dyn ValueVisitor,
) {
    if let Value::Variable(variable) = &**value {
        visitor.variable(VariableUsage {
            name: name(variable),
            place: value.location(),
            ty: Some(ty.clone()),
            has_default,
            one_of: None,
        });
        return;
    }
    if value.is_null() {
        if ty.is_non_null() {
            visitor.problem(value.location(), &Mismatch::Null { ty });
        }
        return;
    }
    match ty {
        TypeRef::List { of, .. } => match &**value {
            Value::List(items) => items.iter().for_each(|item| check(schema, of, false, item, visitor)),
            _ => check(schema, of, false, value, visitor),
        },
        TypeRef::Named { name, .. } => {
            let Some(definition) = schema.types.get(name) else { return variables_anywhere(value, visitor) };
            match definition.kind {
                TypeKind::Scalar if definition.is_built_in_scalar() => check_scalar(ty, value, visitor),
                TypeKind::Scalar => variables_anywhere(value, visitor),
                TypeKind::Enum => check_enum(definition, value, visitor),
                TypeKind::Input => check_input_object(schema, definition, value, visitor),
                TypeKind::Object | TypeKind::Interface | TypeKind::Union => {}
            }
        }
    }
}

/// Reports the variables inside a value whose type is open, and keys of objects that stand twice: no type allows them.
pub(super) fn variables_anywhere(value: &Node<Value>, visitor: &mut dyn ValueVisitor) {
    match &**value {
        Value::Variable(variable) => visitor.variable(VariableUsage {
            name: name(variable),
            place: value.location(),
            ty: None,
            has_default: false,
            one_of: None,
        }),
        Value::List(items) => items.iter().for_each(|item| variables_anywhere(item, visitor)),
        Value::Object(members) => {
            let mut seen: ahash::HashSet<&str> = ahash::HashSet::default();
            for (key, member) in members {
                if !seen.insert(key.as_str()) {
                    visitor.problem(key.location(), &Mismatch::Repeated { key });
                }
                variables_anywhere(member, visitor);
            }
        }
        _ => {}
    }
}

fn check_scalar(ty: &TypeRef, value: &Node<Value>, visitor: &mut dyn ValueVisitor) {
    let scalar = &**ty.name();
    let fits = match (scalar, &**value) {
        ("Int", Value::Int(number)) => {
            if number.try_to_i32().is_err() {
                visitor.problem(value.location(), &Mismatch::TooLarge { number: number.to_string() });
            }
            true
        }
        ("Float", Value::Int(number)) => number.try_to_f64().is_ok(),
        ("Float", Value::Float(number)) => number.try_to_f64().is_ok(),
        ("String" | "ID", Value::String(_)) | ("ID", Value::Int(_)) | ("Boolean", Value::Boolean(_)) => true,
        _ => false,
    };
    if !fits {
        visitor.problem(value.location(), &Mismatch::Scalar { scalar, shown: shown(value) });
        variables_anywhere(value, visitor);
    }
}

fn check_enum(definition: &TypeDefinition, value: &Node<Value>, visitor: &mut dyn ValueVisitor) {
    let mismatch = match &**value {
        Value::Enum(given) if definition.values.contains_key(given.as_str()) => return,
        Value::Enum(given) => Mismatch::UnknownValue { definition, given },
        Value::String(given) => Mismatch::NoValue { definition, given: Some(given), shown: shown(value) },
        _ => Mismatch::NoValue { definition, given: None, shown: shown(value) },
    };
    visitor.problem(value.location(), &mismatch);
    variables_anywhere(value, visitor);
}

fn check_input_object(
    schema: &Schema,
    definition: &TypeDefinition,
    value: &Node<Value>,
    visitor: &mut dyn ValueVisitor,
) {
    let Value::Object(members) = &**value else {
        visitor.problem(value.location(), &Mismatch::NoObject { definition, shown: shown(value) });
        return variables_anywhere(value, visitor);
    };
    let mut seen: ahash::HashSet<&str> = ahash::HashSet::default();
    for (key, member) in members {
        if !seen.insert(key.as_str()) {
            visitor.problem(key.location(), &Mismatch::Repeated { key });
        }
        match definition.input_fields.get(key.as_str()) {
            Some(field) if definition.is_one_of() => {
                check_one_of_member(schema, definition, &field.ty, member, visitor)
            }
            Some(field) => {
                let has_default = field.default.as_ref().is_some_and(|default| !default.is_null());
                check(schema, &field.ty, has_default, member, visitor);
            }
            None => {
                visitor.problem(key.location(), &Mismatch::UnknownField { definition, key });
                variables_anywhere(member, visitor);
            }
        }
    }
    for field in definition.input_fields.values().filter(|field| field.is_required()) {
        if !seen.contains(&*field.name) {
            visitor.problem(value.location(), &Mismatch::Missing { definition, field });
        }
    }
    if definition.is_one_of() && members.len() != 1 {
        visitor.problem(value.location(), &Mismatch::NotOne { definition });
    }
}

fn check_one_of_member(
    schema: &Schema,
    definition: &TypeDefinition,
    ty: &TypeRef,
    member: &Node<Value>,
    visitor: &mut dyn ValueVisitor,
) {
    match &**member {
        Value::Null => visitor.problem(member.location(), &Mismatch::OneOfNull { definition }),
        Value::Variable(variable) => visitor.variable(VariableUsage {
            name: name(variable),
            place: member.location(),
            ty: Some(ty.clone()),
            has_default: false,
            one_of: Some(definition.name.clone()),
        }),
        _ => check(schema, ty, false, member, visitor),
    }
}

/// A value in a message, cut short.
fn shown(value: &Node<Value>) -> String {
    const MOST: usize = 60;
    let text = match &**value {
        Value::List(_) => return "a list".into(),
        Value::Object(_) => return "an object".into(),
        Value::String(text) if text.len() > MOST => return "a long string".into(),
        other => other.to_string(),
    };
    if text.chars().count() > MOST { text.chars().take(MOST).chain("...".chars()).collect() } else { text }
}
