//! A linear look at a document before any recursive parser sees it.
//!
//! Never recurses and never allocates for a document that passes.

use super::{
    ErrorCode, GraphqlError,
    lexer::{Lexer, TokenKind},
    location::LineIndex,
};

/// Nesting that is refused whatever the configured limit: what the parser, validation and all later walks can recurse
/// over on a small stack.
pub(super) const NESTING_CEILING: usize = 200;

/// Bytes of a name. Aliases stand in paths, which an answer may tell many times.
const NAME: usize = 1_024;

/// Bounds of a document.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Lexical tokens; commas and comments are counted apart, against the same bound.
    pub tokens: usize,
    /// Nesting of brackets of any kind.
    pub nesting: usize,
    /// Nesting of fields, fragments expanded.
    pub depth: usize,
    /// Aliased fields, fragments expanded.
    pub aliases: usize,
    /// Root fields, fragments expanded.
    pub root_fields: usize,
    /// Fields, fragments expanded.
    pub fields: usize,
}

/// Refuses a document that is too large or nested too deep; linear, no recursion.
pub fn guard(document: &str, limits: &DocumentLimits) -> Result<(), GraphqlError> {
    if document.len() > limits.bytes {
        return Err(exceeded("bytes", limits.bytes, "the document is too long"));
    }
    let nesting_limit = limits.nesting.min(NESTING_CEILING);
    let mut nesting = 0usize;
    let mut tokens = 0usize;
    let mut lexer = Lexer::new(document);
    while let Some(token) = lexer.next() {
        tokens += 1;
        if tokens.max(lexer.trivia()) > limits.tokens {
            let mut error = exceeded("tokens", limits.tokens, "the document has too many tokens");
            error.locations.push(LineIndex::new(document).location(token.start));
            return Err(error);
        }
        match token.kind {
            TokenKind::Punctuator(b'(' | b'[' | b'{') => {
                nesting += 1;
                if nesting > nesting_limit {
                    let mut error = exceeded("nesting", nesting_limit, "the document nests brackets too deep");
                    error.locations.push(LineIndex::new(document).location(token.start));
                    return Err(error);
                }
            }
            TokenKind::Name if token.end - token.start > NAME => {
                let mut error = exceeded("name", NAME, "the document has a name or an alias of too many bytes");
                error.locations.push(LineIndex::new(document).location(token.start));
                return Err(error);
            }
            TokenKind::Punctuator(b')' | b']' | b'}') => nesting = nesting.saturating_sub(1),
            _ => {}
        }
    }
    if lexer.trivia() > limits.tokens {
        return Err(exceeded("tokens", limits.tokens, "the document has too many commas and comments"));
    }
    Ok(())
}

/// `LIMIT_EXCEEDED`, naming the limit.
pub(super) fn exceeded(limit: &str, bound: usize, what: &str) -> GraphqlError {
    GraphqlError::new(ErrorCode::LimitExceeded, format!("{what}: limit `{limit}` is {bound}"))
}

#[cfg(test)]
mod tests {
    use super::{DocumentLimits, guard};

    const LIMITS: DocumentLimits =
        DocumentLimits { bytes: 200, tokens: 20, nesting: 3, depth: 15, aliases: 30, root_fields: 20, fields: 500 };

    #[test]
    fn bounds_names_and_aliases() {
        let limits = DocumentLimits { bytes: 10_000, ..LIMITS };
        let document = |length: usize| format!("{{\n  {}: a(b: \"{}\") }}", "A".repeat(length), "x".repeat(2_000));
        assert!(guard(&document(1_024), &limits).is_ok());
        let error = guard(&document(1_025), &limits).unwrap_err();
        assert_eq!(error.message, "the document has a name or an alias of too many bytes: limit `name` is 1024");
        assert_eq!((error.locations[0].line, error.locations[0].column), (2, 3));
    }

    #[test]
    fn names_the_limit_that_a_document_exceeds() {
        let cases: [(String, Option<&str>); 12] = [
            ("{ a { b(c: 1) } }".into(), None),
            ("{ a { b { c { d } } } }".into(), Some("limit `nesting` is 3")),
            ("[[[[".into(), Some("limit `nesting` is 3")),
            ("{ a(b: \"[[[[{{{{\") }".into(), None),
            ("{ a(b: \"\"\" \"[[[[ \\\"\"\" {{{{ \"\"\") }".into(), None),
            ("{ a # [[[[{{{{\n }".into(), None),
            ("{ a(b: \"unterminated\n[[[[".into(), Some("limit `nesting` is 3")),
            ("a ".repeat(21), Some("limit `tokens` is 20")),
            ("a, ".repeat(20), None),
            (",".repeat(21), Some("limit `tokens` is 20")),
            ("a #b\n#c\n".repeat(11), Some("limit `tokens` is 20")),
            (" ".repeat(201), Some("limit `bytes` is 200")),
        ];
        for (document, expected) in cases {
            let message = guard(&document, &LIMITS).err().map(|error| error.message);
            match expected {
                None => assert_eq!(message, None, "{document}"),
                Some(expected) => {
                    assert!(message.as_deref().is_some_and(|text| text.contains(expected)), "{document}: {message:?}");
                }
            }
        }
    }
}
