//! Which rows an upstream is asked for, and which of those that come are the page's.

use super::{
    Asked, PageRequest,
    cursor::{Cursor, Place},
};
use crate::{
    json::{Object, Value},
    model::{PageStyle, Paging},
};

/// Where the wanted rows are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Window {
    /// Rows of a list that are counted from its start.
    Counted {
        /// Index of the first row that was asked for.
        from: u64,
        /// How many were asked for.
        size: u32,
        /// Index of the first row that is wanted.
        start: u64,
        /// How many are wanted.
        count: u32,
    },
    /// Rows around one.
    Keyed {
        /// How many were asked for.
        size: u32,
    },
    /// Rows of a page that the upstream names.
    Paged {
        /// What it is asked for with, besides its size.
        page: Value,
        /// How many rows it is asked for.
        size: u32,
        /// Rows of it that are wanted.
        part: Part,
    },
}

/// Part of a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// From this row on.
    From(u32),
    /// Before this row.
    Before(u32),
    /// Any of it, nearest to its end.
    End,
}

/// The request for what is asked.
pub(super) fn request(paging: &Paging, asked: &Asked, total: Option<u64>) -> PageRequest {
    match &asked.at {
        Some(Cursor::Place(place)) => continued(paging, asked, place),
        Some(Cursor::Key(key)) => keyed(paging, asked, Some(key)),
        Some(Cursor::Index(index)) if asked.backward => {
            let start = index.saturating_sub(asked.count.into());
            counted(paging, start, u32::try_from(index - start).unwrap_or(asked.count), false)
        }
        Some(Cursor::Index(index)) => counted(paging, index + 1, asked.count, true),
        None => match paging.style {
            PageStyle::Page { .. } | PageStyle::Offset => match total.filter(|_| asked.backward) {
                Some(total) => {
                    let start = total.saturating_sub(asked.count.into());
                    counted(paging, start, u32::try_from(total - start).unwrap_or(asked.count), false)
                }
                None => counted(paging, 0, asked.count, true),
            },
            PageStyle::Keys => keyed(paging, asked, None),
            PageStyle::Tokens | PageStyle::Links(_) => paged(paging, Value::Null, asked.count.max(1), Part::From(0)),
        },
    }
}

/// Rows from an index on. One more is asked for where nothing else tells whether there is one, but never more than `max`.
fn counted(paging: &Paging, start: u64, count: u32, forward: bool) -> PageRequest {
    let peeks = forward && !paging.total && !paging.has_next;
    let wanted = (count + u32::from(peeks)).clamp(1, paging.max);
    let PageStyle::Page { start: first_number, size } = paging.style else {
        return PageRequest {
            variables: variables([("offset", number(start)), ("size", number(wanted.into()))]),
            window: Window::Counted { from: start, size: wanted, start, count },
        };
    };
    // The row that must be on the page, and how many of the others are then on it too.
    let anchor = if forward { start } else { start + u64::from(wanted) - 1 };
    let held = |size: u32| {
        let before = anchor % u64::from(size);
        u64::from(wanted).min(if forward { u64::from(size) - before } else { before + 1 })
    };
    // The smallest size of which one page holds all of them; else one of which a page holds the most.
    let fitting = || (wanted..=paging.max).find(|size| held(*size) == u64::from(wanted));
    let fullest = || (1..=paging.max).max_by_key(|size| (held(*size), std::cmp::Reverse(*size)));
    let size = size.or_else(fitting).or_else(fullest).unwrap_or(1);
    let page = anchor / u64::from(size);
    let from = page * u64::from(size);
    let missed = u32::try_from(from.saturating_sub(start)).unwrap_or(count).min(count);
    PageRequest {
        variables: variables([("number", number(page + u64::from(first_number))), ("size", number(size.into()))]),
        window: Window::Counted { from, size, start: start + u64::from(missed), count: count - missed },
    }
}

fn keyed(paging: &Paging, asked: &Asked, key: Option<&Value>) -> PageRequest {
    let peeks = if asked.backward { !paging.has_previous } else { !paging.has_next };
    let size = (asked.count + u32::from(peeks)).clamp(1, paging.max);
    let key = key.cloned().unwrap_or_default();
    let (after, before) = if asked.backward { (Value::Null, key) } else { (key, Value::Null) };
    PageRequest {
        variables: variables([("after", after), ("before", before), ("size", number(size.into()))]),
        window: Window::Keyed { size },
    }
}

/// Behind or before an edge of a page that the upstream names.
fn continued(paging: &Paging, asked: &Asked, place: &Place) -> PageRequest {
    // Numbers in a link count pages of the size that it was made for; a token of the page behind stands for a row.
    let fresh = match paging.style {
        PageStyle::Links(_) => place.size,
        _ => asked.count.max(1),
    };
    let stay = |part| paged(paging, place.page.clone(), place.size, part);
    match (asked.backward, &place.next, &place.previous) {
        (false, Value::Null, _) => stay(Part::From(place.index + 1)),
        (false, next, _) => paged(paging, next.clone(), fresh, Part::From(0)),
        (true, _, previous) if place.index == 0 && !previous.is_null() => {
            // Its token may stand for the row that it starts with: of another size, it would end elsewhere.
            paged(paging, previous.clone(), place.size, Part::End)
        }
        (true, ..) => stay(Part::Before(place.index)),
    }
}

fn paged(paging: &Paging, page: Value, size: u32, part: Part) -> PageRequest {
    let member = |name: &str| page.get(name).cloned().unwrap_or_default();
    let size_value = number(size.into());
    let variables = match &paging.style {
        PageStyle::Links(parameters) => {
            let link = parameters.iter().map(|name| (&**name, member(name)));
            variables([("link", variables(link)), ("size", size_value)])
        }
        _ => variables([("after", member("after")), ("before", member("before")), ("size", size_value)]),
    };
    PageRequest { variables, window: Window::Paged { page, size, part } }
}

fn variables<'n>(members: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let mut object = Object::default();
    for (name, value) in members {
        object.insert(name.into(), value);
    }
    Value::Object(object)
}

/// Indexes are bounded far below what does not fit.
fn number(number: u64) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}
