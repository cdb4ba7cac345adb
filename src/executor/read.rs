//! Reading a graph field of a row, wherever its value is.

use super::{failure::DEADLINE, leaf::json_type, run::Run};
use crate::{
    json::{Slot, Tables, Value},
    planner::{Access, PositionId, Provider, StepId},
};

/// What stands at an access.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'r> {
    /// A slot of these tables.
    Slot(Slot, &'r Tables),
    /// The object or value that was to be joined does not exist.
    Absent,
    /// Something other than an object was joined where an object belongs.
    Misshapen(&'static str),
    /// It could not be fetched.
    Failed(u32),
}

/// A row of a position, several of whose leaves are read: where they stand is looked up once.
#[derive(Debug)]
pub(super) struct RowLeaves<'r, 'a> {
    run: &'r Run<'a>,
    position: PositionId,
    row: u32,
    own: Option<Cells<'r>>,
    joined: Option<(StepId, Cells<'r>)>,
}

/// The slots of a row and the tables that they belong to.
#[derive(Debug, Clone, Copy)]
struct Cells<'r> {
    slots: &'r [Slot],
    tables: &'r Tables,
}

// === impl RowLeaves ===

impl<'r, 'a> RowLeaves<'r, 'a> {
    pub(super) fn new(run: &'r Run<'a>, position: PositionId, row: u32) -> Self {
        Self { run, position, row, own: None, joined: None }
    }

    /// The bytes that an upstream sent for a leaf. `None` for whatever else stands there; [`Run::read`] tells what it is.
    #[inline]
    pub(super) fn raw(&mut self, access: Access) -> Option<&'r [u8]> {
        let (cells, slot) = match access {
            Access::Provider { slot } => (self.own()?, slot),
            Access::Joined { step, slot } => (self.joined(step)?, slot),
            Access::Result { .. } => return None,
        };
        let slot = *cells.slots.get(slot)?;
        matches!(slot, Slot::Raw { .. }).then(|| cells.tables.raw(slot))
    }

    #[inline]
    fn own(&mut self) -> Option<Cells<'r>> {
        if self.own.is_none() {
            let Provider::Step { step, table } = self.run.provider(self.position)? else { return None };
            let tables = &self.run.result(step)?.tables;
            self.own = Some(Cells { slots: tables.tables.get(table)?.row(self.row), tables });
        }
        self.own
    }

    #[inline]
    fn joined(&mut self, step: StepId) -> Option<Cells<'r>> {
        match self.joined {
            Some((known, cells)) if known == step => Some(cells),
            _ => {
                let result = self.run.result(step)?;
                let Slot::Row(joined) = *result.join.get(self.row as usize)? else { return None };
                let cells = Cells { slots: result.tables.tables.first()?.row(joined), tables: &result.tables };
                self.joined = Some((step, cells));
                Some(cells)
            }
        }
    }
}

// === reading whatever is there ===

impl Run<'_> {
    /// Reads `access` of the row `row` of `position`.
    pub(super) fn read(&self, position: PositionId, row: u32, access: Access) -> Found<'_> {
        match access {
            Access::Provider { slot } => self.provided(position, row, slot),
            Access::Joined { step, slot } => match self.joined(step, row) {
                Found::Slot(Slot::Row(joined), tables) => {
                    tables.tables.first().map_or(Found::Absent, |table| found(table.get(joined, slot), tables))
                }
                // The entity itself came back as null: as good as a missing row.
                Found::Slot(Slot::Null | Slot::Missing, _) => Found::Absent,
                Found::Slot(slot, tables) => Found::Misshapen(type_of(slot, tables)),
                other => other,
            },
            Access::Result { step } => self.joined(step, row),
        }
    }

    /// The slot `slot` of the provider's row.
    pub(super) fn provided(&self, position: PositionId, row: u32, slot: usize) -> Found<'_> {
        let Some(Provider::Step { step, table }) = self.provider(position) else {
            return Found::Absent;
        };
        let Some(result) = self.result(step) else {
            return Found::Failed(DEADLINE);
        };
        match result.tables.tables.get(table) {
            Some(table) => found(table.get(row, slot), &result.tables),
            None => Found::Absent,
        }
    }

    /// Where the objects of a position come from.
    pub(super) fn provider(&self, position: PositionId) -> Option<Provider> {
        self.plan.positions.get(position.0 as usize).map(|position| position.provider)
    }

    fn joined(&self, step: StepId, row: u32) -> Found<'_> {
        let Some(result) = self.result(step) else {
            return Found::Failed(DEADLINE);
        };
        match result.join.get(row as usize).copied().unwrap_or_default() {
            Slot::Missing => Found::Absent,
            slot => found(slot, &result.tables),
        }
    }
}

/// The JSON type of a value.
fn type_of(slot: Slot, tables: &Tables) -> &'static str {
    match slot {
        Slot::Raw { .. } => json_type(tables.raw(slot)),
        Slot::Value(_) => tables.value(slot).map_or("null", Value::type_name),
        Slot::List { .. } => "array",
        Slot::Row(_) => "object",
        Slot::Null | Slot::Missing | Slot::Failed(_) => "null",
    }
}

pub(super) fn found(slot: Slot, tables: &Tables) -> Found<'_> {
    if let Slot::Failed(id) = slot { Found::Failed(id) } else { Found::Slot(slot, tables) }
}
