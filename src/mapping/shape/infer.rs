//! Follows the evaluation of a mapping with shapes in place of values, and notes what can't work.
//!
//! Whatever an evaluation can yield is in the shape that is inferred, as long as it stays within its bounds of work and
//! nesting. A mistake is only what fails for every value of its shape: never for null or missing alone.

use std::{ops::Range, sync::Arc};

use super::{
    Elements, Inferred, Kinds, MOST_PARTS, Member, Members, Mistake, MistakeKind, Objects, ValueShape, VariableShapes,
    Words, calls::Call,
};
use crate::mapping::{
    Version,
    method::nearest,
    syntax::{Expr, Head, Item, ItemKind, Op, Path, Step, StepKind, Tree},
};

/// The shape of `tree` over values of `input`.
pub(in crate::mapping) fn infer(
    tree: &Tree,
    input: &ValueShape,
    variables: &dyn VariableShapes,
    version: Version,
) -> Inferred {
    let knows_methods = version >= Version::V0_3;
    let mut inference = Inference { variables, knows_methods, locals: Vec::new(), mistakes: Vec::new() };
    let shape = match tree {
        Tree::Items(items) => inference.sub(items, input),
        Tree::Value(value) => inference.expr(value, Registers { at: input, dollar: input }),
    };
    Inferred { shape, mistakes: inference.mistakes }
}

/// What `@` and `$` can be.
#[derive(Clone, Copy)]
pub(super) struct Registers<'s> {
    pub(super) at: &'s ValueShape,
    pub(super) dollar: &'s ValueShape,
}

pub(super) struct Inference<'v> {
    variables: &'v dyn VariableShapes,
    /// Before 0.3 what methods give was not checked: it is unknown.
    knows_methods: bool,
    /// Bound by `->as`, innermost last.
    locals: Vec<(Arc<str>, ValueShape)>,
    mistakes: Vec<Mistake>,
}

// === impl Inference ===

