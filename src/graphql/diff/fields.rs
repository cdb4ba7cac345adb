//! Fields and arguments, and what of their types may change.

use super::{Changes, Described, paired};
use crate::graphql::{FieldDefinition, InputValue, TypeDefinition, TypeRef};

pub(super) fn compare_fields(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    for (name, pair) in paired(&old.fields, &new.fields) {
        let coordinate = format!("{}.{name}", old.name);
        match pair {
            (Some(_), None) => {
                changes.breaking("FIELD_REMOVED", coordinate, format!("field `{name}` was removed"));
            }
            (None, Some(_)) => changes.safe("FIELD_ADDED", coordinate, format!("field `{name}` was added")),
            (Some(before), Some(after)) => {
                changes.texts(&coordinate, described(before), described(after));
                arguments(&coordinate, before, after, changes);
                let (was, is) = (&before.ty, &after.ty);
                if !is_safe_output(&before.ty, &after.ty) {
                    changes.breaking(
                        "FIELD_CHANGED_KIND",
                        coordinate,
                        format!("its type changed from `{was}` to `{is}`"),
                    );
                } else if before.ty != after.ty {
                    let message = format!("its type changed from `{was}` to `{is}`, which is stronger");
                    changes.safe("FIELD_CHANGED_KIND_SAFE", coordinate, message);
                }
            }
            (None, None) => {}
        }
    }
}

fn arguments(field: &str, old: &FieldDefinition, new: &FieldDefinition, changes: &mut Changes) {
    for (name, pair) in paired(&old.arguments, &new.arguments) {
        let coordinate = format!("{field}({name}:)");
        match pair {
            (Some(_), None) => {
                changes.breaking("ARG_REMOVED", coordinate, format!("argument `{name}` was removed"));
            }
            (None, Some(added)) if is_required(added) => {
                changes.breaking("REQUIRED_ARG_ADDED", coordinate, format!("required argument `{name}` was added"));
            }
            (None, Some(_)) => {
                changes.dangerous("OPTIONAL_ARG_ADDED", coordinate, format!("optional argument `{name}` was added"));
            }
            (Some(before), Some(after)) => {
                let kinds = [
                    "ARG_CHANGED_KIND",
                    "ARG_BECAME_REQUIRED",
                    "ARG_DEFAULT_VALUE_CHANGE",
                    "ARG_DEFAULT_VALUE_ADDED",
                    "ARG_CHANGED_KIND_SAFE",
                ];
                input(&coordinate, before, after, (kinds, changes));
            }
            (None, None) => {}
        }
    }
}

pub(super) fn compare_input_fields(old: &TypeDefinition, new: &TypeDefinition, changes: &mut Changes) {
    let one_of = |ty: &TypeDefinition| ty.directives.iter().any(|directive| &*directive.name == "oneOf");
    match (one_of(old), one_of(new)) {
        (false, true) => changes.breaking("ONE_OF_ADDED", &*old.name, "exactly one of its fields must be given now"),
        (true, false) => changes.safe("ONE_OF_REMOVED", &*old.name, "several of its fields may be given now"),
        (true, true) | (false, false) => {}
    }
    for (name, pair) in paired(&old.input_fields, &new.input_fields) {
        let coordinate = format!("{}.{name}", old.name);
        match pair {
            (Some(_), None) => {
                changes.breaking("FIELD_REMOVED", coordinate, format!("input field `{name}` was removed"));
            }
            (None, Some(added)) if is_required(added) => {
                let message = format!("required input field `{name}` was added");
                changes.breaking("REQUIRED_INPUT_FIELD_ADDED", coordinate, message);
            }
            (None, Some(_)) => {
                let message = format!("optional input field `{name}` was added");
                changes.dangerous("OPTIONAL_INPUT_FIELD_ADDED", coordinate, message);
            }
            (Some(before), Some(after)) => {
                let kinds = [
                    "FIELD_CHANGED_KIND",
                    "INPUT_FIELD_BECAME_REQUIRED",
                    "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
                    "INPUT_FIELD_DEFAULT_VALUE_ADDED",
                    "FIELD_CHANGED_KIND_SAFE",
                ];
                input(&coordinate, before, after, (kinds, changes));
            }
            (None, None) => {}
        }
    }
}

/// An argument or input field that is in both schemas. `kinds`: its type got incompatible, it must be given now, its default
/// changed or came, its type got weaker.
fn input(
    coordinate: &str,
    before: &InputValue,
    after: &InputValue,
    (kinds, changes): ([&'static str; 5], &mut Changes),
) {
    let [incompatible, required, default, added, weaker] = kinds;
    changes.texts(
        coordinate,
        Described { description: before.description.as_deref(), directives: &before.directives },
        Described { description: after.description.as_deref(), directives: &after.directives },
    );
    let (was, is) = (&before.ty, &after.ty);
    if !is_safe_input(&before.ty, &after.ty) {
        changes.breaking(incompatible, coordinate, format!("its type changed from `{was}` to `{is}`"));
        return;
    }
    if before.ty != after.ty {
        changes.safe(weaker, coordinate, format!("its type changed from `{was}` to `{is}`, which takes more"));
    }
    let texts = (before.default.as_ref().map(ToString::to_string), after.default.as_ref().map(ToString::to_string));
    match texts {
        (Some(_), None) if after.ty.is_non_null() => {
            changes.breaking(required, coordinate, "it has no default any more, so that it must be given");
        }
        (Some(was), None) => changes.dangerous(default, coordinate, format!("its default `{was}` was removed")),
        (None, Some(is)) => changes.safe(added, coordinate, format!("it has the default `{is}` now")),
        (Some(was), Some(is)) if was != is => {
            changes.dangerous(default, coordinate, format!("its default changed from `{was}` to `{is}`"));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
}

fn is_required(value: &InputValue) -> bool {
    value.ty.is_non_null() && value.default.is_none()
}

/// Whether whoever read the old type can read the new one.
fn is_safe_output(old: &TypeRef, new: &TypeRef) -> bool {
    if old.is_non_null() && !new.is_non_null() {
        return false;
    }
    match (old, new) {
        (TypeRef::List { of: old, .. }, TypeRef::List { of: new, .. }) => is_safe_output(old, new),
        (TypeRef::Named { name: old, .. }, TypeRef::Named { name: new, .. }) => old == new,
        _ => false,
    }
}

/// Whether whatever was given for the old type can be given for the new one.
fn is_safe_input(old: &TypeRef, new: &TypeRef) -> bool {
    if new.is_non_null() && !old.is_non_null() {
        return false;
    }
    match (old, new) {
        (TypeRef::List { of: old, .. }, TypeRef::List { of: new, .. }) => is_safe_input(old, new),
        (TypeRef::Named { name: old, .. }, TypeRef::Named { name: new, .. }) => old == new,
        _ => false,
    }
}

fn described(field: &FieldDefinition) -> Described<'_> {
    Described { description: field.description.as_deref(), directives: &field.directives }
}
