//! Lexical tokens of GraphQL, found in one linear pass and without judging them.
//!
//! For looking at a document before a parser sees it. Never recurses, never allocates, accepts any bytes.

/// A token and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// One of `! $ & ( ) : = @ [ ] { | }`, or `.` for `...`.
    Punctuator(u8),
    Name,
    Number,
    /// `"..."`, ended by a quote, a line end or the end of the text.
    String,
    /// `"""..."""`, ended by three quotes or the end of the text.
    BlockString,
    /// A character that starts no token.
    Other,
}

/// Yields the tokens of a text; commas, spaces and comments are skipped.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    trivia: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, trivia: 0 }
    }

    /// Commas and comments skipped so far: they mean nothing but cost a parser as much as tokens do.
    pub(super) fn trivia(&self) -> usize {
        self.trivia
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn starts_with(&self, at: usize, prefix: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(prefix))
    }

    fn end_of(&self, mut at: usize, accept: impl Fn(u8) -> bool) -> usize {
        while at < self.bytes.len() && accept(self.bytes[at]) {
            at += 1;
        }
        at
    }

    fn skip_ignored(&mut self) {
        loop {
            self.at = self.end_of(self.at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
            if self.byte(self.at) == b',' {
                self.trivia += 1;
                self.at += 1;
            } else if self.byte(self.at) == b'#' {
                self.trivia += 1;
                self.at = self.end_of(self.at, |byte| !matches!(byte, b'\n' | b'\r'));
            } else if self.starts_with(self.at, b"\xEF\xBB\xBF") {
                self.at += 3;
            } else {
                return;
            }
        }
    }

    fn block_string_end(&self, mut at: usize) -> usize {
        while at < self.bytes.len() {
            if self.starts_with(at, b"\\\"\"\"") {
                at += 4;
            } else if self.starts_with(at, b"\"\"\"") {
                return at + 3;
            } else {
                at += 1;
            }
        }
        at
    }

    fn string_end(&self, mut at: usize) -> usize {
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'"' => return at + 1,
                b'\n' | b'\r' => return at,
                b'\\' if !matches!(self.byte(at + 1), b'\n' | b'\r') => at += 2,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_ignored();
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let (kind, end) = match first {
            b'.' if self.starts_with(start, b"...") => (TokenKind::Punctuator(b'.'), start + 3),
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                (TokenKind::Punctuator(first), start + 1)
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                (TokenKind::Name, self.end_of(start, |byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            }
            b'0'..=b'9' | b'-' => (
                TokenKind::Number,
                self.end_of(start + 1, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')),
            ),
            b'"' if self.starts_with(start, b"\"\"\"") => (TokenKind::BlockString, self.block_string_end(start + 3)),
            b'"' => (TokenKind::String, self.string_end(start + 1)),
            _ => (TokenKind::Other, self.end_of(start + 1, |byte| byte & 0xC0 == 0x80)),
        };
        self.at = end.min(self.bytes.len());
        Some(Token { kind, start, end: self.at })
    }
}
