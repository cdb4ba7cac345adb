//! Our own form of a validated operation. Named fragments are inlined as shared selections.

use std::{collections::HashSet, sync::Arc};

use super::{Literal, Location, Name, TypeRef};

/// Query, mutation or subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

/// A validated operation of a client's schema.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Kind.
    pub kind: OperationKind,
    /// Name, if it has one.
    pub name: Option<Name>,
    /// Name of the root type in the client's schema.
    pub root_type: Name,
    /// Variables.
    pub variables: Vec<VariableDefinition>,
    /// Root selection set.
    pub selections: Arc<[Selection]>,
}

/// A variable of an operation.
#[derive(Debug, Clone)]
pub struct VariableDefinition {
    /// Without `$`.
    pub name: Name,
    /// Type.
    pub ty: TypeRef,
    /// Default, already coerced to the type.
    pub default: Option<Literal>,
    /// Place.
    pub location: Location,
}

/// One item of a selection set.
#[derive(Debug, Clone)]
pub enum Selection {
    /// A field.
    Field(Field),
    /// An inline fragment or an inlined fragment spread.
    Fragment(InlineFragment),
}

/// A field of a selection set. Type names are those of the client's schema.
#[derive(Debug, Clone)]
pub struct Field {
    /// Alias or name.
    pub response_key: Arc<str>,
    /// Field name; `__typename`, `__schema` and `__type` occur.
    pub name: Name,
    /// The type it is selected on.
    pub parent_type: Name,
    /// Arguments as given, literals already coerced to the argument's type (list wrapping, `ID` from an integer),
    /// variables left in place; arguments not given are absent, defaults are *not* put in.
    pub arguments: Vec<Argument>,
    /// `@skip` and `@include` with variables or constants.
    pub conditions: Vec<Condition>,
    /// Whether its later elements may come after the rest of the answer.
    pub stream: Option<Box<Stream>>,
    /// Sub-selections; empty for leaves.
    pub selections: Arc<[Selection]>,
    /// Place of the field.
    pub location: Location,
}

/// A given argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Name in the client's schema.
    pub name: Name,
    /// Value.
    pub value: Literal,
}

/// A fragment's selections under a type condition.
#[derive(Debug, Clone)]
pub struct InlineFragment {
    /// Absent: the surrounding type.
    pub type_condition: Option<Name>,
    /// Conditions of the spread.
    pub conditions: Vec<Condition>,
    /// Whether it may come after the rest of the answer.
    pub defer: Option<Defer>,
    /// Its selections, shared between spreads of one named fragment.
    pub selections: Arc<[Selection]>,
}

/// A `@defer` that can be on, or what `@stream` has in common with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defer {
    /// `if: $variable`, without `$`: not deferred while it is false. `None`: always deferred.
    pub condition: Option<Name>,
    /// What its parts are called.
    pub label: Option<Arc<str>>,
    /// Tells the occurrences in a document apart.
    pub site: Location,
}

/// A `@stream` that can be on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// When, and what its parts are called.
    pub defer: Defer,
    /// How many elements come with what the list stands in.
    pub initial_count: InitialCount,
}

/// `initialCount` of a `@stream`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitialCount {
    /// As it is written, or the default.
    Literal(usize),
    /// The value of a variable, without `$`; zero where it has none.
    Variable(Name),
}

/// One `@skip` or `@include`: the selection counts only if the condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// `if: $variable`
    Variable {
        /// Without `$`.
        name: Name,
        /// `true` for `@include`, `false` for `@skip`.
        expected: bool,
    },
    /// `@include(if: false)` or `@skip(if: true)`: never on. (A condition that is always on is left out.)
    Never,
}

// === impl Operation ===

impl Operation {
    /// Visits fields in the order of the document, whatever their conditions. Selections that several spreads share are visited
    /// once.
    pub fn visit_fields(&self, visit: impl FnMut(&Field)) {
        Visit { visit, seen: HashSet::new() }.selections(&self.selections);
    }
}

struct Visit<V> {
    visit: V,
    seen: HashSet<*const Selection>,
}

impl<V: FnMut(&Field)> Visit<V> {
    fn selections(&mut self, selections: &[Selection]) {
        if selections.is_empty() || !self.seen.insert(selections.as_ptr()) {
            return;
        }
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    (self.visit)(field);
                    self.selections(&field.selections);
                }
                Selection::Fragment(fragment) => self.selections(&fragment.selections),
            }
        }
    }
}
