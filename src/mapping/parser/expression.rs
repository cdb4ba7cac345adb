//! Paths, their steps, and expressions.

use std::{ops::Range, sync::Arc};

use super::{Inside, Parsed, Parser};
use crate::{
    json::Value,
    mapping::{
        Variable, Version,
        method::{self, Method, Named},
        syntax::{Expr, Head, Item, ItemKind, Op, Path, Step, StepKind},
    },
};

impl Parser<'_> {
    /// Operands joined by one kind of operator.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.skip();
        let first = self.operand()?;
        self.chain(first)
    }

    /// What `$(…)` holds. Here alone a single key was a path before v0.3, too.
    fn escaped(&mut self) -> Parsed<Expr> {
        self.skip();
        let first = if self.at_literal() { self.operand()? } else { Self::collapse(self.path()?) };
        self.chain(first)
    }

    /// What follows the first operand.
    pub(super) fn chain(&mut self, first: Expr) -> Parsed<Expr> {
        let mut operands = Vec::new();
        let mut last = first;
        let mut chain: Option<Op> = None;
        loop {
            self.skip();
            let op = if self.looking_at("??") {
                Op::Coalesce
            } else if self.looking_at("?!") {
                Op::Default
            } else {
                break;
            };
            let range = self.at..self.at + 2;
            self.require_v0_3(range.clone());
            if chain.is_some_and(|chain| chain != op) {
                let hint = "group one of them: `$($(a ?? b) ?! c)`";
                self.mistake(range, "`??` and `?!` cannot be mixed", Some(hint.into()));
            }
            self.bump(2);
            chain.get_or_insert(op);
            self.skip();
            operands.push(std::mem::replace(&mut last, self.operand()?));
        }
        let Some(op) = chain else {
            return Ok(last);
        };
        operands.push(last);
        Ok(Expr::Chain(op, operands))
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let (start, is_key) = (self.at, self.at_key());
        if !self.at_literal() {
            let path = self.path()?;
            if is_key && path.steps.len() == 1 {
                self.refuse_lone_key(&path);
            }
            return Ok(Self::collapse(path));
        }
        let literal = self.literal()?;
        let end = self.end;
        self.skip();
        if self.at_step() {
            return self.steps_of_literal(literal, start);
        }
        // What selects fields is no literal: `null { a }` is the field `null`.
        if is_key && self.version >= Version::V0_4 && self.peek_char() == Some('{') {
            self.at = start;
            return Ok(Expr::Path(Arc::new(self.path()?)));
        }
        self.end = end;
        Ok(literal)
    }

    /// The literal that began at `start`, with the steps here.
    pub(super) fn steps_of_literal(&mut self, literal: Expr, start: usize) -> Parsed<Expr> {
        if !self.at_step() {
            return Ok(literal);
        }
        Ok(Expr::Path(Arc::new(self.path_after(Head::Group(literal), Vec::new(), start)?)))
    }

    /// Before v0.3 one key alone is a path only as a field's value and in `$(key)`.
    fn refuse_lone_key(&mut self, path: &Path) {
        if self.version < Version::V0_3 {
            let range = path.place.range();
            let key = self.text.get(range.clone()).unwrap_or("key").to_owned();
            let hint = format!("write `$.{key}`, or link `connect/v0.3`");
            self.mistake(range, "a key alone is a path only from `connect/v0.3` on", Some(hint));
        }
    }

    pub(super) fn at_operator(&self) -> bool {
        self.looking_at("??") || self.looking_at("?!")
    }

    pub(super) fn at_step(&self) -> bool {
        (self.looking_at(".") && !self.looking_at("..."))
            || self.looking_at("->")
            || (self.looking_at("?") && !self.at_operator())
    }

    fn literal(&mut self) -> Parsed<Expr> {
        match self.peek_char() {
            Some('"' | '\'') => Ok(Expr::Literal(self.string()?.into())),
            Some('[') => {
                self.enter('[')?;
                let elements = self.comma_separated(']')?;
                self.leave(']')?;
                Ok(Expr::Array(elements))
            }
            Some('{') => self.object(),
            Some('t' | 'f' | 'n') => {
                let (value, length) = match self.word() {
                    "true" => (Value::Bool(true), 4),
                    "false" => (Value::Bool(false), 5),
                    _ => (Value::Null, 4),
                };
                self.bump(length);
                Ok(Expr::Literal(value))
            }
            _ => Ok(Expr::Literal(self.number()?)),
        }
    }

    fn comma_separated(&mut self, close: char) -> Parsed<Vec<Expr>> {
        let mut elements = Vec::new();
        loop {
            self.skip();
            if self.peek_char() == Some(close) {
                break;
            }
            elements.push(self.expression()?);
            self.skip();
            if self.peek_char() != Some(',') {
                break;
            }
            self.bump(1);
        }
        Ok(elements)
    }

    fn object(&mut self) -> Parsed<Expr> {
        if self.version >= Version::V0_4 {
            return Ok(Expr::Object(self.sub(Inside::Literal)?));
        }
        self.enter('{')?;
        let mut members = Vec::new();
        loop {
            self.skip();
            if self.peek_char() == Some('}') {
                break;
            }
            members.push(self.member()?);
            self.skip();
            if self.peek_char() != Some(',') {
                break;
            }
            self.bump(1);
        }
        self.leave('}')?;
        Ok(Expr::Object(members))
    }

    /// `key: value`, the only form of a member before v0.4.
    fn member(&mut self) -> Parsed<Item> {
        let start = self.at;
        if self.looking_at("...") {
            return self.spread();
        }
        if let Some(name) = self.alias()? {
            let value = self.expression()?;
            return Ok(Item { kind: ItemKind::Field { name, value }, place: self.place_from(start) });
        }
        let keyed = self.at_key();
        let path = self.path()?;
        let hint = match path.steps.as_slice() {
            [Step { kind: StepKind::Key(name), .. }] if keyed => {
                format!("write `{name}: $.{name}`, or link `connect/v0.4`")
            }
            _ => "write `key: value`".to_owned(),
        };
        self.halt(start..self.end, "members of an object literal need a key and a value", Some(&hint))
    }

    /// `$(x)` with nothing after it is `x`.
    pub(super) fn collapse(path: Path) -> Expr {
        match path {
            Path { head: Head::Group(inner), steps, sub: None, .. } if steps.is_empty() => inner,
            path => Expr::Path(Arc::new(path)),
        }
    }

    /// A path from its head on.
    pub(super) fn path(&mut self) -> Parsed<Path> {
        let start = self.at;
        let head = match self.peek_char() {
            Some('@') => {
                self.bump(1);
                Head::At
            }
            Some('$') => self.dollar()?,
            _ if self.at_key() => {
                let key = self.key()?;
                let step = Step { kind: StepKind::Key(key), place: self.place_from(start) };
                return self.path_after(Head::Dollar, vec![step], start);
            }
            _ => return self.unexpected("a path"),
        };
        self.path_after(head, Vec::new(), start)
    }

    fn dollar(&mut self) -> Parsed<Head> {
        let start = self.at;
        self.bump(1);
        if self.peek_char() == Some('(') {
            self.enter('(')?;
            let inner = self.escaped()?;
            self.leave(')')?;
            return Ok(Head::Group(inner));
        }
        let name = self.word().to_owned();
        if name.is_empty() {
            return Ok(Head::Dollar);
        }
        self.bump(name.len());
        if let Some(local) = self.locals.iter().rev().find(|local| ***local == *name) {
            return Ok(Head::Local(local.clone()));
        }
        if let Some(variable) = Variable::from_name(&name) {
            return Ok(Head::Variable(variable));
        }
        let all: Vec<_> = Variable::ALL.iter().map(|variable| format!("`${}`", variable.name())).collect();
        let candidates =
            Variable::ALL.iter().map(|variable| variable.name()).chain(self.locals.iter().map(AsRef::as_ref));
        let hint = method::nearest(&name, candidates).map(|near| format!("did you mean `${near}`?"));
        let message = format!("unknown variable `${name}`, must be one of {}", all.join(", "));
        self.mistake(start..self.at, message, hint);
        Ok(Head::Local(name.into()))
    }

    /// The steps after the head and the sub-selection after them.
    fn path_after(&mut self, head: Head, mut steps: Vec<Step>, start: usize) -> Parsed<Path> {
        let bound = self.locals.len();
        loop {
            self.skip();
            if !self.at_step() {
                break;
            }
            let mut from = self.at;
            let kind = if self.looking_at(".") {
                self.bump(1);
                self.skip();
                from = self.at;
                StepKind::Key(self.key()?)
            } else if self.looking_at("->") {
                self.method(from)?
            } else {
                self.bump(1);
                self.require_v0_3(from..self.at);
                if steps.last().is_some_and(|step| step.kind == StepKind::Optional) {
                    self.mistake(from..self.at, "two `?` in a row", Some("write one".into()));
                }
                StepKind::Optional
            };
            steps.push(Step { kind, place: self.place_from(from) });
        }
        let sub = if self.peek_char() == Some('{') { Some(self.sub(Inside::Selection)?) } else { None };
        self.locals.truncate(bound);
        Ok(Path { head, steps, sub, place: self.place_from(start) })
    }

    fn method(&mut self, start: usize) -> Parsed<StepKind> {
        self.bump(2);
        self.skip();
        let name = self.word().to_owned();
        if name.is_empty() {
            return self.unexpected("the name of a method");
        }
        self.bump(name.len());
        let range = start..self.at;
        let method = match method::named(&name) {
            Named::As => return self.bind(),
            Named::Method(method) => Some(method),
            Named::Unknown => {
                let near = method::nearest(&name, method::names())
                    .or_else(|| method::names().find(|known| name.len() > 2 && known.starts_with(&name)));
                let hint = near.map_or_else(
                    || format!("the methods are {}", method::names().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `->{near}`?"),
                );
                let hint = Some(hint);
                self.mistake(range.clone(), format!("unknown method `->{name}`"), hint);
                None
            }
        };
        let mut arguments = Vec::new();
        self.skip();
        if self.peek_char() == Some('(') {
            self.enter('(')?;
            arguments = self.comma_separated(')')?;
            self.leave(')')?;
        }
        // A method that does not exist has been reported; one that takes anything stands in for it.
        let Some(method) = method else {
            return Ok(StepKind::Method(Method::Echo, arguments));
        };
        self.check_arguments(method, &arguments, range);
        Ok(StepKind::Method(method, arguments))
    }

    fn check_arguments(&mut self, method: Method, arguments: &[Expr], range: Range<usize>) {
        if let Some(error) = method.check_count(arguments.len(), range.clone()) {
            self.errors.push(error);
        } else if method == Method::Match
            && !arguments.iter().all(|arm| matches!(arm, Expr::Array(pair) if pair.len() == 2))
        {
            let hint = "write `->match([candidate, value], [@, otherwise])`";
            self.mistake(range, "`->match` takes pairs", Some(hint.into()));
        } else if self.version >= Version::V0_3 {
            let wrong =
                arguments.iter().enumerate().filter_map(|(at, argument)| method.check_kind(at, argument, &range));
            self.errors.extend(wrong);
        }
    }

    /// `->as($name)` or `->as($name, value)`: the name holds to the end of the path.
    fn bind(&mut self) -> Parsed<StepKind> {
        self.skip();
        self.enter('(')?;
        self.skip();
        let from = self.at;
        if self.peek_char() != Some('$') {
            return self.unexpected("a variable such as `$name`");
        }
        self.bump(1);
        let name: Arc<str> = self.word().into();
        if name.is_empty() {
            return self.unexpected("the name of a variable");
        }
        self.bump(name.len());
        if Variable::from_name(&name).is_some() {
            let hint = "choose another name";
            self.mistake(from..self.at, format!("`${name}` has a meaning already"), Some(hint.into()));
        }
        let mut value = None;
        self.skip();
        if self.peek_char() == Some(',') {
            self.bump(1);
            let mut rest = self.comma_separated(')')?;
            value = rest.pop();
            if !rest.is_empty() {
                self.mistake(from..self.end, "`->as` takes a variable and at most one value", None);
            }
        }
        self.leave(')')?;
        self.locals.push(name.clone());
        Ok(StepKind::Bind(name, value))
    }

    fn require_v0_3(&mut self, range: Range<usize>) {
        if self.version < Version::V0_3 {
            let token = self.text.get(range.clone()).unwrap_or("?").to_owned();
            self.mistake(range, format!("`{token}` needs `connect/v0.3`"), Some("link `connect/v0.3`".into()));
        }
    }
}
