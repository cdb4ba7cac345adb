//! Rows read by the row template, against rows read without, and against `serde_json`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{serde_accepts, skip};
use crate::json::{InvalidJson, KeySet, Kind, Member, Reader, RowTemplate, Slot};

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e f", "a key that is longer than one comparison"];

/// One object: the text of each wanted key's last value. Anything else in a list: its text.
#[derive(Debug, PartialEq)]
enum Row {
    Object(Vec<Option<String>>),
    Other(String),
}

struct Rows<'a> {
    reader: Reader<'a>,
    keys: &'a KeySet,
    template: RowTemplate,
    /// Whether a guess may come from the row before.
    guesses: bool,
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn value(&mut self) -> Result<(), InvalidJson> {
        match self.reader.peek()? {
            Kind::Array => {
                self.reader.enter_array()?;
                let mut first = true;
                while self.reader.next_element(first)? {
                    first = false;
                    self.value()?;
                }
            }
            Kind::Object => {
                let row = self.object()?;
                self.rows.push(row);
            }
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => {
                let span = self.reader.skip_value()?;
                self.rows.push(Row::Other(self.reader.text(span).to_owned()));
            }
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Row, InvalidJson> {
        if !self.guesses {
            self.template = RowTemplate::default();
        }
        let mut slots = vec![Slot::Missing; KEYS.len()];
        let mut seen = 0;
        self.template.begin();
        while !self.reader.leaves(&mut self.template, &mut slots, &mut seen, 0)? {
            let Some(member) = self.reader.next_member(self.keys, &mut self.template)? else { break };
            let span = self.reader.skip_value()?;
            if let Member::Wanted(key) = member {
                seen |= 1 << key;
                slots[key as usize] = self.reader.slot(0, span);
            }
        }
        let text = |slot| match slot {
            Slot::Null => Some("null".to_owned()),
            Slot::Raw { start, end, .. } => Some(self.reader.text(start as usize..end as usize).to_owned()),
            _ => None,
        };
        Ok(Row::Object(slots.into_iter().map(text).collect()))
    }
}

/// Leaves are some of the keys, so that guessing goes on and stops.
fn read(body: &[u8], leaves: u8, guesses: bool) -> Result<Vec<Row>, InvalidJson> {
    let leaf = |key: u32| (leaves >> key & 1 == 1).then_some(key);
    let keys = KeySet::new(KEYS).with_leaves((0..).zip(KEYS).map(|(key, _)| leaf(key)));
    let reader = Reader::new(body)?;
    let mut rows = Rows { reader, keys: &keys, template: RowTemplate::default(), guesses, rows: Vec::new() };
    rows.value()?;
    rows.reader.finish()?;
    Ok(rows.rows)
}

/// The same by `serde_json`; `None` where it refuses what is JSON (a lone surrogate in a key).
fn read_by_serde(body: &[u8]) -> Option<Vec<Row>> {
    fn add(value: &RawValue, rows: &mut Vec<Row>) -> Option<()> {
        let text = value.get();
        if text.starts_with('[') {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            return elements.into_iter().try_for_each(|element| add(element, rows));
        }
        rows.push(if text.starts_with('{') {
            let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
            Row::Object(KEYS.map(|key| members.get(key).map(|value| value.get().to_owned())).into())
        } else {
            Row::Other(text.to_owned())
        });
        Some(())
    }
    let mut rows = Vec::new();
    add(serde_json::from_slice(body).ok()?, &mut rows)?;
    Some(rows)
}

/// How one row is written: what precedes the first key, a further key, a value and the end.
const STYLES: [[&str; 4]; 5] = [
    ["", ",", ":", ""],
    [" ", ", ", ": ", " "],
    ["\n    ", ",\n    ", ": ", "\n  "],
    ["\r\n\t", " , ", "\t:\n", ""],
    ["\n                                        ", ",\n                                        ", ": ", "\n"],
];

fn value_text() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        6 => "[a-z \u{e9}]{0,40}".prop_map(|text| format!("\"{text}\"")),
        2 => "([a-z]|\\\\n|\\\\u00e9|\\\\\"){0,20}".prop_map(|text| format!("\"{text}\"")),
        6 => "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        3 => Just("null".to_owned()),
        1 => Just("true".to_owned()),
        1 => Just("false".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let members = prop::collection::vec((0..KEYS.len(), inner.clone()), 0..3).prop_map(|members| {
            let members: Vec<String> =
                members.iter().map(|(key, value)| format!("\"{}\": {value}", KEYS[*key])).collect();
            format!("{{{}}}", members.join(",\n "))
        });
        let elements = prop::collection::vec(inner, 0..3).prop_map(|elements| format!("[{}]", elements.join(" , ")));
        prop_oneof![members, elements]
    })
    .boxed()
}

