//! One run of a program: a single pass over the body that writes rows.
//!
//! Rare shapes of data (a member twice, a spread of something that is no object) end the pass; the rows are forgotten
//! and the general evaluator does the whole body.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use smallvec::SmallVec;

use super::{
    Program, RunError,
    nodes::{FieldPlan, Inner, Input, MemberNode, Nodes, Op, PathKey, Root, RowNode, Target},
    place::{Rows, number},
};
use crate::{
    json::{InvalidJson, Kind, Member, Object, Reader, RowTemplate, Slot, Tables, Value},
    mapping::{
        Problem, Problems, Scope,
        evaluate::{BUDGET, Evaluator, found_in, not_found},
        syntax::Place,
    },
};

/// What one run reads, and its bound.
#[derive(Clone, Copy)]
pub(super) struct Task<'r> {
    pub(super) program: &'r Program,
    pub(super) body: &'r Bytes,
    pub(super) scope: &'r Scope<'r>,
    pub(super) max_rows: usize,
}

/// Runs a program over a body; after an error the tables are as they were.
pub(super) fn run(task: Task<'_>, tables: &mut Tables, problems: &mut Problems) -> Result<Slot, RunError> {
    let mark = Mark::of(tables);
    let mut found = Problems::default();
    let mut result = attempt(task, tables, &mut found, false);
    if matches!(result, Err(Stop::General)) {
        mark.restore(tables);
        found = Problems::default();
        result = attempt(task, tables, &mut found, true);
    }
    match result {
        Ok(slot) => {
            problems.append(found);
            Ok(slot)
        }
        Err(Stop::Error(error)) => {
            mark.restore(tables);
            Err(error)
        }
        Err(Stop::General) => unreachable!("the general evaluator takes any document"),
    }
}

/// One pass, or the general evaluator.
fn attempt(task: Task<'_>, tables: &mut Tables, problems: &mut Problems, general: bool) -> Result<Slot, Stop> {
    let Task { program, body, scope, max_rows } = task;
    if u32::try_from(body.len()).is_err() {
        return Err(RunError::InvalidJson { at: u32::MAX as usize }.into());
    }
    let reader = Reader::new(body)?;
    let number_of_body = number(tables.bodies.len());
    tables.bodies.push(body.clone());
    let nodes = &program.nodes;
    let mut run = Run {
        program,
        nodes,
        reader,
        body: number_of_body,
        rows: Rows { layout: &program.layout, tables, limit: max_rows, left: max_rows },
        scope,
        problems,
        counts: vec![[0; KINDS]; nodes.spots.len()],
        templates: nodes.members.iter().map(|_| RowTemplate::default()).collect(),
        stack: Vec::new(),
        budget: BUDGET.saturating_add(body.len().saturating_mul(16)),
    };
    let slot = match &program.root {
        _ if general => run.general()?,
        Root::Computed => run.general()?,
        Root::Rows { path, row } => run.walk(path, Some(*row))?,
        Root::Leaf { path } => run.walk(path, None)?,
        Root::Literal { slot, row, computed } => run.literal((*slot, *row), computed)?,
    };
    run.reader.finish()?;
    run.report();
    Ok(slot)
}

const KINDS: usize = 6;

/// Why a pass ended early.
#[derive(Debug)]
enum Stop {
    Error(RunError),
    /// The data needs the general evaluator.
    General,
}

struct Run<'r> {
    program: &'r Program,
    nodes: &'r Nodes,
    reader: Reader<'r>,
    body: u32,
    rows: Rows<'r>,
    scope: &'r Scope<'r>,
    problems: &'r mut Problems,
    /// How often a key was not found, by spot and kind of what was found in place of its object.
    counts: Vec<[u32; KINDS]>,
    /// By member node.
    templates: Vec<RowTemplate>,
    /// Elements of the lists being read.
    stack: Vec<Slot>,
    /// Work left for computed fields.
    budget: usize,
}

