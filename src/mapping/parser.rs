//! Text to syntax tree. Recursion is bounded by [`MAX_DEPTH`]; mistakes of meaning are collected, one of syntax ends it.

mod expression;
mod lexical;

use std::{ops::Range, sync::Arc};

use super::{
    MappingError, Version,
    syntax::{Expr, Head, Item, ItemKind, Path, Place, StepKind, Tree},
};

/// Deepest nesting of braces, brackets and parentheses.
const MAX_DEPTH: u32 = 64;
/// Longest text.
const MAX_BYTES: usize = 1 << 20;

/// Parses a whole mapping.
pub(super) fn parse(text: &str, version: Version) -> Result<Tree, Vec<MappingError>> {
    let mut parser = Parser { text, at: 0, end: 0, version, errors: Vec::new(), depth: 0, locals: Vec::new() };
    let tree = parser.mapping();
    match tree {
        Ok(tree) if parser.errors.is_empty() => Ok(tree),
        _ => {
            parser.errors.sort_by_key(|error| error.range.start);
            Err(parser.errors)
        }
    }
}

/// A syntax error was recorded and parsing can't go on.
#[derive(Debug)]
struct Halt;

type Parsed<T> = Result<T, Halt>;

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// End of the token read last.
    end: usize,
    version: Version,
    errors: Vec<MappingError>,
    depth: u32,
    /// Names bound by `->as` around here.
    locals: Vec<Arc<str>>,
}

/// An item before it is known whether it stands alone.
enum Draft {
    Item(Item),
    /// An unnamed path with its fields: alone it is the value itself, among others it is spread.
    Selected(Path, Place),
    /// A value without a name.
    Anonymous(Expr, Place),
}

/// What the items make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// A whole mapping.
    Mapping,
    /// `{…}` after a path, or the group after a name: `@` and `$` are the object that it selects from.
    Selection,
    /// An object literal: `@` and `$` stay.
    Literal,
}

