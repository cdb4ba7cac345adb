//! Lines and columns of byte offsets. Columns count characters, as editors do; lines end at LF (or CRLF).

use std::ops::Range;

use super::{SourceFile, Span};

/// A place as a reader counts it: both numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// Where the lines of a text start, to look up many offsets in one file.
#[derive(Debug)]
pub(super) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

// === impl SourceFile ===

impl SourceFile {
    /// The line and column of a byte offset; offsets past the end count as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor_char_boundary(&self.text, offset);
        let before = self.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        Position { line, column: count_characters(before.get(line_start..)) + 1 }
    }
}

// === impl Span ===

impl Span {
    /// Where it starts.
    #[must_use]
    pub fn start(&self) -> Position {
        self.file.position(self.range.start)
    }

    /// Where it ends: the position after its last character.
    #[must_use]
    pub fn end(&self) -> Position {
        self.file.position(self.range.end.max(self.range.start))
    }

    /// The marked text; empty for a range that is not inside the file.
    #[must_use]
    pub fn text(&self) -> &str {
        self.file.text.get(self.range.clone()).unwrap_or_default()
    }
}

// === impl LineIndex ===

impl<'a> LineIndex<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1);
        Self { text, starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// The same range, inside the text, on character boundaries, and not reversed.
    pub(super) fn clamp(&self, range: &Range<usize>) -> Range<usize> {
        let start = floor_char_boundary(self.text, range.start);
        let end = floor_char_boundary(self.text, range.end).max(start);
        start..end
    }

    /// The index of the line, from 0, that holds an offset.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let offset = floor_char_boundary(self.text, offset);
        let line = self.line_of(offset);
        let column = count_characters(self.text.get(self.line_start(line)..offset)) + 1;
        Position { line: line + 1, column }
    }

    pub(super) fn line_start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// A line without its line end.
    pub(super) fn line_text(&self, line: usize) -> &'a str {
        let text = self.text.get(self.line_start(line)..self.line_start(line + 1)).unwrap_or_default();
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }
}

fn count_characters(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.chars().count())
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}
