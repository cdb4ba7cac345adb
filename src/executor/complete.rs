//! Completion: the answer written from slots, in the view's types.
//!
//! Follows <https://spec.graphql.org/September2025/#CompleteValue()>: what is null in a non-null place makes the nearest
//! nullable place above it null, with one error for its cause. A place that becomes null is cut out of the buffer again.
//!
//! It is synchronous: a recursive future for each value would cost more than the values. It is bounded by the size of the
//! answer, and a long one hands its worker thread's other tasks to another thread before it begins.

mod errors;
mod parts;
mod told;
mod written;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use super::{
    Cacheability, OPENING, Outcome,
    failure::{ClientError, Failure},
    guards::GuardMask,
    leaf::{json_type, write_leaf},
    problems::{self, Misfit},
    read::{Found, RowLeaves},
    run::Run,
};
use crate::{
    graphql::{ErrorCode, GraphqlError, OperationKind, PathSegment, TypeRef},
    json::{Reader, Slot, Tables, Value, write_string, write_value},
    mapping::Problem,
    model::CacheScope,
    planner::{
        Access, EntryKind, FieldEntry, HopRead, LeafKind, ObjectProgramId, PositionId, ValueKind, ValueProgram, Variant,
    },
};
use parts::Parts;
pub(super) use parts::{PartsWriter, Place};
use written::Written;

/// Rows from which a completion is long: about a millisecond of work.
const LONG: usize = 5_000;

/// Bytes made ready for an answer: at least, and at most however long the last one was.
const READY: (usize, usize) = (1 << 10, 1 << 20);

/// Writes the answer of a run.
pub(super) fn answer(run: &Run<'_>) -> Outcome {
    long(run, || Completion::<false>::new(run, &run.guards, None).finish())
}

/// Completes what may take long.
pub(super) fn long<T>(run: &Run<'_>, complete: impl FnOnce() -> T) -> T {
    let may_block = tokio::runtime::Handle::try_current()
        .is_ok_and(|handle| handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
    if may_block && run.total_rows() > LONG { tokio::task::block_in_place(complete) } else { complete() }
}

/// Why a value was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halt {
    /// It is null where null is not allowed, or in error; the error is recorded.
    Null,
    /// The answer is too large: nothing more is written.
    TooLarge,
}

/// A step of the path to the value being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Segment<'r> {
    Key(&'r Arc<str>),
    Index(usize),
}

/// A row, and its concrete graph type where the position is abstract.
#[derive(Debug, Clone, Copy)]
struct RowAt<'r> {
    position: PositionId,
    row: u32,
    type_name: Option<&'r str>,
}

/// The field whose value is being written.
#[derive(Debug, Clone, Copy)]
struct FieldAt<'r> {
    entry: &'r FieldEntry,
    program: &'r ValueProgram,
    /// Where its value is read: the position, and how.
    read: Option<(PositionId, &'r Access)>,
}

/// What is left of the way to a field's value.
#[derive(Debug, Clone, Copy)]
struct Way<'r> {
    field: FieldAt<'r>,
    /// Position of the objects that stand here.
    target: Option<PositionId>,
    /// Graph fields still to walk.
    hops: &'r [HopRead],
    /// List levels still to come of the graph field that was read last.
    lists: usize,
    /// Type here, lists on the way taken off.
    ty: &'r TypeRef,
}

/// Writes one answer, whole or in parts. A whole one pays nothing for what only parts need.
struct Completion<'r, 'a, const PARTS: bool = false> {
    run: &'r Run<'a>,
    /// What is written.
    guards: &'r GuardMask,
    out: Vec<u8>,
    written: Written<'r>,
    /// Where the value being written stands. A leaf that is as it should be is not in it: only errors need a path.
    path: Vec<Segment<'r>>,
    errors: Vec<GraphqlError>,
    errors_dropped: usize,
    /// Whether an error was too much for the answer: no further one is told.
    is_full_of_errors: bool,
    /// Values that do not fit and how many of each, by the address of their field's entry.
    misfits: HashMap<usize, Vec<(Misfit, u64)>, ahash::RandomState>,
    /// Bytes that data may have: less with each error that is told.
    limit: usize,
    /// Bytes that were written and cut out again: work that the size of the answer does not show.
    discarded: usize,
    /// What only an answer in parts has.
    parts: Option<Box<Parts<'r>>>,
}