/// The rows of the object being read, and what is left to compute when it ends.
struct Frame<'r> {
    node: &'r RowNode,
    /// Table and row of the object itself.
    own: (usize, u32),
    /// The rows of its groups.
    groups: SmallVec<[u32; 4]>,
    captures: SmallVec<[Option<Range<usize>>; 4]>,
    /// Direct fields that met an array on their way.
    deferred: SmallVec<[usize; 4]>,
}

impl<'r> Run<'r> {
    /// A row of table 0, of which one field is made of the body.
    fn literal(&mut self, (slot, row): (usize, usize), computed: &'r [FieldPlan]) -> Result<Slot, Stop> {
        let own = self.rows.push(0)?;
        let value = self.value_rows(row)?;
        self.rows.set(0, own, slot, value);
        for field in computed {
            let mut evaluator = Evaluator::new(self.scope, self.problems, self.budget);
            let value = evaluator.value(&field.value, &Value::Null);
            self.budget = evaluator.budget();
            let placed = self.rows.place(value, field.child)?;
            self.rows.set(0, own, field.target.slot, placed);
        }
        Ok(Slot::Row(own))
    }

    /// The general evaluator over the whole body.
    fn general(&mut self) -> Result<Slot, Stop> {
        let input = if self.program.reads_body {
            Value::read(&mut self.reader)?
        } else {
            self.reader.skip_value()?;
            Value::Null
        };
        let mut evaluator = Evaluator::new(self.scope, self.problems, self.budget);
        let value = evaluator.tree(&self.program.tree, &input);
        let table = (!self.program.layout.objects.is_empty()).then_some(0);
        Ok(self.rows.place(value, table)?)
    }

    /// Follows the root's path to the rows or the leaf.
    fn walk(&mut self, path: &'r [PathKey], row: Option<usize>) -> Result<Slot, Stop> {
        let Some((key, rest)) = path.split_first() else {
            return match row {
                Some(row) => self.value_rows(row),
                None => self.leaf(),
            };
        };
        match self.reader.peek()? {
            Kind::Array => Err(Stop::General),
            Kind::Object => {
                let mut template = RowTemplate::default();
                let mut found = None;
                while let Some(member) = self.reader.next_member(&key.keys, &mut template)? {
                    if member == Member::Other {
                        self.reader.skip_value()?;
                    } else if found.is_some() {
                        return Err(Stop::General);
                    } else if key.optional && self.reader.peek()? == Kind::Null {
                        self.reader.skip_value()?;
                        found = Some(Slot::Missing);
                    } else {
                        found = Some(self.walk(rest, row)?);
                    }
                }
                if found.is_none() && !key.optional {
                    self.count(key.spot, Kind::Object);
                }
                Ok(found.unwrap_or_default())
            }
            scalar => {
                self.reader.skip_value()?;
                self.count(key.spot, scalar);
                Ok(Slot::Missing)
            }
        }
    }

    #[inline(always)]
    fn leaf(&mut self) -> Result<Slot, Stop> {
        let span = self.reader.skip_value()?;
        Ok(self.reader.slot(self.body, span))
    }

    /// The value here as rows: an object, lists of them, or a scalar as it is.
    fn value_rows(&mut self, row: usize) -> Result<Slot, Stop> {
        match self.reader.peek()? {
            Kind::Object => self.object(self.row_node(row)),
            Kind::Array => self.list(row),
            scalar => self.scalar(row, scalar),
        }
    }

    fn list(&mut self, row: usize) -> Result<Slot, Stop> {
        let node = self.row_node(row);
        let mark = self.stack.len();
        self.reader.enter_array()?;
        let start = self.reader.position();
        while self.reader.next_element(self.stack.len() == mark)? {
            let slot = match self.reader.peek()? {
                Kind::Object => self.object(node)?,
                _ => self.value_rows(row)?,
            };
            self.stack.push(slot);
            if self.stack.len() == mark + 1 {
                let more = self.reader.left() / (self.reader.position() - start).max(1);
                let more = self.rows.reserve(&node.tables, more);
                self.stack.reserve(more);
            }
        }
        Ok(self.rows.list(self.stack.drain(mark..)))
    }

