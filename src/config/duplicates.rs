//! Keys and tables that stand twice in a TOML file: both places, in plain words.
//!
//! The parser tells only the second place; the first one is looked up in the text before it.

use std::{ops::Range, sync::Arc};

use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, SourceFile, Span};

/// One diagnostic for each repeated key, except those inside of a table that is itself a repetition.
pub(super) fn explain(file: &Arc<SourceFile>, repeated: &[Range<usize>]) -> Vec<Diagnostic> {
    let mut repeated = repeated.to_vec();
    repeated.sort_by_key(|range| range.start);
    let mut diagnostics = Vec::new();
    let mut inside_of_repetition = false;
    let mut told_until = 0;
    for range in repeated.into_iter().take(50) {
        let path = path_of(&file.text, &range);
        let between = file.text.get(told_until..range.start).unwrap_or_default();
        inside_of_repetition &= !between.lines().skip(1).any(is_header);
        told_until = range.end;
        if path.header || !inside_of_repetition {
            diagnostics.push(explain_one(file, range, &path));
        }
        inside_of_repetition |= path.header;
    }
    diagnostics
}

/// Where a repeated key stands.
struct KeyPath {
    keys: Vec<String>,
    /// Whether it is the header of a table.
    header: bool,
}

fn explain_one(file: &Arc<SourceFile>, range: Range<usize>, path: &KeyPath) -> Diagnostic {
    let first = first_place(&file.text, &range, path);
    let span = Span { file: Arc::clone(file), range };
    let name = path.keys.last().map_or_else(|| span.text().to_owned(), Clone::clone);
    let (message, hint) = match path.keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [kind @ ("clients" | "upstreams"), name] if path.header => {
            let hint = format!("rename one of them, or put their keys into one `[{kind}.{name}]`");
            (format!("two {kind} with the name `{name}`"), hint)
        }
        keys if path.header => {
            let keys = keys.join(".");
            (format!("the table `[{keys}]` stands twice"), "put all its keys under one header".to_owned())
        }
        _ => (format!("the key `{name}` stands twice in one table"), "keep one of them".to_owned()),
    };
    let diagnostic = Diagnostic::error("CONFIG_DUPLICATE_KEY", message, span).with_hint(hint);
    match first {
        Some(range) => {
            diagnostic.with_related(Span { file: Arc::clone(file), range }, format!("`{name}` is first declared here"))
        }
        None => diagnostic,
    }
}

fn path_of(text: &str, range: &Range<usize>) -> KeyPath {
    let line = line_around(text, range.start);
    let line_text = text.get(line.clone()).unwrap_or_default();
    if is_header(line_text) {
        let keys = keys_until(line_text, range.start - line.start);
        return KeyPath { keys, header: true };
    }
    let header = text.get(..line.start).unwrap_or_default().lines().rev().find(|line| is_header(line));
    let mut keys = header.map(|header| keys_until(header, usize::MAX)).unwrap_or_default();
    keys.extend(keys_until(line_text, range.start - line.start));
    KeyPath { keys, header: false }
}

/// The keys of a line up to the one that starts at `offset`.
fn keys_until(line: &str, offset: usize) -> Vec<String> {
    let (document, _) = DeTable::parse_recoverable(line);
    let mut keys = Vec::new();
    let mut table = document.get_ref();
    while let Some((key, value)) = table.iter().find(|(key, _)| key.span().start <= offset) {
        keys.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            DeValue::Array(elements) => match elements.first().map(toml::Spanned::get_ref) {
                Some(DeValue::Table(inner)) => table = inner,
                _ => break,
            },
            _ => break,
        }
        if key.span().start == offset {
            break;
        }
    }
    keys
}

fn first_place(text: &str, range: &Range<usize>, path: &KeyPath) -> Option<Range<usize>> {
    let line = line_around(text, range.start);
    let starts_line = path.header || text.get(line.start..range.start)?.trim_start_matches(is_key_character).is_empty();
    let before = text.get(..if starts_line { line.start } else { range.start })?;
    let (document, _) = DeTable::parse_recoverable(before);
    find_path(document.get_ref(), &path.keys).or_else(|| {
        let mut places = Vec::new();
        collect_places(document.get_ref(), path.keys.last()?, &mut places);
        places.into_iter().max_by_key(|place| place.start)
    })
}

fn find_path(mut table: &DeTable<'_>, keys: &[String]) -> Option<Range<usize>> {
    let (last, parents) = keys.split_last()?;
    for parent in parents {
        match table.get(parent.as_str())?.get_ref() {
            DeValue::Table(inner) => table = inner,
            DeValue::Array(elements) => match elements.last()?.get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => return None,
            },
            _ => return None,
        }
    }
    table.get_key_value(last.as_str()).map(|(key, _)| key.span())
}

fn collect_places(table: &DeTable<'_>, name: &str, places: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        if key.get_ref() == name {
            places.push(key.span());
        }
        if let DeValue::Table(inner) = value.get_ref() {
            collect_places(inner, name, places);
        }
    }
}

fn line_around(text: &str, offset: usize) -> Range<usize> {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(offset..).and_then(|after| after.find('\n')).map_or(text.len(), |newline| offset + newline);
    start..end
}

fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

fn is_key_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ' ' | '\t' | '"' | '\'')
}
