//! Descriptions in executable documents, which the specification allows since September 2025 and the library refuses.

use std::borrow::Cow;

use super::{
    lexer::{Lexer, Token, TokenKind},
    string::Decoded,
};

/// The document with descriptions of operations, fragments and variables blanked out: every other byte stays where it was.
pub(super) fn without_descriptions(document: &str) -> Cow<'_, str> {
    let found = descriptions(document);
    if found.is_empty() {
        return Cow::Borrowed(document);
    }
    let mut bytes = document.as_bytes().to_vec();
    for description in found {
        for byte in &mut bytes[description.start..description.end] {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    // Whole tokens became spaces, so what is left is still UTF-8.
    String::from_utf8(bytes).map_or(Cow::Borrowed(document), Cow::Owned)
}

fn descriptions(document: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut nesting = Vec::new();
    let mut before: Option<TokenKind> = None;
    let mut tokens = Lexer::new(document).peekable();
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::Punctuator(open @ (b'(' | b'[' | b'{')) => nesting.push(open),
            TokenKind::Punctuator(b')' | b']' | b'}') => {
                nesting.pop();
            }
            TokenKind::String | TokenKind::BlockString => {
                let is_value = matches!(before, Some(TokenKind::Punctuator(b'=' | b':')));
                let describes = tokens.peek().is_some_and(|next| match nesting.as_slice() {
                    [] => matches!(
                        document.get(next.start..next.end),
                        Some("query" | "mutation" | "subscription" | "fragment")
                    ),
                    [b'('] => next.kind == TokenKind::Punctuator(b'$') && !is_value,
                    _ => false,
                });
                // A malformed one stays, for the parser to refuse.
                if describes && document.get(token.start..token.end).and_then(Decoded::new).is_some() {
                    found.push(token);
                }
            }
            _ => {}
        }
        before = Some(token.kind);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::without_descriptions;

    #[test]
    fn blanks_descriptions_and_nothing_else() {
        let cases = [
            ("\"é\" query Q { a }", "     query Q { a }"),
            ("{ a } \"\"\"x\ny\"\"\" fragment F on T { a }", "{ a }     \n     fragment F on T { a }"),
            ("query(\"d\" $a: Int = 1 \"e\" $b: Int) { a }", "query(    $a: Int = 1     $b: Int) { a }"),
            ("query($a: String = \"x\" $b: Int) { a }", "query($a: String = \"x\" $b: Int) { a }"),
            ("query($a: String = \"x\" \"d\" $b: Int) { a }", "query($a: String = \"x\"     $b: Int) { a }"),
            ("{ a(b: [\"x\" $c]) }", "{ a(b: [\"x\" $c]) }"),
            ("\"x\" { a }", "\"x\" { a }"),
            (r#""\u00" query Q { a }"#, r#""\u00" query Q { a }"#),
        ];
        for (document, expected) in cases {
            assert_eq!(without_descriptions(document), expected);
        }
    }
}
