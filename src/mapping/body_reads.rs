//! Where a mapping reads its input: the response's body, for a selection.

use std::ops::Range;

use super::syntax::{Expr, Head, Item, ItemKind, Path, StepKind, Tree};

/// The places of `$`, `@` and leading keys that stand for the input itself or something in it, in order of the text.
/// What a sub-selection or a method reads of such a value is not told again.
pub(super) fn body_reads(tree: &Tree) -> Vec<Range<usize>> {
    let mut reads = Reads { found: Vec::new() };
    let input = Registers { at: true, dollar: true };
    match tree {
        Tree::Items(items) => reads.items(items, input),
        Tree::Value(value) => reads.expr(value, input),
    }
    reads.found.sort_by_key(|range| (range.start, range.end));
    reads.found
}

/// Whether `@` and `$` hold the input.
#[derive(Clone, Copy)]
struct Registers {
    at: bool,
    dollar: bool,
}

struct Reads {
    found: Vec<Range<usize>>,
}

impl Reads {
    fn items(&mut self, items: &[Item], registers: Registers) {
        for item in items {
            match &item.kind {
                ItemKind::Field { value, .. } => self.expr(value, registers),
                ItemKind::Spread(path) => self.path(path, registers),
            }
        }
    }

    fn expr(&mut self, expr: &Expr, registers: Registers) {
        match expr {
            Expr::Literal(_) => {}
            Expr::Array(elements) | Expr::Chain(_, elements) => {
                elements.iter().for_each(|element| self.expr(element, registers));
            }
            Expr::Object(items) => self.items(items, registers),
            Expr::Path(path) => self.path(path, registers),
        }
    }

    fn path(&mut self, path: &Path, registers: Registers) {
        if let (Head::Dollar, [], Some(items)) = (&path.head, path.steps.as_slice(), &path.sub) {
            // `name: { ... }` only groups: what it reads, its fields do.
            return self.items(items, Registers { at: registers.dollar, ..registers });
        }
        match &path.head {
            Head::Dollar if registers.dollar => self.found.push(place(path)),
            Head::At if registers.at => self.found.push(place(path)),
            Head::Group(inner) => self.expr(inner, registers),
            Head::Dollar | Head::At | Head::Variable(_) | Head::Local(_) => {}
        }
        let inner = Registers { at: false, dollar: registers.dollar };
        for step in &path.steps {
            match &step.kind {
                StepKind::Key(_) | StepKind::Optional => {}
                StepKind::Method(_, arguments) => arguments.iter().for_each(|argument| self.expr(argument, inner)),
                StepKind::Bind(_, value) => value.iter().for_each(|value| self.expr(value, inner)),
            }
        }
        if let Some(items) = &path.sub {
            self.items(items, Registers { at: false, dollar: false });
        }
    }
}

/// The head and the keys that follow it.
fn place(path: &Path) -> Range<usize> {
    let start = path.place.range().start;
    let keys = path.steps.iter().take_while(|step| matches!(step.kind, StepKind::Key(_)));
    start..keys.last().map_or(start + 1, |step| step.place.range().end)
}

#[cfg(test)]
mod tests {
    use crate::mapping::{Mapping, Version};

    #[test]
    fn tells_where_the_body_is_read() {
        let check = |text: &str, expected: &[&str]| {
            let mapping = Mapping::parse(text, Version::V0_3).unwrap();
            let found: Vec<&str> = mapping.body_reads().into_iter().filter_map(|range| text.get(range)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("id: $args.id", &[]);
        check("id: $args.id name", &["name"]);
        check("name: first.last a: $(x ?? $.y)", &["first.last", "x", "$.y"]);
        check("$args.input { id name }", &[]);
        check("$.items { id name }", &["$.items"]);
        check("group: { text: $args.text from: name }", &["name"]);
        check("all: $args.list->map(@.id)", &[]);
        check("all: $args.list->map($.id)", &["$.id"]);
        check("a: $this.name->as($n)->echo($n) b: @", &["@"]);
    }
}
