//! Durations, sizes and secrets as types, and how they are spelled.

use std::{fmt, time::Duration};

use super::values::Invalid;

/// Longer waits than this are a mistake.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Sizes above this are a mistake, and would not fit a signed 64-bit integer of TOML.
const LARGEST: u64 = i64::MAX as u64;

/// A duration, written `"800ms"`, `"5s"`, `"2m"`, `"1h"`; more than zero where the key says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub Duration);

/// A size in bytes, written `"64KiB"`, `"16MiB"`, `"1GiB"`, `"500B"` or a plain integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

// === impl Millis ===

impl Millis {
    /// Whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// Whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Reads `"800ms"`; more than zero, at most 24 hours. Else: what is wrong with it, and what to do.
    pub fn read(text: &str) -> Result<Self, (String, &'static str)> {
        Self::parse(text).map_err(|problem| (problem.reason.into_owned(), problem.hint))
    }

    /// Reads `"800ms"`; more than zero, at most 24 hours.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        match Self::parse_or_zero(text)? {
            Self(Duration::ZERO) => Err(Invalid::new("is no time at all", "write a duration above zero")),
            duration => Ok(duration),
        }
    }

    /// Reads `"0s"` too.
    pub(super) fn parse_or_zero(text: &str) -> Result<Self, Invalid> {
        const HINT: &str = "durations are written with `ms`, `s`, `m` or `h`, as in `\"800ms\"` or `\"5s\"`";
        let (number, unit) = split_number("is not a duration", text, HINT)?;
        let millis_of_unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "" => return Err(Invalid::new("is not a duration: the unit is missing", HINT)),
            _ => return Err(Invalid::new("is not a duration: the unit is unknown", HINT)),
        };
        let duration = number.and_then(|number| number.checked_mul(millis_of_unit)).map(Duration::from_millis);
        match duration {
            Some(duration) if duration <= LONGEST => Ok(Self(duration)),
            Some(_) | None => Err(Invalid::new("is too long", "write at most `\"24h\"`")),
        }
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        match millis {
            0 => f.write_str("0ms"),
            _ if millis.is_multiple_of(3_600_000) => write!(f, "{}h", millis / 3_600_000),
            _ if millis.is_multiple_of(60_000) => write!(f, "{}m", millis / 60_000),
            _ if millis.is_multiple_of(1_000) => write!(f, "{}s", millis / 1_000),
            _ => write!(f, "{millis}ms"),
        }
    }
}

// === impl ByteSize ===

impl ByteSize {
    /// Whole KiB.
    #[must_use]
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib << 10)
    }

    /// Whole MiB.
    #[must_use]
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// The size as an index, saturated on systems with a smaller one.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// Reads `"64KiB"`.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        const HINT: &str = "sizes are written with `B`, `KiB`, `MiB` or `GiB`, as in `\"64KiB\"`, or as a number of bytes without quotes";
        let (number, unit) = split_number("is not a size", text, HINT)?;
        let shift = match unit {
            "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            "" => return Err(Invalid::new("is not a size: the unit is missing", HINT)),
            _ => return Err(Invalid::new("is not a size: the unit is unknown", HINT)),
        };
        let size = number.and_then(|number| number.checked_mul(1 << shift)).filter(|size| *size <= LARGEST);
        size.map(Self).ok_or_else(|| Invalid::new("is too large", HINT))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        match UNITS.iter().find(|(shift, _)| self.0 > 0 && self.0.trailing_zeros() >= *shift) {
            Some((shift, unit)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}B", self.0),
        }
    }
}

// === impl Secret ===

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The number (`None` if it is out of range) and the unit of `"800ms"`.
fn split_number<'a>(noun: &'static str, text: &'a str, hint: &'static str) -> Result<(Option<u64>, &'a str), Invalid> {
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let number = text.strip_suffix(unit).unwrap_or_default();
    if number.is_empty() {
        let reason = if text.starts_with('-') { ": it is negative" } else { ": it does not start with a number" };
        return Err(Invalid::new(format!("{noun}{reason}"), hint));
    }
    if unit.starts_with(['.', ',']) {
        let reason = format!("{noun}: it is not a whole number");
        return Err(Invalid::new(reason, "use a smaller unit, as in `1500ms` for one and a half seconds"));
    }
    if unit.starts_with(' ') {
        return Err(Invalid::new(format!("{noun}: it has a space"), "write the unit right after the number"));
    }
    Ok((number.parse().ok(), unit))
}
