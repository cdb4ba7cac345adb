//! Byte offsets to lines and columns.

use std::cell::Cell;

use super::Location;

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// The last answer: mostly the next question lies after it on the same line, which may be very long.
    last: Cell<Known>,
}

/// A place and its column.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    line: usize,
    offset: usize,
    column: usize,
}

impl<'a> LineIndex<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let line_ends = (0..bytes.len()).filter(|&at| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { text, starts: std::iter::once(0).chain(line_ends.map(|at| at + 1)).collect(), last: Cell::default() }
    }

    /// Where a line begins, counted from 0.
    pub(super) fn line_start(&self, line: usize) -> Option<usize> {
        self.starts.get(line).copied()
    }

    /// Line and column, from 1, columns counted in characters.
    pub(super) fn location(&self, offset: usize) -> Location {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let offset = offset.min(self.text.len());
        let last = self.last.get();
        let (from, before) = if last.line == line && last.offset <= offset {
            (last.offset, last.column)
        } else {
            (self.starts[line - 1], 1)
        };
        let between = self.text.as_bytes().get(from..offset).unwrap_or_default();
        let column = before + between.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        self.last.set(Known { line, offset, column });
        Location { line: narrow(line), column: narrow(column) }
    }
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::LineIndex;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let index = LineIndex::new("ab\r\ncé d\re\n");
        let cases = [(0, (1, 1)), (1, (1, 2)), (4, (2, 1)), (8, (2, 4)), (10, (3, 1)), (12, (4, 1)), (99, (4, 1))];
        for (offset, (line, column)) in cases {
            let found = index.location(offset);
            assert_eq!((found.line, found.column), (line, column), "{offset}");
        }
    }
}
