//! Reading a graph field of a row, wherever its value is.

use super::{failure::DEADLINE, leaf::json_type, run::Run};
use crate::{
    json::{Slot, Tables, Value},
    planner::{Access, PositionId, Provider},
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

    fn joined(&self, step: crate::planner::StepId, row: u32) -> Found<'_> {
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
