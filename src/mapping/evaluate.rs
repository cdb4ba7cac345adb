//! Evaluates a syntax tree over owned values: the general way, for whatever a program can't take from the body directly.
//!
//! Borrows what it can. Work is bounded by a budget, the nesting of results by [`MAX_NESTING`]; no input makes it panic.

mod compare;
mod lists;
mod merge;
mod methods;
mod numbers;
mod texts;

use std::{borrow::Cow, sync::Arc};

pub(super) use merge::merge;

use super::{
    Problem, Problems, Scope, Variable,
    syntax::{Expr, Head, Item, ItemKind, Op, Path, Place, Step, StepKind, Tree},
};
use crate::json::{Object, Value};

/// Work allowed for one evaluation: about one unit for each step taken and for each value copied.
pub(super) const BUDGET: usize = 8_000_000;

/// How many bytes of text are read or copied for one unit of work.
const BYTES_OF_A_UNIT: usize = 4;

/// Deepest nesting of a result, and of selections and lists within each other on the way to it.
const MAX_NESTING: usize = 256;

/// The result of an expression: `None` is missing.
type Found<'v> = Option<Cow<'v, Value>>;

/// What an expression sees as `@` and `$`.
#[derive(Clone, Copy)]
struct Registers<'v> {
    at: &'v Value,
    dollar: &'v Value,
}

pub(super) struct Evaluator<'s> {
    scope: &'s Scope<'s>,
    problems: &'s mut Problems,
    budget: usize,
    /// Selections that are being made within each other.
    depth: usize,
    /// Bound by `->as`, innermost last.
    locals: Vec<(Arc<str>, Value)>,
}

impl<'s> Evaluator<'s> {
    pub(super) fn new(scope: &'s Scope<'s>, problems: &'s mut Problems, budget: usize) -> Self {
        Self { scope, problems, budget, depth: 0, locals: Vec::new() }
    }

    /// What is left to spend.
    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    /// A whole mapping over `input`.
    pub(super) fn tree(&mut self, tree: &Tree, input: &Value) -> Option<Value> {
        match tree {
            Tree::Items(items) => self.sub(items, input, Place::default()),
            Tree::Value(value) => self.value(value, input),
        }
    }

    /// An expression with both registers at `input`.
    pub(super) fn value(&mut self, value: &Expr, input: &Value) -> Option<Value> {
        let found = self.expr(value, Registers { at: input, dollar: input })?;
        Some(self.own(found))
    }

    /// `{…}` applied to `input`.
    pub(super) fn sub(&mut self, items: &[Item], input: &Value, place: Place) -> Option<Value> {
        if !self.spend(1, place) {
            return None;
        }
        if self.depth == MAX_NESTING {
            self.problem(place, too_deep());
            return None;
        }
        self.depth += 1;
        let made = match input {
            Value::Array(elements) => {
                let mapped = elements.iter().map(|element| self.sub(items, element, place).unwrap_or_default());
                Some(Value::Array(mapped.collect()))
            }
            _ => self.object(items, input, place),
        };
        self.depth -= 1;
        made
    }

    /// `{…}` applied to something that is no array.
    fn object(&mut self, items: &[Item], input: &Value, place: Place) -> Option<Value> {
        let registers = Registers { at: input, dollar: input };
        let of_scalar = !matches!(input, Value::Object(_));
        let mut out = Value::Object(Object::default());
        for item in items {
            self.item(item, registers, of_scalar, &mut out);
        }
        match out {
            Value::Object(members) if of_scalar && members.is_empty() => Some(self.own(Cow::Borrowed(input))),
            out => self.bounded(out, place),
        }
    }

