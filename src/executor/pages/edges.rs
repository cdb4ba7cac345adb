//! From the rows that came to the edges of the page: cut, given cursors, and what `pageInfo` says of them.

use super::{
    Asked, PageRequest,
    cursor::{self, Cursor, Place, is_key},
    link,
    window::{Part, Window},
};
use crate::{
    json::{Slot, Tables, Value},
    mapping::Layout,
    model::{PageStyle, Paging, Slots},
};

/// What an answer said besides its rows.
#[derive(Debug, Default)]
struct Said {
    total: Option<u64>,
    has_next: Option<bool>,
    has_previous: Option<bool>,
    next: Value,
    previous: Value,
}

/// The page among the rows that came, and what is known of its neighbors.
struct Page {
    /// Rows that are its edges: from, to.
    rows: (usize, usize),
    has_next: bool,
    has_previous: bool,
    place: Places,
}

/// Where its edges stand.
enum Places {
    /// Index of the first.
    Counted(u64),
    /// As the rows say.
    Keyed,
    /// In a page that has neighbors: the place of its first row.
    Paged(Box<Place>),
}

/// How many rows there are, as an answer says.
pub(in crate::executor) fn total(tables: &Tables, root: Slot) -> Option<u64> {
    let Slot::Row(row) = root else { return None };
    count(&value(tables, (Slots::CONNECTION, row, Slots::TOTAL_COUNT)))
}

/// Makes the connection of a mapped answer. Rows beyond the page stay in their tables: nothing refers to them.
pub(in crate::executor) fn finish(
    paging: &Paging,
    (asked, request): (&Asked, &PageRequest),
    layout: &Layout,
    tables: &mut Tables,
    root: Slot,
) -> Slot {
    let Slot::Row(row) = root else { return root };
    let edges = get(tables, (Slots::CONNECTION, row, Slots::EDGES));
    let rows = match edges {
        Slot::List { .. } => tables.list(edges).to_vec(),
        // No list is no connection; what is something else is told where lists are completed.
        Slot::Missing | Slot::Null => return Slot::Null,
        Slot::Raw { .. } | Slot::Value(_) | Slot::Row(_) | Slot::Failed(_) => return root,
    };
    let info = match get(tables, (Slots::CONNECTION, row, Slots::INFO)) {
        Slot::Row(info) => info,
        _ => {
            let info = tables.tables.get_mut(Slots::PAGE_INFO).map_or(0, crate::json::Table::push_row);
            set(tables, (Slots::CONNECTION, row, Slots::INFO), Slot::Row(info));
            info
        }
    };
    let said = Said::read(paging, tables, (row, info));
    let page = match &request.window {
        Window::Counted { from, size, start, count } => {
            counted(asked, &said, (*from, *size, *start, *count), rows.len())
        }
        Window::Keyed { size } => keyed(asked, &said, *size, rows.len()),
        Window::Paged { page, size, part } => paged(asked, said.of_page(page), (page, *size, *part), rows.len()),
    };
    let node =
        layout.objects.get(Slots::EDGE).and_then(|edge| edge.fields.iter().position(|field| field.name == "node"));
    let mut kept = Vec::with_capacity(page.rows.1.saturating_sub(page.rows.0));
    let mut ends = [Slot::Null; 2];
    for (at, slot) in rows.iter().enumerate().take(page.rows.1).skip(page.rows.0) {
        let edge = edge_row(tables, *slot, node);
        let cursor = match page.place.cursor(tables, edge, at - page.rows.0, (at, rows.len())) {
            None => Slot::Null,
            Some(cursor) => text(tables, cursor::encode(paging, &cursor)),
        };
        set(tables, (Slots::EDGE, edge, Slots::CURSOR), cursor);
        if kept.is_empty() {
            ends[0] = cursor;
        }
        ends[1] = cursor;
        kept.push(Slot::Row(edge));
    }
    if let Places::Paged(place) = &page.place
        && kept.is_empty()
        && asked.count > 0
        && !asked.backward
        && !place.next.is_null()
    {
        // A page may be empty although others follow: there must be a way on. Where no edge was asked for, there may be
        // rows, and the way on would pass them by.
        let place = Place { previous: Value::Null, ..(**place).clone() };
        ends[1] = text(tables, cursor::encode(paging, &Cursor::Place(place)));
    }
    let first = number(tables.lists.len());
    let list = Slot::List { first, len: number(kept.len()) };
    tables.lists.extend(kept);
    set(tables, (Slots::CONNECTION, row, Slots::EDGES), list);
    let total = said.total.map(|total| Value::from(i64::try_from(total).unwrap_or(i64::MAX)));
    let total = total.map_or(Slot::Null, |total| store(tables, total));
    set(tables, (Slots::CONNECTION, row, Slots::TOTAL_COUNT), total);
    for (slot, value) in [(Slots::HAS_NEXT_PAGE, page.has_next), (Slots::HAS_PREVIOUS_PAGE, page.has_previous)] {
        let value = store(tables, Value::Bool(value));
        set(tables, (Slots::PAGE_INFO, info, slot), value);
    }
    set(tables, (Slots::PAGE_INFO, info, Slots::START_CURSOR), ends[0]);
    set(tables, (Slots::PAGE_INFO, info, Slots::END_CURSOR), ends[1]);
    root
}