// === impl Completion ===

impl<'r, 'a, const PARTS: bool> Completion<'r, 'a, PARTS> {
    fn new(run: &'r Run<'a>, guards: &'r GuardMask, parts: Option<Box<Parts<'r>>>) -> Self {
        let mut out = Vec::with_capacity(run.plan.answer_size.load(Ordering::Relaxed).clamp(READY.0, READY.1));
        out.extend_from_slice(OPENING);
        Self {
            run,
            guards,
            out,
            written: Written::default(),
            path: Vec::new(),
            errors: Vec::new(),
            errors_dropped: 0,
            is_full_of_errors: false,
            misfits: HashMap::default(),
            limit: usize::try_from(run.context.limits.response_bytes.0).unwrap_or(usize::MAX),
            discarded: 0,
            parts,
        }
    }

    /// Writes the answer, or the first part of it.
    fn finish(&mut self) -> Outcome {
        let root = RowAt { position: PositionId(0), row: 0, type_name: None };
        let written = self.object(root, self.run.plan.root_program);
        // The last leaf may have been the one too much.
        match written.and_then(|written| self.check_size().map(|()| written)) {
            Ok(true) => {}
            Ok(false) | Err(Halt::Null) => self.null_data(),
            Err(Halt::TooLarge) => {
                self.null_data();
                self.path.clear();
                self.record_certainly(GraphqlError::new(ErrorCode::LimitExceeded, self.too_large()));
            }
        }
        // The closing brace is still to come.
        self.run.plan.answer_size.store(self.out.len() + 1, Ordering::Relaxed);
        self.record_misfits();
        let cacheability = self.cacheability();
        let clean = self.errors.is_empty() && self.run.plan.kind == OperationKind::Query;
        Outcome {
            body: std::mem::take(&mut self.out),
            errors: std::mem::take(&mut self.errors),
            errors_dropped: std::mem::take(&mut self.errors_dropped),
            cacheability: cacheability.filter(|_| clean),
            problems: None,
            upstream_calls: self.run.calls_made(),
        }
    }

    fn record_misfits(&mut self) {
        for (misfit, count) in std::mem::take(&mut self.misfits).into_values().flatten() {
            problems::record(self.run, misfit, count);
        }
    }

    fn too_large(&self) -> String {
        match self.parts.as_ref().and_then(|parts| parts.too_many()) {
            Some(limit) => format!("the answer has more than {limit} deferred parts, which is the limit"),
            None => {
                let limit = self.run.context.limits.response_bytes.0;
                format!("the answer is larger than {limit} bytes, which is the limit")
            }
        }
    }

    /// An answer that can depend on a header of its client is its client's, whatever the upstreams say of their parts.
    fn cacheability(&self) -> Option<Cacheability> {
        let folded = self.run.freshness.result()?;
        let scope = if self.run.plan.headers.is_empty() { folded.scope } else { CacheScope::Private };
        Some(Cacheability { scope, ..folded })
    }

    fn null_data(&mut self) {
        self.out.truncate(OPENING.len());
        self.out.extend_from_slice(b"null");
    }

