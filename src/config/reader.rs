//! Typed reading of raw values: each getter gives a value or tells a diagnostic with the value's place.

use std::{
    fmt::Display,
    num::{NonZeroU32, NonZeroUsize},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ByteSize, Environment, Millis, expand,
    expand::Sources,
    files::FileError,
    keys,
    raw::{RawEntry, RawKind, RawTable, RawValue},
    values::Invalid,
};
use crate::diagnostic::{Diagnostic, Severity, SourceFile, Span, did_you_mean};

/// Longer values are cut in messages.
const LONGEST_QUOTE: usize = 60;
/// Nobody reads more than this.
const MOST_DIAGNOSTICS: usize = 200;

/// The state of one run over a file.
pub(super) struct Reader<'a> {
    pub(super) file: Arc<SourceFile>,
    /// The directory that paths are relative to.
    pub(super) base: PathBuf,
    /// How many errors were told.
    pub(super) errors: usize,
    diagnostics: Vec<Diagnostic>,
    /// Problems beyond those that a person would read.
    dropped: usize,
    sources: Sources<'a>,
}

/// A key's value, with the name that messages use.
#[derive(Debug, Clone)]
pub(super) struct Field<'r> {
    /// `server.listen`
    pub(super) path: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: &'r RawValue,
}

/// A table whose keys are all known.
pub(super) struct Fields<'r> {
    path: String,
    table: Option<&'r RawTable>,
}

