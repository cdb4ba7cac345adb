//! Projected records: rows of slots over upstream bytes.

use bytes::Bytes;

use super::Value;

/// One projected value. Sixteen bytes, `Copy`, meaningful only beside the [`Tables`] that it was written into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Slot {
    /// Nothing was found; differs from `null` while mapping, completes as null.
    #[default]
    Missing,
    /// JSON `null`.
    Null,
    /// One whole JSON value, as it stands in `bodies[body][start..end]` (strings with quotes, still escaped).
    Raw {
        /// Index into [`Tables::bodies`].
        body: u32,
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// A computed value: index into [`Tables::values`].
    Value(u32),
    /// An object: row of the table that the layout names for this field.
    Row(u32),
    /// A list: `lists[first..first + len]`.
    List {
        /// Index of the first element in [`Tables::lists`].
        first: u32,
        /// Number of elements.
        len: u32,
    },
    /// It could not be fetched; the number is its owner's (the executor's error table).
    Failed(u32),
}

/// All rows that one step of a plan produced.
#[derive(Debug, Default)]
pub struct Tables {
    /// The response bodies that `Slot::Raw` points into.
    pub bodies: Vec<Bytes>,
    /// Computed values.
    pub values: Vec<Value>,
    /// Elements of all lists, each list contiguous.
    pub lists: Vec<Slot>,
    /// One table for each object of the layout, in the layout's order.
    pub tables: Vec<Table>,
}

/// Rows of one object layout: a matrix of `width` slots for each row.
#[derive(Debug, Default)]
pub struct Table {
    width: usize,
    slots: Vec<Slot>,
}

impl Table {
    /// An empty table with `width` slots for each row.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, slots: Vec::new() }
    }

    /// Adds a row of [`Slot::Missing`] and returns its number.
    pub fn push_row(&mut self) -> u32 {
        // A width of zero still counts rows, with one spare slot.
        let stride = self.width.max(1);
        let row = self.slots.len() / stride;
        self.slots.resize(self.slots.len() + stride, Slot::Missing);
        u32::try_from(row).unwrap_or(u32::MAX)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.slots.len() / self.width.max(1)
    }

    /// The slot `index` of `row`.
    #[must_use]
    pub fn get(&self, row: u32, index: usize) -> Slot {
        self.slots.get(row as usize * self.width.max(1) + index).copied().unwrap_or_default()
    }

    /// Sets the slot `index` of `row`, which must exist.
    pub fn set(&mut self, row: u32, index: usize, slot: Slot) {
        let at = row as usize * self.width.max(1) + index;
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }
}
