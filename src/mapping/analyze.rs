//! What can be known of a mapping without running it: variables it uses, the shape of what it yields.

use std::ops::Range;

use super::{
    ObjectShape, Shape, ShapeField, Variable, VariablePath,
    method::Method,
    syntax::{Expr, Head, Item, ItemKind, Path, Step, StepKind, Tree},
};
use crate::json::Value;

/// Every use of a named variable, in order of the text.
pub(super) fn variables(tree: &Tree) -> Vec<VariablePath> {
    let mut uses = Uses { found: Vec::new() };
    match tree {
        Tree::Items(items) => uses.items(items, None, None),
        Tree::Value(value) => uses.expr(value, None, None),
    }
    uses.found.sort_by_key(|path| (path.range.start, path.range.end));
    uses.found
}

/// What it yields.
pub(super) fn shape(tree: &Tree) -> Shape {
    match tree {
        Tree::Items(items) => Shape::Object(object_shape(items, Origin { at: true, dollar: true })),
        Tree::Value(value) => expr_shape(value, Origin { at: true, dollar: true }),
    }
}

// === variables ===

/// A variable and the keys that lead to what a register holds.
#[derive(Clone)]
struct Base {
    variable: Variable,
    keys: Vec<String>,
}

// === impl Base ===

impl Base {
    /// Whether its fields are keys of objects, each of which should be known.
    fn is_object(&self) -> bool {
        matches!(self.variable, Variable::This | Variable::Batch)
    }
}

/// Whether a method gives objects of its receiver as they are, so that keys that follow are theirs.
fn keeps_objects(method: Method) -> bool {
    matches!(method, Method::Filter | Method::Find | Method::First | Method::Last | Method::Slice)
}

struct Uses {
    found: Vec<VariablePath>,
}

impl Uses {
    fn items(&mut self, items: &[Item], at: Option<&Base>, dollar: Option<&Base>) {
        for item in items {
            match &item.kind {
                ItemKind::Field { value, .. } => self.expr(value, at, dollar),
                ItemKind::Spread(path) => self.path(path, at, dollar),
            }
        }
    }

    fn expr(&mut self, expr: &Expr, at: Option<&Base>, dollar: Option<&Base>) {
        match expr {
            Expr::Literal(_) => {}
            Expr::Array(elements) | Expr::Chain(_, elements) => {
                elements.iter().for_each(|element| self.expr(element, at, dollar));
            }
            Expr::Object(items) => self.items(items, at, dollar),
            Expr::Path(path) => self.path(path, at, dollar),
        }
    }

    fn path(&mut self, path: &Path, at: Option<&Base>, dollar: Option<&Base>) {
        let head = match &path.head {
            Head::Dollar => dollar.cloned(),
            Head::At => at.cloned(),
            Head::Variable(variable) => Some(Base { variable: *variable, keys: Vec::new() }),
            Head::Local(_) => None,
            Head::Group(inner) => {
                self.expr(inner, at, dollar);
                None
            }
        };
        let mut base = head;
        let mut end = path.place.range().start;
        if let Some(base) = &base {
            // `$name` and its dollar sign, `$`, `@`; a leading key has no head of its own.
            let own = if let Head::Variable(_) = path.head { base.variable.name().len() + 1 } else { 1 };
            end += own;
        }
        let mut plain = true;
        // Whether arguments name what is read of a list: `$batch->map(@.id)` reads ids only.
        let mut is_named = false;
        for step in &path.steps {
            match &step.kind {
                StepKind::Key(key) if plain => {
                    if let Some(base) = &mut base {
                        base.keys.push(key.to_string());
                    }
                    end = step.place.range().end;
                }
                StepKind::Optional => {}
                StepKind::Key(_) => plain = false,
                StepKind::Method(method, arguments) => {
                    let before = self.found.len();
                    let receiver = base.as_ref().filter(|base| plain && base.is_object());
                    arguments.iter().for_each(|argument| self.expr(argument, receiver, dollar));
                    let variable = receiver.map(|base| base.variable);
                    is_named |= *method == Method::Map
                        && self.found.iter().skip(before).any(|found| Some(found.variable) == variable);
                    plain &= receiver.is_some() && keeps_objects(*method);
                }
                StepKind::Bind(_, value) => {
                    plain = false;
                    value.iter().for_each(|value| self.expr(value, None, dollar));
                }
            }
        }
        if is_named {
            base = None;
        }
        let inner = base.as_ref().filter(|_| plain);
        match &path.sub {
            Some(items) if !items.is_empty() => {
                let before = self.found.len();
                self.items(items, inner, inner);
                // Nothing of the selection reads it: the use itself still counts.
                if self.found.len() > before {
                    let used = inner
                        .is_none_or(|inner| self.found.iter().skip(before).any(|path| path.variable == inner.variable));
                    if used && plain {
                        return;
                    }
                }
                self.push(base, path.place.range().start..end);
            }
            _ => self.push(base, path.place.range().start..end),
        }
    }

