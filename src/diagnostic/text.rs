//! Diagnostics as a person reads them in a terminal.

use std::{fmt, ops::Range, path::Path};

use super::{
    Diagnostic, Severity, Span,
    excerpt::{self, Line},
    order,
    position::LineIndex,
};

/// Whether the text carries ANSI colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// ANSI escapes.
    Always,
}

/// All errors and after them all warnings, both grouped by file and in order of place, each with its excerpt and hint, and a
/// summary line at the end.
/// Empty when there is nothing to tell.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], color: Color) -> String {
    let sorted = order::sorted(diagnostics);
    let mut printer = Printer { out: String::new(), color, index: None };
    for diagnostic in &sorted {
        printer.diagnostic(diagnostic);
        printer.out.push('\n');
    }
    if !sorted.is_empty() {
        printer.out.push_str(&summary(diagnostics));
        printer.out.push('\n');
    }
    printer.out
}

/// How many problems there are: `3 errors, 1 warning`; `no problems`.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let count = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        more => Some(format!("{more} {noun}s")),
    };
    let parts: Vec<String> =
        [count(errors, "error"), count(diagnostics.len() - errors, "warning")].into_iter().flatten().collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
}

#[derive(Clone, Copy)]
enum Ink {
    Error,
    Warning,
    Frame,
    Help,
    Strong,
}

struct Printer<'a> {
    out: String,
    color: Color,
    /// The lines of the file of the last excerpt: the next one is mostly in the same file.
    index: Option<(&'a str, LineIndex<'a>)>,
}

// === impl Printer ===

impl<'a> Printer<'a> {
    fn diagnostic(&mut self, diagnostic: &'a Diagnostic) {
        let (ink, word) = match diagnostic.severity {
            Severity::Error => (Ink::Error, "error"),
            Severity::Warning => (Ink::Warning, "warning"),
        };
        self.headline(ink, &format!("{word}[{}]", diagnostic.code), &diagnostic.message);
        let gutter = diagnostic.span.as_ref().map(|span| self.place(span, ink, '^'));
        if let Some(hint) = &diagnostic.hint {
            self.hint(gutter.unwrap_or(1), hint);
        }
        for related in &diagnostic.related {
            self.headline(Ink::Help, "note", &related.message);
            self.place(&related.span, Ink::Help, '-');
        }
    }

    fn headline(&mut self, ink: Ink, word: &str, message: &str) {
        self.paint(ink, word);
        let message = one_line(message);
        self.paint(Ink::Strong, &format!(": {message}"));
        self.out.push('\n');
    }

    /// Path, line, column and excerpt of a span. Gives the width of the gutter.
    fn place(&mut self, span: &'a Span, ink: Ink, mark: char) -> usize {
        let text = span.file.text.as_str();
        if !self.index.as_ref().is_some_and(|(indexed, _)| std::ptr::eq(*indexed, text)) {
            self.index = Some((text, LineIndex::new(text)));
        }
        let (_, index) = self.index.as_ref().expect("the index was just built");
        let start = index.position(index.clamp(&span.range).start);
        let lines = excerpt::excerpt(index, &span.range);
        let number = |line: &Line| match line {
            Line::Marked { number, .. } => Some(*number),
            Line::Gap => None,
        };
        let gutter = lines.iter().filter_map(number).max().unwrap_or(start.line).to_string().len();
        self.frame(gutter, "", "-->");
        self.write(format_args!(" {}:{}:{}\n", shown_path(&span.file.path), start.line, start.column));
        self.frame(gutter, "", " |");
        self.out.push('\n');
        for line in &lines {
            self.line(gutter, line, (ink, mark));
        }
        gutter
    }

    fn line(&mut self, gutter: usize, line: &Line, (ink, mark): (Ink, char)) {
        match line {
            Line::Gap => self.out.push_str("...\n"),
            Line::Marked { number, text, marks } => {
                self.frame(gutter, &number.to_string(), " |");
                self.write(format_args!("{}{}\n", if text.is_empty() { "" } else { " " }, text));
                self.frame(gutter, "", " |");
                self.marks(marks, ink, mark);
            }
        }
    }

    fn marks(&mut self, marks: &Range<usize>, ink: Ink, mark: char) {
        self.out.extend(std::iter::repeat_n(' ', marks.start + 1));
        let carets: String = std::iter::repeat_n(mark, marks.len()).collect();
        self.paint(ink, &carets);
        self.out.push('\n');
    }

    fn hint(&mut self, gutter: usize, hint: &str) {
        for (number, line) in hint.lines().enumerate() {
            if number == 0 {
                self.frame(gutter, "", " =");
                self.paint(Ink::Help, " help");
                self.write(format_args!(": {}\n", one_line(line)));
            } else {
                self.write(format_args!("{:gutter$}         {}\n", "", one_line(line)));
            }
        }
    }

    fn frame(&mut self, gutter: usize, number: &str, sign: &str) {
        self.paint(Ink::Frame, &format!("{number:>gutter$}{sign}"));
    }

    fn paint(&mut self, ink: Ink, text: &str) {
        match self.color {
            Color::Never => self.out.push_str(text),
            Color::Always => self.write(format_args!("\u{1b}[{}m{text}\u{1b}[0m", ink.code())),
        }
    }

    fn write(&mut self, arguments: fmt::Arguments<'_>) {
        fmt::write(&mut self.out, arguments).expect("writing to a string cannot fail");
    }
}

// === impl Ink ===

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Frame => "1;34",
            Self::Help => "1;36",
            Self::Strong => "1",
        }
    }
}

/// Paths with slashes on every system, and without characters that a terminal obeys.
pub(super) fn shown_path(path: &Path) -> String {
    let shown = one_line(&path.display().to_string());
    if std::path::MAIN_SEPARATOR == '\\' { shown.replace('\\', "/") } else { shown }
}

fn one_line(text: &str) -> String {
    text.chars().map(excerpt::harmless).collect()
}
