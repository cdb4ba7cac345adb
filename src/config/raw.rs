//! A TOML document as it was written: every key and value with its place, in order of the file. Knows no key.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A table.
#[derive(Debug, Clone, Default)]
pub(super) struct RawTable {
    /// Its entries, in order of the file.
    pub(super) entries: Vec<RawEntry>,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct RawEntry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: RawValue,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) struct RawValue {
    pub(super) kind: RawKind,
    pub(super) span: Range<usize>,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum RawKind {
    /// A string, unescaped, not yet expanded.
    Text(String),
    /// An integer; `None` if it does not fit in 64 bits.
    Integer(Option<i64>),
    Float(f64),
    Boolean(bool),
    Datetime(String),
    Array(Vec<RawValue>),
    Table(RawTable),
}

// === impl RawTable ===

impl RawTable {
    pub(super) fn of(table: &DeTable<'_>) -> Self {
        let mut entries: Vec<RawEntry> = table
            .iter()
            .map(|(key, value)| RawEntry {
                key: key.get_ref().to_string(),
                key_span: key.span(),
                value: RawValue::of(value),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Self { entries }
    }

    pub(super) fn get(&self, key: &str) -> Option<&RawEntry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

// === impl RawValue ===

impl RawValue {
    fn of(value: &Spanned<DeValue<'_>>) -> Self {
        let span = value.span();
        let kind = match value.get_ref() {
            DeValue::String(text) => RawKind::Text(text.to_string()),
            DeValue::Integer(number) => RawKind::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
            DeValue::Float(number) => RawKind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(value) => RawKind::Boolean(*value),
            DeValue::Datetime(value) => RawKind::Datetime(value.to_string()),
            DeValue::Array(elements) => RawKind::Array(elements.iter().map(Self::of).collect()),
            DeValue::Table(table) => RawKind::Table(RawTable::of(table)),
        };
        Self { kind, span }
    }

    /// What it is, with its article, for messages.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.kind {
            RawKind::Text(_) => "a string",
            RawKind::Integer(_) => "an integer",
            RawKind::Float(_) => "a float",
            RawKind::Boolean(_) => "a boolean",
            RawKind::Datetime(_) => "a date",
            RawKind::Array(_) => "a list",
            RawKind::Table(_) => "a table",
        }
    }
}
