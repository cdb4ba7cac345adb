//! A mapping compiled for the fields that a plan asks: reads a body once and writes rows of slots.

use bytes::Bytes;

use super::{Problems, Scope};
use crate::json::{Slot, Tables};

/// The rows that a plan wants from one response. Table 0 is the root object (or the elements of the root list).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// One table for each object position, the root's first.
    pub objects: Vec<ObjectLayout>,
}

/// The slots of one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectLayout {
    /// Slot `i` of a row holds field `i`.
    pub fields: Vec<FieldLayout>,
}

/// One wanted field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldLayout {
    /// The mapping's output name: a field of the graph type, or `__typename`.
    pub name: String,
    /// The table of its objects; `None` for a leaf, which keeps any JSON value.
    pub child: Option<usize>,
}

/// A compiled mapping. Immutable, `Send + Sync`.
#[derive(Debug)]
pub struct Program {
    // private
}

/// A body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Not JSON, not UTF-8, or nested too deep.
    #[error("response is not valid JSON at byte {at}")]
    InvalidJson {
        /// Byte offset.
        at: usize,
    },
    /// More rows than allowed.
    #[error("response has more than {limit} rows")]
    TooManyRows {
        /// The bound.
        limit: usize,
    },
}

impl Program {
    /// Empty tables of the right widths.
    #[must_use]
    pub fn tables(&self) -> Tables {
        todo!()
    }

    /// Reads `body` (pushed to `tables.bodies`) and appends rows. Returns the root: `Row`, `List`, `Null`, `Missing`,
    /// or a leaf for a layout without objects (a connector of a scalar field: `objects` is empty).
    ///
    /// A value of a field with a child that turns out to be a scalar is kept as a leaf slot; completion reports it.
    /// At most `max_rows` rows are added.
    pub fn run(
        &self,
        body: &Bytes,
        scope: &Scope<'_>,
        max_rows: usize,
        tables: &mut Tables,
        problems: &mut Problems,
    ) -> Result<Slot, RunError> {
        todo!()
    }
}
