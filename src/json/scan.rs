//! The tokens of JSON (RFC 8259), exactly: each function takes the offset of a token and gives that of what follows it.
//!
//! Works on the bytes of a text that is known to be UTF-8. Never copies and never recurses.

use std::ops::Range;

use super::InvalidJson;

/// How many bytes are looked at together.
const BLOCK: usize = 16;

/// A word of this byte in each place is it times the byte.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

const fn invalid(at: usize) -> InvalidJson {
    InvalidJson { at, too_deep: false }
}

/// Skips white space.
#[inline(always)]
pub(super) fn space(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at).is_some_and(|byte| *byte > b' ') { at } else { blank(bytes, at) }
}

/// White space is a line end and its indentation, mostly.
fn blank(bytes: &[u8], mut at: usize) -> usize {
    const BLANKS: u64 = u64::from_ne_bytes([b' '; 8]);
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
        while let Some(chunk) = chunk::<8>(bytes, at) {
            let others = u64::from_le_bytes(*chunk) ^ BLANKS;
            at += others.trailing_zeros() as usize / 8;
            if others != 0 {
                break;
            }
        }
    }
}

/// A value of any kind. `room` is how many levels of arrays and objects may be opened.
#[inline(always)]
pub(super) fn value(bytes: &[u8], at: usize, room: u32) -> Result<usize, InvalidJson> {
    match bytes.get(at) {
        Some(b'{' | b'[') => container(bytes, at, room, |_| {}),
        _ => scalar(bytes, at),
    }
}

/// A value that is no array or object.
#[inline(always)]
pub(super) fn scalar(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    match bytes.get(at) {
        Some(b'"') => string_rest(bytes, at + 1),
        Some(b'-' | b'0'..=b'9') => number(bytes, at),
        Some(b't') => word(bytes, at, b"true"),
        Some(b'f') => word(bytes, at, b"false"),
        Some(b'n') => word(bytes, at, b"null"),
        _ => Err(invalid(at)),
    }
}

/// A string.
#[inline]
pub(super) fn string(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    if bytes.get(at) == Some(&b'"') { string_rest(bytes, at + 1) } else { Err(invalid(at)) }
}

/// A key, which is short.
#[inline]
fn short_string(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    if let Some([b'"', text @ ..]) = chunk::<9>(bytes, at) {
        let end = at + 1 + first_mark(text);
        if end < at + 9 && bytes.get(end) == Some(&b'"') {
            return Ok(end + 1);
        }
    }
    string(bytes, at)
}

/// What follows the quote that opens a string.
#[inline(always)]
fn string_rest(bytes: &[u8], mut at: usize) -> Result<usize, InvalidJson> {
    loop {
        for block in bytes.get(at..).unwrap_or_default().as_chunks().0 {
            let marks = marks(block);
            if marks != 0 {
                at += marks.trailing_zeros() as usize / 8;
                break;
            }
            at += BLOCK;
        }
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at = escape(bytes, at)?,
            Some(0x20..) => at += 1,
            _ => return Err(invalid(at)),
        }
    }
}

/// Not zero in the bytes that mean something within a string: a quote, a backslash, a control character.
///
/// Looks at all of them without a branch, of which the compiler makes a few vector instructions; of comparisons that
/// give a `bool`, or of `map`, it does not always.
#[inline(always)]
fn marks(block: &[u8; BLOCK]) -> u128 {
    let mut marks = [0; BLOCK];
    for at in 0..BLOCK {
        // The quote, 0x22, and all below 0x20 are what is not above 0x20 once bit 1 is flipped.
        marks[at] = 0x21_u8.saturating_sub(block[at] ^ 0x02) | 1_u8.saturating_sub(block[at] ^ b'\\');
    }
    u128::from_le_bytes(marks)
}

