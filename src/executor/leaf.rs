//! Result coercion of leaves, on the bytes that an upstream sent.
//!
//! <https://spec.graphql.org/September2025/#sec-Scalars.Result-Coercion>. Strings stay escaped as they came, numbers keep
//! their spelling; nothing is parsed that does not have to be.

use crate::{json::unescape, planner::LeafKind};

/// A value of a form that the leaf's type does not have. Says what was found, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrongLeaf {
    /// "a string", "a number", ...
    pub(super) found: &'static str,
    /// Its JSON type.
    pub(super) json: &'static str,
}

/// The JSON type of a value, by its first byte.
pub(super) fn json_type(raw: &[u8]) -> &'static str {
    match Form::of(raw) {
        Form::String => "string",
        Form::Number => "number",
        Form::Boolean => "boolean",
        Form::Null => "null",
        Form::Array => "array",
        Form::Object => "object",
    }
}

/// Appends `raw` (one JSON value that is not null) as a leaf of `kind`.
pub(super) fn write_leaf(kind: &LeafKind, raw: &[u8], out: &mut Vec<u8>) -> Result<(), WrongLeaf> {
    write(kind, raw, out).map_err(|found| WrongLeaf { found, json: json_type(raw) })
}

fn write(kind: &LeafKind, raw: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    match (kind, Form::of(raw)) {
        (LeafKind::Any, _) | (LeafKind::String | LeafKind::Id, Form::String) => copy(raw, out),
        (LeafKind::Boolean, Form::Boolean) => out.extend_from_slice(raw),
        (LeafKind::Int, Form::Number) => write_int(raw, out)?,
        (LeafKind::Float, Form::Number) => {
            // Without an exponent it takes more digits than this to be out of range.
            let small = raw.len() < 300 && !raw.iter().any(|byte| matches!(byte, b'e' | b'E'));
            if !small && !text(raw).parse::<f64>().is_ok_and(f64::is_finite) {
                return Err("a number out of range");
            }
            out.extend_from_slice(raw);
        }
        (LeafKind::String, Form::Number | Form::Boolean) => quote(raw, out),
        (LeafKind::Id, Form::Number) if is_integer(raw) => quote(raw, out),
        (LeafKind::Enum(values), Form::String) => {
            let is_value = |name: &[u8]| values.binary_search_by(|value| value.as_bytes().cmp(name)).is_ok();
            let inner = &raw[1..raw.len() - 1];
            if is_value(inner) {
                out.extend_from_slice(raw);
            } else {
                let inner = unescape(text(inner));
                if !is_value(inner.as_bytes()) {
                    return Err("a string that is none of its values");
                }
                quote(inner.as_bytes(), out);
            }
        }
        (LeafKind::Id, Form::Number) => return Err("a number with a fraction"),
        (_, form) => return Err(form.name()),
    }
    Ok(())
}

/// The form of a JSON value, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    String,
    Number,
    Boolean,
    Null,
    Array,
    Object,
}

impl Form {
    fn of(raw: &[u8]) -> Self {
        match raw.first() {
            Some(b'"') if raw.len() >= 2 => Self::String,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'-' | b'0'..=b'9') => Self::Number,
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            _ => Self::Null,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
            Self::Array => "a list",
            Self::Object => "an object",
        }
    }
}

/// 32-bit integers, also where they are spelled with a fraction of zero or an exponent.
fn write_int(raw: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    // Nine digits fit, whichever they are.
    if raw.len() <= 9 && raw.iter().all(u8::is_ascii_digit) {
        out.extend_from_slice(raw);
        return Ok(());
    }
    if is_integer(raw) {
        if raw == b"-0" {
            out.push(b'0');
            return Ok(());
        }
        return match text(raw).parse::<i32>() {
            Ok(_) => {
                out.extend_from_slice(raw);
                Ok(())
            }
            Err(_) => Err("a number that does not fit in 32 bits"),
        };
    }
    let number: f64 = text(raw).parse().unwrap_or(f64::NAN);
    if number.is_finite() && number.fract() != 0.0 {
        return Err("a number with a fraction");
    }
    if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        return Err("a number that does not fit in 32 bits");
    }
    // Without a fraction and within 32 bits: exact. Adding zero drops the sign of a negative one.
    out.extend_from_slice(format!("{:.0}", number + 0.0).as_bytes());
    Ok(())
}

/// Copies a JSON value. A lone surrogate becomes U+FFFD: it is no text, and many clients refuse a whole answer for it.
fn copy(raw: &[u8], out: &mut Vec<u8>) {
    if !has_escape(raw) {
        out.extend_from_slice(raw);
        return;
    }
    let surrogate = |at: usize| {
        let digits = raw.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(text(digits), 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
    };
    let mut copied = 0;
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw[from..]) {
        let at = from + found;
        from = match (surrogate(at), surrogate(at + 6)) {
            (Some(..0xdc00), Some(0xdc00..)) => at + 12,
            (Some(_), _) => {
                out.extend_from_slice(&raw[copied..at]);
                out.extend_from_slice(b"\\ufffd");
                copied = at + 6;
                copied
            }
            (None, _) => (at + 2).min(raw.len()),
        };
    }
    out.extend_from_slice(&raw[copied..]);
}