impl Inference<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, registers: Registers<'_>) -> ValueShape {
        match expr {
            Expr::Literal(value) => literal(value),
            Expr::Array(elements) => {
                let mut joined = ValueShape::nothing();
                for element in elements {
                    joined = joined.union(&self.expr(element, registers));
                }
                ValueShape::list(joined)
            }
            Expr::Object(items) => self.items(items, registers, false),
            Expr::Chain(op, operands) => self.chain(*op, operands, registers),
            Expr::Path(path) => self.path(path, registers),
        }
    }

    /// The first operand that is there; the last one as it is.
    fn chain(&mut self, op: Op, operands: &[Expr], registers: Registers<'_>) -> ValueShape {
        let mut out = ValueShape::nothing();
        let mut ended = false;
        for (at, operand) in operands.iter().enumerate() {
            let shape = self.expr(operand, registers);
            if ended {
                continue;
            }
            if at + 1 == operands.len() {
                return out.union(&shape);
            }
            let (passed, skipped) = match op {
                Op::Coalesce => (shape.only(Kinds::ALL.without(Kinds::NULL)), shape.null || shape.missing),
                Op::Default => (shape.only(Kinds::ALL), shape.missing),
            };
            out = out.union(&passed);
            ended = !skipped;
        }
        out
    }

    fn path(&mut self, path: &Path, registers: Registers<'_>) -> ValueShape {
        let bound = self.locals.len();
        let mut shape = self.head(&path.head, registers);
        for (at, step) in path.steps.iter().enumerate() {
            let missing = shape.missing;
            shape = self.step(step, path.steps.get(at + 1), &shape.only(Kinds::ALL), registers.dollar);
            shape.missing |= missing;
        }
        if let Some(items) = &path.sub {
            shape = self.sub(items, &shape);
        }
        self.locals.truncate(bound);
        shape
    }

    fn head(&mut self, head: &Head, registers: Registers<'_>) -> ValueShape {
        match head {
            Head::Dollar => registers.dollar.clone(),
            Head::At => registers.at.clone(),
            Head::Variable(variable) => self.variables.variable(*variable),
            Head::Local(name) => {
                let known = self.locals.iter().rev().find(|(local, _)| local == name);
                known.map_or_else(ValueShape::unknown, |(_, shape)| shape.clone())
            }
            Head::Group(inner) => self.expr(inner, registers),
        }
    }

    /// One step on `receiver`, which is not missing.
    fn step(&mut self, step: &Step, next: Option<&Step>, receiver: &ValueShape, dollar: &ValueShape) -> ValueShape {
        match &step.kind {
            StepKind::Optional => {
                ValueShape { missing: receiver.null, ..receiver.only(Kinds::ALL.without(Kinds::NULL)) }
            }
            StepKind::Key(key) => {
                let is_optional = next.is_some_and(|next| next.kind == StepKind::Optional);
                self.check_key(key, is_optional, receiver, step.place.range());
                self.key(key, receiver)
            }
            StepKind::Method(method, arguments) => {
                if !self.knows_methods {
                    let at = &ValueShape::any();
                    arguments.iter().for_each(|argument| drop(self.expr(argument, Registers { at, dollar })));
                    return ValueShape::unknown();
                }
                self.call(&Call { method: *method, arguments, range: step.place.range(), receiver, dollar })
            }
            StepKind::Bind(name, value) => {
                let at = if self.knows_methods { receiver.clone() } else { ValueShape::any() };
                let bound = match value {
                    None => at.clone(),
                    Some(value) => self.expr(value, Registers { at: &at, dollar }),
                };
                self.locals.push((name.clone(), bound.only(Kinds::ALL)));
                ValueShape { missing: bound.missing, ..at }
            }
        }
    }

    /// `.key` of a value; of a list, that of each element.
    pub(super) fn key(&self, key: &str, receiver: &ValueShape) -> ValueShape {
        let mut out = ValueShape::nothing();
        out.missing = receiver.kinds().meets(Kinds::SCALAR);
        if let Some(objects) = &receiver.object {
            out = out.union(&objects.members(self.variables).get(key));
        }
        match &receiver.list {
            None => {}
            Some(Elements::Any) => out = out.union(&ValueShape::list(ValueShape::any())),
            Some(Elements::Of(element)) => out = out.union(&ValueShape::list(self.key(key, element))),
        }
        out
    }

    /// Keys of scalars, and keys that no object has which can stand here.
    fn check_key(&mut self, key: &str, is_optional: bool, receiver: &ValueShape, range: Range<usize>) {
        let leaves = receiver.leaves();
        let present = leaves.kinds().without(Kinds::NULL);
        if leaves.is_never(Kinds::OBJECT) {
            let message = if receiver.kinds().meets(Kinds::LIST) {
                format!("`.{key}` is read from each element of a list, but each is {present}")
            } else {
                format!("`.{key}` is read from {present}")
            };
            self.mistake(range, message, Some("only objects have keys".to_owned()));
            return;
        }
        let Some(objects) = leaves.object.filter(|_| present == Kinds::OBJECT) else { return };
        let members = objects.members(self.variables);
        if !members.lack(key) {
            return;
        }
        let names = || members.fields.keys().map(AsRef::as_ref);
        let near = nearest(key, names()).map(|near| format!("did you mean `{near}`?"));
        match objects {
            Objects::Named(name) => {
                let message = format!("`{name}` doesn't have a field named `{key}`");
                self.mistakes.push(Mistake { range, message, hint: near, kind: MistakeKind::Key(name) });
            }
            Objects::Of(_) if !is_optional => {
                let all: Vec<String> = names().take(8).map(|name| format!("`{name}`")).collect();
                let otherwise = (!all.is_empty()).then(|| format!("it has {}", all.join(", ")));
                self.mistake(range, format!("the object here has no `{key}`"), near.or(otherwise));
            }
            Objects::Any | Objects::Of(_) => {}
        }
    }

    // === sub-selections ===

    /// `{…}` of a value; of a list, that of each element.
    fn sub(&mut self, items: &[Item], receiver: &ValueShape) -> ValueShape {
        let leaves = receiver.leaves();
        let of_scalar = leaves.kinds().meets(Kinds::SCALAR);
        let made = self.items(items, Registers { at: &leaves, dollar: &leaves }, of_scalar);
        Self::selected(receiver, &made)
    }

    /// The objects `made` in place of those of `receiver`; scalars that give nothing stay what they are.
    fn selected(receiver: &ValueShape, made: &ValueShape) -> ValueShape {
        let mut out = receiver.only(Kinds::SCALAR);
        let is_certain =
            made.members().is_some_and(|members| members.fields.values().any(|member| !member.shape.missing));
        if is_certain {
            out = ValueShape::nothing();
        }
        if receiver.kinds().meets(Kinds::SCALAR | Kinds::OBJECT) {
            out = out.union(made);
        }
        match &receiver.list {
            None => {}
            Some(Elements::Any) => {
                let any = ValueShape { list: None, ..ValueShape::any() };
                let inner = ValueShape { list: Some(Elements::Any), ..ValueShape::nothing() };
                out = out.union(&ValueShape::list(Self::selected(&any, made).union(&inner)));
            }
            Some(Elements::Of(element)) => out = out.union(&ValueShape::list(Self::selected(element, made))),
        }
        ValueShape { missing: receiver.missing, ..out }
    }

    /// The object that items make, or null. `of_scalar`: fields may be selected from something that has none.
    fn items(&mut self, items: &[Item], registers: Registers<'_>, of_scalar: bool) -> ValueShape {
        let mut members = Members::default();
        let mut is_nulled = false;
        let mut is_open = false;
        for item in items {
            match &item.kind {
                ItemKind::Field { name, value } => {
                    let mut shape = self.expr(value, registers);
                    // A group out of a scalar may be left out.
                    shape.missing |= of_scalar && is_group(value);
                    let range = Some(item.place.range());
                    match members.fields.get_mut(name) {
                        Some(earlier) => earlier.shape = earlier.shape.merged(&shape, self.variables),
                        None => {
                            let shape = members.get(name).merged(&shape, self.variables);
                            members.fields.insert(name.clone(), Member { shape, range });
                        }
                    }
                }
                ItemKind::Spread(path) => {
                    let shape = self.path(path, registers);
                    self.check_spread(&shape, item);
                    is_nulled |= shape.null;
                    let Some(objects) = &shape.object else { continue };
                    let mut spread = Members::clone(&objects.members(self.variables));
                    let is_certain = !shape.missing && shape.kinds() == Kinds::OBJECT;
                    for member in spread.fields.values_mut() {
                        member.shape.missing |= !is_certain;
                        member.range.get_or_insert_with(|| item.place.range());
                    }
                    members = members.joined(&spread, &mut |earlier, later| earlier.merged(later, self.variables));
                }
            }
            is_open |= members.fields.len() > MOST_PARTS;
            if is_open {
                members = Members::open();
            }
        }
        ValueShape { null: is_nulled, ..ValueShape::object(members) }
    }

    fn check_spread(&mut self, shape: &ValueShape, item: &Item) {
        if shape.is_never(Kinds::OBJECT) {
            let message = format!("only an object can be spread into an object, not {}", shape.kinds());
            self.mistake(item.place.range(), message, Some("give it a name: `name: path`".to_owned()));
        }
    }

    // === mistakes ===

    pub(super) fn mistake(&mut self, range: Range<usize>, message: String, hint: Option<String>) {
        self.mistakes.push(Mistake { range, message, hint, kind: MistakeKind::Kind });
    }

    pub(super) fn idle(&mut self, range: Range<usize>, message: String, hint: Option<String>) {
        self.mistakes.push(Mistake { range, message, hint, kind: MistakeKind::Idle });
    }

    pub(super) fn members_of(&self, objects: &Objects) -> Arc<Members> {
        objects.members(self.variables)
    }
}

/// Exactly what a scalar literal is.
fn literal(value: &crate::json::Value) -> ValueShape {
    use super::Numbers;
    match value {
        crate::json::Value::String(text) => {
            ValueShape { string: Some(Words::Known([text.clone()].into())), ..ValueShape::nothing() }
        }
        crate::json::Value::Number(number) => {
            let is_whole = number.is_integer() || number.as_f64().fract() == 0.0;
            ValueShape::number(if is_whole { Numbers::Whole } else { Numbers::Fractional })
        }
        other => ValueShape::like(other),
    }
}

/// Whether this is `{…}` of the current object: `author: { id: authorId }`.
fn is_group(value: &Expr) -> bool {
    matches!(value, Expr::Path(path) if path.head == Head::Dollar && path.steps.is_empty() && path.sub.is_some())
}
