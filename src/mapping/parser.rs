//! Text to syntax tree. Recursion is bounded by [`MAX_DEPTH`]; mistakes of meaning are collected, one of syntax ends it.

mod expression;
mod lexical;

use std::sync::Arc;

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
    /// A value without a name.
    Anonymous(Expr, Place),
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
        let tree = if self.version >= Version::V0_4 && self.peek_char() == Some('{') {
            self.braced_mapping()?
        } else if self.version >= Version::V0_4 && self.at_literal() && !self.at_quoted_name() {
            Tree::Value(self.expression()?)
        } else {
            let drafts = self.drafts(false)?;
            self.tree(drafts)
        };
        self.skip();
        if !self.at_end() {
            return self.unexpected("a field");
        }
        Ok(tree)
    }

    /// Whether a string stands here that names a field: `"x-id": path`. Alone it is a literal.
    fn at_quoted_name(&mut self) -> bool {
        if !matches!(self.peek_char(), Some('"' | '\'')) {
            return false;
        }
        let (at, told) = (self.at, self.errors.len());
        let named = self.key().is_ok() && {
            self.skip();
            self.peek_char() == Some(':')
        };
        self.at = at;
        self.errors.truncate(told);
        named
    }

    /// `{a b}` at the top is the same as `a b`.
    fn braced_mapping(&mut self) -> Parsed<Tree> {
        self.enter('{')?;
        let drafts = self.drafts(true)?;
        self.leave('}')?;
        Ok(self.tree(drafts))
    }

    /// Decides whether the mapping builds an object or is one value.
    fn tree(&mut self, mut drafts: Vec<Draft>) -> Tree {
        if drafts.len() == 1
            && let Some(draft) = drafts.pop()
        {
            return match draft {
                Draft::Anonymous(value, _) => Tree::Value(value),
                Draft::Item(Item { kind: ItemKind::Spread(path), .. }) => Tree::Value(Expr::Path(Box::new(path))),
                Draft::Item(item) => Tree::Items(vec![item]),
            };
        }
        let items = self.items_of(drafts);
        if items.is_empty() { Tree::Value(Expr::Object(Vec::new())) } else { Tree::Items(items) }
    }

    /// What stands between the braces of a sub-selection, braces included.
    fn sub(&mut self) -> Parsed<Vec<Item>> {
        self.enter('{')?;
        let drafts = self.drafts(true)?;
        self.leave('}')?;
        Ok(self.items_of(drafts))
    }

    fn items_of(&mut self, drafts: Vec<Draft>) -> Vec<Item> {
        let mut items = Vec::with_capacity(drafts.len());
        for draft in drafts {
            match draft {
                Draft::Item(item) => items.push(item),
                Draft::Anonymous(_, place) => self.mistake(
                    place.range(),
                    "value has no name among other fields",
                    Some(format!("give it one: `name: {}`", self.text.get(place.range()).unwrap_or("…"))),
                ),
            }
        }
        items
    }

    fn drafts(&mut self, nested: bool) -> Parsed<Vec<Draft>> {
        let mut drafts = Vec::new();
        let mut commas = 0;
        let mut gap = None;
        loop {
            self.skip();
            if self.at_end() || (nested && self.peek_char() == Some('}')) {
                break;
            }
            drafts.push(self.item()?);
            self.skip();
            if self.peek_char() == Some(',') {
                let comma = self.at..self.at + 1;
                self.bump(1);
                commas += 1;
                if self.version < Version::V0_4 {
                    self.mistake(comma, "commas between fields need `connect/v0.4`", Some("remove the comma".into()));
                }
            } else if gap.is_none() {
                gap = Some(self.at);
            }
        }
        // A comma after the last item is optional; between items it stands everywhere or nowhere.
        if self.version >= Version::V0_4
            && commas > 0
            && commas + 1 < drafts.len()
            && let Some(gap) = gap
        {
            self.mistake(
                gap..gap,
                "commas stand between some fields, but not here",
                Some("put a comma between all of them, or between none".into()),
            );
        }
        Ok(drafts)
    }

    fn item(&mut self) -> Parsed<Draft> {
        let start = self.at;
        if self.looking_at("...") {
            self.bump(3);
            let hint = "write the path with its fields, without the dots: `$.address { city }`";
            self.mistake(start..self.at, "spread `...` is not supported yet", Some(hint.into()));
            self.skip();
            let path = self.path()?;
            return Ok(Draft::Item(Item { kind: ItemKind::Spread(path), place: self.place_from(start) }));
        }
        if let Some(name) = self.alias()? {
            let value = self.aliased_value(start)?;
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
            return Ok(Draft::Item(Item { kind: ItemKind::Field { name, value: Expr::Path(Box::new(path)) }, place }));
        }
        if path.sub.is_some() {
            return Ok(Draft::Item(Item { kind: ItemKind::Spread(path), place }));
        }
        Ok(Draft::Anonymous(Self::collapse(path), place))
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

    fn aliased_value(&mut self, start: usize) -> Parsed<Expr> {
        if self.peek_char() == Some('{') {
            let from = self.at;
            let sub = Some(self.sub()?);
            let place = self.place_from(from);
            return Ok(Expr::Path(Box::new(Path { head: Head::Dollar, steps: Vec::new(), sub, place })));
        }
        if self.at_end() || self.peek_char() == Some('}') {
            return self.halt(start..self.end, "field has a name, but no value", Some("write `name: path`"));
        }
        if self.version >= Version::V0_4 {
            return self.expression();
        }
        if self.at_literal() && !self.at_key() {
            let hint = "wrap it in `$(…)`, or link `connect/v0.4`";
            return self.halt(self.at..self.at + 1, "a literal is not a path", Some(hint));
        }
        let path = self.path()?;
        self.operators_after(Self::collapse(path))
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
