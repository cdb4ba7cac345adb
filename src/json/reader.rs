//! The strict pull reader over one body: skips what nobody wants, gives spans of what somebody does.
//!
//! Accepts exactly JSON (RFC 8259), also inside skipped values. Never copies, never recurses, and nests at most
//! [`MAX_DEPTH`] deep. The caller follows the document: `enter_object`, `next_key`, a value, `next_key`, ...

use std::{borrow::Cow, ops::Range};

use super::{Slot, scan};

/// Deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: u32 = 128;

/// The text is not JSON, not UTF-8, or nested too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}", what = if *.too_deep { "nested more than 128 levels deep" } else { "not valid JSON" })]
pub struct InvalidJson {
    /// Byte offset.
    pub at: usize,
    /// It would be the level beyond [`MAX_DEPTH`].
    pub too_deep: bool,
}

/// What stands at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the JSON type of its name")]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A position in a body that was checked to be UTF-8.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Checks that `body` is UTF-8 and starts before its first value.
    pub fn new(body: &'a [u8]) -> Result<Self, InvalidJson> {
        let text = simdutf8::compat::from_utf8(body)
            .map_err(|error| InvalidJson { at: error.valid_up_to(), too_deep: false })?;
        Ok(Self { text, at: 0, depth: 0 })
    }

    /// Skips white space and tells what follows.
    #[inline]
    pub fn peek(&mut self) -> Result<Kind, InvalidJson> {
        self.skip_space();
        match self.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            _ => self.fail(),
        }
    }

    /// The byte offset.
    #[inline]
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many bytes follow.
    #[must_use]
    pub fn left(&self) -> usize {
        self.text.len() - self.at
    }

    /// Goes back to where a value began, to read it once more. It must have been read completely.
    pub fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// The text of a span that this reader gave.
    #[must_use]
    pub fn text(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// Consumes `{`.
    pub fn enter_object(&mut self) -> Result<(), InvalidJson> {
        self.enter(b'{')
    }

    /// Consumes `[`.
    pub fn enter_array(&mut self) -> Result<(), InvalidJson> {
        self.enter(b'[')
    }

    /// Consumes up to the next member's value and gives its key, as written between the quotes; `None` is the end.
    pub fn next_key(&mut self, first: bool) -> Result<Option<&'a str>, InvalidJson> {
        let key = self.key_before_value(first)?;
        Ok(key.map(|key| self.text(key.start + 1..key.end - 1)))
    }

    /// Consumes up to the next element; `false` is the end.
    pub fn next_element(&mut self, first: bool) -> Result<bool, InvalidJson> {
        self.separator(first, b']')
    }

    /// Consumes one value of any kind and gives its span.
    #[inline(always)]
    pub fn skip_value(&mut self) -> Result<Range<usize>, InvalidJson> {
        self.skip_space();
        let start = self.at;
        self.at = scan::value(self.bytes(), start, self.room())?;
        Ok(start..self.at)
    }

    /// Checks that only white space is left.
    pub fn finish(&mut self) -> Result<(), InvalidJson> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { self.fail() }
    }

    /// The value between these places as a slot of body number `body`.
    #[inline]
    #[must_use]
    pub fn slot(&self, body: u32, span: Range<usize>) -> Slot {
        Slot::raw(self.bytes(), body, span)
    }

    // === what the row template builds on ===

    /// Consumes the comma before a member or element, or the closing byte; tells whether something follows.
    #[inline]
    pub(super) fn separator(&mut self, first: bool, close: u8) -> Result<bool, InvalidJson> {
        self.skip_space();
        match self.byte() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            _ if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                self.skip_space();
                Ok(true)
            }
            _ => self.fail(),
        }
    }

    /// Consumes a string.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Result<(), InvalidJson> {
        self.at = scan::string(self.bytes(), self.at)?;
        Ok(())
    }

    /// Consumes `:` and the white space around it.
    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), InvalidJson> {
        self.at = scan::colon(self.bytes(), self.at)?;
        Ok(())
    }

    /// How many more arrays and objects may be opened.
    #[inline(always)]
    pub(super) fn room(&self) -> u32 {
        MAX_DEPTH - self.depth
    }

    /// Goes on behind what was read from the bytes themselves, so many levels deeper.
    #[inline(always)]
    pub(super) fn go_to(&mut self, at: usize, deeper: i32) {
        self.at = at;
        self.depth = self.depth.saturating_add_signed(deeper);
    }

    /// The whole body.
    #[inline(always)]
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    #[inline(always)]
    fn skip_space(&mut self) {
        self.at = scan::space(self.bytes(), self.at);
    }

    #[cold]
    fn fail<T>(&self) -> Result<T, InvalidJson> {
        Err(InvalidJson { at: self.at, too_deep: false })
    }

    fn enter(&mut self, open: u8) -> Result<(), InvalidJson> {
        self.skip_space();
        if self.byte() != Some(open) || self.depth == MAX_DEPTH {
            return Err(InvalidJson { at: self.at, too_deep: self.byte() == Some(open) });
        }
        self.at += 1;
        self.depth += 1;
        Ok(())
    }
}

/// The characters that a JSON string stands for, given what is between its quotes. A lone surrogate becomes U+FFFD.
#[must_use]
pub fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(mut slash) = memchr::memchr(b'\\', raw.as_bytes()) else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (plain, escape) = rest.split_at(slash);
        out.push_str(plain);
        let mut chars = escape.chars();
        chars.next();
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (character, length) = unicode_escape(escape);
                out.push(character);
                chars = escape.get(length..).unwrap_or_default().chars();
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
        match memchr::memchr(b'\\', rest.as_bytes()) {
            Some(next) => slash = next,
            None => break,
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of `\uXXXX`, or of a surrogate pair, and the length of what spells it.
fn unicode_escape(escape: &str) -> (char, usize) {
    let unit = |at: usize| {
        (escape.get(at..at + 2) == Some("\\u"))
            .then(|| u32::from_str_radix(escape.get(at + 2..at + 6)?, 16).ok())
            .flatten()
    };
    match (unit(0), unit(6)) {
        (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
            let point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        (Some(point), _) => (char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
        (None, _) => (char::REPLACEMENT_CHARACTER, escape.len().min(6)),
    }
}