    /// Adds an item to the object or null that is built. `of_scalar`: fields are selected from something that has none.
    fn item(&mut self, item: &Item, registers: Registers<'_>, of_scalar: bool, out: &mut Value) {
        match &item.kind {
            ItemKind::Field { name, value } => {
                let Some(found) = self.expr(value, registers) else { return };
                let found = self.own(found);
                // Fields grouped out of something that is no object are as little of a value as the fields alone.
                // (Out of an object a group may be null, too: by a spread of null.)
                if of_scalar && is_group(value) && !matches!(found, Value::Object(_) | Value::Array(_)) {
                    return;
                }
                // Once a spread made the object null, it stays so.
                let Value::Object(members) = out else { return };
                match members.get_mut(name) {
                    Some(earlier) => {
                        let merged = merge(std::mem::take(earlier), found, item.place, self.problems);
                        *earlier = merged;
                    }
                    None => {
                        members.insert(name.clone(), found);
                    }
                }
            }
            ItemKind::Spread(path) => match self.path(path, registers).map(|found| self.own(found)) {
                None => self.problem(item.place, "inlined path produced no value"),
                Some(found @ (Value::Object(_) | Value::Null)) => {
                    *out = merge(std::mem::take(out), found, item.place, self.problems);
                }
                Some(other) => {
                    let found = other.type_name();
                    self.problem_of(item.place, format!("expected object or null, not {found}"), found);
                }
            },
        }
    }

    fn expr<'v>(&mut self, expr: &'v Expr, registers: Registers<'v>) -> Found<'v>
    where
        's: 'v,
    {
        match expr {
            Expr::Literal(value) => Some(Cow::Borrowed(value)),
            Expr::Array(elements) => {
                let mut out = Vec::with_capacity(elements.len());
                for element in elements {
                    let found = self.expr(element, registers);
                    out.push(found.map(|found| self.own(found)).unwrap_or_default());
                }
                self.bounded(Value::Array(out), Place::default()).map(Cow::Owned)
            }
            Expr::Object(items) => {
                let mut out = Value::Object(Object::default());
                for item in items {
                    self.item(item, registers, false, &mut out);
                }
                self.bounded(out, Place::default()).map(Cow::Owned)
            }
            Expr::Chain(op, operands) => self.chain(*op, operands, registers),
            Expr::Path(path) => self.path(path, registers),
        }
    }

    /// The first operand that is there; problems of those skipped are dropped once one succeeds.
    fn chain<'v>(&mut self, op: Op, operands: &'v [Expr], registers: Registers<'v>) -> Found<'v>
    where
        's: 'v,
    {
        let mark = self.problems.mark();
        let mut last = None;
        for operand in operands {
            let before = self.problems.mark();
            let found = self.expr(operand, registers);
            let accepted = match (&found, op) {
                (None, _) => false,
                (Some(value), Op::Coalesce) => !value.is_null(),
                (Some(_), Op::Default) => true,
            };
            if accepted {
                // Keeps what the successful operand itself met.
                let own = self.problems.since(&before);
                self.problems.restore(&mark);
                self.problems.append(own);
                return found;
            }
            last = found;
        }
        if last.is_some() {
            self.problems.restore(&mark);
        }
        last
    }

    fn path<'v>(&mut self, path: &'v Path, registers: Registers<'v>) -> Found<'v>
    where
        's: 'v,
    {
        if !self.spend(1, path.place) {
            return None;
        }
        let bound = self.locals.len();
        let found = self.path_unscoped(path, registers);
        self.locals.truncate(bound);
        found
    }

    fn path_unscoped<'v>(&mut self, path: &'v Path, registers: Registers<'v>) -> Found<'v>
    where
        's: 'v,
    {
        let mut current = self.head(&path.head, path.place, registers)?;
        let mut steps = path.steps.iter();
        while let Some(step) = steps.next() {
            match &step.kind {
                StepKind::Optional => {
                    if current.is_null() {
                        return None;
                    }
                }
                StepKind::Key(key) => {
                    let next = steps.as_slice().first();
                    let silent = next.is_some_and(|next| next.kind == StepKind::Optional);
                    current = match current {
                        Cow::Borrowed(value) => self.key(value, key, silent, step.place)?,
                        Cow::Owned(value) => Cow::Owned(self.key_of_owned(value, key, silent, step.place)?),
                    };
                }
                StepKind::Method(..) | StepKind::Bind(..) => {
                    current = match current {
                        Cow::Borrowed(value) => {
                            self.call(step, value, Registers { at: value, dollar: registers.dollar })?
                        }
                        Cow::Owned(value) => {
                            let found = self.call(step, &value, Registers { at: &value, dollar: registers.dollar })?;
                            Cow::Owned(self.own(found))
                        }
                    };
                }
            }
        }
        match &path.sub {
            None => Some(current),
            Some(items) => self.sub(items, &current, path.place).map(Cow::Owned),
        }
    }