    fn push(&mut self, base: Option<Base>, range: Range<usize>) {
        if let Some(Base { variable, keys }) = base {
            self.found.push(VariablePath { variable, keys, range });
        }
    }
}

// === shapes ===

/// Whether the registers hold something of the response body.
#[derive(Clone, Copy)]
struct Origin {
    at: bool,
    dollar: bool,
}

fn object_shape(items: &[Item], origin: Origin) -> ObjectShape {
    let mut object = ObjectShape::default();
    for item in items {
        match &item.kind {
            ItemKind::Field { name, value } => {
                let field = ShapeField {
                    shape: expr_shape(value, origin),
                    range: item.place.range(),
                    from_body: reads_body(value, origin),
                    words: words(value).0,
                    only_words: words(value).1,
                };
                add_field(&mut object, name, field);
            }
            ItemKind::Spread(path) => match path_shape(path, origin) {
                Shape::Object(spread) => {
                    object.open |= spread.open;
                    for (name, field) in spread.fields {
                        add_field(&mut object, &name, field);
                    }
                }
                Shape::Unknown => object.open = true,
                Shape::Scalar => {}
            },
        }
    }
    object
}

/// Siblings of one name are merged when evaluated, so their shapes are too.
fn add_field(object: &mut ObjectShape, name: &str, field: ShapeField) {
    let Some(earlier) = object.fields.get_mut(name) else {
        object.fields.insert(name.to_owned(), field);
        return;
    };
    earlier.from_body |= field.from_body;
    earlier.words.extend(field.words);
    earlier.only_words &= field.only_words;
    match (&mut earlier.shape, field.shape) {
        (Shape::Object(earlier), Shape::Object(later)) => {
            earlier.open |= later.open;
            for (name, field) in later.fields {
                add_field(earlier, &name, field);
            }
        }
        (earlier, later) if *earlier == later => {}
        (earlier, _) => *earlier = Shape::Unknown,
    }
}

fn expr_shape(expr: &Expr, origin: Origin) -> Shape {
    match expr {
        Expr::Literal(_) => Shape::Scalar,
        // Lists of objects are an object with the fields of all; anything mixed is unknown.
        Expr::Array(elements) | Expr::Chain(_, elements) => one_of(elements.iter(), origin),
        Expr::Object(items) => Shape::Object(object_shape(items, origin)),
        Expr::Path(path) => path_shape(path, origin),
    }
}

/// Strings that an expression can be as they stand in it, and whether it can be no others.
fn words(expr: &Expr) -> (Vec<String>, bool) {
    match expr {
        Expr::Literal(value) => (value.as_str().map(str::to_owned).into_iter().collect(), true),
        Expr::Chain(_, operands) => words_of(operands.iter().map(Some)),
        Expr::Path(path) if path.sub.is_none() => match (path.steps.last().map(|step| &step.kind), &path.head) {
            (None, Head::Group(inner)) => words(inner),
            (Some(StepKind::Method(Method::Match, choices)), _) => {
                words_of(choices.iter().map(|choice| if let Expr::Array(pair) = choice { pair.get(1) } else { None }))
            }
            _ => (Vec::new(), false),
        },
        Expr::Path(_) | Expr::Array(_) | Expr::Object(_) => (Vec::new(), false),
    }
}

fn words_of<'e>(choices: impl Iterator<Item = Option<&'e Expr>>) -> (Vec<String>, bool) {
    let mut all = (Vec::new(), true);
    for (found, no_others) in choices.map(|choice| choice.map_or((Vec::new(), false), words)) {
        all.0.extend(found);
        all.1 &= no_others;
    }
    all
}

fn path_shape(path: &Path, origin: Origin) -> Shape {
    if let Some(items) = &path.sub {
        let body = path_reads_body(path, origin);
        return Shape::Object(object_shape(items, Origin { at: body, dollar: body }));
    }
    let mut shape = match &path.head {
        Head::Group(inner) => expr_shape(inner, origin),
        Head::Variable(Variable::Status) => Shape::Scalar,
        Head::Dollar | Head::At | Head::Variable(_) | Head::Local(_) => Shape::Unknown,
    };
    for (at, step) in path.steps.iter().enumerate() {
        shape = step_shape(step, shape, || Origin { at: steps_read_body(path, at, origin), dollar: origin.dollar });
    }
    shape
}