/// Whether there is a backslash. Most strings are short: what a search of any length sets up costs more than they do.
fn has_escape(raw: &[u8]) -> bool {
    const LONG: usize = 256;
    let among = |bytes: &[u8]| bytes.iter().fold(false, |found, byte| found | (*byte == b'\\'));
    let (blocks, rest) = raw.as_chunks::<16>();
    match raw.last_chunk::<16>() {
        _ if raw.len() > LONG => memchr::memchr(b'\\', raw).is_some(),
        // The last block overlaps the one before it.
        Some(last) => among(last) || blocks.iter().any(|block| among(block)),
        None => among(rest),
    }
}

fn is_integer(raw: &[u8]) -> bool {
    !raw.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// Slots hold what a reader has checked to be UTF-8.
fn text(raw: &[u8]) -> &str {
    std::str::from_utf8(raw).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &LeafKind, cases: &[(&str, Result<&str, &str>)]) {
        for (raw, expected) in cases {
            let mut out = Vec::new();
            let actual = write_leaf(kind, raw.as_bytes(), &mut out).map(|()| String::from_utf8(out).unwrap());
            let actual = actual.as_deref().map_err(|wrong| wrong.found);
            assert_eq!(actual, *expected, "{kind:?} of {raw}");
        }
    }

    #[test]
    fn int_is_any_spelling_of_a_32_bit_integer() {
        check(
            &LeafKind::Int,
            &[
                ("0", Ok("0")),
                ("-0", Ok("0")),
                ("-0.0", Ok("0")),
                ("2147483647", Ok("2147483647")),
                ("-2147483648", Ok("-2147483648")),
                ("1.0", Ok("1")),
                ("1e2", Ok("100")),
                ("120e-1", Ok("12")),
                ("2147483648", Err("a number that does not fit in 32 bits")),
                ("1e10", Err("a number that does not fit in 32 bits")),
                ("1e999", Err("a number that does not fit in 32 bits")),
                ("1.5", Err("a number with a fraction")),
                ("\"1\"", Err("a string")),
                ("true", Err("a boolean")),
                ("[1]", Err("a list")),
                ("{}", Err("an object")),
            ],
        );
    }

    #[test]
    fn float_keeps_its_spelling_and_is_finite() {
        check(
            &LeafKind::Float,
            &[
                ("1", Ok("1")),
                ("1.50", Ok("1.50")),
                ("-2E-3", Ok("-2E-3")),
                ("1e999", Err("a number out of range")),
                ("\"1.5\"", Err("a string")),
                ("false", Err("a boolean")),
            ],
        );
    }

    #[test]
    fn string_takes_strings_as_they_are_and_quotes_other_scalars() {
        check(
            &LeafKind::String,
            &[
                (r#""a\u00e9\n\"b""#, Ok(r#""a\u00e9\n\"b""#)),
                ("\"\"", Ok("\"\"")),
                (r#""\ud83d\ude00""#, Ok(r#""\ud83d\ude00""#)),
                (r#""a\ud83d\ud83d\ude00\n""#, Ok(r#""a\ufffd\ud83d\ude00\n""#)),
                (r#""\ude00\\ud83d\uD83D""#, Ok(r#""\ufffd\\ud83d\ufffd""#)),
                ("12.50", Ok("\"12.50\"")),
                ("true", Ok("\"true\"")),
                ("{\"a\":1}", Err("an object")),
                ("[]", Err("a list")),
            ],
        );
    }

    #[test]
    fn id_takes_strings_and_integers() {
        check(
            &LeafKind::Id,
            &[
                ("\"x1\"", Ok("\"x1\"")),
                ("7", Ok("\"7\"")),
                ("12345678901234567890", Ok("\"12345678901234567890\"")),
                ("7.5", Err("a number with a fraction")),
                ("true", Err("a boolean")),
            ],
        );
    }

    #[test]
    fn boolean_takes_booleans_alone() {
        check(
            &LeafKind::Boolean,
            &[("true", Ok("true")), ("false", Ok("false")), ("1", Err("a number")), ("\"true\"", Err("a string"))],
        );
    }

    #[test]
    fn enum_takes_its_values_however_they_are_escaped() {
        let kind = LeafKind::Enum(["GONE".into(), "IN_STOCK".into()].into());
        check(
            &kind,
            &[
                ("\"GONE\"", Ok("\"GONE\"")),
                (r#""IN\u005fSTOCK""#, Ok("\"IN_STOCK\"")),
                ("\"OTHER\"", Err("a string that is none of its values")),
                ("1", Err("a number")),
            ],
        );
    }

    #[test]
    fn any_keeps_everything() {
        check(
            &LeafKind::Any,
            &[
                ("{\"a\": [1, 2.50]}", Ok("{\"a\": [1, 2.50]}")),
                ("\"x\"", Ok("\"x\"")),
                ("1e9", Ok("1e9")),
                (r#"["\udead"]"#, Ok(r#"["\ufffd"]"#)),
            ],
        );
    }
}
