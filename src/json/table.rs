//! Projected records: rows of slots over upstream bytes.

use std::ops::Range;

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

impl Slot {
    /// The checked value at `span` of body number `body`, whose bytes these are.
    #[inline(always)]
    pub(super) fn raw(bytes: &[u8], body: u32, span: Range<usize>) -> Self {
        // Bodies are far below the limit.
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if bytes.get(span.start) == Some(&b'n') {
            Self::Null
        } else {
            Self::Raw { body, start: number(span.start), end: number(span.end) }
        }
    }
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

impl Tables {
    /// The bytes that a [`Slot::Raw`] stands for; empty for any other slot.
    #[must_use]
    pub fn raw(&self, slot: Slot) -> &[u8] {
        let Slot::Raw { body, start, end } = slot else {
            return &[];
        };
        self.bodies.get(body as usize).and_then(|body| body.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// The elements of a [`Slot::List`]; empty for any other slot.
    #[must_use]
    pub fn list(&self, slot: Slot) -> &[Slot] {
        let Slot::List { first, len } = slot else {
            return &[];
        };
        let first = first as usize;
        self.lists.get(first..first + len as usize).unwrap_or_default()
    }

    /// The computed value of a [`Slot::Value`].
    #[must_use]
    pub fn value(&self, slot: Slot) -> Option<&Value> {
        if let Slot::Value(index) = slot { self.values.get(index as usize) } else { None }
    }

    /// An owned copy of a leaf or a list of leaves. `None` for what is missing, failed, or an object.
    #[must_use]
    pub fn to_value(&self, slot: Slot) -> Option<Value> {
        match slot {
            Slot::Null => Some(Value::Null),
            Slot::Raw { .. } => Value::parse(self.raw(slot)).ok(),
            Slot::Value(_) => self.value(slot).cloned(),
            Slot::List { .. } => Some(Value::Array(
                self.list(slot).iter().map(|&slot| self.to_value(slot).unwrap_or_default()).collect(),
            )),
            Slot::Missing | Slot::Row(_) | Slot::Failed(_) => None,
        }
    }

    /// An estimate of the bytes held, bodies included.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let slots: usize =
            self.tables.iter().map(|table| table.slots.capacity()).sum::<usize>() + self.lists.capacity();
        slots * size_of::<Slot>()
            + self.bodies.iter().map(bytes::Bytes::len).sum::<usize>()
            + self.values.iter().map(Value::held_bytes).sum::<usize>()
    }
}

/// Rows of one object layout: a matrix of `width` slots for each row.
#[derive(Debug, Default)]
pub struct Table {
    width: usize,
    rows: usize,
    slots: Vec<Slot>,
}

impl Table {
    /// An empty table with `width` slots for each row.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, rows: 0, slots: Vec::new() }
    }

    /// Adds a row of [`Slot::Missing`] and returns its number.
    pub fn push_row(&mut self) -> u32 {
        let row = self.rows;
        self.rows += 1;
        self.slots.resize(self.slots.len() + self.width, Slot::Missing);
        u32::try_from(row).unwrap_or(u32::MAX)
    }

    /// Makes room for so many more rows, but for no more than so many slots; tells for how many rows.
    pub fn reserve(&mut self, rows: usize, most_slots: usize) -> usize {
        let rows = rows.min(most_slots / self.width.max(1));
        self.slots.reserve(rows * self.width);
        rows
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The slot `index` of `row`.
    #[must_use]
    pub fn get(&self, row: u32, index: usize) -> Slot {
        self.slots.get(row as usize * self.width + index).copied().unwrap_or_default()
    }

    /// The slots of `row`; none if there is no such row.
    #[must_use]
    pub fn row(&self, row: u32) -> &[Slot] {
        let stride = self.width.max(1);
        let first = row as usize * stride;
        self.slots.get(first..first + stride).unwrap_or_default()
    }

    /// Sets the slot `index` of `row`, which must exist.
    #[inline]
    pub fn set(&mut self, row: u32, index: usize, slot: Slot) {
        let at = row as usize * self.width + index;
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    /// The slots of `row`; none if there is no such row.
    #[inline]
    pub fn row_mut(&mut self, row: u32) -> &mut [Slot] {
        let first = row as usize * self.width;
        self.slots.get_mut(first..first + self.width).unwrap_or_default()
    }

    /// Forgets all rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        self.slots.truncate(rows * self.width);
    }
}
