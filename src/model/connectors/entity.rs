//! `entity: true`: a root field that also loads the type that it returns.

use super::Spot;
use crate::{
    graphql::{InputValue, Literal, Name, Schema, TypeDefinition, TypeKind, TypeRef},
    model::{
        KeyField,
        report::{Explain, Report},
        variables::{Usage, is_composite, key_tree, list_depth},
    },
};

const MISMATCH: &str = "ENTITY_RESOLVER_ARGUMENT_MISMATCH";

/// Arguments that are the key, and the defaults of the others.
pub(super) fn compile(
    schema: &Schema,
    spot: &Spot<'_>,
    usage: &Usage,
    report: &mut Report,
) -> (Vec<KeyField>, Vec<(Name, Literal)>) {
    let nothing = (Vec::new(), Vec::new());
    let Some(field) = spot.field else { return nothing };
    if schema.query.as_ref() != Some(&spot.parent.name) {
        report
            .error(
                "ENTITY_NOT_ON_ROOT_QUERY",
                "`entity: true` belongs on fields of the query root",
                spot.directive.span.as_ref(),
            )
            .hint("remove `entity: true`");
        return nothing;
    }
    let Some(entity) = schema.types.get(field.ty.name()) else { return nothing };
    if field.ty.is_non_null() || field.ty.item().is_some() || entity.kind != TypeKind::Object {
        let found = match entity.kind {
            _ if field.ty.is_non_null() && field.ty.item().is_none() => "one that is never null",
            _ if field.ty.item().is_some() => "a list",
            TypeKind::Interface => "an interface",
            TypeKind::Union => "a union",
            _ => "a leaf",
        };
        report
            .error(
                "ENTITY_TYPE_INVALID",
                format!("`{}` loads entities, so it must return a nullable object, not {found}", spot.label),
                field.span.as_ref(),
            )
            .hint(instead(schema, entity))
            .related(spot.directive.span.as_ref(), "`entity: true` stands here");
        return nothing;
    }
    let before = report.errors();
    let mut keys = Vec::new();
    let mut defaults = Vec::new();
    for argument in field.arguments.values() {
        let matching = entity.fields.get(&argument.name);
        let is_required = argument.ty.is_non_null() && argument.default.is_none();
        match matching {
            Some(field) if same_type(schema, &argument.ty, &field.ty) => {
                keys.extend(Some(argument).filter(|argument| argument.default.is_none()));
            }
            Some(field) => {
                report
                    .error(
                        MISMATCH,
                        format!(
                            "argument `{}` does not have the type of `{}.{}`",
                            argument.name, entity.name, field.name
                        ),
                        argument.span.as_ref(),
                    )
                    .hint(format!("write `{}`, as the field has it", field.ty.name()))
                    .related(field.span.as_ref(), "the field is declared here");
            }
            None if is_required => {
                report
                    .error(
                        MISMATCH,
                        format!(
                            "`{}` has no field named `{}`, so it cannot be loaded by it",
                            entity.name, argument.name
                        ),
                        argument.span.as_ref(),
                    )
                    .suggest(
                        &argument.name,
                        entity.fields.keys(),
                        Some("name it like the field of the entity, or give it a default".to_owned()),
                    )
                    .related(entity.span.as_ref(), format!("`{}` declared here", entity.name));
            }
            None => {}
        }
    }
    for argument in field.arguments.values() {
        if let Some(default) = &argument.default {
            defaults.push((argument.name.clone(), default.clone()));
        }
    }
    let whole = usage.args.iter().any(|used| used.path.keys.is_empty());
    let used = |argument: &&&InputValue| {
        whole || usage.args.iter().any(|used| used.path.keys.first().is_some_and(|key| **key == *argument.name))
    };
    let keys: Vec<&InputValue> = keys.iter().filter(used).copied().collect();
    if keys.is_empty() && report.errors() == before {
        let id = entity.fields.values().find(|field| &**field.ty.name() == "ID");
        let example = id.map(|field| format!(": `$args.{}`", field.name)).unwrap_or_default();
        report
            .error(
                "CONNECTORS_CANNOT_RESOLVE_KEY",
                format!("`{}` uses no argument as a key", spot.label),
                field.span.as_ref(),
            )
            .hint(format!("use an argument that has the name and type of a field of `{}`{example}", entity.name));
    }
    (keys.into_iter().map(|argument| key_field(schema, argument, usage, entity)).collect(), defaults)
}

/// What to do where a field cannot load what it returns.
fn instead(schema: &Schema, entity: &TypeDefinition) -> String {
    let name = &entity.name;
    match schema.possible_types(name).first() {
        Some(object) if matches!(entity.kind, TypeKind::Interface | TypeKind::Union) => format!(
            "remove `entity: true`; to load the objects behind `{name}`, give each type its own connector: \
             `type {object} @connect(http: {{ GET: \".../{{$this.id}}\" }}, ...)`"
        ),
        _ => format!("return `{name}`, or remove `entity: true`"),
    }
}

/// The argument's part of the key: whole, or for an input object the fields that its texts name.
fn key_field(schema: &Schema, argument: &InputValue, usage: &Usage, entity: &TypeDefinition) -> KeyField {
    let field_type = entity.fields.get(&argument.name).and_then(|field| schema.types.get(field.ty.name()));
    if !field_type.is_some_and(is_composite) {
        return KeyField { name: argument.name.clone(), fields: Vec::new() };
    }
    let input = schema.types.get(argument.ty.name());
    let named: Vec<_> = usage
        .args
        .iter()
        .filter(|used| used.path.keys.first().is_some_and(|key| **key == *argument.name))
        .cloned()
        .collect();
    let mut tree = key_tree(&named).pop().unwrap_or(KeyField { name: argument.name.clone(), fields: Vec::new() });
    if tree.fields.is_empty() {
        tree.fields = input.map(|input| all_fields(schema, input, 0)).unwrap_or_default();
    }
    tree
}

fn all_fields(schema: &Schema, input: &TypeDefinition, depth: usize) -> Vec<KeyField> {
    // Input types may refer to themselves.
    if depth > 8 {
        return Vec::new();
    }
    let below = |field: &InputValue| {
        schema.types.get(field.ty.name()).map(|ty| all_fields(schema, ty, depth + 1)).unwrap_or_default()
    };
    input.input_fields.values().map(|field| KeyField { name: field.name.clone(), fields: below(field) }).collect()
}

/// The same scalar or enum at the same list depth, or an input object whose fields are fields of the object.
fn same_type(schema: &Schema, argument: &TypeRef, field: &TypeRef) -> bool {
    fn same_named(schema: &Schema, input: &TypeRef, output: &TypeRef, depth: usize) -> bool {
        if list_depth(input) != list_depth(output) {
            return false;
        }
        let (Some(input), Some(output)) = (schema.types.get(input.name()), schema.types.get(output.name())) else {
            return false;
        };
        if input.kind != TypeKind::Input {
            return input.name == output.name;
        }
        depth < 8
            && output.kind == TypeKind::Object
            && input.input_fields.values().all(|member| {
                output
                    .fields
                    .get(&member.name)
                    .is_some_and(|field| same_named(schema, &member.ty, &field.ty, depth + 1))
            })
    }
    same_named(schema, argument, field, 0)
}
