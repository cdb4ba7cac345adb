//! String literals: decoding, with a map from decoded bytes back to their place in the source.

use std::ops::Range;

/// A decoded string; `places[i]` is where byte `i` of `text` comes from in the literal.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    places: Vec<Range<usize>>,
    /// Where the content ends in the literal: before the closing quotes.
    end: usize,
}

impl Decoded {
    /// Decodes a literal with its quotes. `None` if it is not a well-formed string or block string.
    pub(super) fn new(literal: &str) -> Option<Self> {
        if let Some(content) = literal.strip_prefix("\"\"\"").and_then(|rest| rest.strip_suffix("\"\"\"")) {
            return Some(Self::block(content, 3));
        }
        let content = literal.strip_prefix('"')?.strip_suffix('"')?;
        let mut decoded = Self { text: String::new(), places: Vec::new(), end: 1 + content.len() };
        let mut rest = content;
        while let Some(first) = rest.chars().next() {
            let (character, length) = if first == '\\' { escape(rest)? } else { (first, first.len_utf8()) };
            let start = 1 + content.len() - rest.len();
            decoded.push(character, start..start + length);
            rest = rest.get(length..)?;
        }
        Some(decoded)
    }

    /// The place in the literal of a range of the decoded text.
    pub(super) fn place(&self, range: Range<usize>) -> Range<usize> {
        let start = self.places.get(range.start).map_or(self.end, |place| place.start);
        let last = range.end.min(self.places.len());
        let end = match last.checked_sub(1).and_then(|at| self.places.get(at)) {
            Some(place) if range.end > range.start => place.end,
            _ => start,
        };
        start..end.max(start)
    }

    fn push(&mut self, character: char, place: Range<usize>) {
        self.text.push(character);
        self.places.extend(std::iter::repeat_n(place, character.len_utf8()));
    }

    /// <https://spec.graphql.org/September2025/#BlockStringValue()>
    fn block(content: &str, offset: usize) -> Self {
        let lines = block_lines(content, offset);
        let indent = lines.iter().skip(1).filter_map(|line| line.indent()).min().unwrap_or(0);
        let first = lines.iter().position(|line| line.indent().is_some()).unwrap_or(lines.len());
        let last = lines.iter().rposition(|line| line.indent().is_some()).map_or(0, |at| at + 1);
        let mut decoded = Self { text: String::new(), places: Vec::new(), end: offset + content.len() };
        for (index, line) in lines.iter().enumerate().take(last).skip(first) {
            if index > first {
                decoded.push('\n', lines[index - 1].terminator.clone());
            }
            for (character, place) in line.characters.iter().skip(if index == 0 { 0 } else { indent }) {
                decoded.push(*character, place.clone());
            }
        }
        decoded
    }
}

struct BlockLine {
    characters: Vec<(char, Range<usize>)>,
    terminator: Range<usize>,
}

impl BlockLine {
    /// Leading spaces; `None` if there is nothing else.
    fn indent(&self) -> Option<usize> {
        self.characters.iter().position(|(character, _)| !matches!(character, ' ' | '\t'))
    }
}

fn block_lines(content: &str, offset: usize) -> Vec<BlockLine> {
    let mut lines = Vec::new();
    let mut characters = Vec::new();
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        let start = offset + content.len() - rest.len();
        let length = match first {
            '\\' if rest.starts_with("\\\"\"\"") => 4,
            '\r' if rest.starts_with("\r\n") => 2,
            _ => first.len_utf8(),
        };
        match first {
            '\\' if length == 4 => characters.extend((1..4).map(|at| ('"', start + at..start + at + 1))),
            '\r' | '\n' => {
                lines.push(BlockLine { characters: std::mem::take(&mut characters), terminator: start..start + length })
            }
            _ => characters.push((first, start..start + length)),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    let end = offset + content.len();
    lines.push(BlockLine { characters, terminator: end..end });
    lines
}

/// The character that the escape at the start of `text` stands for, and the escape's length.
fn escape(text: &str) -> Option<(char, usize)> {
    let simple = |character| Some((character, 2));
    match text.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => unicode_escape(text),
        _ => None,
    }
}

fn unicode_escape(text: &str) -> Option<(char, usize)> {
    if text.get(2..3)? == "{" {
        let close = text.find('}')?;
        let code = u32::from_str_radix(text.get(3..close)?, 16).ok()?;
        return Some((char::from_u32(code)?, close + 1));
    }
    let unit = |at: usize| u32::from_str_radix(text.get(at..at + 4)?, 16).ok();
    let high = unit(2)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Some((char::from_u32(high)?, 6));
    }
    let low = if text.get(6..8)? == "\\u" { unit(8)? } else { return None };
    let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x10000 + ((high - 0xD800) << 10) + low)?, 12))
}

/// Appends `text` as a GraphQL string literal.
pub(super) fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other if other.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::Decoded;

    #[test]
    fn maps_decoded_bytes_to_their_source() {
        // literal, decoded text, a part of it, where that part stands
        let cases = [
            (r#""abc""#, "abc", "b", "b"),
            (r#""a\"b\\c""#, "a\"b\\c", "\"b\\", r#"\"b\\"#),
            (r#""é\u00e9\u{1F600}\uD83D\uDE00x""#, "éé😀😀x", "😀x", r"\uD83D\uDE00x"),
            ("\"\"\"one\"\"\"", "one", "one", "one"),
            ("\"\"\"\n    a {\n      b\n    }\n  \"\"\"", "a {\n  b\n}", "b\n}", "b\n    }"),
            ("\"\"\" lead\r\n\r\n   x \\\"\"\" y\n\"\"\"", " lead\n\nx \"\"\" y", "\"\" y", "\"\" y"),
            ("\"\"\"\n\n\"\"\"", "", "", ""),
            (r#""""#, "", "", ""),
        ];
        for (literal, text, part, place) in cases {
            let decoded = Decoded::new(literal).expect(literal);
            assert_eq!(decoded.text, text, "{literal}");
            let start = decoded.text.rfind(part).expect(part);
            let range = decoded.place(start..start + part.len());
            assert_eq!(literal.get(range), Some(place), "{literal}");
        }
    }

    #[test]
    fn refuses_malformed_literals() {
        for literal in ["", "\"", "abc", r#""\q""#, r#""\uD800""#, r#""\uZZZZ""#, r#""\u{110000}""#, r#""\u{""#] {
            assert!(Decoded::new(literal).is_none(), "{literal}");
        }
    }
}
