//! `@max` of views and `max` of connections, in operations and between views: which written values are beyond them, and which
//! of them changed.
//!
//! Judges what a document says by itself: literals, and defaults of variables. What clients send is judged by those who run it.

use std::collections::{BTreeSet, HashSet};

use super::{Bound, View, ViewField};
use crate::{
    graphql::{
        Change, ChangeLevel, Condition, ErrorCode, Field, GraphqlError, Literal, LiteralKind, Location, Name,
        Operation, Selection,
    },
    json::{Object, Value},
};

/// What a client is told of a value that a cap refuses. `field` is `Type.field`; `null` says whether null is as good as nothing.
#[must_use]
pub fn cap_error(
    (field, argument): (&str, &str),
    given: &Value,
    (max, null): (i64, bool),
    location: Location,
) -> Option<GraphqlError> {
    let problem = problem(given, max, null)?;
    let mut error = GraphqlError::new(ErrorCode::BadUserInput, format!("argument `{argument}` of `{field}` {problem}"));
    error.locations.push(location);
    Some(error)
}

/// Whether a default is an integer that a cap allows.
#[must_use]
pub fn is_within_cap(default: &Literal, max: i64) -> bool {
    matches!(&default.kind, LiteralKind::Int(digits) if digits.parse::<i64>().is_ok_and(|value| (0..=max).contains(&value)))
}

/// The values of a valid operation that are beyond the bounds of its view, and would be whatever variables are sent, or left
/// out. A field of an interface has its bounds there and in each of the objects that may stand where it is asked for.
pub(super) fn beyond_bounds(view: &View, operation: &Operation) -> Vec<(GraphqlError, Bound)> {
    let defaults = operation.variables.iter().filter_map(|variable| {
        let value = variable.default.as_ref()?.resolve(&Value::Null)?;
        Some((variable.name.clone(), value))
    });
    let variables = Value::Object(defaults.collect::<Object>());
    let mut search = Search { view, variables, seen: HashSet::new(), found: Vec::new() };
    search.selections(&operation.selections, &BTreeSet::from([operation.root_type.clone()]));
    search.found
}

/// Bounds that are new, lower, higher or gone, of arguments that both views have.
#[must_use]
pub fn cap_changes(old: &View, new: &View) -> Vec<Change> {
    let arguments = |view: &View, ty: &str, field: &str| -> Vec<Name> {
        let field = view.schema.schema().field(ty, field);
        field.map(|field| field.arguments.keys().cloned().collect()).unwrap_or_default()
    };
    let mut changes = Vec::new();
    for after in new.types.values() {
        let Some(before) = old.types.get(&after.name) else { continue };
        for field in after.fields.values() {
            let Some(was) = before.fields.get(&field.name) else { continue };
            let known = arguments(old, &after.name, &field.name);
            for name in arguments(new, &after.name, &field.name).iter().filter(|name| known.contains(name)) {
                changes.extend(cap_change(was.largest(name), field.largest(name)).map(|(level, kind, message)| {
                    let coordinate = format!("{}.{}({name}:)", after.name, field.name);
                    Change { level, kind, coordinate, message }
                }));
            }
        }
    }
    changes
}

fn problem(given: &Value, max: i64, null: bool) -> Option<String> {
    match given {
        Value::Null if null => None,
        Value::Null => Some("must not be null".to_owned()),
        Value::Number(number) => match number.as_i64() {
            Some(value) if value < 0 => Some("must not be negative".to_owned()),
            Some(value) if value <= max => None,
            _ => Some(format!("must not be greater than {max}")),
        },
        _ => Some(format!("must be an integer of at most {max}")),
    }
}

fn cap_change(old: Option<(i64, Bound)>, new: Option<(i64, Bound)>) -> Option<(ChangeLevel, &'static str, String)> {
    let word = |bound| match bound {
        Bound::View => "`@max`",
        Bound::Connection => "connection's `max`",
    };
    Some(match (old, new) {
        (None, Some((new, bound))) => {
            (ChangeLevel::Breaking, "ARG_MAX_ADDED", format!("its {} is {new} now", word(bound)))
        }
        (Some((old, _)), Some((new, bound))) if new < old => {
            (ChangeLevel::Breaking, "ARG_MAX_LOWERED", format!("its {} is {new} now, down from {old}", word(bound)))
        }
        (Some((old, _)), Some((new, bound))) if new > old => {
            (ChangeLevel::Safe, "ARG_MAX_RAISED", format!("its {} is {new} now, up from {old}", word(bound)))
        }
        (Some((old, bound)), None) => {
            (ChangeLevel::Safe, "ARG_MAX_REMOVED", format!("its {} of {old} is gone", word(bound)))
        }
        (Some(_), Some(_)) | (None, None) => return None,
    })
}

/// A walk through an operation. Selections that several spreads share are visited once for the same objects.
struct Search<'a> {
    view: &'a View,
    /// Defaults.
    variables: Value,
    seen: HashSet<(*const Selection, BTreeSet<Name>)>,
    found: Vec<(GraphqlError, Bound)>,
}

// === impl Search ===

impl<'a> Search<'a> {
    /// Selections on what may be any of these objects of the view.
    fn selections(&mut self, selections: &[Selection], objects: &BTreeSet<Name>) {
        if selections.is_empty() || objects.is_empty() || !self.seen.insert((selections.as_ptr(), objects.clone())) {
            return;
        }
        let is_on = |conditions: &[Condition]| !conditions.contains(&Condition::Never);
        for selection in selections {
            match selection {
                Selection::Field(field) if is_on(&field.conditions) => self.field(field, objects),
                Selection::Fragment(fragment) if is_on(&fragment.conditions) => match &fragment.type_condition {
                    None => self.selections(&fragment.selections, objects),
                    Some(condition) => {
                        let possible = self.view.schema.schema().possible_types(condition);
                        let meant = possible.into_iter().filter(|object| objects.contains(object)).collect();
                        self.selections(&fragment.selections, &meant);
                    }
                },
                Selection::Field(_) | Selection::Fragment(_) => {}
            }
        }
    }

    fn field(&mut self, field: &Field, objects: &BTreeSet<Name>) {
        let view = self.view;
        if !objects.contains(&field.parent_type) {
            self.bounds(field, &field.parent_type);
        }
        let mut below = BTreeSet::new();
        for object in objects {
            if let Some(definition) = self.bounds(field, object) {
                let members = view.types.get(definition.ty.name()).map_or(&[][..], |ty| &ty.members);
                below.extend(members.iter().filter_map(|member| member.view.clone()));
            }
        }
        self.selections(&field.selections, &below);
    }

    /// Notes what is beyond the bounds that a field has in this type, and gives its definition there.
    fn bounds(&mut self, field: &Field, parent: &Name) -> Option<&'a ViewField> {
        let definition = self.view.types.get(parent)?.fields.get(&field.name)?;
        for given in &field.arguments {
            let Some((max, bound)) = definition.largest(&given.name) else { continue };
            let Some(value) = given.value.resolve(&self.variables) else { continue };
            let (at, cap) = (format!("{parent}.{}", field.name), (max, definition.pages.is_some()));
            let error = cap_error((&at, &given.name), &value, cap, field.location);
            self.found.extend(error.map(|error| (error, bound)));
        }
        Some(definition)
    }
}