/// Rows of the same members in the same order and style, but for some that leave out, move, double or respell members.
pub(crate) fn rows_text() -> BoxedStrategy<String> {
    let keys = Just((0..KEYS.len() + 2).collect::<Vec<_>>()).prop_shuffle();
    let row = (prop::collection::vec(value_text(), KEYS.len() + 2), any::<u8>(), 0..16_u8, 0..STYLES.len());
    let between = prop_oneof![Just(","), Just(",\n  "), Just(" , ")];
    (keys, 1..=KEYS.len() + 2, 0..STYLES.len(), prop::collection::vec(row, 0..9), between)
        .prop_map(|(keys, count, style, rows, between)| {
            let keys = &keys[..count];
            let rows = rows.iter().map(|(values, mask, how, other)| {
                let mut keys = keys.to_vec();
                let mut style = style;
                match how {
                    0 => keys.retain(|key| mask >> key & 1 == 1),
                    1 => keys.rotate_left(usize::from(*mask) % count),
                    2 => keys.insert(usize::from(*mask) % count, usize::from(*mask) % (KEYS.len() + 2)),
                    3 => style = *other,
                    4 => return values[0].clone(),
                    _ => {}
                }
                let [open, next, colon, close] = STYLES[style];
                let members: Vec<String> = keys
                    .iter()
                    .map(|&key| {
                        let name = if *how == 5 && key == 0 { "\\u0061" } else { KEYS.get(key).unwrap_or(&"unwanted") };
                        format!("\"{name}\"{colon}{}", values[key])
                    })
                    .collect();
                format!("{{{open}{}{close}}}", members.join(next))
            });
            let rows: Vec<String> = rows.collect();
            format!("[{}]", rows.join(between))
        })
        .boxed()
}

/// Rows whose nested values differ in their scalars (`#`), mostly.
fn nested_rows_text() -> BoxedStrategy<String> {
    let skeleton = prop_oneof![4 => Just("#".to_owned()), 1 => Just("[]".to_owned()), 1 => Just("{ }".to_owned())]
        .prop_recursive(4, 12, 4, |inner| {
            let members = prop::collection::vec(inner.clone(), 1..4).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|value| format!("\"a[\": {value}")).collect();
                format!("{{ {} }}", members.join(",\n    "))
            });
            let elements = prop::collection::vec(inner, 1..4).prop_map(|elements| format!("[{}]", elements.join(", ")));
            prop_oneof![members, elements]
        });
    let scalar = prop_oneof![
        "\"[a-z]{0,20}\"".boxed(),
        "[1-9][0-9]{0,9}(\\.5)?".boxed(),
        Just("null".to_owned()).boxed(),
        Just("{}".to_owned()).boxed(),
    ];
    let row = (prop::collection::vec(scalar, 1..6), 0..12_usize);
    (prop::collection::vec(skeleton, 3), prop::collection::vec(row, 1..9), 0..50_usize)
        .prop_map(|(skeletons, rows, space)| {
            let rows = rows.iter().map(|(scalars, other)| {
                let mut scalars = scalars.iter().cycle();
                let mut fill = |skeleton: &str| {
                    let pieces: Vec<&str> = skeleton.split('#').collect();
                    pieces.iter().skip(1).fold(pieces[0].to_owned(), |text, piece| {
                        text + scalars.next().map_or("", String::as_str) + piece
                    })
                };
                let third = skeletons.get(*other).unwrap_or(&skeletons[2]);
                let [first, second, third] = [&skeletons[0], &skeletons[1], third].map(|skeleton| fill(skeleton));
                format!("{{ \"a\": {first}, \"unwanted\": {second}, \"b\": {third} }}")
            });
            format!("[{}]{}", rows.collect::<Vec<_>>().join(",\n"), " ".repeat(space))
        })
        .boxed()
}