    fn head<'v>(&mut self, head: &'v Head, place: Place, registers: Registers<'v>) -> Found<'v>
    where
        's: 'v,
    {
        match head {
            Head::Dollar => Some(Cow::Borrowed(registers.dollar)),
            Head::At => Some(Cow::Borrowed(registers.at)),
            Head::Group(inner) => self.expr(inner, registers),
            Head::Variable(Variable::Status) => {
                let status = self.scope.status.map(|status| Cow::Owned(Value::from(i64::from(status))));
                self.or_unknown(status, "status", place)
            }
            Head::Variable(variable) => {
                let value = match variable {
                    Variable::Args => self.scope.args,
                    Variable::This => self.scope.this,
                    Variable::Batch => self.scope.batch,
                    Variable::Page => self.scope.page,
                    Variable::Config => self.scope.config,
                    Variable::Context => self.scope.context,
                    Variable::Request => self.scope.request,
                    Variable::Response => self.scope.response,
                    Variable::Env => self.scope.env,
                    Variable::Status => None,
                };
                self.or_unknown(value.map(Cow::Borrowed), variable.name(), place)
            }
            Head::Local(name) => {
                let at = self.locals.iter().rposition(|(local, _)| local == name);
                let Some((_, value)) = at.and_then(|at| self.locals.get(at)) else {
                    return self.or_unknown(None, name, place);
                };
                let units = weight(value);
                let value = Cow::Owned(value.clone());
                self.spend(units, place).then_some(value)
            }
        }
    }