impl Parser<'_> {
    fn mapping(&mut self) -> Parsed<Tree> {
        if self.text.len() > MAX_BYTES {
            return self.halt(0..self.text.len(), "mapping is longer than 1 MiB", None);
        }
        self.skip();
        if self.at_end() {
            return self.halt(0..self.text.len(), "mapping is empty", Some("select at least one field: `id`"));
        }
        let tree = match self.peek_char() {
            Some('{') => self.braced_mapping()?,
            _ => match self.literal_mapping()? {
                Some(value) => Tree::Value(value),
                None => {
                    let drafts = self.drafts(Inside::Mapping)?;
                    self.tree(drafts)
                }
            },
        };
        self.skip();
        if !self.at_end() {
            return self.unexpected("a field");
        }
        Ok(tree)
    }

    /// `{a b}` at the top is the same as `a b`, unless more follows.
    fn braced_mapping(&mut self) -> Parsed<Tree> {
        let start = self.at;
        self.needs_v0_4(start..start + 1, "braces around a whole mapping need", "remove them");
        self.enter('{')?;
        let drafts = self.drafts(Inside::Selection)?;
        self.leave('}')?;
        let end = self.end;
        self.skip();
        if self.at_step() || self.at_operator() {
            let items = self.items_of(drafts);
            let first = self.steps_of_literal(Expr::Object(items), start)?;
            return self.chain(first).map(Tree::Value);
        }
        self.end = end;
        Ok(self.tree(drafts))
    }

    /// A mapping that begins with a literal is one expression, unless the literal turns out to be the name of a field.
    fn literal_mapping(&mut self) -> Parsed<Option<Expr>> {
        if !self.at_literal() || (self.version < Version::V0_4 && self.at_key()) {
            return Ok(None);
        }
        if !self.at_key() {
            let start = self.at;
            let told = self.errors.len();
            let value = self.expression()?;
            if self.errors.len() == told {
                self.needs_v0_4(start..self.end, "a literal alone needs", "wrap it in `$(…)`");
            }
            return Ok(Some(value));
        }
        let (at, end, depth, told) = (self.at, self.end, self.depth, self.errors.len());
        if let Ok(value) = self.expression() {
            self.skip();
            let is_key = matches!(&value, Expr::Path(path) if path.head == Head::Dollar);
            if self.at_end() && !is_key {
                return Ok(Some(value));
            }
        }
        (self.at, self.end, self.depth) = (at, end, depth);
        self.errors.truncate(told);
        Ok(None)
    }

    /// Decides whether the mapping builds an object or is one value.
    fn tree(&mut self, mut drafts: Vec<Draft>) -> Tree {
        if drafts.len() == 1
            && let Some(draft) = drafts.pop()
        {
            return match draft {
                Draft::Anonymous(value, _) => Tree::Value(value),
                Draft::Selected(path, _) => Tree::Value(Expr::Path(Arc::new(path))),
                Draft::Item(item) => Tree::Items(vec![item]),
            };
        }
        let items = self.items_of(drafts);
        if items.is_empty() { Tree::Value(Expr::Object(Vec::new())) } else { Tree::Items(items) }
    }

    /// What stands between the braces of a sub-selection, braces included.
    fn sub(&mut self, inside: Inside) -> Parsed<Vec<Item>> {
        self.enter('{')?;
        let drafts = self.drafts(inside)?;
        self.leave('}')?;
        Ok(self.items_of(drafts))
    }

    fn items_of(&mut self, drafts: Vec<Draft>) -> Vec<Item> {
        let mut items = Vec::with_capacity(drafts.len());
        let among = if drafts.len() > 1 { " among other fields" } else { "" };
        for draft in drafts {
            match draft {
                Draft::Item(item) => items.push(item),
                Draft::Selected(path, place) => items.push(Item { kind: ItemKind::Spread(path), place }),
                Draft::Anonymous(_, place) => self.mistake(
                    place.range(),
                    format!("value has no name{among}"),
                    Some(format!("give it one: `name: {}`", self.text.get(place.range()).unwrap_or("…"))),
                ),
            }
        }
        items
    }

    fn drafts(&mut self, inside: Inside) -> Parsed<Vec<Draft>> {
        let mut drafts = Vec::new();
        let mut has_commas = false;
        // Ends of items that no comma follows.
        let mut gaps = Vec::new();
        loop {
            self.skip();
            if self.at_end() || (inside != Inside::Mapping && self.peek_char() == Some('}')) {
                break;
            }
            drafts.push(self.item(inside)?);
            let end = self.end;
            self.skip();
            if self.peek_char() == Some(',') {
                // Once is enough: who writes one writes many.
                if !std::mem::replace(&mut has_commas, true) {
                    self.needs_v0_4(self.at..self.at + 1, "commas between fields need", "remove the commas");
                }
                self.bump(1);
            } else {
                gaps.push((drafts.len(), end));
            }
        }
        // A comma after the last item is optional; between items it stands everywhere or nowhere.
        if self.version >= Version::V0_4
            && has_commas
            && let Some(&(_, gap)) = gaps.first().filter(|(item, _)| *item < drafts.len())
        {
            self.mistake(
                gap..gap,
                "commas stand between some fields, but not here",
                Some("put a comma between all of them, or between none".into()),
            );
        }
        Ok(drafts)
    }

    fn item(&mut self, inside: Inside) -> Parsed<Draft> {
        let start = self.at;
        if self.looking_at("...") {
            return self.spread().map(Draft::Item);
        }
        if let Some(name) = self.alias()? {
            let value = self.aliased_value(start, inside)?;
            return Ok(Draft::Item(Item { kind: ItemKind::Field { name, value }, place: self.place_from(start) }));
        }
        let keyed = self.at_key();
        let path = self.path()?;
        let place = self.place_from(start);
        self.skip();
        if self.at_operator() {
            let value = self.operators_after(Self::collapse(path))?;
            return Ok(Draft::Anonymous(value, self.place_from(start)));
        }
        if keyed
            && let [step, rest @ ..] = path.steps.as_slice()
            && let StepKind::Key(name) = &step.kind
            && rest.iter().all(|step| step.kind == StepKind::Optional)
        {
            let name = name.clone();
            return Ok(Draft::Item(Item { kind: ItemKind::Field { name, value: Expr::Path(Arc::new(path)) }, place }));
        }
        if path.sub.is_some() {
            return Ok(Draft::Selected(path, place));
        }
        Ok(Draft::Anonymous(Self::collapse(path), place))
    }

    /// `...path`
    fn spread(&mut self) -> Parsed<Item> {
        let start = self.at;
        let instead = "name the fields, without the dots: `$.address { city }`";
        self.needs_v0_4(start..start + 3, "spread `...` needs", instead);
        self.bump(3);
        self.skip();
        let path = self.path()?;
        Ok(Item { kind: ItemKind::Spread(path), place: self.place_from(start) })
    }

    fn needs_v0_4(&mut self, range: Range<usize>, what: &str, instead: &str) {
        if self.version < Version::V0_4 {
            let hint = format!("{instead}, or link `connect/v0.4`");
            self.mistake(range, format!("{what} `connect/v0.4`"), Some(hint));
        }
    }

    /// `name:`, if one stands here.
    fn alias(&mut self) -> Parsed<Option<Arc<str>>> {
        if !self.at_key() {
            return Ok(None);
        }
        let (at, end) = (self.at, self.end);
        let name = self.key()?;
        self.skip();
        if self.peek_char() == Some(':') {
            self.bump(1);
            self.skip();
            return Ok(Some(name));
        }
        (self.at, self.end) = (at, end);
        Ok(None)
    }

    fn aliased_value(&mut self, start: usize, inside: Inside) -> Parsed<Expr> {
        if self.peek_char() == Some('{') && inside != Inside::Literal {
            return self.group();
        }
        if self.at_end() || self.peek_char() == Some('}') {
            return self.halt(start..self.end, "field has a name, but no value", Some("write `name: path`"));
        }
        if self.version >= Version::V0_4 {
            return self.expression();
        }
        if self.at_literal() && !self.at_key() {
            let from = self.at;
            let value = self.expression()?;
            let text = self.text.get(from..self.end).unwrap_or("…");
            let hint = format!("wrap it in `$(…)`: `$({text})`, or link `connect/v0.4`");
            self.mistake(from..self.end, "a literal is not a path", Some(hint));
            return Ok(value);
        }
        let path = self.path()?;
        self.operators_after(Self::collapse(path))
    }

    /// `{…}` after a name: fields of the current object, or from v0.4 on an object that steps and operators follow.
    fn group(&mut self) -> Parsed<Expr> {
        let from = self.at;
        let items = self.sub(Inside::Selection)?;
        let place = self.place_from(from);
        let end = self.end;
        self.skip();
        if self.version >= Version::V0_4 && (self.at_step() || self.at_operator()) {
            let first = self.steps_of_literal(Expr::Object(items), from)?;
            return self.chain(first);
        }
        self.end = end;
        Ok(Expr::Path(Arc::new(Path { head: Head::Dollar, steps: Vec::new(), sub: Some(items), place })))
    }

    /// Operators may stand only within `$(…)` before v0.4: reads them all the same, to go on.
    fn operators_after(&mut self, value: Expr) -> Parsed<Expr> {
        self.skip();
        let at = self.at;
        if !self.at_operator() {
            return Ok(value);
        }
        let chain = self.chain(value)?;
        if self.version < Version::V0_4 {
            let hint = "wrap the whole value in `$(…)`: `name: $(a ?? b)`";
            self.mistake(at..self.end, "operators stand only within `$(…)`", Some(hint.into()));
        }
        Ok(chain)
    }
}
