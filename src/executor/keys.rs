//! Keys: reading them off rows as JSON text, and collecting the distinct ones of a step.
//!
//! A key is compared as text first: rows that came from one service spell it alike, so most keys are never parsed.

use std::collections::HashMap;

use super::read::Found;
use crate::{
    json::{Object, Slot, Tables, Value, write_value},
    planner::{Access, KeyRead, OperationPlan, PositionId, Provider},
};

/// Why a row has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// A part of it is null or missing: no call is made.
    Null,
    /// A part of it could not be fetched.
    Failed(u32),
}

/// Where the parts of a key are read.
pub(super) trait KeySource {
    /// Reads `access` of `row` at `position` (`None`: table 0 of the loaded objects).
    fn find(&self, position: Option<PositionId>, row: u32, access: Access) -> Found<'_>;
}

/// The rows that a batch has loaded, before their step is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct LoadedRows<'r> {
    pub(super) plan: &'r OperationPlan,
    pub(super) tables: &'r Tables,
}

/// The distinct keys of a step, in order of their first row.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    by_text: HashMap<Box<[u8]>, u32, ahash::RandomState>,
    keys: Vec<Value>,
    /// The text seen last and its number: neighbors often have one key, and then nothing is hashed.
    last: (Vec<u8>, u32),
}

// === impl KeySet ===

impl KeySet {
    /// The number of the key with this text, which was written by [`write_key`] for `reads`; a new one if it was not seen
    /// before.
    pub(super) fn insert(&mut self, text: &[u8], reads: &[KeyRead]) -> Option<u32> {
        // The text of a key is never empty, so that nothing was seen before the first one.
        if self.last.0 == text {
            return Some(self.last.1);
        }
        let number = match self.by_text.get(text) {
            Some(known) => *known,
            None => self.add(text, reads)?,
        };
        self.last.0.clear();
        self.last.0.extend_from_slice(text);
        self.last.1 = number;
        Some(number)
    }

    fn add(&mut self, text: &[u8], reads: &[KeyRead]) -> Option<u32> {
        let number = u32::try_from(self.keys.len()).ok()?;
        self.keys.push(parse(text, reads)?);
        self.by_text.insert(text.into(), number);
        Some(number)
    }

    /// The number of the key with exactly this text.
    pub(super) fn get(&self, text: &[u8]) -> Option<u32> {
        self.by_text.get(text).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_text.len()
    }

    /// Takes out the keys: JSON objects.
    pub(super) fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.keys)
    }
}

/// Parses the text of a key. Most have one member: then its name is the plan's, and only its value is parsed.
fn parse(text: &[u8], reads: &[KeyRead]) -> Option<Value> {
    match reads {
        [read] if read.fields.is_empty() => {
            // `{"id":1}`: the brace stands in place of the comma.
            let value = Value::parse(text.get(read.prefix.len()..text.len() - 1)?).ok()?;
            Some(Value::Object(Object::from_iter([(read.name.clone(), value)])))
        }
        _ => Value::parse(text).ok(),
    }
}

// === reading ===

/// Appends the key of a row as a JSON object.
pub(super) fn write_key(
    source: &impl KeySource,
    position: Option<PositionId>,
    row: u32,
    reads: &[KeyRead],
    out: &mut Vec<u8>,
) -> Result<(), NoKey> {
    out.push(b'{');
    for (at, read) in reads.iter().enumerate() {
        // The first prefix is written without its comma.
        out.extend_from_slice(&read.prefix[usize::from(at == 0)..]);
        write_member(source, source.find(position, row, read.access), read, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_member(source: &impl KeySource, found: Found<'_>, read: &KeyRead, out: &mut Vec<u8>) -> Result<(), NoKey> {
    let (slot, tables) = match found {
        Found::Slot(slot, tables) => (slot, tables),
        Found::Failed(id) => return Err(NoKey::Failed(id)),
        Found::Absent | Found::Misshapen(_) => return Err(NoKey::Null),
    };
    match slot {
        Slot::Failed(id) => Err(NoKey::Failed(id)),
        Slot::Missing | Slot::Null => Err(NoKey::Null),
        Slot::Row(row) if !read.fields.is_empty() => write_key(source, read.child, row, &read.fields, out),
        Slot::Raw { .. } if read.fields.is_empty() => match tables.raw(slot) {
            b"null" | b"" => Err(NoKey::Null),
            raw => {
                out.extend_from_slice(raw);
                Ok(())
            }
        },
        Slot::Value(_) if read.fields.is_empty() => match tables.value(slot) {
            Some(Value::Null) | None => Err(NoKey::Null),
            Some(value) => {
                write_value(out, value);
                Ok(())
            }
        },
        // An object where a leaf belongs, or the other way round.
        Slot::Row(_) | Slot::Raw { .. } | Slot::Value(_) => Err(NoKey::Null),
        Slot::List { .. } => write_list(source, slot, tables, read, out),
    }
}

/// A list is a key with its null elements in place.
fn write_list(
    source: &impl KeySource,
    list: Slot,
    tables: &Tables,
    read: &KeyRead,
    out: &mut Vec<u8>,
) -> Result<(), NoKey> {
    out.push(b'[');
    for (at, element) in tables.list(list).iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let mark = out.len();
        match write_member(source, Found::Slot(*element, tables), read, out) {
            Ok(()) => {}
            Err(NoKey::Null) => {
                out.truncate(mark);
                out.extend_from_slice(b"null");
            }
            Err(failed @ NoKey::Failed(_)) => return Err(failed),
        }
    }
    out.push(b']');
    Ok(())
}

// === sources ===

impl KeySource for super::run::Run<'_> {
    fn find(&self, position: Option<PositionId>, row: u32, access: Access) -> Found<'_> {
        position.map_or(Found::Absent, |position| self.read(position, row, access))
    }
}

impl KeySource for LoadedRows<'_> {
    /// Everything that a loaded object's key needs is in its own step's tables, whatever kind of access says so.
    fn find(&self, position: Option<PositionId>, row: u32, access: Access) -> Found<'_> {
        let slot = match access {
            Access::Provider { slot } | Access::Joined { slot, .. } => slot,
            Access::Result { .. } => return Found::Absent,
        };
        let table = match position.and_then(|position| self.plan.positions.get(position.0 as usize)) {
            Some(position) => match position.provider {
                Provider::Step { table, .. } => table,
                Provider::Root => return Found::Absent,
            },
            None => 0,
        };
        match self.tables.tables.get(table) {
            Some(table) => super::read::found(table.get(row, slot), self.tables),
            None => Found::Absent,
        }
    }
}