/// Text with one bit flipped, one byte replaced, or its end cut off.
pub(crate) fn broken(text: &str, at: prop::sample::Index, how: u8) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = at.index(bytes.len());
    match how {
        0..8 => bytes[at] ^= 1 << how,
        8..16 => bytes[at] = b"\"\\{}[],:"[usize::from(how) % 8],
        16..20 => bytes.truncate(at),
        20..24 => drop(bytes.remove(at)),
        _ => bytes.insert(at, bytes[at]),
    }
    bytes
}

fn check(body: &[u8], leaves: u8) -> Result<(), TestCaseError> {
    let general = read(body, 0, false);
    prop_assert_eq!(&read(body, leaves, true), &general);
    prop_assert_eq!(&read(body, leaves, false), &general);
    prop_assert_eq!(general.is_ok(), serde_accepts(body));
    if let (Ok(rows), Some(expected)) = (general, read_by_serde(body)) {
        prop_assert_eq!(rows, expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn guessing_changes_no_row(text in rows_text(), leaves in any::<u8>()) {
        check(text.as_bytes(), leaves)?;
    }

    #[test]
    fn guessing_accepts_no_broken_row(text in rows_text(), at in any::<prop::sample::Index>(), how in 0..28_u8, leaves in any::<u8>()) {
        check(&broken(&text, at, how), leaves)?;
    }

    #[test]
    fn shapes_change_no_row(text in nested_rows_text(), leaves in any::<u8>()) {
        check(text.as_bytes(), leaves)?;
    }

    #[test]
    fn shapes_accept_no_broken_row(text in nested_rows_text(), at in any::<prop::sample::Index>(), how in 0..28_u8, leaves in any::<u8>()) {
        check(&broken(&text, at, how), leaves)?;
    }
}

#[test]
fn a_guess_is_only_good_in_the_same_state_of_the_grammar() {
    for (body, accepted) in [
        (r#"[{"a":1,"b":2,"c":3,"d":4},{"a":1,"b":2,"c":3,"d":4}                                   ]"#, true),
        // The comma is missing before what was the first member.
        (r#"[{"a":1,"b":2},{"b":1 "a":2}                                                            ]"#, false),
        (r#"[{"a":1,"b":2},{"b":1{"a":2}                                                            ]"#, false),
        (r#"[{"a":1,"b":2},{,"b":1}                                                                 ]"#, false),
        (r#"[{"a":1,"b":2},{"a":1,"b":2,}                                                           ]"#, false),
        (r#"[{"a":1,"b":2},{"a":1,"b":}                                                             ]"#, false),
        (r#"[{"a":1,"b":2},{"a":01,"b":2}                                                           ]"#, false),
        (r#"[{"a":1,"b":2},{"a":  1  ,"b":   2  }                                                   ]"#, true),
        (r#"[{"x":1},{"a":1,"b":2},{"b":1,"a":2},{"a":1,"a":2,"b":3},{"c":1,"a":2}                  ]"#, true),
        (r#"[{},{"a":1},{},{ },{"a":1                                                               ]"#, false),
    ] {
        assert_eq!(serde_accepts(body.as_bytes()), accepted, "{body}");
        check(body.as_bytes(), 0b11).unwrap();
    }
}

#[test]
fn guessing_keeps_the_bound_on_nesting() {
    for depth in 100..130 {
        for value in ["1", "[[]]", "{\"a\":[]}"] {
            let row = format!("{{\"a\":1,\"b\":{value}}}");
            let body = format!("{}{row},{row},{row}{}", "[".repeat(depth), "]".repeat(depth));
            let expected = skip(body.as_bytes()).is_ok();
            for leaves in [0, 3] {
                assert_eq!(read(body.as_bytes(), leaves, true).is_ok(), expected, "{depth} {value}");
            }
            // The last row alone is too deep.
            let body = format!("{}{row},{row},{{\"a\":1,\"b\":[[{value}]]}}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(read(body.as_bytes(), 3, true).is_ok(), skip(body.as_bytes()).is_ok(), "{depth} {value}");
        }
    }
}

#[test]
fn objects_that_never_repeat_are_read_in_bounded_memory() {
    let rows: Vec<String> = (0..2000).map(|at| format!("{{\"k{at}\":1,\"l{at}\":2,\"a\":{at}}}")).collect();
    let body = format!("[{}]", rows.join(","));
    let rows = read(body.as_bytes(), 1, true).unwrap();
    assert_eq!(rows, read(body.as_bytes(), 0, false).unwrap());
    let wide: Vec<String> = (0..2000).map(|at| format!("\"k{at}\":{at}")).collect();
    let body = format!("[{{{0},\"a\":1}},{{{0},\"a\":2}}]", wide.join(","));
    assert_eq!(read(body.as_bytes(), 1, true), read(body.as_bytes(), 0, false));
}

#[test]
fn strings_end_at_the_first_quote_wherever_it_stands() {
    for length in 0..70 {
        let text = "x".repeat(length);
        for at in 0..=length {
            let (before, after) = text.split_at(at);
            for mark in ["", "\"", "\\", "\\\"", "\u{1}", "\u{1f}", "\u{7f}", "\u{e9}", "\\u0041", "!", "\u{22}\u{22}"]
            {
                let body = format!("[\"{before}{mark}{after}\",\"{text}\"]");
                assert_eq!(skip(body.as_bytes()).is_ok(), serde_accepts(body.as_bytes()), "{body:?}");
                let body = format!("{{\"{before}{mark}{after}\":{{\"{before}\":0}}}}");
                assert_eq!(skip(body.as_bytes()).is_ok(), serde_accepts(body.as_bytes()), "{body:?}");
            }
        }
    }
}

#[test]
fn white_space_ends_at_the_first_other_byte() {
    for length in 0..40 {
        for at in 0..=length {
            for other in ["", "\n", "\t", "\r", "\u{b}", "\u{1f}", "\u{0}", "!", "\u{a0}"] {
                let body = format!("[{}{other}{}1]", " ".repeat(at), " ".repeat(length - at));
                assert_eq!(skip(body.as_bytes()).is_ok(), serde_accepts(body.as_bytes()), "{body:?}");
            }
        }
    }
}

#[test]
fn numbers_are_those_of_the_grammar() {
    let parts = [
        &["", "-", "+"][..],
        &["", "0", "1", "09", "1234567", "12345678", "123456789"],
        &["", ".", ".0"],
        &["", "e", "E1", "e-2", "x", "/", ":"],
    ];
    for sign in parts[0] {
        for whole in parts[1] {
            for fraction in parts[2] {
                for exponent in parts[3] {
                    for after in ["", "         "] {
                        let body = format!("{sign}{whole}{fraction}{exponent}{after}");
                        assert_eq!(skip(body.as_bytes()).is_ok(), serde_accepts(body.as_bytes()), "{body:?}");
                    }
                }
            }
        }
    }
}
