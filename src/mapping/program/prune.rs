//! Drops what a layout does not ask from a mapping.

use std::sync::Arc;

use super::{FieldLayout, Layout};
use crate::mapping::{
    method::Method,
    syntax::{Expr, Head, Item, ItemKind, Path, Place, Step, StepKind, Tree},
};

/// The mapping reduced to the layout's fields.
pub(super) fn prune(tree: &Tree, layout: &Layout) -> Tree {
    if layout.objects.is_empty() {
        return tree.clone();
    }
    match tree {
        Tree::Items(list) => Tree::Items(items(list, layout, 0)),
        Tree::Value(value) => Tree::Value(expr(value, layout, Some(0))),
    }
}

fn items(list: &[Item], layout: &Layout, table: usize) -> Vec<Item> {
    list.iter().filter_map(|item| self::item(item, layout, table)).collect()
}

fn item(item: &Item, layout: &Layout, table: usize) -> Option<Item> {
    let kind = match &item.kind {
        ItemKind::Field { name, value } => {
            let field = asked(layout, table, name)?;
            ItemKind::Field { name: name.clone(), value: expr(value, layout, field.child) }
        }
        ItemKind::Spread(whole) => {
            // A spread of a path gives whatever there is: it stays as it is.
            let path = self::path(whole, layout, whole.sub.is_some().then_some(table)).unwrap_or_else(|| whole.clone());
            if path.sub.as_ref().is_some_and(Vec::is_empty) && path.sub != whole.sub {
                return None;
            }
            ItemKind::Spread(path)
        }
    };
    Some(Item { kind, place: item.place })
}

/// The field of this name, if the table has one.
pub(super) fn asked<'l>(layout: &'l Layout, table: usize, name: &str) -> Option<&'l FieldLayout> {
    layout.objects.get(table)?.fields.iter().find(|field| field.name == name)
}

/// Only a literal and the sub-selection at the end of a path make the objects of a table; arguments stay whole.
fn expr(value: &Expr, layout: &Layout, table: Option<usize>) -> Expr {
    match value {
        Expr::Path(path) => Expr::Path(self::path(path, layout, table).map_or_else(|| path.clone(), Arc::new)),
        Expr::Object(list) => Expr::Object(table.map_or_else(|| list.clone(), |table| items(list, layout, table))),
        other => other.clone(),
    }
}

/// The path with another sub-selection; `None`: it stays as it is.
fn path(path: &Path, layout: &Layout, table: Option<usize>) -> Option<Path> {
    let sub = match (table, &path.sub) {
        (Some(table), Some(sub)) => items(sub, layout, table),
        (Some(table), None) if passes_object(path) => members(layout, table, path.place),
        _ => return None,
    };
    Some(Path { sub: Some(sub), head: path.head.clone(), steps: path.steps.clone(), place: path.place })
}

/// Whether a path without sub-selection gives objects as they are, not such as it makes itself.
fn passes_object(path: &Path) -> bool {
    let keeps = |step: &Step| match &step.kind {
        StepKind::Key(_) | StepKind::Optional => true,
        StepKind::Method(method, _) => {
            matches!(method, Method::First | Method::Last | Method::Slice | Method::Filter | Method::Find)
        }
        StepKind::Bind(..) => false,
    };
    matches!(path.head, Head::Dollar | Head::At | Head::Variable(_)) && path.steps.iter().all(keeps)
}

/// What is asked of an object that is passed through, as if it stood in braces.
fn members(layout: &Layout, table: usize, place: Place) -> Vec<Item> {
    let fields = layout.objects.get(table).into_iter().flat_map(|object| &object.fields);
    let member = |field: &FieldLayout| {
        let name: Arc<str> = field.name.as_str().into();
        let steps = vec![Step { kind: StepKind::Key(name.clone()), place }];
        let sub = field.child.map(|table| members(layout, table, place));
        let value = Expr::Path(Arc::new(Path { head: Head::Dollar, steps, sub, place }));
        Item { kind: ItemKind::Field { name, value }, place }
    };
    fields.map(member).collect()
}