fn step_shape(step: &Step, receiver: Shape, inner: impl Fn() -> Origin) -> Shape {
    match &step.kind {
        StepKind::Optional | StepKind::Bind(..) => receiver,
        StepKind::Key(key) => match receiver {
            Shape::Object(mut object) => object.fields.shift_remove(&**key).map_or(Shape::Unknown, |field| field.shape),
            Shape::Unknown | Shape::Scalar => Shape::Unknown,
        },
        StepKind::Method(method, arguments) => match method {
            Method::Echo | Method::Map => match arguments.first().map(|argument| expr_shape(argument, inner())) {
                Some(Shape::Scalar) if *method == Method::Map => Shape::Unknown,
                Some(shape) => shape,
                None => Shape::Unknown,
            },
            Method::Filter | Method::Find | Method::First | Method::Last | Method::Slice => receiver,
            Method::Entries => Shape::Object(entry_shape(step)),
            Method::Get | Method::JsonParse | Method::KeysToCamelCase | Method::KeysToCamelCaseDeep | Method::Split => {
                Shape::Unknown
            }
            Method::Match => match_shape(arguments, inner()),
            Method::Add
            | Method::And
            | Method::Contains
            | Method::Div
            | Method::Eq
            | Method::Gt
            | Method::Gte
            | Method::In
            | Method::JoinNotNull
            | Method::JsonStringify
            | Method::Lt
            | Method::Lte
            | Method::Mod
            | Method::Mul
            | Method::Ne
            | Method::Not
            | Method::Or
            | Method::ParseInt
            | Method::Size
            | Method::Sub
            | Method::ToString
            | Method::Trim
            | Method::TrimEnd
            | Method::TrimStart => Shape::Scalar,
        },
    }
}

/// What `->entries` makes of each member.
fn entry_shape(step: &Step) -> ObjectShape {
    let field = ShapeField {
        shape: Shape::Unknown,
        range: step.place.range(),
        from_body: true,
        words: Vec::new(),
        only_words: false,
    };
    let fields = ["key", "value"].map(|name| (name.to_owned(), field.clone()));
    ObjectShape { fields: fields.into_iter().collect(), open: false }
}

fn match_shape(arms: &[Expr], origin: Origin) -> Shape {
    let values = arms.iter().map(|arm| if let Expr::Array(pair) = arm { pair.get(1) } else { None });
    values.collect::<Option<Vec<_>>>().map_or(Shape::Unknown, |values| one_of(values.into_iter(), origin))
}

/// Objects of which one is chosen: the fields of any of them.
fn one_of<'e>(values: impl Iterator<Item = &'e Expr>, origin: Origin) -> Shape {
    let mut all: Option<ObjectShape> = None;
    for value in values {
        match (expr_shape(value, origin), &mut all) {
            (Shape::Object(object), None) => all = Some(object),
            (Shape::Object(object), Some(all)) => {
                all.open |= object.open;
                for (name, field) in object.fields {
                    add_field(all, &name, field);
                }
            }
            (Shape::Scalar, _) if *value == Expr::Literal(Value::Null) => {}
            _ => return Shape::Unknown,
        }
    }
    all.map_or(Shape::Unknown, Shape::Object)
}

fn reads_body(expr: &Expr, origin: Origin) -> bool {
    match expr {
        Expr::Literal(_) => false,
        Expr::Array(elements) | Expr::Chain(_, elements) => elements.iter().any(|element| reads_body(element, origin)),
        Expr::Object(items) => items_read_body(items, origin),
        Expr::Path(path) => path_and_fields_read_body(path, origin),
    }
}

fn items_read_body(items: &[Item], origin: Origin) -> bool {
    items.iter().any(|item| match &item.kind {
        ItemKind::Field { value, .. } => reads_body(value, origin),
        ItemKind::Spread(path) => path_and_fields_read_body(path, origin),
    })
}

fn path_and_fields_read_body(path: &Path, origin: Origin) -> bool {
    let base = path_reads_body(path, origin);
    let inner = Origin { at: base, dollar: base };
    base || path.sub.as_ref().is_some_and(|items| items_read_body(items, inner))
}

fn path_reads_body(path: &Path, origin: Origin) -> bool {
    steps_read_body(path, path.steps.len(), origin)
}

/// Whether the head and the first `count` steps take anything from the body.
fn steps_read_body(path: &Path, count: usize, origin: Origin) -> bool {
    let mut body = match &path.head {
        Head::Dollar => origin.dollar,
        Head::At => origin.at,
        Head::Variable(_) => false,
        // What a name was bound to is not followed: it may be of the body.
        Head::Local(_) => true,
        Head::Group(inner) => reads_body(inner, origin),
    };
    for step in path.steps.iter().take(count) {
        let inner = Origin { at: body, dollar: origin.dollar };
        match &step.kind {
            StepKind::Key(_) | StepKind::Optional | StepKind::Bind(..) => {}
            StepKind::Method(_, arguments) => body |= arguments.iter().any(|argument| reads_body(argument, inner)),
        }
    }
    body
}
