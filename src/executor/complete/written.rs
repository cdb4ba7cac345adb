//! Objects that were written before: where several rows are joined to one child, its text is copied.
//!
//! Completion depends on nothing but slots, so rows that read the same slots give the same text. What was written with an
//! error is not kept: every occurrence has an error, and a path, of its own.

use std::ops::Range;

use super::RowAt;
use crate::{
    executor::{read::Found, run::Run},
    json::Slot,
    planner::{ObjectProgramId, Parts},
};

/// The objects that may be written again. At most one for each program and row that is joined.
#[derive(Debug, Default)]
pub(super) struct Written<'r> {
    /// In the order of their ends.
    objects: Vec<Object<'r>>,
    /// By program and joined row: index of the object.
    by_row: Vec<Vec<u32>>,
}

/// What an object is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Child {
    program: ObjectProgramId,
    /// The row that the first of its steps joined.
    joined: u32,
}

#[derive(Debug)]
struct Object<'r> {
    child: Child,
    /// A row that it was written for.
    at: RowAt<'r>,
    text: Range<usize>,
}

// === impl Written ===

impl<'r> Written<'r> {
    /// What the object at a row is known by, if another row may have the same.
    pub(super) fn child(run: &Run<'_>, program: ObjectProgramId, at: RowAt<'_>) -> Option<Child> {
        let parts = run.plan.objects[program.0 as usize].parts.as_ref()?;
        let result = run.result(*parts.joined.first()?).filter(|result| result.repeats)?;
        match result.join.get(at.row as usize)? {
            Slot::Row(joined) => Some(Child { program, joined: *joined }),
            _ => None,
        }
    }

    /// Where the text of a child stands, if it was written for this row or for one that reads the same.
    pub(super) fn find(&self, run: &Run<'_>, child: Child, at: RowAt<'_>) -> Option<Range<usize>> {
        let known = *self.by_row.get(child.program.0 as usize)?.get(child.joined as usize)?;
        let object = self.objects.get(known as usize).filter(|object| object.child == child)?;
        let parts = run.plan.objects[child.program.0 as usize].parts.as_ref()?;
        is_alike(run, parts, object.at, at).then(|| object.text.clone())
    }

    /// Keeps where the text of a child stands.
    pub(super) fn add(&mut self, child: Child, at: RowAt<'r>, text: Range<usize>) {
        let (program, joined) = (child.program.0 as usize, child.joined as usize);
        if self.by_row.len() <= program {
            self.by_row.resize_with(program + 1, Vec::new);
        }
        let rows = &mut self.by_row[program];
        if rows.len() <= joined {
            rows.resize(joined + 1, u32::MAX);
        }
        let is_known = self.objects.get(rows[joined] as usize).is_some_and(|object| object.child == child);
        if let (false, Ok(next)) = (is_known, u32::try_from(self.objects.len())) {
            rows[joined] = next;
            self.objects.push(Object { child, at, text });
        }
    }

    /// Forgets what stood beyond `len`: the answer was cut there.
    pub(super) fn cut(&mut self, len: usize) {
        while self.objects.last().is_some_and(|object| object.text.end > len) {
            self.objects.pop();
        }
    }
}

/// Whether two rows agree in everything that the fields of an object read.
fn is_alike(run: &Run<'_>, parts: &Parts, known: RowAt<'_>, at: RowAt<'_>) -> bool {
    let joined = |row: RowAt<'_>, step| run.result(step).and_then(|result| result.join.get(row.row as usize));
    known.position == at.position
        && known.type_name == at.type_name
        && parts.joined.iter().all(|step| joined(known, *step) == joined(at, *step))
        && parts.slots.iter().all(|slot| is_equal(run, *slot, known, at))
}

/// Whether a slot of two rows holds the same.
fn is_equal(run: &Run<'_>, slot: usize, known: RowAt<'_>, at: RowAt<'_>) -> bool {
    let found = |row: RowAt<'_>| run.provided(row.position, row.row, slot);
    let (Found::Slot(known, tables), Found::Slot(at, _)) = (found(known), found(at)) else { return false };
    match (known, at) {
        (Slot::Raw { .. }, Slot::Raw { .. }) => tables.raw(known) == tables.raw(at),
        _ => known == at,
    }
}
