//! The syntax tree of a mapping. Equality ignores places, so that printed and parsed again is equal.

use std::{ops::Range, sync::Arc};

use super::{Variable, method::Method};
use crate::json::Value;

/// A byte range of the mapping's text. All places are equal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    start: u32,
    end: u32,
}

/// A whole mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// Named fields and spreads that build an object.
    Items(Vec<Item>),
    /// One anonymous or implicitly spread path: its value itself.
    Value(Expr),
}

/// One part of a `{…}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum ItemKind {
    /// `name: value`, also where the name is the path's only key.
    Field { name: Arc<str>, value: Expr },
    /// `...path`, or an unnamed path that ends with a sub-selection: its members become members of the object.
    Spread(Path),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A scalar.
    Literal(Value),
    Array(Vec<Self>),
    /// `{…}` that leaves the registers as they are.
    Object(Vec<Item>),
    /// `a ?? b ?? c`; at least two operands.
    Chain(Op, Vec<Self>),
    /// Shared by whatever is made of a mapping.
    Path(Arc<Path>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// `??`: the first that is neither null nor missing.
    Coalesce,
    /// `?!`: the first that is not missing.
    Default,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) head: Head,
    pub(super) steps: Vec<Step>,
    pub(super) sub: Option<Vec<Item>>,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Head {
    /// `$`; a leading key `k` is `$.k`.
    Dollar,
    /// `@`
    At,
    Variable(Variable),
    /// Bound by `->as`.
    Local(Arc<str>),
    /// `$(…)`, or a literal that steps follow.
    Group(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum StepKind {
    Key(Arc<str>),
    /// `?`
    Optional,
    Method(Method, Vec<Expr>),
    /// `->as($name)`, `->as($name, value)`
    Bind(Arc<str>, Option<Expr>),
}

impl Place {
    pub(super) fn new(range: &Range<usize>) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: clamp(range.start), end: clamp(range.end) }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