    fn or_unknown<'v>(&mut self, value: Found<'v>, name: &str, place: Place) -> Found<'v> {
        if value.is_none() {
            self.problem(place, format!("variable `${name}` not found"));
        }
        value
    }

    /// `.key` of a value: arrays are mapped, a miss in an element is null.
    fn key<'v>(&mut self, value: &'v Value, key: &str, silent: bool, place: Place) -> Found<'v> {
        match value {
            Value::Object(members) => {
                let found = members.get(key);
                if found.is_none() && !silent {
                    self.not_found(key, "object", place);
                }
                found.map(Cow::Borrowed)
            }
            Value::Array(elements) => {
                if !self.spend(elements.len(), place) {
                    return None;
                }
                let mut out = Vec::with_capacity(elements.len());
                for element in elements {
                    let found = self.key(element, key, false, place);
                    out.push(found.map(|found| self.own(found)).unwrap_or_default());
                }
                Some(Cow::Owned(Value::Array(out)))
            }
            scalar => {
                self.not_found(key, scalar.type_name(), place);
                None
            }
        }
    }

    fn key_of_owned(&mut self, value: Value, key: &str, silent: bool, place: Place) -> Option<Value> {
        if let Value::Object(mut members) = value {
            let found = members.swap_remove(key);
            if found.is_none() && !silent {
                self.not_found(key, "object", place);
            }
            return found;
        }
        self.key(&value, key, silent, place).map(Cow::into_owned)
    }

    fn not_found(&mut self, key: &str, kind: &'static str, place: Place) {
        self.problem_of(place, not_found(key, kind), found_in(kind));
    }

    fn call<'v>(&mut self, step: &'v Step, receiver: &'v Value, registers: Registers<'v>) -> Found<'v>
    where
        's: 'v,
    {
        match &step.kind {
            StepKind::Bind(name, value) => {
                let bound = match value {
                    None => Cow::Borrowed(receiver),
                    Some(value) => self.expr(value, registers)?,
                };
                let bound = self.own(bound);
                self.locals.push((name.clone(), bound));
                Some(Cow::Borrowed(receiver))
            }
            StepKind::Method(method, arguments) => {
                if !self.spend(1 + text_weight(receiver), step.place) {
                    return None;
                }
                let call = methods::Call { method: *method, arguments, place: step.place, receiver, registers };
                let found = self.method(call)?;
                match found {
                    Cow::Owned(value) => self.bounded(value, step.place).map(Cow::Owned),
                    borrowed @ Cow::Borrowed(_) => Some(borrowed),
                }
            }
            StepKind::Key(_) | StepKind::Optional => Some(Cow::Borrowed(receiver)),
        }
    }

    // === bounds and problems ===

    fn problem(&mut self, place: Place, message: impl Into<String>) {
        self.problems.add(place.range(), message);
    }

    /// A problem and the JSON type that is to blame.
    fn problem_of(&mut self, place: Place, message: impl Into<String>, found: &'static str) {
        self.problems.add_found(place.range(), message, found);
    }

    /// Pays for `units`; `false` when nothing is left, which is told once: the last unit is never spent otherwise.
    fn spend(&mut self, units: usize, place: Place) -> bool {
        if self.budget <= units {
            if self.budget > 0 {
                self.problem(place, "mapping takes too much work for this input");
            }
            self.budget = 0;
            return false;
        }
        self.budget -= units;
        true
    }

    fn spend_for(&mut self, value: &Value, place: Place) -> bool {
        self.spend(weight(value), place)
    }

    /// Pays for reading a value with all its text.
    fn spend_reading(&mut self, value: &Value, place: Place) -> bool {
        self.spend(reading_weight(value), place)
    }

    /// Pays for a comparison, which ends at the first difference: what both have is read.
    fn spend_comparing(&mut self, left: &Value, right: &Value, place: Place) -> bool {
        let units = match (left, right) {
            (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => reading_weight(left),
            _ => text_weight(left).min(text_weight(right)),
        };
        self.spend(1 + units / 8, place)
    }

    /// Copies what is borrowed, as far as the budget goes.
    fn own(&mut self, found: Cow<'_, Value>) -> Value {
        match found {
            Cow::Owned(value) => value,
            Cow::Borrowed(value) => {
                if self.spend_for(value, Place::default()) {
                    value.clone()
                } else {
                    Value::Null
                }
            }
        }
    }

    /// Refuses results that nest too deep, so that dropping or writing them can't exhaust the stack.
    fn bounded(&mut self, value: Value, place: Place) -> Option<Value> {
        if nests_within(&value, MAX_NESTING) {
            return Some(value);
        }
        self.problem(place, too_deep());
        None
    }
}

/// Whether this is `{…}` of the current object: `author: { id: authorId }`.
fn is_group(value: &Expr) -> bool {
    matches!(value, Expr::Path(path) if path.head == Head::Dollar && path.steps.is_empty() && path.sub.is_some())
}

fn too_deep() -> String {
    format!("result nests deeper than {MAX_NESTING} levels")
}

/// What is found where a value of this kind lacks a key.
pub(super) fn found_in(kind: &'static str) -> &'static str {
    if kind == "object" { Problem::MISSING } else { kind }
}

/// The message for a key that is not there.
pub(super) fn not_found(key: &str, kind: &str) -> String {
    format!("property `.{key}` not found in {kind}")
}

/// How much copying a value costs.
fn weight(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(weight).sum::<usize>() + members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// How much reading a scalar costs beyond the one unit for taking it.
fn text_weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() / BYTES_OF_A_UNIT,
        Value::Number(number) => number.as_str().len() / BYTES_OF_A_UNIT,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => 0,
    }
}

/// How much reading all of a value costs.
fn reading_weight(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(reading_weight).sum(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| 1 + key.len() / BYTES_OF_A_UNIT + reading_weight(value)).sum()
        }
        scalar => text_weight(scalar),
    }
}

fn nests_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(elements) => levels > 0 && elements.iter().all(|element| nests_within(element, levels - 1)),
        Value::Object(members) => levels > 0 && members.values().all(|member| nests_within(member, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