/// Rows that are counted from the start.
fn counted(asked: &Asked, said: &Said, (from, size, start, count): (u64, u32, u64, u32), rows: usize) -> Page {
    let begin = usize::try_from(start - from).unwrap_or(usize::MAX).min(rows);
    let end = begin.saturating_add(count as usize).min(rows);
    let last = start + (end - begin) as u64;
    let more = end < rows;
    // Without an edge there is no way on.
    let is_stuck = end == begin && count > 0;
    let has_next = if asked.backward && asked.at.is_none() && is_stuck {
        false
    } else if asked.backward {
        said.total.map_or(asked.at.is_some(), |total| last < total)
    } else if is_stuck {
        false
    } else if let Some(total) = said.total {
        last < total
    } else if let Some(has_next) = said.has_next {
        more || has_next
    } else {
        // Where no row more could be asked for, a full page counts as not the last.
        let beyond = from + u64::from(size) > start + u64::from(count);
        more || (!beyond && rows >= size as usize)
    };
    let has_previous = start > 0 && !(asked.backward && is_stuck);
    Page { rows: (begin, end), has_next, has_previous, place: Places::Counted(start) }
}

/// Rows around one: nearest to it are those that are wanted.
fn keyed(asked: &Asked, said: &Said, size: u32, rows: usize) -> Page {
    let count = asked.count as usize;
    let more = rows > count;
    let is_stuck = rows == 0 && count > 0;
    // Where no row more could be asked for, a full page counts as not the last.
    let unknown = size == asked.count && rows >= count;
    if asked.backward {
        let has_previous = !is_stuck && (more || said.has_previous.unwrap_or(unknown));
        return Page { rows: (rows.saturating_sub(count), rows), has_next: true, has_previous, place: Places::Keyed };
    }
    let has_next = !is_stuck && (more || said.has_next.unwrap_or(unknown));
    Page { rows: (0, rows.min(count)), has_next, has_previous: asked.at.is_some(), place: Places::Keyed }
}

/// Rows of a page that the upstream names.
fn paged(
    asked: &Asked,
    (next, previous): (Value, Value),
    (page, size, part): (&Value, u32, Part),
    rows: usize,
) -> Page {
    let count = asked.count as usize;
    let (begin, end) = match part {
        Part::From(from) => {
            let begin = (from as usize).min(rows);
            (begin, begin.saturating_add(count).min(rows))
        }
        Part::Before(_) | Part::End => {
            let end = if let Part::Before(index) = part { (index as usize).min(rows) } else { rows };
            (end.saturating_sub(count), end)
        }
    };
    let (has_next, has_previous) = if asked.backward {
        (true, begin > 0 || !previous.is_null())
    } else {
        (end < rows || !next.is_null(), asked.at.is_some())
    };
    let place = Places::Paged(Box::new(Place { page: page.clone(), size, index: 0, next, previous }));
    Page { rows: (begin, end), has_next, has_previous, place }
}