    /// A scalar where an object is expected stays what it is, unless a field has a value without it.
    fn scalar(&mut self, row: usize, kind: Kind) -> Result<Slot, Stop> {
        let node = self.row_node(row);
        let span = self.reader.skip_value()?;
        if node.simple {
            self.count_all(node.members, kind);
            return Ok(self.reader.slot(self.body, span));
        }
        let input = self.parse(&span)?;
        let mut evaluator = Evaluator::new(self.scope, self.problems, self.budget);
        let value = evaluator.sub(&node.items, &input, Place::default());
        self.budget = evaluator.budget();
        Ok(self.rows.place(value, node.tables.first().copied())?)
    }

    #[inline]
    fn object(&mut self, node: &'r RowNode) -> Result<Slot, Stop> {
        let start = self.reader.position();
        let (own, others) = node.tables.split_first().expect("objects make rows");
        let own = (*own, self.rows.push(*own)?);
        let mut frame =
            Frame { node, own, groups: SmallVec::new(), captures: SmallVec::new(), deferred: SmallVec::new() };
        for (&table, &group) in others.iter().zip(&node.groups) {
            let row = self.rows.push(table)?;
            frame.groups.push(row);
            self.set(&frame, group, Slot::Row(row));
        }
        self.members(node.members, &mut frame)?;
        if !node.computed.is_empty() || !frame.deferred.is_empty() {
            self.compute(&frame, start..self.reader.position())?;
        }
        Ok(Slot::Row(own.1))
    }

    /// The members of the object here.
    #[inline]
    fn members(&mut self, node: usize, frame: &mut Frame<'r>) -> Result<(), Stop> {
        let wanted = self.nodes.members.get(node).expect("compiled nodes exist");
        let mut seen = Seen::default();
        self.templates[node].begin();
        let (table, row) = frame.own;
        loop {
            let row = self.rows.slots(table, row);
            if self.reader.leaves(&mut self.templates[node], row, &mut seen.first, self.body)?
                || !self.member(node, wanted, &mut seen, frame)?
            {
                break;
            }
        }
        for copy in &wanted.copies {
            let slot = self.rows.slots(table, row).get(copy.slot).copied().unwrap_or_default();
            if slot != Slot::Missing {
                self.set(frame, copy.target, slot);
            }
        }
        if !seen.all(wanted.keys.len()) {
            for (key, ops) in (0..).zip(&wanted.ops) {
                if !seen.has(key) {
                    ops.iter().for_each(|op| self.count_op(op, Kind::Object));
                }
            }
        }
        Ok(())
    }

    /// A member that the reader does not put to its slot by itself; `false` is the end.
    #[inline(never)]
    fn member(
        &mut self,
        node: usize,
        wanted: &'r MemberNode,
        seen: &mut Seen,
        frame: &mut Frame<'r>,
    ) -> Result<bool, Stop> {
        match self.reader.next_member(&wanted.keys, &mut self.templates[node])? {
            None => return Ok(false),
            Some(Member::Other) => {
                self.reader.skip_value()?;
            }
            Some(Member::Wanted(key)) if seen.mark(key) => match wanted.ops(key) {
                [op] => self.op(op, frame)?,
                ops => self.several(ops, frame)?,
            },
            Some(Member::Wanted(_)) => return Err(Stop::General),
        }
        Ok(true)
    }

