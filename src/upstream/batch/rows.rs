//! Taking single rows out of the answer to a batch, so that each can be kept under its key.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;

use super::{BatchKey, row_path::row_path};
use crate::{
    json::{Kind, Object, Reader, Slot, Tables, Value, unescape, write_string},
    mapping::{FieldLayout, Layout, ObjectLayout, Problems, Program, Scope, Variable},
    model::{Connector, KeyField, Loads},
};

/// Reads the rows of one connector's batches and their keys.
#[derive(Debug)]
pub(in crate::upstream) struct RowReader {
    /// Where the list of rows stands in the body.
    path: Vec<String>,
    /// The connector's selection, for the key fields alone.
    program: Program,
    key: Vec<KeySlot>,
}

/// Where a key field stands in the program's tables: its slot, which for an object holds the row of table `child`.
#[derive(Debug)]
struct KeySlot {
    name: Arc<str>,
    slot: usize,
    child: usize,
    fields: Vec<Self>,
}

impl RowReader {
    /// `None` unless a row can be mapped alone: the selection starts with a plain path and reads nothing outside the row but
    /// what is the same for all requests.
    pub(in crate::upstream) fn new(connector: &Connector) -> Option<Self> {
        if !matches!(connector.loads, Some(Loads::Batch { .. })) {
            return None;
        }
        let variables = connector.selection.variables();
        if !variables.iter().all(|path| matches!(path.variable, Variable::Config | Variable::Env)) {
            return None;
        }
        let path = row_path(connector.selection.text())?;
        let mut layout = Layout::default();
        let key = add_table(&mut layout, &connector.key);
        Some(Self { path, program: connector.selection.compile(&layout), key })
    }

    /// The rows of `body`: canonical key, and the row wrapped so that the connector's selection finds it alone.
    /// Nothing if the body is not of the expected form.
    pub(super) fn rows(&self, body: &Bytes, scope: &Scope<'_>) -> Vec<(Box<str>, Bytes)> {
        let Some((elements, in_list)) = self.elements(body) else { return Vec::new() };
        let mut tables = self.program.tables();
        let limit = body.len();
        let Ok(root) = self.program.run(body, scope, limit, &mut tables, &mut Problems::default()) else {
            return Vec::new();
        };
        let slots = if in_list { tables.list(root).to_vec() } else { vec![root] };
        // Anything else means that the selection does not map rows one to one.
        if slots.len() != elements.len() {
            return Vec::new();
        }
        let row = |(slot, element): (Slot, Range<usize>)| {
            let Slot::Row(row) = slot else { return None };
            let key = BatchKey::new(read(&self.key, &tables, 0, row)?)?;
            Some((key.canonical().into(), self.wrap(body.get(element)?, in_list)))
        };
        slots.into_iter().zip(elements).filter_map(row).collect()
    }

    /// Places of the elements of the list at `path`, or of the single object there.
    fn elements(&self, body: &[u8]) -> Option<(Vec<Range<usize>>, bool)> {
        let mut reader = Reader::new(body).ok()?;
        for key in &self.path {
            enter_member(&mut reader, key)?;
        }
        match reader.peek().ok()? {
            Kind::Array => {
                let mut elements = Vec::new();
                reader.enter_array().ok()?;
                while reader.next_element(elements.is_empty()).ok()? {
                    elements.push(reader.skip_value().ok()?);
                }
                Some((elements, true))
            }
            Kind::Object => Some((vec![reader.skip_value().ok()?], false)),
            Kind::String | Kind::Number | Kind::Bool | Kind::Null => None,
        }
    }

    fn wrap(&self, row: &[u8], in_list: bool) -> Bytes {
        let keys: usize = self.path.iter().map(|key| key.len() + 6).sum();
        let mut out = Vec::with_capacity(row.len() + keys + 2);
        for key in &self.path {
            out.push(b'{');
            write_string(&mut out, key);
            out.push(b':');
        }
        if in_list {
            out.push(b'[');
        }
        out.extend_from_slice(row);
        if in_list {
            out.push(b']');
        }
        out.extend(self.path.iter().map(|_| b'}'));
        out.into()
    }
}

/// Moves to the value of a member; `None` if this is no object that has it.
fn enter_member(reader: &mut Reader<'_>, key: &str) -> Option<()> {
    if reader.peek().ok()? != Kind::Object {
        return None;
    }
    reader.enter_object().ok()?;
    let mut first = true;
    while let Some(name) = reader.next_key(first).ok()? {
        first = false;
        if unescape(name) == key {
            return Some(());
        }
        reader.skip_value().ok()?;
    }
    None
}

fn add_table(layout: &mut Layout, fields: &[KeyField]) -> Vec<KeySlot> {
    let table = layout.objects.len();
    layout.objects.push(ObjectLayout::default());
    let mut slots = Vec::with_capacity(fields.len());
    for (slot, field) in fields.iter().enumerate() {
        let child = if field.fields.is_empty() { None } else { Some(layout.objects.len()) };
        layout.objects[table].fields.push(FieldLayout { name: field.name.to_string(), child });
        let below = if child.is_some() { add_table(layout, &field.fields) } else { Vec::new() };
        slots.push(KeySlot { name: Arc::from(&*field.name), slot, child: child.unwrap_or(0), fields: below });
    }
    slots
}

fn read(fields: &[KeySlot], tables: &Tables, table: usize, row: u32) -> Option<Value> {
    let mut key = Object::default();
    for field in fields {
        let slot = tables.tables.get(table)?.get(row, field.slot);
        let value = match slot {
            Slot::Row(row) if !field.fields.is_empty() => read(&field.fields, tables, field.child, row)?,
            leaf => tables.to_value(leaf)?,
        };
        key.insert(Arc::clone(&field.name), value);
    }
    Some(Value::Object(key))
}
