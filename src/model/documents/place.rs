//! Where in a file a character of a document stands: in a string of JSON, or in one of the files that it is made of.

use std::ops::Range;

use crate::{
    diagnostic::Span,
    graphql::{Location, offset_of},
};

/// The parts that a document is made of, in order; at least one.
#[derive(Debug)]
pub(super) struct Pieces(Vec<Piece>);

#[derive(Debug)]
struct Piece {
    /// Its first byte in the document.
    start: usize,
    /// Its bytes in the file.
    span: Span,
    /// Whether these are the inside of a JSON string.
    is_json: bool,
}

// === impl Pieces ===

impl Pieces {
    /// The inside of a string of JSON.
    pub(super) fn of_json(span: Span) -> Self {
        Self(vec![Piece { start: 0, span, is_json: true }])
    }

    /// Parts of files, with where each begins in the document.
    pub(super) fn of_files(parts: impl IntoIterator<Item = (usize, Span)>) -> Self {
        Self(parts.into_iter().map(|(start, span)| Piece { start, span, is_json: false }).collect())
    }

    /// The token at a location of the document's text.
    pub(super) fn place(&self, text: &str, location: Location) -> Span {
        let offset = offset_of(text, location);
        let at = self.0.partition_point(|piece| piece.start <= offset).max(1) - 1;
        let piece = &self.0[at];
        let length = token_length(text.get(offset..).unwrap_or_default());
        let within = offset - piece.start.min(offset);
        let range = if piece.is_json {
            let raw = piece.span.file.text.get(piece.span.range.clone()).unwrap_or_default();
            escaped(raw, within)..escaped(raw, within + length)
        } else {
            within..within + length
        };
        let clamp = |at: usize| (piece.span.range.start + at).min(piece.span.range.end);
        Span { file: piece.span.file.clone(), range: clamp(range.start)..clamp(range.end) }
    }
}

/// Bytes of the name that begins here, or of one character.
fn token_length(rest: &str) -> usize {
    let name = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    name.max(rest.chars().next().map_or(0, char::len_utf8))
}

/// The byte of the inside of a JSON string that stands for byte `wanted` of what it means.
fn escaped(raw: &str, wanted: usize) -> usize {
    let (mut meant, mut rest) = (0, raw);
    while meant < wanted {
        let Range { end, .. } = character(rest);
        if end == 0 {
            break;
        }
        let (one, more) = rest.split_at(end);
        meant += crate::json::unescape(one).len();
        rest = more;
    }
    raw.len() - rest.len()
}

/// The first character of the inside of a JSON string, as it is written.
fn character(raw: &str) -> Range<usize> {
    let mut chars = raw.char_indices();
    let first = chars.next().map_or(0, |(_, first)| first.len_utf8());
    let end = match (raw.as_bytes().first(), raw.as_bytes().get(1)) {
        (Some(b'\\'), Some(b'u')) => {
            let is_pair =
                matches!(raw.as_bytes().get(2..4), Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B']))
                    && raw.as_bytes().get(6..8) == Some(b"\\u");
            if is_pair { 12 } else { 6 }
        }
        (Some(b'\\'), Some(_)) => 2,
        _ => first,
    };
    0..end.min(raw.len())
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, sync::Arc};

    use super::*;
    use crate::diagnostic::SourceFile;

    #[test]
    fn escapes_are_counted_as_what_they_mean() {
        let raw = r#"a\n\"b\u00e9\ud83d\ude00c"#;
        let text = crate::json::unescape(raw).into_owned();
        let file = Arc::new(SourceFile { path: PathBuf::from("m.json"), text: format!("\"{raw}\"") });
        let pieces = Pieces::of_json(Span { file: file.clone(), range: 1..1 + raw.len() });
        let at = |line, column| {
            let span = pieces.place(&text, Location { line, column });
            file.text.get(span.range).unwrap().to_owned()
        };
        assert_eq!([at(1, 1), at(2, 1), at(2, 2), at(2, 5)], ["a", "\\\"", "b", "c"]);
        assert_eq!(at(9, 9), "");
    }

    #[test]
    fn parts_of_files_are_found_by_where_they_begin() {
        let file = |text: &str| Arc::new(SourceFile { path: PathBuf::from("a"), text: text.to_owned() });
        let (one, two) = (file("xx{ one }"), file("yyy{ two }"));
        let parts = [(0, Span { file: one, range: 2..9 }), (8, Span { file: two, range: 3..10 })];
        let pieces = Pieces::of_files(parts);
        let at = |line| pieces.place("{ one }\n{ two }", Location { line, column: 3 });
        let told = [1, 2].map(at).map(|span| span.file.text.get(span.range).unwrap().to_owned());
        assert_eq!(told, ["one", "two"]);
    }
}
