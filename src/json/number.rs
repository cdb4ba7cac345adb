//! JSON numbers that keep their spelling.

use std::{cmp::Ordering, fmt};

use super::Reader;

/// A JSON number that keeps its spelling (`1.50` stays `1.50`). Equality is that of spellings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

impl Number {
    /// Takes a spelling that follows the JSON grammar.
    #[must_use]
    pub fn parse(spelling: &str) -> Option<Self> {
        let first = *spelling.as_bytes().first()?;
        if first != b'-' && !first.is_ascii_digit() {
            return None;
        }
        let mut reader = Reader::new(spelling.as_bytes()).ok()?;
        let span = reader.skip_value().ok()?;
        (span.end == spelling.len()).then(|| Self(spelling.into()))
    }

    /// Takes a spelling that a reader has already checked.
    pub(super) fn from_checked(spelling: &str) -> Self {
        Self(spelling.into())
    }

    /// A finite float; `None` for infinities and not-a-number.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self(format!("{value:?}").into()))
    }

    /// The spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is spelled without fraction and exponent.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        !self.0.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
    }

    /// Its value, if it is spelled as an integer and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// Its value, if it is spelled as an integer and fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// Its value, if it is spelled as an integer and fits.
    #[must_use]
    pub fn as_i128(&self) -> Option<i128> {
        self.0.parse().ok()
    }

    /// The nearest float; infinite for numbers out of its range.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// Order by value: integers exactly, anything else as floats.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.as_i128(), other.as_i128()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(value.to_string().into())
    }
}

impl From<i128> for Number {
    fn from(value: i128) -> Self {
        Self(value.to_string().into())
    }
}
