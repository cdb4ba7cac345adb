//! What a compiled mapping consists of: nodes for objects, operations for their members.

use std::sync::Arc;

use crate::{
    json::KeySet,
    mapping::syntax::{Expr, Item, Place},
};

/// Everything but the root.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub(super) members: Vec<MemberNode>,
    pub(super) rows: Vec<RowNode>,
    pub(super) fields: Vec<FieldPlan>,
    pub(super) spots: Vec<Spot>,
}

/// How the body's root becomes the result.
#[derive(Debug)]
pub(super) enum Root {
    /// A value below the body is the objects of table 0.
    Rows { path: Vec<PathKey>, row: usize },
    /// A value below the body is a leaf.
    Leaf { path: Vec<PathKey> },
    /// The body is the objects of one field of table 0; for the others nothing of it is read.
    Literal { slot: usize, row: usize, computed: Vec<FieldPlan> },
    /// The general evaluator over the parsed body.
    Computed,
}

/// One key of the root's path.
#[derive(Debug)]
pub(super) struct PathKey {
    pub(super) keys: KeySet,
    /// Followed by `?`.
    pub(super) optional: bool,
    pub(super) spot: usize,
}

/// The members that are wanted of one JSON object.
#[derive(Debug)]
pub(super) struct MemberNode {
    pub(super) keys: KeySet,
    /// By number of the key.
    pub(super) ops: Vec<Box<[Op]>>,
    /// Slots that the reader filled and that others are equal to.
    pub(super) copies: Vec<Copied>,
}

/// A leaf of which another slot is a copy.
#[derive(Debug)]
pub(super) struct Copied {
    /// Of the object's own row.
    pub(super) slot: usize,
    pub(super) target: Target,
}

/// A JSON object that makes a row (and a row for each group of its members).
#[derive(Debug)]
pub(super) struct RowNode {
    pub(super) members: usize,
    /// Its own table, then those of its groups.
    pub(super) tables: Vec<usize>,
    /// Where the row of `tables[i + 1]` is linked.
    pub(super) groups: Vec<Target>,
    /// Fields that the general evaluator computes.
    pub(super) computed: Vec<usize>,
    pub(super) input: Input,
    /// The members taken for [`Input::Members`].
    pub(super) captures: Vec<Arc<str>>,
    /// Whether all items are members of this object: then a scalar in its place stays a scalar.
    pub(super) simple: bool,
    /// The sub-selection, for scalars in the object's place.
    pub(super) items: Vec<Item>,
}

/// What computed fields see as `$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Nothing of it is read.
    Nothing,
    /// The captured members are enough.
    Members,
    /// The object itself.
    Whole,
}

/// A field as the general evaluator computes it.
#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) value: Expr,
    pub(super) target: Target,
    pub(super) child: Option<usize>,
}

/// A slot of one of the rows that an object makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// Index into [`RowNode::tables`].
    pub(super) owner: usize,
    pub(super) slot: usize,
}

/// What to do with a member's value. Several operations of one key each read it.
#[derive(Debug)]
pub(super) enum Op {
    /// Keep its span.
    Leaf { target: Target, optional: bool, spot: usize },
    /// Its members are wanted in the same rows.
    Inner(Box<Inner>),
    /// It makes rows of a child table.
    Rows { target: Target, row: usize, optional: bool, spot: usize },
    /// Computed fields read it.
    Capture(usize),
}

/// A step into an object that makes no row of its own.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) node: usize,
    pub(super) optional: bool,
    /// One for each field that goes through.
    pub(super) spots: Vec<usize>,
    /// The fields that go through; they are computed where an array stands here. `None`: the whole body is then.
    pub(super) fields: Option<Vec<usize>>,
    /// For an implicit spread: where to tell that it gave nothing.
    pub(super) spread: Option<usize>,
    /// Whether this is the last step of a spread's path, which must be an object.
    pub(super) spread_end: bool,
}

/// A place in the mapping whose problems are counted while reading.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) place: Place,
    /// `None`: a spread without a value.
    pub(super) key: Option<Arc<str>>,
}

impl MemberNode {
    pub(super) fn new(keys: &[Arc<str>], ops: Vec<Vec<Op>>) -> Self {
        let mut copies = Vec::new();
        let leaves: Vec<Option<u32>> = ops.iter().map(|ops| leaf(ops, &mut copies)).collect();
        let ops = ops.into_iter().map(Vec::into_boxed_slice).collect();
        Self { keys: KeySet::new(keys.iter().map(|key| &**key)).with_leaves(leaves), ops, copies }
    }

    /// What to do with the value of a wanted key.
    pub(super) fn ops(&self, key: u32) -> &[Op] {
        self.ops.get(key as usize).map(|ops| &**ops).unwrap_or_default()
    }
}

/// The slot of the object's own row that the reader can fill by itself, where copying it is all that is left to do.
fn leaf(ops: &[Op], copies: &mut Vec<Copied>) -> Option<u32> {
    let targets: Option<Vec<Target>> = ops
        .iter()
        .map(|op| if let Op::Leaf { target, optional: false, .. } = op { Some(*target) } else { None })
        .collect();
    let targets = targets?;
    let own = targets.iter().position(|target| target.owner == 0)?;
    let slot = targets[own].slot;
    let others = targets.iter().enumerate().filter(|(at, _)| *at != own);
    copies.extend(others.map(|(_, &target)| Copied { slot, target }));
    u32::try_from(slot).ok()
}