/// A string after expansion.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) secret: bool,
    pub(super) span: Range<usize>,
    pub(super) path: String,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(file: Arc<SourceFile>, base: &'a Path, environment: &'a dyn Environment) -> Self {
        let sources = Sources::new(environment, base);
        Self { file, base: base.to_owned(), errors: 0, diagnostics: Vec::new(), dropped: 0, sources }
    }

    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        Span { file: Arc::clone(&self.file), range: range.clone() }
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: &Range<usize>,
    ) -> &mut Diagnostic {
        let diagnostic = Diagnostic::error(code, message, self.span(at));
        self.tell(diagnostic);
        self.diagnostics.last_mut().expect("it was just pushed")
    }

    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.diagnostics.len() >= MOST_DIAGNOSTICS {
            self.diagnostics.pop();
            self.dropped += 1;
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn last_told(&mut self) -> Option<&mut Diagnostic> {
        self.diagnostics.last_mut()
    }

    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        if self.dropped > 0 {
            let message = format!("{} more problems in `{}` are not shown", self.dropped, self.file.path.display());
            let more =
                Diagnostic::without_place("CONFIG_MORE_PROBLEMS", message).with_hint("mend those that are shown first");
            self.diagnostics.push(more);
        }
        self.diagnostics
    }

    /// A file that a value names and that cannot be read.
    pub(super) fn file_error(&mut self, text: &Text, path: &Path, error: &FileError, fallback: &str) {
        let code = match error {
            FileError::Missing => "CONFIG_FILE_NOT_FOUND",
            FileError::Directory | FileError::Special | FileError::TooLarge(_) | FileError::Unreadable(_) => {
                "CONFIG_FILE_UNREADABLE"
            }
        };
        let near = error.hint(path, Path::new(&text.value)).filter(|_| !text.secret && !text.value.contains('*'));
        let hint = near.unwrap_or_else(|| fallback.to_owned());
        self.error(code, format!("{} {error}", text.subject()), &text.span).hint = Some(hint);
    }

    /// Checks the keys of a table against those that are known.
    pub(super) fn fields<'r>(&mut self, path: &str, table: Option<&'r RawTable>, known: &keys::Table) -> Fields<'r> {
        for entry in table.iter().flat_map(|table| &table.entries) {
            if !known.keys.iter().any(|key| key.name == entry.key) {
                self.unknown_key(path, entry, known);
            }
        }
        Fields { path: path.to_owned(), table }
    }

    fn unknown_key(&mut self, path: &str, entry: &RawEntry, known: &keys::Table) {
        let name = shorten(&entry.key);
        let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if known.later.contains(&entry.key.as_str()) {
            self.error("CONFIG_NOT_SUPPORTED", format!("`{full}` is not supported yet"), &entry.key_span).hint =
                Some("remove it: a later version will know it".to_owned());
            return;
        }
        let names = || known.keys.iter().map(|key| key.name);
        let hint = match did_you_mean(&entry.key, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => match elsewhere(&entry.key, known) {
                Some(place) => format!("`{}` is a key of `[{place}]`", entry.key),
                None => format!("known keys: {}", list(names())),
            },
        };
        let message = if path.is_empty() {
            format!("unknown table or key `{name}`")
        } else {
            format!("unknown key `{name}` in `[{path}]`")
        };
        self.error("CONFIG_UNKNOWN_KEY", message, &entry.key_span).hint = Some(hint);
    }

    /// The text of the file in a range.
    pub(super) fn written(&self, range: &Range<usize>) -> &str {
        self.file.text.get(range.clone()).unwrap_or_default()
    }

    pub(super) fn missing(&mut self, message: String, at: &Range<usize>, hint: &str) {
        self.error("CONFIG_MISSING_KEY", message, at).hint = Some(hint.to_owned());
    }

    pub(super) fn wrong_type(&mut self, field: &Field<'_>, expected: &str, hint: String) {
        let message = format!("`{}` must be {expected}, not {}", field.path, field.value.type_name());
        self.error("CONFIG_WRONG_TYPE", message, &field.value.span).hint = Some(hint);
    }

    pub(super) fn invalid(&mut self, subject: &str, at: &Range<usize>, problem: &Invalid) {
        let hint = problem.hint.to_owned();
        self.error("CONFIG_INVALID_VALUE", format!("{subject} {problem}"), at).hint = Some(hint);
    }

    pub(super) fn table<'r>(&mut self, field: &Field<'r>) -> Option<&'r RawTable> {
        match &field.value.kind {
            RawKind::Table(table) => Some(table),
            RawKind::Array(elements)
                if elements.first().is_some_and(|first| matches!(first.kind, RawKind::Table(_))) =>
            {
                self.wrong_type(field, "a table", format!("write `[{0}]` in place of `[[{0}]]`", field.path));
                None
            }
            _ => {
                self.wrong_type(
                    field,
                    "a table",
                    format!("write `[{}]`, with its keys in the lines below", field.path),
                );
                None
            }
        }
    }

    /// A string, expanded.
    pub(super) fn text(&mut self, field: &Field<'_>) -> Option<Text> {
        match &field.value.kind {
            RawKind::Text(text) => self.expand(field, text),
            RawKind::Integer(_) | RawKind::Float(_) | RawKind::Boolean(_) | RawKind::Datetime(_) => {
                let hint = format!("put it in quotes: `\"{}\"`", shorten(self.written(&field.value.span)));
                self.wrong_type(field, "a string", hint);
                None
            }
            RawKind::Array(_) | RawKind::Table(_) => {
                self.wrong_type(field, "a string", "write one text in quotes".to_owned());
                None
            }
        }
    }

    fn expand(&mut self, field: &Field<'_>, text: &str) -> Option<Text> {
        let span = &field.value.span;
        match self.sources.expand(text) {
            Ok(expanded) => Some(Text {
                value: expanded.text,
                secret: expanded.secret,
                span: span.clone(),
                path: field.path.clone(),
            }),
            Err(problems) => {
                let written = self.written(span).to_owned();
                for problem in problems {
                    let place = expand::place_of(&written, text, &problem.range);
                    let range = span.start + place.start..span.start + place.end;
                    self.error("CONFIG_EXPANSION", problem.message, &range).hint = Some(problem.hint);
                }
                None
            }
        }
    }

    /// A string that `parse` accepts.
    pub(super) fn parsed<T>(&mut self, field: &Field<'_>, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        let text = self.text(field)?;
        self.check(&text, parse)
    }

    pub(super) fn check<T>(&mut self, text: &Text, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        parse(&text.value).map_err(|problem| self.invalid(&text.subject(), &text.span, &problem)).ok()
    }

    /// A string that `parse` accepts, and that is never told in a message.
    pub(super) fn secret<T>(&mut self, field: &Field<'_>, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        let text = Text { secret: true, ..self.text(field)? };
        self.check(&text, parse)
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&mut self, field: &Field<'_>, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(field)?;
        if let Some((_, choice)) = words.iter().find(|(name, _)| *name == text.value) {
            return Some(*choice);
        }
        let names = words.iter().map(|(name, _)| *name);
        let hint = match did_you_mean(&text.value, names.clone()) {
            Some(near) => format!("did you mean `\"{near}\"`?"),
            None => "write one of them".to_owned(),
        };
        let message = format!("{} is none of {}", text.subject(), list(names));
        self.error("CONFIG_INVALID_VALUE", message, &text.span).hint = Some(hint);
        None
    }

    pub(super) fn boolean(&mut self, field: &Field<'_>) -> Option<bool> {
        match &field.value.kind {
            RawKind::Boolean(value) => Some(*value),
            _ => {
                let hint = "write `true` or `false`, without quotes".to_owned();
                self.wrong_type(field, "a boolean", hint);
                None
            }
        }
    }

    pub(super) fn duration(&mut self, field: &Field<'_>) -> Option<Millis> {
        self.duration_by(field, Millis::parse)
    }

    /// A duration, which may be zero.
    pub(super) fn duration_or_zero(&mut self, field: &Field<'_>) -> Option<Millis> {
        self.duration_by(field, Millis::parse_or_zero)
    }

    fn duration_by(&mut self, field: &Field<'_>, parse: fn(&str) -> Result<Millis, Invalid>) -> Option<Millis> {
        match &field.value.kind {
            RawKind::Integer(_) | RawKind::Float(_) => {
                let hint = "write it with its unit in quotes, as in `\"800ms\"` or `\"5s\"`".to_owned();
                self.wrong_type(field, "a duration", hint);
                None
            }
            _ => self.parsed(field, parse),
        }
    }

    /// A size, which may be zero.
    pub(super) fn size(&mut self, field: &Field<'_>) -> Option<ByteSize> {
        match &field.value.kind {
            RawKind::Integer(number) => match number.map(u64::try_from) {
                Some(Ok(size)) => Some(ByteSize(size)),
                Some(Err(_)) => self.number_problem(field, "is negative", "write a size like `\"64KiB\"`"),
                None => self.number_problem(field, "is too large", "write a size like `\"64KiB\"`"),
            },
            RawKind::Float(_) => {
                self.wrong_type(field, "a size", "write whole bytes, or a size like `\"64KiB\"`".to_owned());
                None
            }
            _ => self.parsed(field, ByteSize::parse),
        }
    }

    /// A size above zero.
    pub(super) fn size_above_zero(&mut self, field: &Field<'_>) -> Option<ByteSize> {
        match self.size(field)? {
            ByteSize(0) => self.number_problem(field, "must be above zero", "write a size like `\"64KiB\"`"),
            size => Some(size),
        }
    }

    /// A count that fits `u32`, which may be zero.
    pub(super) fn count(&mut self, field: &Field<'_>) -> Option<u32> {
        let RawKind::Integer(number) = &field.value.kind else {
            let hint = match field.value.kind {
                RawKind::Text(_) => "write the number without quotes",
                _ => "write a whole number",
            };
            self.wrong_type(field, "an integer", hint.to_owned());
            return None;
        };
        match number.map(u32::try_from) {
            Some(Ok(number)) => Some(number),
            Some(Err(_)) if number.is_some_and(i64::is_negative) => {
                self.number_problem(field, "is negative", "write a number from 0 on")
            }
            Some(Err(_)) | None => self.number_problem(field, "is too large", "write at most 4294967295"),
        }
    }

    /// A count above zero.
    pub(super) fn count_above_zero(&mut self, field: &Field<'_>) -> Option<NonZeroU32> {
        let count = self.count(field)?;
        NonZeroU32::new(count).or_else(|| self.number_problem(field, "must be above zero", "write a number from 1 on"))
    }

    /// A count above zero, as an index.
    pub(super) fn size_of_set(&mut self, field: &Field<'_>) -> Option<NonZeroUsize> {
        self.count_above_zero(field).and_then(|count| NonZeroUsize::try_from(count).ok())
    }

    fn number_problem<T>(&mut self, field: &Field<'_>, reason: &'static str, hint: &'static str) -> Option<T> {
        self.invalid(&format!("`{}`", field.path), &field.value.span, &Invalid::new(reason, hint));
        None
    }

    /// The elements of a list. `None` after a diagnostic.
    pub(super) fn list<'r>(&mut self, field: &Field<'r>, of: &str) -> Option<Vec<Field<'r>>> {
        let element = |value| Field { path: field.path.clone(), key_span: field.key_span.clone(), value };
        match &field.value.kind {
            RawKind::Array(elements) => Some(elements.iter().map(element).collect()),
            _ => {
                let hint = match field.value.kind {
                    RawKind::Text(_) => format!("put it in brackets: `[{}]`", shorten(self.written(&field.value.span))),
                    _ => "write a list of strings, as in `[\"one\", \"two\"]`".to_owned(),
                };
                self.wrong_type(field, &format!("a list of {of}"), hint);
                None
            }
        }
    }
}

