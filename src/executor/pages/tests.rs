//! Arguments, numbered pages and links, as data.

use super::{
    cursor::{self, Cursor, Place},
    link, read_arguments,
    window::Window,
};
use crate::{
    json::{Object, Value},
    model::{PageStyle, Paging},
};

fn paging(style: PageStyle) -> Paging {
    Paging { style, first: 20, max: 50, backward: true, total: true, has_next: false, has_previous: false, tag: 7 }
}

fn object(text: &str) -> Object {
    Value::parse(text.as_bytes()).unwrap().as_object().unwrap().clone()
}

/// What a client sends, which of it stands in for nothing, and how many edges that is in which direction.
#[test]
fn what_stands_in_for_nothing_gives_way() {
    let paging = paging(PageStyle::Offset);
    let cursor = cursor::encode(&paging, &Cursor::Index(9)).unwrap();
    for (arguments, defaults, expected) in [
        ("{}", "", Ok((20, false))),
        (r#"{"first": 3}"#, "", Ok((3, false))),
        (r#"{"first": null, "last": 4}"#, "", Ok((4, true))),
        (r#"{"before": "C"}"#, "", Ok((20, true))),
        (r#"{"first": 10, "last": 10}"#, "first last", Ok((10, false))),
        (r#"{"first": 10, "last": 10, "before": "C"}"#, "first last", Ok((10, true))),
        (r#"{"first": 10, "last": 10, "after": "C"}"#, "first last", Ok((10, false))),
        (r#"{"first": 10, "last": 4}"#, "first", Ok((4, true))),
        (r#"{"first": 4, "last": 10}"#, "last", Ok((4, false))),
        (r#"{"first": 10, "before": "C"}"#, "first", Ok((10, true))),
        (r#"{"first": 80}"#, "first", Ok((50, false))),
        (r#"{"last": 80}"#, "last", Ok((50, true))),
        (r#"{"last": 5}"#, "last", Ok((5, true))),
        (r#"{"first": 51}"#, "last", Err("`first` must be from 0 to 50")),
        (r#"{"last": -1}"#, "first", Err("`last` must be from 0 to 50")),
        (r#"{"first": 1, "last": 1}"#, "", Err("`first` and `last` cannot both be given")),
        (r#"{"first": 1, "before": "C"}"#, "last", Err("`first` and `before` cannot both be given")),
    ] {
        let arguments_read = object(&arguments.replace("\"C\"", &format!("\"{cursor}\"")));
        let asked = read_arguments(&paging, &arguments_read, |name| {
            let is_default = defaults.split(' ').any(|known| known == name);
            arguments_read.get(name).filter(|_| is_default).cloned()
        });
        let found = asked.map(|asked| (asked.count, asked.backward));
        assert_eq!(found, expected.map_err(str::to_owned), "{arguments}, defaults: {defaults}");
    }
}

/// First row and how many, forward and backward; the page that is asked for, and the rows of it.
#[test]
fn numbered_pages_hold_the_rows_that_are_wanted() {
    let (forward, backward) = ("first", "last");
    for (direction, start, count, expected) in [
        (forward, 0, 20, (1, 20, 0, 20)),
        (forward, 20, 20, (2, 20, 20, 20)),
        (forward, 3, 5, (1, 8, 3, 5)),
        (forward, 20, 30, (1, 50, 20, 30)),
        // The smallest that holds all of them; where none does, the one that holds the most, and what comes of them.
        (forward, 49, 10, (5, 12, 49, 10)),
        (forward, 99, 50, (3, 49, 99, 50)),
        (backward, 99, 50, (3, 50, 100, 49)),
        (backward, 10, 10, (2, 10, 10, 10)),
    ] {
        let paging = paging(PageStyle::Page { start: 1, size: None });
        let at = match direction {
            "first" => u64::checked_sub(start, 1),
            _ => Some(start + u64::from(count)),
        };
        let asked = super::Asked { count, backward: direction == backward, at: at.map(Cursor::Index) };
        let request = asked.request(&paging, None);
        let Window::Counted { from, size, start: found, count: held } = request.window else { panic!("{request:?}") };
        let number = request.variables.get("number").and_then(Value::as_i64).unwrap();
        let what = format!("{direction} {count} at {start}");
        assert_eq!((number, size, found, held), (expected.0, expected.1, expected.2, expected.3), "{what}");
        assert!(found >= from && found + u64::from(held) <= from + u64::from(size) || direction == forward, "{what}");
    }
}

#[test]
fn a_cursor_that_is_too_long_to_come_back_is_none() {
    let paging = paging(PageStyle::Keys);
    let cursor = |length: usize| cursor::encode(&paging, &Cursor::Key(Value::from("x".repeat(length))));
    // Nine bytes say whose it is, two are quotes.
    let longest = cursor(8 * 1024 - 11).unwrap();
    assert!(cursor::decode(&paging, &longest).is_some());
    assert_eq!(cursor(8 * 1024 - 10), None);
}

#[test]
fn only_a_list_that_goes_backward_has_a_page_before() {
    let forward = Paging { backward: false, ..paging(PageStyle::Tokens) };
    for (page, expected) in [(r#"{"after":"t"}"#, true), (r#"{"before":"t"}"#, false)] {
        let page = Value::parse(page.as_bytes()).unwrap();
        let place = Place { page, size: 3, index: 0, next: Value::Null, previous: Value::Null };
        let text = cursor::encode(&forward, &Cursor::Place(place)).unwrap();
        assert_eq!(cursor::decode(&forward, &text).is_some(), expected);
        assert!(cursor::decode(&paging(PageStyle::Tokens), &text).is_some());
    }
}

#[test]
fn of_links_only_named_parameters_are_taken() {
    let names = ["page".into(), "q".into()];
    let text = |header: &str| link::parameters(&Value::from(header.to_owned()), &["next"], &names).to_string();
    for (found, expected) in [
        (r#"<https://a.example/x?page=2>; rel="next""#, r#"{"page":"2"}"#),
        (r#"</x?page=1>; rel=prev, </x?page=3&token=t>; title="a, \"b;c"; rel="last next""#, r#"{"page":"3"}"#),
        (r#"</x?page=2;q=1&q=a%20b%26c#page=9>; REL = NEXT"#, r#"{"page":"2;q=1","q":"a b&c"}"#),
        ("https://a.example/?page=4", r#"{"page":"4"}"#),
        ("/x?page=", r#"{"page":""}"#),
        ("/x?other=1", "null"),
        ("", "null"),
        ("<", "null"),
        ("<>", "null"),
        (r#"</x?page=2>; rel="nextish""#, "null"),
        (r#"</x?page=2; rel="next""#, "null"),
        (r#"</x?page=2>"#, "null"),
    ] {
        assert_eq!(text(found), expected, "{found}");
    }
}
