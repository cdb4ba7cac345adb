//! The marked excerpt: lines of a file with carets under exactly the characters that a span covers.
//!
//! Works in terminal cells, so that tabs, wide characters and combining marks line up. Characters that could move the
//! cursor or reorder the text are shown as symbols: a file must not be able to forge what is printed about it.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::position::LineIndex;

const TAB: &str = "    ";
/// Cells of a line that are shown; of longer lines only the part around the mark.
const WIDEST_LINE: usize = 160;
/// Cells before the mark that a cut line keeps.
const LEAD: usize = 40;
/// A span of more lines shows its first two and its last.
const MOST_LINES: usize = 4;
/// Bytes before and after the start of the mark that are looked at.
const LONGEST_PART: usize = 2000;
const CUT: &str = "...";

/// One line of an excerpt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Text of a line (numbered from 1) and the marked cells of it.
    Marked { number: usize, text: String, marks: Range<usize> },
    /// Lines left out.
    Gap,
}

/// The lines that show `range`.
pub(super) fn excerpt(index: &LineIndex<'_>, range: &Range<usize>) -> Vec<Line> {
    let range = index.clamp(range);
    let first = index.line_of(range.start);
    // A span that ends with a line end does not reach into the next line.
    let last = index.line_of(range.end.saturating_sub(1).max(range.start));
    if last - first < MOST_LINES {
        return (first..=last).map(|line| marked_line(index, line, &range)).collect();
    }
    let marked = |line| marked_line(index, line, &range);
    vec![marked(first), marked(first + 1), Line::Gap, marked(last)]
}

fn marked_line(index: &LineIndex<'_>, line: usize, range: &Range<usize>) -> Line {
    let text = index.line_text(line);
    let start = index.line_start(line);
    let from = range.start.saturating_sub(start).min(text.len());
    let to = range.end.saturating_sub(start).min(text.len());
    // Indentation of the lines after the first one is no part of what is wrong.
    let indent = text.len() - text.trim_start().len();
    let from = if range.start < start { indent.min(to) } else { from };
    // Of a line of megabytes only the part that can be shown is measured.
    let near = text.floor_char_boundary(from.saturating_sub(LONGEST_PART));
    let far = text.ceil_char_boundary((from + LONGEST_PART).min(text.len()));
    let part = text.get(near..far).unwrap_or_default();
    let cells = Cells::of(part, from - near..to.min(far) - near);
    let (text, marks) = cells.cut();
    Line::Marked { number: line + 1, text, marks }
}

/// A line as the terminal shows it.
struct Cells {
    /// What is printed for each character, and how many cells that takes.
    glyphs: Vec<(String, usize)>,
    marks: Range<usize>,
}

// === impl Cells ===

impl Cells {
    fn of(text: &str, marked: Range<usize>) -> Self {
        let mut glyphs = Vec::new();
        let (mut cell, mut start, mut end) = (0, None, None);
        for (offset, character) in text.char_indices() {
            if offset >= marked.start {
                start.get_or_insert(cell);
            }
            if offset >= marked.end {
                end.get_or_insert(cell);
            }
            let (glyph, width) = glyph(character);
            cell += width;
            glyphs.push((glyph, width));
        }
        let start = start.unwrap_or(cell);
        let end = end.unwrap_or(cell).max(start + 1);
        Self { glyphs, marks: start..end }
    }

    /// The text and the marks, both cut to a readable width around the start of the marks.
    fn cut(self) -> (String, Range<usize>) {
        let total: usize = self.glyphs.iter().map(|(_, width)| width).sum();
        if total <= WIDEST_LINE {
            return (self.glyphs.into_iter().map(|(glyph, _)| glyph).collect(), self.marks);
        }
        let wanted = self.marks.start.saturating_sub(LEAD);
        let (mut text, mut cell, mut skipped) = (String::new(), 0, None);
        let mut cut_short = false;
        for (glyph, width) in &self.glyphs {
            if cell >= wanted + WIDEST_LINE {
                cut_short = true;
                break;
            }
            if cell >= wanted {
                skipped.get_or_insert(cell);
                text.push_str(glyph);
            }
            cell += width;
        }
        let skipped = skipped.unwrap_or(wanted);
        let lead = if skipped > 0 { CUT.len() } else { 0 };
        let last = cell.max(self.marks.start + 1);
        let marks = self.marks.start - skipped + lead..self.marks.end.min(last) - skipped + lead;
        let (before, after) = (if lead > 0 { CUT } else { "" }, if cut_short { CUT } else { "" });
        (format!("{before}{text}{after}"), marks)
    }
}

fn glyph(character: char) -> (String, usize) {
    match character {
        '\t' => (TAB.to_owned(), TAB.len()),
        other => {
            let shown = harmless(other);
            (shown.to_string(), shown.width().unwrap_or(0))
        }
    }
}

/// A character that stands for itself, or the symbol that stands for a dangerous one.
pub(super) fn harmless(character: char) -> char {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    }
}