    /// Several operations on one value.
    fn several(&mut self, ops: &'r [Op], frame: &mut Frame<'r>) -> Result<(), Stop> {
        let start = self.reader.position();
        for op in ops {
            self.reader.rewind(start);
            self.op(op, frame)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn op(&mut self, op: &'r Op, frame: &mut Frame<'r>) -> Result<(), Stop> {
        match op {
            Op::Leaf { target, optional, .. } => self.leaf_op(*target, *optional, frame)?,
            Op::Capture(at) => {
                let span = self.reader.skip_value()?;
                frame.captures.resize(frame.node.captures.len(), None);
                if let Some(place) = frame.captures.get_mut(*at) {
                    *place = Some(span);
                }
            }
            Op::Rows { target, row, optional, .. } => {
                if *optional && self.reader.peek()? == Kind::Null {
                    self.reader.skip_value()?;
                } else {
                    let slot = self.value_rows(*row)?;
                    self.set(frame, *target, slot);
                }
            }
            Op::Inner(inner) => self.inner(inner, frame)?,
        }
        Ok(())
    }

    #[inline(always)]
    fn leaf_op(&mut self, target: Target, optional: bool, frame: &Frame<'_>) -> Result<(), Stop> {
        let slot = self.leaf()?;
        if !optional || slot != Slot::Null {
            self.set(frame, target, slot);
        }
        Ok(())
    }

    #[inline]
    fn set(&mut self, frame: &Frame<'_>, target: Target, slot: Slot) {
        let (table, row) = frame.row(target.owner);
        self.rows.set(table, row, target.slot, slot);
    }

    fn inner(&mut self, inner: &'r Inner, frame: &mut Frame<'r>) -> Result<(), Stop> {
        match self.reader.peek()? {
            Kind::Object => return self.members(inner.node, frame),
            Kind::Null if inner.optional => {
                self.reader.skip_value()?;
                inner.spread.iter().for_each(|&spot| self.count(spot, Kind::Null));
            }
            Kind::Array => {
                let fields = inner.fields.as_ref().ok_or(Stop::General)?;
                self.reader.skip_value()?;
                frame.deferred.extend_from_slice(fields);
            }
            _ if inner.spread_end => return Err(Stop::General),
            scalar => {
                self.reader.skip_value()?;
                self.count_all(inner.node, scalar);
            }
        }
        Ok(())
    }

    /// The fields that need the general evaluator, over the object that just ended.
    fn compute(&mut self, frame: &Frame<'r>, span: Range<usize>) -> Result<(), Stop> {
        let node = frame.node;
        let whole = node.input == Input::Whole || !frame.deferred.is_empty();
        let input = if whole { self.parse(&span)? } else { self.captured(frame)? };
        for &field in node.computed.iter().chain(&frame.deferred) {
            let plan = self.nodes.fields.get(field).expect("compiled fields exist");
            let mut evaluator = Evaluator::new(self.scope, self.problems, self.budget);
            let value = evaluator.value(&plan.value, &input);
            self.budget = evaluator.budget();
            let slot = self.rows.place(value, plan.child)?;
            self.set(frame, plan.target, slot);
        }
        Ok(())
    }

    /// An object of just the members that computed fields read.
    fn captured(&mut self, frame: &Frame<'r>) -> Result<Value, Stop> {
        let mut members = Object::default();
        for (key, span) in frame.node.captures.iter().zip(&frame.captures) {
            if let Some(span) = span {
                members.insert(Arc::clone(key), self.parse(span)?);
            }
        }
        Ok(Value::Object(members))
    }

    /// A value that was read before.
    fn parse(&self, span: &Range<usize>) -> Result<Value, Stop> {
        Ok(Value::parse(self.reader.text(span.clone()).as_bytes())?)
    }

    fn row_node(&self, row: usize) -> &'r RowNode {
        self.nodes.rows.get(row).expect("compiled rows exist")
    }

    // === problems ===

    fn count(&mut self, spot: usize, kind: Kind) {
        if let Some(count) = self.counts.get_mut(spot).and_then(|counts| counts.get_mut(kind as usize)) {
            *count = count.saturating_add(1);
        }
    }

    /// No wanted member was found, because there is no object.
    fn count_all(&mut self, node: usize, kind: Kind) {
        let nodes = self.nodes;
        for op in nodes.members.get(node).into_iter().flat_map(|node| &node.ops).flatten() {
            self.count_op(op, kind);
        }
    }

    /// A member was not found in something of this kind; `?` silences that only in objects.
    fn count_op(&mut self, op: &Op, kind: Kind) {
        match op {
            Op::Leaf { spot, optional, .. } | Op::Rows { spot, optional, .. } => {
                if !optional || kind != Kind::Object {
                    self.count(*spot, kind);
                }
            }
            Op::Inner(inner) => {
                if !inner.optional || kind != Kind::Object {
                    inner.spots.iter().for_each(|&spot| self.count(spot, kind));
                }
                inner.spread.iter().for_each(|&spot| self.count(spot, kind));
            }
            Op::Capture(_) => {}
        }
    }

    fn report(&mut self) {
        for (spot, counts) in self.nodes.spots.iter().zip(&self.counts) {
            for (kind, &count) in ALL_KINDS.iter().zip(counts) {
                if count > 0 {
                    let (message, found) = match &spot.key {
                        Some(key) => (not_found(key, kind.name()), Some(found_in(kind.name()))),
                        None => ("inlined path produced no value".to_owned(), None),
                    };
                    self.problems.push(Problem { message, range: spot.place.range(), found, count });
                }
            }
        }
    }
}

/// In the order of their discriminants.
const ALL_KINDS: [Kind; KINDS] = [Kind::Null, Kind::Bool, Kind::Number, Kind::String, Kind::Array, Kind::Object];

impl Frame<'_> {
    /// Table and row of one of the rows that the object makes.
    #[inline]
    fn row(&self, owner: usize) -> (usize, u32) {
        if owner == 0 {
            return self.own;
        }
        let table = self.node.tables.get(owner).copied().unwrap_or_default();
        (table, self.groups.get(owner - 1).copied().unwrap_or_default())
    }
}

