//! Cursors: where an edge stands in its list, in a text that clients hand back.
//!
//! `1`, the field's tag in hex, and a place as JSON; all of it in the URL's alphabet of base64. A cursor holds no more
//! than where to go on: no URL, no host, no credential.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    json::{Object, Value},
    model::{PageStyle, Paging},
};

/// Longest text of a place.
const LONGEST: usize = 8 * 1024;

/// Largest index, so that no sum of two overflows and every service can read it.
const LARGEST_INDEX: u64 = 1 << 52;

/// Largest place in a page: services may send more rows than they are asked for.
const MOST_ROWS_BEFORE: u32 = 1 << 24;

/// Where an edge stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cursor {
    /// So many edges are before it.
    Index(u64),
    /// What the row says of itself.
    Key(Value),
    /// A page, and the place in it.
    Place(Place),
}

/// An edge of a page that only the upstream can name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// What the page was asked for with, besides its size; null for the first one.
    pub(super) page: Value,
    /// How many rows it was asked for.
    pub(super) size: u32,
    /// So many rows of it are before the edge.
    pub(super) index: u32,
    /// The page behind, of the last edge of a page; else null.
    pub(super) next: Value,
    /// The page before, of the first edge of a page; else null.
    pub(super) previous: Value,
}

/// The text of a cursor; `None` for one that is too long to be handed back.
pub(super) fn encode(paging: &Paging, cursor: &Cursor) -> Option<String> {
    let mut text = format!("1{:08x}", paging.tag).into_bytes();
    match cursor {
        Cursor::Index(index) => text.extend(index.to_string().bytes()),
        Cursor::Key(key) => key.write_to(&mut text),
        Cursor::Place(Place { page, size, index, next, previous }) => {
            let number = |number: u32| Value::from(i64::from(number));
            let place = [page.clone(), number(*size), number(*index), next.clone(), previous.clone()];
            Value::Array(place.into()).write_to(&mut text);
        }
    }
    (text.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.encode(text))
}

/// The cursor of a text, if it is one of this field.
pub(super) fn decode(paging: &Paging, text: &str) -> Option<Cursor> {
    if text.len() > LONGEST.div_ceil(3) * 4 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let place = bytes.strip_prefix(format!("1{:08x}", paging.tag).as_bytes())?;
    let place = Value::parse(place).ok()?;
    let cursor = match &paging.style {
        PageStyle::Page { .. } | PageStyle::Offset => {
            let index = place.as_number()?.as_u64()?;
            Cursor::Index(Some(index).filter(|index| *index <= LARGEST_INDEX)?)
        }
        PageStyle::Keys => Cursor::Key(Some(place).filter(is_key)?),
        PageStyle::Tokens | PageStyle::Links(_) => Cursor::Place(read_place(paging, &place)?),
    };
    Some(cursor)
}

/// Whether a value can say where a row stands.
pub(super) fn is_key(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) => true,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn read_place(paging: &Paging, place: &Value) -> Option<Place> {
    let [page, size, index, next, previous] = place.as_array()? else { return None };
    let page_of = |value: &Value| is_page(paging, value).then(|| value.clone());
    let number = |value: &Value, most: u32| {
        let number = value.as_number()?.as_u64().and_then(|number| u32::try_from(number).ok())?;
        (number <= most).then_some(number)
    };
    Some(Place {
        page: page_of(page)?,
        size: number(size, paging.max).filter(|size| *size > 0)?,
        index: number(index, MOST_ROWS_BEFORE)?,
        next: page_of(next)?,
        previous: page_of(previous)?,
    })
}

/// Whether a value is what a page of this field is asked for with.
fn is_page(paging: &Paging, value: &Value) -> bool {
    let known = |members: &Object| match &paging.style {
        PageStyle::Links(parameters) => members
            .iter()
            .all(|(name, value)| matches!(value, Value::String(_)) && parameters.iter().any(|known| **known == **name)),
        _ => {
            let mut members = members.iter();
            let one = members.next().is_some_and(|(name, value)| {
                is_key(value) && (&**name == "after" || (paging.backward && &**name == "before"))
            });
            one && members.next().is_none()
        }
    };
    match value {
        Value::Null => true,
        Value::Object(members) => !members.is_empty() && known(members),
        _ => false,
    }
}
