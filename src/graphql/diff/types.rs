//! Types that come, go and change: kinds, unions, enums, interfaces.

use super::{Changes, Described, fields, paired};
use crate::graphql::{Name, Schema, TypeDefinition, TypeKind};

pub(super) fn compare(old: &Schema, new: &Schema, changes: &mut Changes) {
    // What every schema has is no change of it.
    let declared =
        |schema: &Schema, name: &str| schema.types.get(name).is_some_and(|ty| ty.span.is_some() || !is_built_in(name));
    for (name, pair) in paired(&old.types, &new.types) {
        match pair {
            (Some(_), None) if declared(old, name) => {
                changes.breaking("TYPE_REMOVED", name, format!("type `{name}` was removed"));
            }
            (None, Some(_)) if declared(new, name) => {
                changes.safe("TYPE_ADDED", name, format!("type `{name}` was added"));
            }
            (Some(before), Some(after)) if before.kind != after.kind => {
                let message = format!("`{name}` changed from {} to {}", kind(before.kind), kind(after.kind));
                changes.breaking("TYPE_CHANGED_KIND", name, message);
            }
            (Some(before), Some(after)) => same_kind(before, after, changes),
            _ => {}
        }
    }
}

fn is_built_in(name: &str) -> bool {
    matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID")
}

fn same_kind(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    changes.texts(&old.name, described(old), described(new));
    match old.kind {
        TypeKind::Object | TypeKind::Interface => {
            interfaces(old, new, changes);
            fields::compare_fields(old, new, changes);
        }
        TypeKind::Union => members(old, new, changes),
        TypeKind::Enum => values(old, new, changes),
        TypeKind::Input => fields::compare_input_fields(old, new, changes),
        TypeKind::Scalar => scalar(old, new, changes),
    }
}

fn interfaces(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    let name = &old.name;
    for interface in missing(&old.implements, &new.implements) {
        let message = format!("`{name}` does not implement `{interface}` any more");
        changes.breaking("IMPLEMENTED_INTERFACE_REMOVED", &**name, message);
    }
    for interface in missing(&new.implements, &old.implements) {
        let message = format!("`{name}` implements `{interface}` now: where that stands, answers may hold it");
        changes.dangerous("IMPLEMENTED_INTERFACE_ADDED", &**name, message);
    }
}

fn members(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    let name = &old.name;
    for member in missing(&old.members, &new.members) {
        let message = format!("`{member}` was removed from union `{name}`");
        changes.breaking("TYPE_REMOVED_FROM_UNION", &**name, message);
    }
    for member in missing(&new.members, &old.members) {
        let message = format!("`{member}` was added to union `{name}`: answers may hold it");
        changes.dangerous("TYPE_ADDED_TO_UNION", &**name, message);
    }
}

fn values(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    let name = &old.name;
    for (value, pair) in paired(&old.values, &new.values) {
        let coordinate = format!("{name}.{value}");
        match pair {
            (Some(_), None) => {
                changes.breaking("VALUE_REMOVED_FROM_ENUM", coordinate, format!("value `{value}` was removed"));
            }
            (None, Some(_)) => {
                let message = format!("value `{value}` was added: answers may hold it");
                changes.dangerous("VALUE_ADDED_TO_ENUM", coordinate, message);
            }
            (Some(before), Some(after)) => changes.texts(
                &coordinate,
                Described { description: before.description.as_deref(), directives: &before.directives },
                Described { description: after.description.as_deref(), directives: &after.directives },
            ),
            (None, None) => {}
        }
    }
}

fn scalar(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    let specified = |ty: &TypeDefinition| {
        let directive = ty.directives.iter().find(|directive| &*directive.name == "specifiedBy");
        directive.and_then(|directive| directive.argument("url")).map(|url| format!("{:?}", url.kind))
    };
    if specified(old) != specified(new) {
        let message = "what specifies this scalar changed: its values may look different";
        changes.dangerous("SPECIFIED_BY_CHANGED", &*old.name, message);
    }
}

/// Those of `of` that `others` lacks.
fn missing<'a>(of: &'a [Name], others: &'a [Name]) -> impl Iterator<Item = &'a Name> {
    of.iter().filter(|name| !others.contains(name))
}

fn described(ty: &TypeDefinition) -> Described<'_> {
    // A type cannot be deprecated.
    Described { description: ty.description.as_deref(), directives: &[] }
}

fn kind(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Scalar => "a scalar",
        TypeKind::Object => "an object",
        TypeKind::Interface => "an interface",
        TypeKind::Union => "a union",
        TypeKind::Enum => "an enum",
        TypeKind::Input => "an input object",
    }
}