/// The wanted keys that an object was found to have, a bit for each.
#[derive(Default)]
struct Seen {
    first: u64,
    /// Those of the keys from the 64th on.
    more: Vec<u64>,
}

impl Seen {
    /// Marks a key; `false` if it was already.
    fn mark(&mut self, key: u32) -> bool {
        let bit = 1_u64 << (key % 64);
        let at = key as usize / 64;
        if at > self.more.len() {
            self.more.resize(at, 0);
        }
        let word = match at.checked_sub(1).and_then(|at| self.more.get_mut(at)) {
            None => &mut self.first,
            Some(word) => word,
        };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn has(&self, key: u32) -> bool {
        let word = match (key as usize / 64).checked_sub(1) {
            None => self.first,
            Some(at) => self.more.get(at).copied().unwrap_or_default(),
        };
        word >> (key % 64) & 1 == 1
    }

    /// Whether all of so many keys were found.
    fn all(&self, keys: usize) -> bool {
        match 64_usize.checked_sub(keys) {
            Some(others) => self.first == u64::MAX.checked_shr(u32::try_from(others).unwrap_or(64)).unwrap_or(0),
            None => {
                let more: u32 = self.more.iter().map(|word| word.count_ones()).sum();
                (self.first.count_ones() + more) as usize == keys
            }
        }
    }
}

/// Lengths of everything before a run, to go back to.
struct Mark {
    bodies: usize,
    values: usize,
    lists: usize,
    rows: Vec<usize>,
}

impl Mark {
    fn of(tables: &Tables) -> Self {
        Self {
            bodies: tables.bodies.len(),
            values: tables.values.len(),
            lists: tables.lists.len(),
            rows: tables.tables.iter().map(crate::json::Table::rows).collect(),
        }
    }

    fn restore(&self, tables: &mut Tables) {
        tables.bodies.truncate(self.bodies);
        tables.values.truncate(self.values);
        tables.lists.truncate(self.lists);
        for (table, &rows) in tables.tables.iter_mut().zip(&self.rows) {
            table.truncate(rows);
        }
    }
}

// === impl Stop ===

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Self::Error(error)
    }
}

impl From<InvalidJson> for Stop {
    fn from(error: InvalidJson) -> Self {
        Self::Error(error.into())
    }
}
