//! Content types and charsets: whatever an upstream sends becomes JSON text, or is told to be unreadable.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::json::write_string;

/// A body that cannot be read as what it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(&'static str);

/// The forms of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Text,
    Other,
}

/// The charsets that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Latin1,
    Utf16 { big_endian: bool },
}

const NULL: Bytes = Bytes::from_static(b"null");

/// JSON text: the body, a quoted string for plain text, or `null` for an empty body and for any other content type.
/// Whether JSON is well-formed is seen when it is mapped.
pub(super) fn to_json(headers: &HeaderMap, body: Bytes) -> Result<Bytes, Unreadable> {
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or(""));
    let kind = kind(content_type);
    if body.is_empty() || kind == Kind::Other {
        return Ok(NULL);
    }
    let charset = charset(content_type.unwrap_or_default(), &body)?;
    match kind {
        Kind::Json if charset == Charset::Utf8 => {
            let body = if body.starts_with(BOM) { body.slice(BOM.len()..) } else { body };
            // Only white space: as good as empty.
            Ok(if body.iter().all(u8::is_ascii_whitespace) { NULL } else { body })
        }
        Kind::Json => Ok(decode(charset, &body)?.into_owned().into()),
        Kind::Text => {
            let mut out = Vec::with_capacity(body.len() + 2);
            write_string(&mut out, &decode(charset, &body)?);
            Ok(out.into())
        }
        Kind::Other => Ok(NULL),
    }
}

/// The content type of an answer that is read as null whatever it holds.
pub(super) fn ignored(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().unwrap_or("");
    if kind(Some(content_type)) != Kind::Other
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0")
    {
        return None;
    }
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    Some(essence.chars().filter(|c| c.is_ascii_alphanumeric() || "/+-._".contains(*c)).take(64).collect())
}

/// The headers that [`ignored`] needs.
pub(super) fn telling(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    if ignored(headers).is_some()
        && let Some(content_type) = headers.get(header::CONTENT_TYPE)
    {
        kept.insert(header::CONTENT_TYPE, content_type.clone());
    }
    kept
}

const BOM: &[u8] = b"\xef\xbb\xbf";

fn kind(content_type: Option<&str>) -> Kind {
    let Some(content_type) = content_type else { return Kind::Json };
    // What nearly all say, without a copy.
    if content_type.starts_with("application/json") && matches!(content_type.as_bytes().get(16), None | Some(b';')) {
        return Kind::Json;
    }
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.is_empty() || essence.ends_with("/json") || essence.ends_with("+json") {
        Kind::Json
    } else if essence == "text/plain" {
        Kind::Text
    } else {
        Kind::Other
    }
}

fn charset(content_type: &str, body: &[u8]) -> Result<Charset, Unreadable> {
    let named = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    match named.as_deref() {
        None | Some("" | "utf-8" | "utf8" | "us-ascii" | "ascii") => Ok(match body {
            [0xfe, 0xff, ..] => Charset::Utf16 { big_endian: true },
            [0xff, 0xfe, ..] => Charset::Utf16 { big_endian: false },
            _ => Charset::Utf8,
        }),
        Some("iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252") => Ok(Charset::Latin1),
        Some("utf-16le") => Ok(Charset::Utf16 { big_endian: false }),
        Some("utf-16" | "utf-16be") => Ok(Charset::Utf16 { big_endian: !body.starts_with(&[0xff, 0xfe]) }),
        Some(_) => Err(Unreadable("unknown charset")),
    }
}

fn decode(charset: Charset, body: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    match charset {
        Charset::Utf8 => {
            let body = body.strip_prefix(BOM).unwrap_or(body);
            std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| Unreadable("not UTF-8"))
        }
        Charset::Latin1 => Ok(body.iter().map(|byte| windows_1252(*byte)).collect::<String>().into()),
        Charset::Utf16 { big_endian } => {
            if !body.len().is_multiple_of(2) {
                return Err(Unreadable("not UTF-16"));
            }
            let unit = |pair: &[u8]| {
                let pair = [pair[0], pair[1]];
                if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            };
            let text: Result<String, _> = char::decode_utf16(body.chunks_exact(2).map(unit)).collect();
            let text = text.map_err(|_| Unreadable("not UTF-16"))?;
            Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text).into())
        }
    }
}

/// What is called Latin-1 is read as windows-1252, as the web does: the same but for 0x80 to 0x9f.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: Option<&'static str>, body: &'static [u8], expected: Result<&str, &'static str>) {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        let json = to_json(&headers, Bytes::from_static(body));
        let json = json.as_ref().map(|json| std::str::from_utf8(json).unwrap()).map_err(|error| error.0);
        assert_eq!(json, expected, "{content_type:?} {body:?}");
    }

    #[test]
    fn whatever_comes_becomes_json() {
        check(None, b"{}", Ok("{}"));
        check(Some("application/json"), b"", Ok("null"));
        check(Some("application/json"), b" \r\n", Ok("null"));
        check(Some("application/problem+json; charset=UTF-8"), b"\xef\xbb\xbf[1]", Ok("[1]"));
        check(Some("text/json"), b"1", Ok("1"));
        check(Some("application/json; charset=\"iso-8859-1\""), b"\"caf\xe9 \x80\"", Ok("\"café €\""));
        check(Some("application/json; charset=utf-16le"), b"\xff\xfe1\0", Ok("1"));
        check(Some("application/json"), b"\xfe\xff\x001", Ok("1"));
        check(Some("text/plain"), b"a \"b\"\n", Ok(r#""a \"b\"\n""#));
        check(Some("text/plain; charset=latin1"), b"\xe9", Ok("\"é\""));
        check(Some("text/plain"), b"\xff\xfe\x00", Err("not UTF-16"));
        check(Some("text/plain"), b"a\xff", Err("not UTF-8"));
        check(Some("application/json; charset=ebcdic"), b"1", Err("unknown charset"));
        check(Some("text/html"), b"<p>", Ok("null"));
    }
}