// === impl Said ===

impl Said {
    fn read(paging: &Paging, tables: &Tables, (row, info): (u32, u32)) -> Self {
        let of_info = |slot| value(tables, (Slots::PAGE_INFO, info, slot));
        let page = |slot, name: &str, relations: &[&str]| match &paging.style {
            PageStyle::Links(parameters) => link::parameters(&of_info(slot), relations, parameters),
            PageStyle::Tokens => match of_info(slot) {
                token if is_key(&token) => {
                    let mut members = crate::json::Object::default();
                    members.insert(name.into(), token);
                    Value::Object(members)
                }
                _ => Value::Null,
            },
            PageStyle::Page { .. } | PageStyle::Offset | PageStyle::Keys => Value::Null,
        };
        Self {
            total: count(&value(tables, (Slots::CONNECTION, row, Slots::TOTAL_COUNT))),
            has_next: of_info(Slots::HAS_NEXT_PAGE).as_bool(),
            has_previous: of_info(Slots::HAS_PREVIOUS_PAGE).as_bool(),
            next: page(Slots::END_CURSOR, "after", &["next"]),
            previous: if paging.backward {
                page(Slots::START_CURSOR, "before", &["prev", "previous"])
            } else {
                Value::Null
            },
        }
    }

    /// The neighbors of a page. What is said not to be there is not, and no page is its own neighbor.
    fn of_page(&self, page: &Value) -> (Value, Value) {
        let other = |neighbor: &Value| if neighbor == page { Value::Null } else { neighbor.clone() };
        (if self.has_next == Some(false) { Value::Null } else { other(&self.next) }, other(&self.previous))
    }
}

// === impl Places ===

impl Places {
    /// The place of an edge: number `nth` of the page's, row `at` of those that came.
    fn cursor(&self, tables: &Tables, edge: u32, nth: usize, (at, rows): (usize, usize)) -> Option<Cursor> {
        match self {
            Self::Counted(start) => Some(Cursor::Index(start + nth as u64)),
            Self::Keyed => {
                let key = value(tables, (Slots::EDGE, edge, Slots::CURSOR));
                is_key(&key).then_some(Cursor::Key(key))
            }
            Self::Paged(place) => Some(Cursor::Place(Place {
                page: place.page.clone(),
                size: place.size,
                index: number(at),
                next: if at + 1 == rows { place.next.clone() } else { Value::Null },
                previous: if at == 0 { place.previous.clone() } else { Value::Null },
            })),
        }
    }
}

// === tables ===

/// The row of an edge; what stands in a list instead of an object is the node of a new one.
fn edge_row(tables: &mut Tables, slot: Slot, node: Option<usize>) -> u32 {
    if let Slot::Row(edge) = slot {
        return edge;
    }
    let edge = tables.tables.get_mut(Slots::EDGE).map_or(0, crate::json::Table::push_row);
    if let Some(node) = node {
        set(tables, (Slots::EDGE, edge, node), slot);
    }
    edge
}

fn get(tables: &Tables, (table, row, slot): (usize, u32, usize)) -> Slot {
    tables.tables.get(table).map(|table| table.get(row, slot)).unwrap_or_default()
}

fn set(tables: &mut Tables, (table, row, slot): (usize, u32, usize), value: Slot) {
    if let Some(table) = tables.tables.get_mut(table) {
        table.set(row, slot, value);
    }
}

fn value(tables: &Tables, at: (usize, u32, usize)) -> Value {
    tables.to_value(get(tables, at)).unwrap_or_default()
}

fn store(tables: &mut Tables, value: Value) -> Slot {
    tables.values.push(value);
    Slot::Value(number(tables.values.len() - 1))
}

/// A cursor's text; null for one that is too long.
fn text(tables: &mut Tables, text: Option<String>) -> Slot {
    text.map_or(Slot::Null, |text| store(tables, Value::from(text)))
}

/// A count: a number that is not negative, also in quotes, as headers have it.
fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|count| *count <= 1 << 52)
}

/// Rows are bounded far below what does not fit.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
