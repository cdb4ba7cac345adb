//! Pages of connections: from arguments to what is asked of the upstream, and from its rows to edges.
//!
//! Nothing that a client sends is believed: arguments and cursors are checked before any call, and whatever an upstream
//! sends, no page has more edges than were asked for.

mod cursor;
mod edges;
mod link;
#[cfg(test)]
mod tests;
mod window;

pub(super) use edges::{finish, total};

use cursor::Cursor;
use window::Window;

use crate::{
    json::{Object, Value},
    model::{PageStyle, Paging},
};

/// What a client wants of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// At most so many edges.
    count: u32,
    /// Whether they are counted from the end.
    backward: bool,
    /// Behind or before which edge.
    at: Option<Cursor>,
}

/// What is asked of an upstream for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageRequest {
    /// `$page`
    pub(super) variables: Value,
    window: Window,
}

/// Why there is no page; for the client.
pub(super) type Refused = String;

/// Reads the arguments of a connection. `default_of` is what stands in for an argument that the client did not send: it
/// gives way to what the client did.
pub(super) fn read_arguments(
    paging: &Paging,
    arguments: &Object,
    default_of: impl Fn(&str) -> Option<Value>,
) -> Result<Asked, Refused> {
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
    let defaults = (default_of("first"), default_of("last"));
    let (first, last) = (defaults.0.as_ref().or(given("first")), defaults.1.as_ref().or(given("last")));
    let (after, before) = (given("after"), given("before"));
    let (first_sent, last_sent) = (first.is_some() && defaults.0.is_none(), last.is_some() && defaults.1.is_none());
    for (both, one, other) in [
        (first_sent && last_sent, "first", "last"),
        (after.is_some() && before.is_some(), "after", "before"),
        (first_sent && before.is_some(), "first", "before"),
        (last_sent && after.is_some(), "last", "after"),
    ] {
        if both {
            return Err(format!("`{one}` and `{other}` cannot both be given"));
        }
    }
    let only_last = last.is_some() && first.is_none() && after.is_none();
    let backward = last_sent || before.is_some() || only_last;
    let (own, other) = if backward { (last, first) } else { (first, last) };
    let name = if own.is_some() == backward { "last" } else { "first" };
    let count = match own.or(other) {
        None => paging.first,
        Some(value) => {
            let count = value.as_i64().and_then(|count| u32::try_from(count).ok());
            match count.filter(|count| *count <= paging.max) {
                Some(count) => count,
                // A cap of a view that is above the connection's is no wish for more.
                None if (if name == "first" { &defaults.0 } else { &defaults.1 }).is_some() => paging.max,
                None => return Err(format!("`{name}` must be from 0 to {}", paging.max)),
            }
        }
    };
    let edge = if backward { ("before", before) } else { ("after", after) };
    let at = match edge {
        (_, None) => None,
        (name, Some(text)) => {
            let cursor = text.as_str().and_then(|text| cursor::decode(paging, text));
            Some(cursor.ok_or_else(|| format!("`{name}` is no cursor of this field"))?)
        }
    };
    let counted = matches!(paging.style, PageStyle::Page { .. } | PageStyle::Offset);
    if backward && at.is_none() && !counted {
        return Err("`last` needs `before` here".to_owned());
    }
    Ok(Asked { count, backward, at })
}

/// `$page` as a connector is asked with these arguments alone, for tests of connectors.
pub fn page_variables(paging: &Paging, arguments: &Value) -> Result<Value, String> {
    let none = Object::default();
    let asked = read_arguments(paging, arguments.as_object().unwrap_or(&none), |_| None)?;
    let total = asked.needs_total().then_some(0);
    Ok(asked.request(paging, total).variables)
}

// === impl Asked ===

impl Asked {
    /// Whether nobody knows where the page is before it is known how many rows there are.
    pub(super) fn needs_total(&self) -> bool {
        self.backward && self.at.is_none()
    }

    /// A request whose answer tells how many rows there are.
    pub(super) fn for_total(paging: &Paging) -> PageRequest {
        Self { count: 0, backward: false, at: None }.request(paging, None)
    }

    /// What to ask the upstream for. `total` is needed where [`Asked::needs_total`] says so.
    pub(super) fn request(&self, paging: &Paging, total: Option<u64>) -> PageRequest {
        window::request(paging, self, total)
    }
}
