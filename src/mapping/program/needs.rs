//! Which members of the enclosing object an expression reads.

use std::{collections::BTreeSet, sync::Arc};

use crate::mapping::syntax::{Expr, Head, Item, ItemKind, Path, StepKind, Tree};

/// What of `$` is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The object itself, so all of it.
    pub(super) whole: bool,
    /// Whether it is an object at all.
    pub(super) kind: bool,
    /// Members by key.
    pub(super) keys: BTreeSet<Arc<str>>,
}

impl Needs {
    pub(super) fn reads_anything(&self) -> bool {
        self.whole || self.kind || !self.keys.is_empty()
    }
}

/// What a whole mapping reads of the body.
pub(super) fn of_tree(tree: &Tree) -> Needs {
    match tree {
        // Arrays and scalars must be told from objects even if no member is read.
        Tree::Items(_) => Needs { whole: true, ..Needs::default() },
        Tree::Value(value) => of_expr(value),
    }
}

/// What an expression reads, with both registers at the object.
pub(super) fn of_expr(value: &Expr) -> Needs {
    let mut needs = Needs::default();
    expr(value, true, true, &mut needs);
    needs
}

/// `at` and `dollar` tell whether the registers hold the object.
fn expr(value: &Expr, at: bool, dollar: bool, needs: &mut Needs) {
    match value {
        Expr::Literal(_) => {}
        Expr::Array(elements) | Expr::Chain(_, elements) => {
            elements.iter().for_each(|element| expr(element, at, dollar, needs));
        }
        Expr::Object(items) => items.iter().for_each(|item| self::item(item, at, dollar, needs)),
        Expr::Path(path) => self::path(path, at, dollar, needs),
    }
}

fn path(path: &Path, at: bool, dollar: bool, needs: &mut Needs) {
    let is_object = match &path.head {
        Head::Dollar => dollar,
        Head::At => at,
        Head::Variable(_) | Head::Local(_) => false,
        Head::Group(inner) => {
            expr(inner, at, dollar, needs);
            false
        }
    };
    if is_object {
        match path.steps.first().map(|step| &step.kind) {
            Some(StepKind::Key(key)) => {
                needs.keys.insert(key.clone());
            }
            // `$ { … }` groups members of the object.
            None if path.sub.is_some() => {
                needs.kind = true;
                path.sub.iter().flatten().for_each(|item| self::item(item, true, true, needs));
            }
            _ => needs.whole = true,
        }
    }
    for step in &path.steps {
        match &step.kind {
            StepKind::Method(_, arguments) => {
                arguments.iter().for_each(|argument| expr(argument, false, dollar, needs));
            }
            StepKind::Bind(_, value) => value.iter().for_each(|value| expr(value, false, dollar, needs)),
            StepKind::Key(_) | StepKind::Optional => {}
        }
    }
}

fn item(item: &Item, at: bool, dollar: bool, needs: &mut Needs) {
    match &item.kind {
        ItemKind::Field { value, .. } => expr(value, at, dollar, needs),
        ItemKind::Spread(path) => self::path(path, at, dollar, needs),
    }
}