// === impl Fields ===

impl<'r> Fields<'r> {
    pub(super) fn get(&self, key: &str) -> Option<Field<'r>> {
        self.table?.get(key).map(|entry| self.field(entry))
    }

    /// All of them, for tables with names of the user's choice.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'r RawEntry, Field<'r>)> {
        self.table.into_iter().flat_map(|table| &table.entries).map(|entry| (entry, self.field(entry)))
    }

    /// A table of the user's own keys, of which any is known.
    pub(super) fn open(path: &str, table: &'r RawTable) -> Self {
        Self { path: path.to_owned(), table: Some(table) }
    }

    fn field(&self, entry: &'r RawEntry) -> Field<'r> {
        let key = shorten(&entry.key);
        let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
        Field { path, key_span: entry.key_span.clone(), value: &entry.value }
    }
}

// === impl Text ===

impl Text {
    /// How messages name it: as it stands, or by its key if it may be secret.
    pub(super) fn subject(&self) -> String {
        if self.secret { format!("the value of `{}`", self.path) } else { format!("`{}`", shorten(&self.value)) }
    }
}

/// `a`, `b` and `c`, in backticks.
pub(super) fn list<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST_QUOTE {
        return text.to_owned();
    }
    text.chars().take(LONGEST_QUOTE).chain("...".chars()).collect()
}

/// The table that has a key of this name, when a key stands in the wrong one.
fn elsewhere(key: &str, known: &keys::Table) -> Option<&'static str> {
    let mut tables = keys::TABLES.iter().filter(|table| table.path != known.path);
    tables.find(|table| table.keys.iter().any(|candidate| candidate.name == key)).map(|table| table.path)
}
