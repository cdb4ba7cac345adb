//! A selection of rows rewritten into one of a connection. Everything after it sees an ordinary selection of objects.
//!
//! The connection's other texts follow the selection's in one text, so that every place in the new tree is a place in it.

use std::sync::Arc;

use super::{
    Mapping, Version, parser,
    syntax::{Expr, Head, Item, ItemKind, Path, Place, StepKind, Tree},
};

/// What is read of an answer besides its rows. What is not there reads as null.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields of a connection say it; `cursor` is read of each row")]
pub struct ConnectionParts {
    pub cursor: Option<Mapping>,
    pub total_count: Option<Mapping>,
    pub has_next_page: Option<Mapping>,
    pub has_previous_page: Option<Mapping>,
    pub start_cursor: Option<Mapping>,
    pub end_cursor: Option<Mapping>,
}

/// The tree and its text.
pub(super) fn connection(rows: &Tree, text: &str, parts: &ConnectionParts, version: Version) -> Option<(Tree, String)> {
    let mut writer = Writer { text: text.to_owned(), version };
    let (mut path, items) = split(rows)?;
    let mut edge = vec![field("node", group(items))];
    writer.add(&mut edge, "cursor", parts.cursor.as_ref())?;
    path.sub = Some(edge);
    // Braces after nothing would be applied to each element of a body that is a list; a literal is not.
    let of_list = path.steps.is_empty();
    let mut info = Vec::new();
    writer.add(&mut info, "hasNextPage", parts.has_next_page.as_ref())?;
    writer.add(&mut info, "hasPreviousPage", parts.has_previous_page.as_ref())?;
    writer.add(&mut info, "startCursor", parts.start_cursor.as_ref())?;
    writer.add(&mut info, "endCursor", parts.end_cursor.as_ref())?;
    let mut all = vec![field("edges", Expr::Path(Arc::new(path)))];
    if !info.is_empty() {
        all.push(field("pageInfo", if of_list { Expr::Object(info) } else { group(info) }));
    }
    writer.add(&mut all, "totalCount", parts.total_count.as_ref())?;
    let tree = if of_list { Tree::Value(Expr::Object(all)) } else { Tree::Items(all) };
    Some((tree, writer.text))
}

/// The path to the rows, and what is selected of each.
fn split(rows: &Tree) -> Option<(Path, Vec<Item>)> {
    match rows {
        Tree::Items(items) => {
            let path = Path { head: Head::Dollar, steps: Vec::new(), sub: None, place: Place::default() };
            Some((path, items.clone()))
        }
        Tree::Value(Expr::Path(path)) => {
            let mut path = (**path).clone();
            let items = path.sub.take()?;
            Some((path, items))
        }
        Tree::Value(_) => None,
    }
}

struct Writer {
    text: String,
    version: Version,
}

// === impl Writer ===

impl Writer {
    /// Adds a part under a name, its places behind the text so far. `None` if it cannot be read.
    fn add(&mut self, items: &mut Vec<Item>, name: &'static str, part: Option<&Mapping>) -> Option<()> {
        let Some(part) = part else { return Some(()) };
        self.text.push('\n');
        let padded = format!("{}{}", " ".repeat(self.text.len()), part.text());
        self.text.push_str(part.text());
        // What is not written in a file is of 0.3.
        let tree = parser::parse(&padded, self.version).or_else(|_| parser::parse(&padded, Version::V0_3));
        items.push(field(
            name,
            match tree.ok()? {
                Tree::Value(value) => value,
                Tree::Items(items) => bare_key(&items).unwrap_or(Expr::Object(items)),
            },
        ));
        Some(())
    }
}

/// `id`, which makes an object elsewhere, is that member here: a cursor or a count is no object.
fn bare_key(items: &[Item]) -> Option<Expr> {
    let [Item { kind: ItemKind::Field { name, value: Expr::Path(path) }, .. }] = items else { return None };
    let is_bare = path.sub.is_none()
        && matches!(path.steps.first().map(|step| &step.kind), Some(StepKind::Key(key)) if key == name)
        && path.steps.iter().skip(1).all(|step| step.kind == StepKind::Optional);
    is_bare.then(|| Expr::Path(path.clone()))
}

fn field(name: &'static str, value: Expr) -> Item {
    Item { kind: ItemKind::Field { name: Arc::from(name), value }, place: Place::default() }
}

/// `{…}` of the current object.
fn group(items: Vec<Item>) -> Expr {
    Expr::Path(Arc::new(Path { head: Head::Dollar, steps: Vec::new(), sub: Some(items), place: Place::default() }))
}
