//! What changed between two schemas, for the clients that use them.
//!
//! Breaking and dangerous is what graphql-js finds so (`findBreakingChanges`, `findDangerousChanges`, whose names of changes
//! are used); a few more that break all the same are told under names of their own. Judges schemas only, no operations.

mod fields;
mod types;

use std::collections::BTreeMap;

use super::{Directive, Name, Schema, deprecation};

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// How bad it is.
    pub level: ChangeLevel,
    /// Which kind, in SCREAMING_SNAKE_CASE.
    pub kind: &'static str,
    /// What it is about: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`.
    pub coordinate: String,
    /// What happened.
    pub message: String,
}

/// How bad a change is for those who use the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeLevel {
    /// Operations that were valid may be refused, or answered with what they do not expect.
    Breaking,
    /// Operations stay valid, but their answers may hold what their authors did not know of.
    Dangerous,
    /// Nobody can tell.
    Safe,
}

/// All changes from `old` to `new`: the worst first, then in the order of their coordinates.
#[must_use]
pub fn schema_changes(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut changes = Changes::default();
    roots(old, new, &mut changes);
    types::compare(old, new, &mut changes);
    sort_changes(&mut changes.list);
    changes.list
}

/// The worst first, then in the order of their coordinates.
pub fn sort_changes(changes: &mut [Change]) {
    changes.sort_by(|one, other| {
        (one.level, &one.coordinate, one.kind).cmp(&(other.level, &other.coordinate, other.kind))
    });
}

/// The changes so far.
#[derive(Debug, Default)]
struct Changes {
    list: Vec<Change>,
}

fn roots(old: &Schema, new: &Schema, changes: &mut Changes) {
    let roots = [
        ("query", &old.query, &new.query),
        ("mutation", &old.mutation, &new.mutation),
        ("subscription", &old.subscription, &new.subscription),
    ];
    for (operation, before, after) in roots {
        match (before, after) {
            (Some(before), Some(after)) if before != after => {
                let message = format!("the root type of {operation} operations changed from `{before}` to `{after}`");
                changes.breaking("ROOT_TYPE_CHANGED", before.to_string(), message);
            }
            (Some(before), None) => {
                let message = format!("there are no {operation} operations any more");
                changes.breaking("ROOT_TYPE_REMOVED", before.to_string(), message);
            }
            (None, Some(after)) => {
                changes.safe("ROOT_TYPE_ADDED", after.to_string(), format!("there are {operation} operations now"));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

// === impl Changes ===

impl Changes {
    fn breaking(&mut self, kind: &'static str, coordinate: impl Into<String>, message: impl Into<String>) {
        self.add(ChangeLevel::Breaking, kind, coordinate, message);
    }

    fn dangerous(&mut self, kind: &'static str, coordinate: impl Into<String>, message: impl Into<String>) {
        self.add(ChangeLevel::Dangerous, kind, coordinate, message);
    }

    fn safe(&mut self, kind: &'static str, coordinate: impl Into<String>, message: impl Into<String>) {
        self.add(ChangeLevel::Safe, kind, coordinate, message);
    }

    fn add(
        &mut self,
        level: ChangeLevel,
        kind: &'static str,
        coordinate: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.list.push(Change { level, kind, coordinate: coordinate.into(), message: message.into() });
    }

    /// Deprecation and description of an element that is in both schemas.
    fn texts(&mut self, coordinate: &str, old: Described<'_>, new: Described<'_>) {
        match (deprecation(old.directives), deprecation(new.directives)) {
            (None, Some(reason)) => self.safe("DEPRECATION_ADDED", coordinate, format!("it is deprecated: {reason}")),
            (Some(_), None) => self.safe("DEPRECATION_REMOVED", coordinate, "it is not deprecated any more"),
            (Some(before), Some(after)) if before != after => {
                self.safe("DEPRECATION_REASON_CHANGED", coordinate, format!("it is deprecated: {after}"));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        if old.description != new.description {
            self.safe("DESCRIPTION_CHANGED", coordinate, "its description changed");
        }
    }
}

/// What an element says of itself.
#[derive(Debug, Clone, Copy)]
struct Described<'a> {
    description: Option<&'a str>,
    directives: &'a [Directive],
}

/// Names on either side: in order, each with what it means before and after.
fn paired<'a, T>(
    old: impl IntoIterator<Item = (&'a Name, &'a T)>,
    new: impl IntoIterator<Item = (&'a Name, &'a T)>,
) -> BTreeMap<&'a str, (Option<&'a T>, Option<&'a T>)> {
    let mut pairs: BTreeMap<&str, (Option<&T>, Option<&T>)> = BTreeMap::new();
    for (name, value) in old {
        pairs.entry(name).or_default().0 = Some(value);
    }
    for (name, value) in new {
        pairs.entry(name).or_default().1 = Some(value);
    }
    pairs
}

#[cfg(test)]
mod tests;
