//! A way around a fault of the library's parser: an argument or a member of an input object without a value, `f(a)` or
//! `f(a: {b})`, is no error to it, it is left out.
//!
//! Never recurses; linear in the text, whatever the text is.

use super::lexer::{Lexer, TokenKind};

/// Place and name of the first argument or member without a colon, in a document or in SDL that the library has parsed.
pub(super) fn without_value(text: &str) -> Option<(usize, &str)> {
    let mut open = Vec::new();
    let mut before = None;
    let mut tokens = Lexer::new(text).peekable();
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::Punctuator(bracket @ (b'(' | b'[')) => open.push(bracket),
            TokenKind::Punctuator(b'{') => {
                let is_value = open.last().is_some_and(|bracket| *bracket != b'{')
                    || matches!(before, Some(TokenKind::Punctuator(b':' | b'=')));
                // Members of an object are told by a colon just as arguments are.
                open.push(if is_value { b'(' } else { b'{' });
            }
            TokenKind::Punctuator(b')' | b']' | b'}') => {
                open.pop();
            }
            TokenKind::Name if open.last() == Some(&b'(') => {
                let is_key = !matches!(before, Some(TokenKind::Punctuator(b':' | b'=' | b'$' | b'@')));
                let colon = TokenKind::Punctuator(b':');
                if is_key && tokens.peek().is_none_or(|next| next.kind != colon) {
                    return Some((token.start, text.get(token.start..token.end)?));
                }
            }
            _ => {}
        }
        before = Some(token.kind);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without_value;

    #[test]
    fn finds_names_that_lack_a_value() {
        let cases = [
            ("{ a(b) }", Some("b")),
            ("{ a(b, c: 1) }", Some("b")),
            ("{ a(c: 1 b true) }", Some("b")),
            ("{ a(c: {d: 1, e}) }", Some("e")),
            ("{ a(c: [{d: 1}, {e f: 1}]) }", Some("e")),
            ("query ($a: In = {b}) { a }", Some("b")),
            ("query ($a: In = {b: 1} @c(d)) { a }", Some("d")),
            ("type T @a(b: 1 c) { d: Int }", Some("c")),
            ("input I { a: In = {b} }", Some("b")),
            ("{ a(b: c, d: [e f], g: {h: i}) { b c(d: $e) } }", None),
            ("query Q($a: [In!]! = [{b: c}] @d(e: F), $b: Int) @g(h: i) { a @skip(if: $b) { b } }", None),
            ("type T @a(b: c) { \"d\" e(\"f\" g: [H!] = [i] @j(k: l), m: N): O @p(q: {r: s}) }", None),
            ("enum E { A B } union U = | A | B input I { a: E = A @b(c: D) d: E }", None),
            ("directive @a(b: C = D, e: F) repeatable on G | H", None),
            ("schema @a(b: c) { query: Q } extend type T implements A & B { a: A }", None),
        ];
        for (text, expected) in cases {
            assert_eq!(without_value(text).map(|(_, name)| name), expected, "{text}");
        }
    }
}
