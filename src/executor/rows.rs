//! The objects of a position: its rows, their concrete types, and which rows count.

use std::{borrow::Cow, ops::Range};

use super::{read::Found, run::Run};
use crate::{
    graphql::Name,
    json::{Slot, Tables, unescape},
    mapping::Layout,
    planner::{Elements, PositionId, Provider, Reached},
};

impl Run<'_> {
    /// The rows of a position that count: reached from a parent, and from parents of the right types where the plan says so.
    pub(super) fn rows(&self, position: PositionId) -> Vec<u32> {
        let Some(place) = self.plan.positions.get(position.0 as usize) else {
            return Vec::new();
        };
        let Provider::Step { step, table } = place.provider else {
            return vec![0];
        };
        let Some(result) = self.result(step) else {
            return Vec::new();
        };
        let count = result.tables.tables.get(table).map_or(0, crate::json::Table::rows);
        let all = 0..u32::try_from(count).unwrap_or(u32::MAX);
        let live = result.live.as_ref().and_then(|live| live.get(table));
        let reached = match &place.reached_by {
            None => None,
            Some(reached) => match self.elements(reached) {
                Some(elements) if elements.is_empty() => return Vec::new(),
                Some(elements) if elements == (0..usize::MAX) && !self.is_restricted(reached.parents) => None,
                elements => Some(self.reached(reached, elements.as_ref(), count)),
            },
        };
        let counts = |marks: Option<&Vec<bool>>, row: u32| {
            marks.is_none_or(|marks| marks.get(row as usize).copied().unwrap_or(false))
        };
        all.filter(|row| counts(live, *row) && counts(reached.as_ref(), *row)).collect()
    }

    /// The concrete graph type of a row of a position whose type is abstract, as its `__typename` says.
    pub(super) fn type_name(&self, position: PositionId, row: u32) -> Option<Cow<'_, str>> {
        let slot = self.plan.positions.get(position.0 as usize)?.typename_slot?;
        match self.provided(position, row, slot) {
            Found::Slot(slot, tables) => text(slot, tables),
            Found::Absent | Found::Misshapen(_) | Found::Failed(_) => None,
        }
    }

    /// Whether a row's concrete type is among `only`. Rows of positions that are not abstract always are.
    pub(super) fn is_among(&self, position: PositionId, row: u32, only: Option<&[Name]>) -> bool {
        let abstract_type =
            self.plan.positions.get(position.0 as usize).is_some_and(|position| position.typename_slot.is_some());
        match only {
            Some(types) if abstract_type => {
                self.type_name(position, row).is_some_and(|name| types.iter().any(|known| **known == *name))
            }
            Some(_) | None => true,
        }
    }

    /// Whether some rows of a position may not count, or not all alike.
    fn is_restricted(&self, position: PositionId) -> bool {
        let place = self.plan.positions.get(position.0 as usize);
        place.is_none_or(|place| place.reached_by.is_some() || place.typename_slot.is_some())
    }

    /// Which elements of a streamed list count; `None`: it is no such list.
    fn elements(&self, reached: &Reached) -> Option<Range<usize>> {
        let (list, elements) = reached.elements?;
        let first = self.initial_count(list).unwrap_or(usize::MAX);
        Some(match elements {
            Elements::First => 0..first,
            Elements::Rest => first..usize::MAX,
        })
    }

    /// Marks, of `count` rows, those that parents refer to.
    fn reached(&self, reached: &Reached, elements: Option<&Range<usize>>, count: usize) -> Vec<bool> {
        let mut marks = vec![false; count];
        let Reached { parents, access, types, .. } = reached;
        let mut pending = Vec::new();
        for row in self.rows(*parents) {
            if !self.is_among(*parents, row, Some(types)) {
                continue;
            }
            if let Found::Slot(slot, tables) = self.read(*parents, row, *access) {
                match (slot, elements) {
                    (Slot::List { .. }, Some(elements)) => {
                        let list = tables.list(slot);
                        pending.extend_from_slice(&list[elements.start.min(list.len())..elements.end.min(list.len())]);
                    }
                    // Something else where a list belongs stands at no position of elements; it is told when it is completed.
                    (_, Some(_)) => {}
                    (slot, None) => pending.push(slot),
                }
                while let Some(slot) = pending.pop() {
                    match slot {
                        Slot::Row(row) => {
                            if let Some(mark) = marks.get_mut(row as usize) {
                                *mark = true;
                            }
                        }
                        Slot::List { .. } => pending.extend_from_slice(tables.list(slot)),
                        Slot::Missing | Slot::Null | Slot::Raw { .. } | Slot::Value(_) | Slot::Failed(_) => {}
                    }
                }
            }
        }
        marks
    }
}

/// Marks, for each table, the rows that can be reached from `roots` (slots of table 0 or lists of them).
pub(super) fn reachable(layout: &Layout, tables: &Tables, roots: &[Slot]) -> Vec<Vec<bool>> {
    let mut marks: Vec<Vec<bool>> = tables.tables.iter().map(|table| vec![false; table.rows()]).collect();
    let mut pending: Vec<(usize, Slot)> = roots.iter().map(|slot| (0, *slot)).collect();
    while let Some((table, slot)) = pending.pop() {
        match slot {
            Slot::List { .. } => pending.extend(tables.list(slot).iter().map(|element| (table, *element))),
            Slot::Row(row) => {
                let Some(mark) = marks.get_mut(table).and_then(|marks| marks.get_mut(row as usize)) else {
                    continue;
                };
                if std::mem::replace(mark, true) {
                    continue;
                }
                let fields = layout.objects.get(table).map_or(&[][..], |object| &object.fields);
                let children = fields.iter().enumerate().filter_map(|(at, field)| Some((at, field.child?)));
                pending.extend(children.map(|(at, child)| (child, tables.tables[table].get(row, at))));
            }
            Slot::Missing | Slot::Null | Slot::Raw { .. } | Slot::Value(_) | Slot::Failed(_) => {}
        }
    }
    marks
}

/// The string in a slot.
fn text(slot: Slot, tables: &Tables) -> Option<Cow<'_, str>> {
    if let Some(value) = tables.value(slot) {
        return value.as_str().map(Cow::Borrowed);
    }
    let inner = tables.raw(slot).strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(unescape(std::str::from_utf8(inner).ok()?))
}
