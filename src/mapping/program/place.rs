//! Rows of computed values, and the bound on rows.

use super::{Layout, RunError};
use crate::json::{Slot, Tables, Value};

/// The tables being written.
pub(super) struct Rows<'t> {
    pub(super) layout: &'t Layout,
    pub(super) tables: &'t mut Tables,
    pub(super) limit: usize,
    pub(super) left: usize,
}

/// So many slots of a table are made room for at once, at most: a guess may be wrong.
const EXPECTED_SLOTS: usize = 4096;

impl Rows<'_> {
    /// Adds an empty row.
    pub(super) fn push(&mut self, table: usize) -> Result<u32, RunError> {
        self.left = self.left.checked_sub(1).ok_or(RunError::TooManyRows { limit: self.limit })?;
        Ok(self.tables.tables.get_mut(table).map_or(0, crate::json::Table::push_row))
    }

    /// Makes room for rows that are expected in each of these tables, up to a bound: tables grow beyond it as rows come.
    /// Tells for how many there is room.
    pub(super) fn reserve(&mut self, tables: &[usize], expected: usize) -> usize {
        let mut rows = expected.min(self.left).min(EXPECTED_SLOTS);
        for &table in tables {
            if let Some(table) = self.tables.tables.get_mut(table) {
                rows = table.reserve(rows, EXPECTED_SLOTS);
            }
        }
        rows
    }

    /// Sets a slot.
    #[inline]
    pub(super) fn set(&mut self, table: usize, row: u32, slot: usize, value: Slot) {
        if let Some(table) = self.tables.tables.get_mut(table) {
            table.set(row, slot, value);
        }
    }

    /// The slots of a row.
    #[inline]
    pub(super) fn slots(&mut self, table: usize, row: u32) -> &mut [Slot] {
        self.tables.tables.get_mut(table).map(|table| table.row_mut(row)).unwrap_or_default()
    }

    /// Stores a computed value: objects become rows of `table`, if there is one.
    pub(super) fn place(&mut self, value: Option<Value>, table: Option<usize>) -> Result<Slot, RunError> {
        let Some(value) = value else { return Ok(Slot::Missing) };
        match (value, table) {
            (Value::Null, _) => Ok(Slot::Null),
            (Value::Array(elements), Some(_)) => {
                let mut slots = Vec::with_capacity(elements.len());
                for element in elements {
                    slots.push(self.place(Some(element), table)?);
                }
                Ok(self.list(slots))
            }
            (Value::Object(mut members), Some(table)) => {
                let row = self.push(table)?;
                let layout = self.layout;
                for (slot, field) in layout.objects.get(table).iter().flat_map(|object| &object.fields).enumerate() {
                    if let Some(member) = members.swap_remove(field.name.as_str()) {
                        let placed = self.place(Some(member), field.child)?;
                        self.set(table, row, slot, placed);
                    }
                }
                Ok(Slot::Row(row))
            }
            (value, _) => {
                self.tables.values.push(value);
                Ok(Slot::Value(number(self.tables.values.len() - 1)))
            }
        }
    }

    /// Stores the elements of a list.
    pub(super) fn list(&mut self, slots: impl IntoIterator<Item = Slot>) -> Slot {
        let first = self.tables.lists.len();
        self.tables.lists.extend(slots);
        Slot::List { first: number(first), len: number(self.tables.lists.len() - first) }
    }
}

/// An index as slots keep it; bodies, and so everything made of them, are far below the limit.
#[inline]
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
