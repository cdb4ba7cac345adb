//! Characters to tokens: white space, comments, keys, strings, numbers, and the helpers that record mistakes.

use std::{ops::Range, sync::Arc};

use super::{Halt, MAX_DEPTH, Parsed, Parser};
use crate::{
    json::{Number, Value},
    mapping::{MappingError, syntax::Place},
};

impl Parser<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek_char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn looking_at(&self, token: &str) -> bool {
        self.rest().starts_with(token)
    }

    /// Consumes `bytes` of a token.
    pub(super) fn bump(&mut self, bytes: usize) {
        self.at += bytes;
        self.end = self.at;
    }

    /// Skips white space and comments.
    pub(super) fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.at += rest.len() - trimmed.len();
            if !self.looking_at("#") {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    pub(super) fn place_from(&self, start: usize) -> Place {
        Place::new(&(start..self.end.max(start)))
    }

    /// Whether an identifier or a quoted string stands here.
    pub(super) fn at_key(&self) -> bool {
        self.peek_char().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '"' | '\''))
    }

    /// Whether a literal stands here; words and strings may be keys all the same.
    pub(super) fn at_literal(&self) -> bool {
        let mut chars = self.rest().chars();
        match chars.next() {
            Some('"' | '\'' | '[' | '{' | '0'..='9') => true,
            Some('.') => chars.next().is_some_and(|c| c.is_ascii_digit()),
            Some('-') => chars.next().is_some_and(|c| c.is_ascii_digit() || c == '.'),
            Some(_) => matches!(self.word(), "true" | "false" | "null"),
            None => false,
        }
    }

    /// The identifier here, if any; not consumed.
    pub(super) fn word(&self) -> &str {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return "";
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    pub(super) fn key(&mut self) -> Parsed<Arc<str>> {
        if let Some('"' | '\'') = self.peek_char() {
            return Ok(self.string()?.into());
        }
        let word: Arc<str> = self.word().into();
        if word.is_empty() {
            return self.unexpected("a key");
        }
        self.bump(word.len());
        Ok(word)
    }

    /// A quoted string: `\n` is a line break, a backslash before any other character is that character.
    pub(super) fn string(&mut self) -> Parsed<String> {
        let start = self.at;
        let mut chars = self.rest().chars();
        let quote = chars.next();
        let mut out = String::new();
        loop {
            match chars.next() {
                None => return self.open_string(start),
                character if character == quote => break,
                Some('\\') => match chars.next() {
                    Some('n') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => return self.open_string(start),
                },
                Some(other) => out.push(other),
            }
        }
        let left = chars.as_str().len();
        self.at = self.text.len() - left;
        self.end = self.at;
        Ok(out)
    }

    fn open_string<T>(&mut self, start: usize) -> Parsed<T> {
        self.halt(start..self.text.len(), "string has no end", Some("close it with the quote that opens it"))
    }

    /// `-`, digits, fraction; a missing digit on one side of the point is zero, leading zeros are dropped.
    pub(super) fn number(&mut self) -> Parsed<Value> {
        let start = self.at;
        let rest = self.rest();
        let (sign, unsigned) = rest.strip_prefix('-').map_or(("", rest), |unsigned| ("-", unsigned));
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (whole, tail) = unsigned.split_at(digits(unsigned));
        let mut length = sign.len() + whole.len();
        let mut spelling = format!("{sign}{}", if whole.is_empty() { "0" } else { trim_zeros(whole) });
        let mut has_digit = !whole.is_empty();
        if let Some(tail) = tail.strip_prefix('.') {
            let fraction = tail.get(..digits(tail)).unwrap_or_default();
            has_digit |= !fraction.is_empty();
            length += 1 + fraction.len();
            spelling.push('.');
            spelling.push_str(if fraction.is_empty() { "0" } else { fraction });
        }
        let number = Number::parse(&spelling).filter(|_| has_digit);
        let Some(number) = number else {
            return self.unexpected("a number");
        };
        self.bump(length);
        if let Some('e' | 'E') = self.peek_char() {
            return self.halt(start..self.at + 1, "numbers have no exponent here", Some("write all digits"));
        }
        Ok(Value::Number(number))
    }

    /// Opens a pair.
    pub(super) fn enter(&mut self, open: char) -> Parsed<()> {
        if self.peek_char() != Some(open) {
            return self.unexpected(&format!("`{open}`"));
        }
        if self.depth == MAX_DEPTH {
            return self.halt(self.at..self.at + 1, &format!("mapping nests deeper than {MAX_DEPTH} levels"), None);
        }
        self.depth += 1;
        self.bump(open.len_utf8());
        Ok(())
    }

    /// Closes a pair.
    pub(super) fn leave(&mut self, close: char) -> Parsed<()> {
        self.skip();
        if self.peek_char() != Some(close) {
            return self.unexpected(&format!("`{close}`"));
        }
        self.depth -= 1;
        self.bump(close.len_utf8());
        Ok(())
    }

    /// Records a mistake; parsing goes on.
    pub(super) fn mistake(&mut self, range: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.errors.push(MappingError { range, message: message.into(), hint });
    }

    /// Records a mistake that ends parsing.
    pub(super) fn halt<T>(&mut self, range: Range<usize>, message: &str, hint: Option<&str>) -> Parsed<T> {
        let end = range.end.min(self.text.len());
        self.mistake(range.start.min(end)..end, message, hint.map(str::to_owned));
        Err(Halt)
    }

    /// Ends parsing because something else than `expected` stands here.
    pub(super) fn unexpected<T>(&mut self, expected: &str) -> Parsed<T> {
        let at = self.at.min(self.text.len());
        let before = self.text.get(..at).and_then(|text| text.chars().next_back());
        let next = self.text.get(at..).and_then(|text| text.chars().nth(1));
        let follows_key = before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let goes_on = next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let (found, length, hint) = match self.peek_char() {
            None => ("the end".to_owned(), 0, None),
            Some('.') if before == Some('.') => ("`.`".to_owned(), 1, Some("one dot leads to a key: `a.b`")),
            Some('.') => ("`.`".to_owned(), 1, Some("paths cannot begin with `.key`: use `$.key` instead")),
            Some('-') if self.looking_at("->") => (
                "`->`".to_owned(),
                2,
                Some("paths cannot begin with a method: write what it works on first, as in `$->first` or `@->first`"),
            ),
            Some('[') => {
                ("`[`".to_owned(), 1, Some("there is no indexing with brackets: write `->get(0)` or `->first`"))
            }
            Some('-') if follows_key && goes_on => (
                "`-`".to_owned(),
                1,
                Some("a key with other characters is quoted, and has a name: `name: $.'first-name'`"),
            ),
            Some('>') if follows_key && goes_on => ("`>`".to_owned(), 1, Some("a method is called with `->`")),
            Some('(') => (
                "`(`".to_owned(),
                1,
                Some("only methods take arguments: `->slice(0, 2)`; an expression is written `$(…)`"),
            ),
            Some(quote @ ('“' | '”' | '„' | '‘' | '’')) => {
                (format!("`{quote}`"), quote.len_utf8(), Some("use straight quotes: `\"` or `'`"))
            }
            Some(quote @ ('"' | '\'')) if expected.ends_with("]`") => {
                (format!("`{quote}`"), 1, Some("commas stand between the elements of a list"))
            }
            Some(quote @ ('"' | '\'')) => (format!("`{quote}`"), 1, None),
            Some('=') => (
                "`=`".to_owned(),
                1,
                Some(
                    "a name is followed by a colon, as in `q: $args.q`; values are compared by methods such as `->eq(x)`",
                ),
            ),
            Some(symbol @ ('&' | '|' | '<' | '>' | '+' | '-' | '*' | '/' | '!')) => (
                format!("`{symbol}`"),
                1,
                Some("there are no infix operators but `??` and `?!`: use methods such as `->eq(x)` or `->add(1)`"),
            ),
            Some(other) => (format!("`{}`", other.escape_debug()), other.len_utf8(), None),
        };
        self.halt(at..at + length, &format!("expected {expected}, found {found}"), hint)
    }
}

fn trim_zeros(digits: &str) -> &str {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}