/// How many bytes precede the first such byte.
#[inline]
fn first_mark(bytes: &[u8; 8]) -> usize {
    let word = u64::from_le_bytes(*bytes);
    // Sets the highest bit of each byte that is zero, and perhaps of bytes after the first such.
    let zeros = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    let marks = (controls | zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c))) & HIGHS;
    marks.trailing_zeros() as usize / 8
}

#[cold]
fn escape(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') if bytes.get(at + 2..at + 6).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => {
            Ok(at + 6)
        }
        _ => Err(invalid(at)),
    }
}

fn word(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, InvalidJson> {
    let end = at + word.len();
    if bytes.get(at..end) == Some(word) { Ok(end) } else { Err(invalid(at)) }
}

#[inline]
fn number(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    // Most are integers of a few digits.
    if let Some(text) = chunk(bytes, at) {
        let digits = count_digits(text);
        let zero = text[0] == b'0';
        if let Some(next) = text.get(digits)
            && !matches!(next, b'.' | b'e' | b'E')
            && (digits == 1 || (digits > 1 && !zero))
        {
            return Ok(at + digits);
        }
    }
    any_number(bytes, at)
}

/// How many digits it begins with.
#[inline(always)]
fn count_digits(text: &[u8; 8]) -> usize {
    let word = u64::from_le_bytes(*text);
    // Sets the highest bit of the first byte that is no digit, and perhaps of bytes after it.
    let others = (word ^ (ONES * 0x30)).wrapping_add(ONES * 0x76) | word;
    (others & HIGHS).trailing_zeros() as usize / 8
}

fn any_number(bytes: &[u8], mut at: usize) -> Result<usize, InvalidJson> {
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(bytes, at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    Ok(at)
}

#[inline]
fn digits(bytes: &[u8], start: usize) -> Result<usize, InvalidJson> {
    let mut at = start;
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    if at == start { Err(invalid(at)) } else { Ok(at) }
}

/// An array or object with all that is in it, whose scalars are shown in their order.
pub(super) fn container(
    bytes: &[u8],
    mut at: usize,
    room: u32,
    mut scalar_at: impl FnMut(Range<usize>),
) -> Result<usize, InvalidJson> {
    // One bit for each open container, 1 for objects: 128 levels fit.
    let mut objects: u128 = 0;
    let mut open = 0;
    loop {
        // A value begins here.
        let byte = bytes.get(at).copied().unwrap_or_default();
        let mut opened = byte == b'{' || byte == b'[';
        if opened {
            if open == room {
                return Err(invalid(at));
            }
            open += 1;
            objects = (objects << 1) | u128::from(byte == b'{');
            at = space(bytes, at + 1);
        } else {
            let end = scalar(bytes, at)?;
            scalar_at(at..end);
            at = space(bytes, end);
        }
        // Up to the next value, through all that ends here.
        loop {
            let object = objects & 1 == 1;
            match bytes.get(at) {
                Some(b'}') if object => at += 1,
                Some(b']') if !object => at += 1,
                Some(b',') if !opened => {
                    at = space(bytes, at + 1);
                    if object {
                        at = key(bytes, at)?;
                    }
                    break;
                }
                _ if opened => {
                    if object {
                        at = key(bytes, at)?;
                    }
                    break;
                }
                _ => return Err(invalid(at)),
            }
            opened = false;
            open -= 1;
            if open == 0 {
                return Ok(at);
            }
            objects >>= 1;
            at = space(bytes, at);
        }
    }
}

/// A key, its colon and the white space around it.
#[inline]
fn key(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    colon(bytes, short_string(bytes, at)?)
}

/// A colon and the white space around it.
#[inline]
pub(super) fn colon(bytes: &[u8], at: usize) -> Result<usize, InvalidJson> {
    let at = space(bytes, at);
    if bytes.get(at) == Some(&b':') { Ok(space(bytes, at + 1)) } else { Err(invalid(at)) }
}

#[inline]
fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..).and_then(<[u8]>::first_chunk)
}