    /// Writes an object; `false`: the view says that an object of this concrete type is null, and nothing is written.
    fn object(&mut self, at: RowAt<'r>, program: ObjectProgramId) -> Result<bool, Halt> {
        let id = program;
        let program = &self.run.plan.objects[program.0 as usize];
        let variant: &'r Variant = match at.type_name {
            None => program.variants.first(),
            Some(name) => program.variants.iter().find(|variant| *variant.graph_type == *name),
        }
        .ok_or(Halt::Null)?;
        let Some(view_type) = &variant.view_type else {
            return Ok(false);
        };
        let at = RowAt { type_name: at.type_name.map(|_| &*variant.graph_type), ..at };
        if PARTS {
            if self.is_descending() {
                return self.piece(at, id).map(|()| true);
            }
            self.note_fragments(at, id, variant)?;
        }
        let mut leaves = RowLeaves::new(self.run, at.position, at.row);
        self.out.push(b'{');
        let mut comma = 0;
        for entry in &variant.fields {
            let is_written = if PARTS { self.is_written(at, entry)? } else { self.guards.is_on(entry.guard) };
            if !is_written {
                continue;
            }
            // The first prefix is written without its comma.
            self.out.extend_from_slice(&entry.prefix[1 - comma..]);
            comma = 1;
            match &entry.kind {
                // Not in parts: what is used once is inlined, and whole answers are what has to be fast.
                EntryKind::Value(program) if !PARTS && self.plain(program, &mut leaves) => {}
                EntryKind::Value(program) => self.field(at, entry, program)?,
                EntryKind::Typename => {
                    write_string(&mut self.out, view_type);
                    self.check_size()?;
                }
                EntryKind::Introspection => self.introspection(entry)?,
            }
        }
        self.out.push(b'}');
        Ok(true)
    }

    /// Writes a leaf that is there and is what its type says, as nearly all are: no path, nothing to be made null. `false`:
    /// nothing was written, and completing it as any other value will tell why.
    #[inline]
    fn plain(&mut self, program: &'r ValueProgram, leaves: &mut RowLeaves<'r, 'a>) -> bool {
        let (Some(access), ValueKind::Leaf(kind)) = (program.leaf, &program.kind) else { return false };
        let Some(raw) = leaves.raw(access).filter(|raw| *raw != b"null") else { return false };
        self.check_size().is_ok() && write_leaf(kind, raw, &mut self.out).is_ok()
    }

    fn introspection(&mut self, entry: &FieldEntry) -> Result<(), Halt> {
        let answer = self.run.context.introspection.as_ref();
        match answer.and_then(|answer| answer.get(&entry.response_key)) {
            Some(value) => write_value(&mut self.out, value),
            None => self.out.extend_from_slice(b"null"),
        }
        self.check_size()
    }

    fn field(&mut self, at: RowAt<'r>, entry: &'r FieldEntry, program: &'r ValueProgram) -> Result<(), Halt> {
        self.path.push(Segment::Key(&entry.response_key));
        let field = FieldAt { entry, program, read: None };
        let result = self.hop(at, &Way { field, target: None, hops: &program.hops, lists: 0, ty: &program.ty });
        self.path.pop();
        result
    }

    /// Reads the next graph field of a row and completes what stands there.
    fn hop(&mut self, at: RowAt<'r>, way: &Way<'r>) -> Result<(), Halt> {
        let Some((hop, rest)) = way.hops.split_first() else {
            return self.nullable(way.ty, |this| this.fail(way.field, Failure::Internal.to_client()));
        };
        let read = hop.reads.iter().find(|(name, ..)| match (name, at.type_name) {
            (None, _) => true,
            (Some(name), Some(type_name)) => **name == *type_name,
            (Some(_), None) => false,
        });
        let Some((_, access, target)) = read else {
            return self.nullable(way.ty, |this| this.fail(way.field, told::unknown_type("string")));
        };
        let found = self.run.read(at.position, at.row, *access);
        let field = FieldAt { read: Some((at.position, access)), ..way.field };
        self.value(found, &Way { field, target: *target, hops: rest, lists: hop.lists, ty: way.ty })
    }

    /// Completes a value; where its type allows null, nothing below makes more than it null.
    fn value(&mut self, found: Found<'r>, way: &Way<'r>) -> Result<(), Halt> {
        if PARTS { self.value_in_parts(found, way) } else { self.any_value(found, way) }
    }

    fn any_value(&mut self, found: Found<'r>, way: &Way<'r>) -> Result<(), Halt> {
        let Way { field, hops, ty, .. } = *way;
        self.nullable(ty, |this| match found {
            Found::Failed(id) => this.fail(field, this.run.failures.get(id).to_client()),
            Found::Misshapen(found) => this.fail(field, told::wrong_shape(found)),
            Found::Absent => this.null(field, ty, told::absent),
            Found::Slot(Slot::Failed(id), _) => this.fail(field, this.run.failures.get(id).to_client()),
            Found::Slot(Slot::Missing, _) => this.null(field, ty, told::missing),
            Found::Slot(Slot::Null, _) => this.null(field, ty, told::unexpected_null),
            Found::Slot(slot @ Slot::List { .. }, tables) => this.list(tables.list(slot), tables, way),
            Found::Slot(Slot::Row(row), _) => this.row(row, way),
            Found::Slot(slot @ Slot::Raw { .. }, tables) => match hops {
                [] => this.leaf(tables.raw(slot), field, ty),
                _ => this.fail(field, told::wrong_shape(json_type(tables.raw(slot)))),
            },
            Found::Slot(slot @ Slot::Value(_), tables) => match (hops, tables.value(slot)) {
                ([], Some(value)) => this.computed(value, field, ty),
                (_, value) => this.fail(field, told::wrong_shape(value.map_or("null", Value::type_name))),
            },
        })
    }

    /// Runs `write`; if it ends in null and `ty` allows that, cuts out what it wrote and writes `null`.
    fn nullable(&mut self, ty: &TypeRef, write: impl FnOnce(&mut Self) -> Result<(), Halt>) -> Result<(), Halt> {
        self.check_size()?;
        let mark = self.out.len();
        match write(self) {
            Err(Halt::Null) if !ty.is_non_null() => {
                self.discarded += self.out.len() - mark;
                self.out.truncate(mark);
                self.written.cut(mark);
                self.out.extend_from_slice(b"null");
                Ok(())
            }
            other => other,
        }
    }

    fn list(&mut self, elements: &'r [Slot], tables: &'r Tables, way: &Way<'r>) -> Result<(), Halt> {
        let (Some(item), Some(lists)) = (way.ty.item(), way.lists.checked_sub(1)) else {
            return self.fail(way.field, told::wrong_shape("array"));
        };
        let way = Way { ty: item, lists, ..*way };
        let elements = if PARTS { self.first_elements(elements, tables, &way)? } else { elements };
        self.out.push(b'[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Segment::Index(index));
            let result = self.value(Found::Slot(*element, tables), &way);
            self.path.pop();
            result?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn row(&mut self, row: u32, way: &Way<'r>) -> Result<(), Halt> {
        let Way { field, ty, .. } = *way;
        let Some(position) = way.target.filter(|_| way.lists == 0) else {
            return self.fail(field, told::wrong_shape("object"));
        };
        let Some(type_name) = self.concrete_type(position, row, field) else {
            let found = self.run.type_name(position, row).map_or(Problem::MISSING, |_| "string");
            return self.fail(field, told::unknown_type(found));
        };
        let at = RowAt { position, row, type_name };
        if !way.hops.is_empty() {
            return self.hop(at, way);
        }
        let later = field.program.stream.as_deref().filter(|stream| PARTS && stream.position == position);
        match &field.program.kind {
            ValueKind::Object(program) if ty.item().is_none() => {
                let program = later.map_or(program, |stream| &stream.program);
                if self.object_is_unknown(*program, type_name) {
                    self.fail(field, told::unknown_type("string"))
                } else if self.object_or_copy(at, *program)? {
                    Ok(())
                } else {
                    self.null(field, ty, told::unexpected_null)
                }
            }
            ValueKind::Object(_) | ValueKind::Leaf(_) => self.fail(field, told::wrong_shape("object")),
        }
    }

    /// Writes an object, or copies what was written for another row that is joined to the same.
    fn object_or_copy(&mut self, at: RowAt<'r>, program: ObjectProgramId) -> Result<bool, Halt> {
        // Deferred fragments stand at each of the rows.
        let child = if PARTS { None } else { Written::child(self.run, program, at) };
        let Some(child) = child else { return self.object(at, program) };
        if let Some(text) = self.written.find(self.run, child, at) {
            self.check_size_with(text.len())?;
            self.out.extend_from_within(text);
            return Ok(true);
        }
        let (start, failed) = (self.out.len(), self.failed());
        let is_written = self.object(at, program)?;
        if is_written && self.failed() == failed {
            self.written.add(child, at, start..self.out.len());
        }
        Ok(is_written)
    }

    /// The concrete type of a row as the plan spells it. `None`: it has none, or one that the plan does not know.
    fn concrete_type(&self, position: PositionId, row: u32, field: FieldAt<'r>) -> Option<Option<&'r str>> {
        if self.run.plan.positions.get(position.0 as usize)?.typename_slot.is_none() {
            return Some(None);
        }
        let name: Cow<'r, str> = self.run.type_name(position, row)?;
        match name {
            Cow::Borrowed(name) => Some(Some(name)),
            // Escaped in the body: the plan's own spelling stands in for it.
            Cow::Owned(name) => self.known_type(&name, field).map(Some),
        }
    }

    fn known_type(&self, name: &str, field: FieldAt<'r>) -> Option<&'r str> {
        let hops = field.program.hops.iter().flat_map(|hop| &hop.reads).filter_map(|(known, ..)| known.as_ref());
        let variants = match &field.program.kind {
            ValueKind::Object(program) => &self.run.plan.objects[program.0 as usize].variants[..],
            ValueKind::Leaf(_) => &[],
        };
        let mut known = hops.chain(variants.iter().map(|variant| &variant.graph_type)).map(|known| &**known);
        known.find(|known| *known == name)
    }

    fn object_is_unknown(&self, program: ObjectProgramId, type_name: Option<&str>) -> bool {
        let variants = &self.run.plan.objects[program.0 as usize].variants;
        type_name.is_some_and(|name| !variants.iter().any(|variant| *variant.graph_type == *name))
    }

    /// A JSON value as it stands in a body, at the end of the way: a leaf, or a list of leaves.
    fn leaf(&mut self, raw: &'r [u8], field: FieldAt<'r>, ty: &'r TypeRef) -> Result<(), Halt> {
        let ValueKind::Leaf(kind) = &field.program.kind else {
            return if raw == b"null" {
                self.null(field, ty, told::unexpected_null)
            } else {
                self.fail(field, told::wrong_shape(json_type(raw)))
            };
        };
        if raw == b"null" {
            return self.null(field, ty, told::unexpected_null);
        }
        match ty.item() {
            None => self.scalar(kind, raw, field),
            Some(_) if raw.first() != Some(&b'[') => self.fail(field, told::wrong_shape(json_type(raw))),
            Some(item) => self.raw_list(raw, field, item),
        }
    }

    fn raw_list(&mut self, raw: &'r [u8], field: FieldAt<'r>, item: &'r TypeRef) -> Result<(), Halt> {
        let invalid = |this: &mut Self| this.fail(field, told::wrong_shape("array"));
        let Ok(mut reader) = Reader::new(raw) else { return invalid(self) };
        if reader.peek().and_then(|_| reader.enter_array()).is_err() {
            return invalid(self);
        }
        self.out.push(b'[');
        let mut index = 0;
        while let Ok(true) = reader.next_element(index == 0) {
            let Ok(span) = reader.skip_value() else { return invalid(self) };
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Segment::Index(index));
            let result = self.nullable(item, |this| this.leaf(&raw[span], field, item));
            self.path.pop();
            result?;
            index += 1;
        }
        self.out.push(b']');
        Ok(())
    }

    /// A computed value at the end of the way.
    fn computed(&mut self, value: &'r Value, field: FieldAt<'r>, ty: &'r TypeRef) -> Result<(), Halt> {
        match (&field.program.kind, value, ty.item()) {
            (_, Value::Null, _) => self.null(field, ty, told::unexpected_null),
            (ValueKind::Leaf(_), Value::Array(elements), Some(item)) => {
                self.out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    self.path.push(Segment::Index(index));
                    let result = self.nullable(item, |this| this.computed(element, field, item));
                    self.path.pop();
                    result?;
                }
                self.out.push(b']');
                Ok(())
            }
            (ValueKind::Leaf(kind), value, None) => {
                let mut text = Vec::new();
                write_value(&mut text, value);
                self.scalar(kind, &text, field)
            }
            (ValueKind::Leaf(_), value, Some(_)) | (ValueKind::Object(_), value, _) => {
                self.fail(field, told::wrong_shape(value.type_name()))
            }
        }
    }

    fn scalar(&mut self, kind: &LeafKind, raw: &[u8], field: FieldAt<'r>) -> Result<(), Halt> {
        match write_leaf(kind, raw, &mut self.out) {
            Ok(()) => Ok(()),
            Err(wrong) => self.fail(field, told::wrong_leaf(field.program.ty.name(), wrong)),
        }
    }

    // === nulls and errors ===

    /// A null: written where it is allowed, else an error.
    fn null(&mut self, field: FieldAt<'r>, ty: &TypeRef, cause: fn() -> ClientError) -> Result<(), Halt> {
        if ty.is_non_null() {
            return self.fail(field, cause());
        }
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    /// Records an error at the current path.
    fn fail(&mut self, field: FieldAt<'r>, error: ClientError) -> Result<(), Halt> {
        if PARTS && self.is_descending() {
            return Err(Halt::Null);
        }
        if let (Some(found), Some((position, access))) = (error.found, field.read) {
            self.misfit(field, (position, *access), &error.message, found);
        }
        if self.has_room_for_errors() {
            let mut recorded = GraphqlError::new(error.code, error.message);
            recorded.locations.clone_from(&field.entry.locations);
            recorded.extensions = Box::new(error.extensions);
            self.record(recorded);
        } else {
            self.errors_dropped += 1;
        }
        Err(Halt::Null)
    }

    /// Counts a value that does not fit; equal ones are told together.
    fn misfit(
        &mut self,
        field: FieldAt<'r>,
        (position, access): (PositionId, Access),
        message: &str,
        found: &'static str,
    ) {
        let same = |(known, _): &&mut (Misfit, u64)| {
            known.position == position && known.access == access && known.found == found && known.message == message
        };
        let misfits = self.misfits.entry(std::ptr::from_ref(field.entry).addr()).or_default();
        if let Some((_, count)) = misfits.iter_mut().find(same) {
            *count += 1;
        } else {
            let (message, expected) = (message.to_owned(), field.program.ty.to_string());
            misfits.push((Misfit { position, access, message, found, expected }, 1));
        }
    }

    /// How often something failed so far.
    fn failed(&self) -> usize {
        self.errors.len() + self.errors_dropped
    }

    fn check_size(&self) -> Result<(), Halt> {
        self.check_size_with(0)
    }

    /// Whether the answer is still small enough with `more` bytes.
    fn check_size_with(&self, more: usize) -> Result<(), Halt> {
        let worked = (self.bytes() + more).saturating_add(self.discarded / 4);
        if worked > self.limit { Err(Halt::TooLarge) } else { Ok(()) }
    }

    /// Bytes of the answer so far, errors apart.
    fn bytes(&self) -> usize {
        if PARTS { self.written_in_parts() } else { self.out.len() - OPENING.len() }
    }
}

impl Segment<'_> {
    fn to_path(self) -> PathSegment {
        match self {
            Self::Key(key) => PathSegment::Key(key.clone()),
            Self::Index(index) => PathSegment::Index(index),
        }
    }
}

#[cfg(test)]
mod tests;
