//! Which fields of a mapping's output a place in its text belongs to.

use std::{ops::Range, sync::Arc};

use super::syntax::{Expr, Head, Item, ItemKind, Path, Place, Step, StepKind, Tree};

/// The names of the fields around `range`, outermost first: for `tags` in `$.items { labels: meta { tags } }` they are
/// `labels` and `tags`.
pub(super) fn enclosing(tree: &Tree, range: &Range<usize>) -> Vec<Arc<str>> {
    let mut search = Search { range, names: Vec::new() };
    match tree {
        Tree::Items(items) => search.items(items),
        Tree::Value(value) => search.expr(value),
    }
    search.names
}

struct Search<'r> {
    range: &'r Range<usize>,
    names: Vec<Arc<str>>,
}

impl Search<'_> {
    fn items(&mut self, items: &[Item]) {
        let Some(item) = items.iter().find(|item| self.is_in(item.place)) else { return };
        match &item.kind {
            ItemKind::Field { name, value } => {
                self.names.push(name.clone());
                self.expr(value);
            }
            ItemKind::Spread(path) => self.path(path),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(_) => {}
            Expr::Array(parts) | Expr::Chain(_, parts) => {
                if let Some(part) = parts.iter().find(|part| self.holds(part)) {
                    self.expr(part);
                }
            }
            Expr::Object(items) => self.items(items),
            Expr::Path(path) => self.path(path),
        }
    }

    fn path(&mut self, path: &Path) {
        if let Some(items) = &path.sub
            && items.iter().any(|item| self.is_in(item.place))
        {
            return self.items(items);
        }
        if let Some(step) = path.steps.iter().find(|step| self.is_in(step.place)) {
            return self.step(step);
        }
        if let Head::Group(inner) = &path.head {
            self.expr(inner);
        }
    }

    fn step(&mut self, step: &Step) {
        let arguments: &[Expr] = match &step.kind {
            StepKind::Method(_, arguments) => arguments,
            StepKind::Bind(_, Some(value)) => std::slice::from_ref(value),
            StepKind::Key(_) | StepKind::Optional | StepKind::Bind(_, None) => &[],
        };
        if let Some(argument) = arguments.iter().find(|argument| self.holds(argument)) {
            self.expr(argument);
        }
    }

    fn holds(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Literal(_) => false,
            Expr::Array(parts) | Expr::Chain(_, parts) => parts.iter().any(|part| self.holds(part)),
            Expr::Object(items) => items.iter().any(|item| self.is_in(item.place)),
            Expr::Path(path) => self.is_in(path.place),
        }
    }

    fn is_in(&self, place: Place) -> bool {
        let place = place.range();
        place.start <= self.range.start && self.range.end <= place.end
    }
}

#[cfg(test)]
mod tests {
    use crate::mapping::{Mapping, Version};

    #[test]
    fn names_of_the_fields_around_a_place() {
        let check = |text: &str, part: &str, expected: &[&str]| {
            let at = text.rfind(part).unwrap();
            let names = Mapping::parse(text, Version::V0_3).unwrap().enclosing(&(at..at + part.len()));
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            assert_eq!(names, expected, "{part} in {text}");
        };
        check("id name", "name", &["name"]);
        check("$.items { labels: meta { tags } }", ".items", &[]);
        check("$.items { labels: meta { tags } }", "tags", &["labels", "tags"]);
        check("a: $(x.y ?? z.w)", ".w", &["a"]);
        check("a: list->map({ b: @.c })", ".c", &["a", "b"]);
        check("a: { b: { c: d.e } } f", ".e", &["a", "b", "c"]);
        check("f { g } ", "f {", &["f"]);
    }
}
