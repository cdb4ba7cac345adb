//! Drops what a layout does not ask from a mapping.

use super::{FieldLayout, Layout};
use crate::mapping::syntax::{Expr, Item, ItemKind, Path, Tree};

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
            let path = self::path(whole, layout, Some(table));
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
        Expr::Path(path) => Expr::Path(Box::new(self::path(path, layout, table))),
        Expr::Object(list) => Expr::Object(table.map_or_else(|| list.clone(), |table| items(list, layout, table))),
        other => other.clone(),
    }
}

fn path(path: &Path, layout: &Layout, table: Option<usize>) -> Path {
    match (table, &path.sub) {
        (Some(table), Some(sub)) => Path { sub: Some(items(sub, layout, table)), ..path.clone() },
        _ => path.clone(),
    }
}
