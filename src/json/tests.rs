//! Tests of the JSON layer: against `serde_json` where it has an opinion.

pub(crate) mod rows;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{
    InvalidJson, KeySet, MAX_DEPTH, Member, Number, Reader, RowTemplate, Slot, Table, Tables, Value, unescape,
};

fn skip(body: &[u8]) -> Result<(), InvalidJson> {
    let mut reader = Reader::new(body)?;
    reader.skip_value()?;
    reader.finish()
}

fn serde_accepts(body: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(body).is_ok()
}

#[test]
fn accepts_and_refuses_what_serde_does() {
    let cases: &[&str] = &[
        "",
        " ",
        "null",
        "nul",
        "nulll",
        "null null",
        "true",
        "truex",
        "false ",
        "0",
        "-0",
        "-",
        "00",
        "01",
        "-01",
        "1.",
        ".5",
        "1.5",
        "1.5e",
        "1.5e+",
        "1e5",
        "1E-5",
        "1e999",
        "+1",
        "0x1",
        "NaN",
        "\"\"",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u1234\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\u{1}\"",
        "\"\u{7f}\"",
        "\"tab\tin\"",
        "\"12345678\u{1f}\"",
        "\"1234567890\\n1234567890\"",
        "\"日本語日本語\"",
        "[]",
        "[ ]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "[",
        "]",
        "[[[]]]",
        "[[[]]",
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\" : 1 , \"b\" : [ ] }",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1]",
        "{\"a\":1",
        "{\"a\":{\"b\":[1,{\"c\":null}]}}",
        "\u{feff}1",
        "1 // no",
        " \n\r\t1\n",
        "\u{b}1",
    ];
    for case in cases {
        let expected = serde_accepts(case.as_bytes());
        assert_eq!(skip(case.as_bytes()).is_ok(), expected, "skipping {case:?}");
        assert_eq!(Value::parse(case.as_bytes()).is_ok(), expected, "parsing {case:?}");
    }
}

#[test]
fn refuses_what_is_not_utf8() {
    assert_eq!(skip(b"\"a\xff\""), Err(InvalidJson { at: 2, too_deep: false }));
    assert_eq!(Value::parse(b"\"\xed\xa0\x80\""), Err(InvalidJson { at: 1, too_deep: false }));
}

#[test]
fn bounds_nesting() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let deepest = MAX_DEPTH as usize;
    for (depth, expected) in [(1, true), (deepest, true), (deepest + 1, false), (1_000_000, false)] {
        assert_eq!(skip(nested(depth).as_bytes()).is_ok(), expected, "skipping {depth}");
        assert_eq!(Value::parse(nested(depth).as_bytes()).is_ok(), expected, "parsing {depth}");
    }
    let objects = "{\"a\":".repeat(200_000);
    assert!(skip(objects.as_bytes()).is_err());
}

#[test]
fn parses_and_writes_compactly() {
    for (text, expected) in [
        (r#" { "b" : 1.50 , "a" : [ true , null , "x\u00e9\/" ] } "#, r#"{"b":1.50,"a":[true,null,"xé/"]}"#),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        (r#""\ud83d\ude00 \ud83d \n\u0001""#, "\"😀 \u{fffd} \\n\\u0001\""),
        ("1E+2", "1E+2"),
        ("12345678901234567890123", "12345678901234567890123"),
    ] {
        assert_eq!(Value::parse(text.as_bytes()).unwrap().to_string(), expected);
    }
}

#[test]
fn unescapes() {
    for (raw, expected) in [
        ("plain", "plain"),
        (r"a\nb", "a\nb"),
        (r"\\\u0041", "\\A"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83dx", "\u{fffd}x"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\u0041", "\u{fffd}A"),
        (r#"\"\/\b\f\r\t"#, "\"/\u{8}\u{c}\r\t"),
    ] {
        assert_eq!(unescape(raw), expected, "{raw}");
    }
}

#[test]
fn compares_numbers_by_value_where_asked() {
    let value = |text: &str| Value::parse(text.as_bytes()).unwrap();
    for (left, right, json, strict) in [
        ("1", "1", true, true),
        ("1", "1.0", true, false),
        ("1.0", "1.00", true, true),
        ("100", "1e2", true, false),
        ("9007199254740993", "9007199254740992", false, false),
        ("[1,{\"a\":2}]", "[1.0,{\"a\":2.0}]", true, false),
        ("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true, true),
        ("1", "\"1\"", false, false),
        ("null", "false", false, false),
    ] {
        assert_eq!(value(left).eq_json(&value(right)), json, "{left} {right}");
        assert_eq!(value(left).eq_strict(&value(right)), strict, "{left} {right}");
    }
}

#[test]
fn numbers_keep_their_spelling() {
    for (text, valid) in [("1.50", true), ("-0", true), ("1 ", false), ("", false), ("true", false), ("01", false)] {
        assert_eq!(Number::parse(text).map(|number| number.to_string()), valid.then(|| text.to_owned()));
    }
    assert_eq!(Number::from_f64(5.0).unwrap().as_str(), "5.0");
    assert_eq!(Number::from_f64(1e300).unwrap().as_str(), "1e300");
    assert_eq!(Number::from_f64(f64::NAN), None);
}

#[test]
fn goes_through_serde() {
    let text = r#"{"a":[1,-2,1.5,"x",null,true],"b":{"c":18446744073709551615}}"#;
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(value, Value::parse(text.as_bytes()).unwrap());
    assert_eq!(serde_json::to_string(&value).unwrap(), text);
}

#[test]
fn members_are_found_whatever_their_order_and_spelling() {
    let body = r#"[{"a":1,"b":2,"c":3},{"a":4,"b":5},{"b":6,"a":7,"x":{"a":0}},{"\u0061":8,"c":9},{}]"#;
    for extra in [0, 20] {
        let more: Vec<String> = (0..extra).map(|at| format!("more{at}")).collect();
        let keys = KeySet::new(["a", "c"].into_iter().map(str::to_owned).chain(more));
        let mut template = RowTemplate::default();
        let mut reader = Reader::new(body.as_bytes()).unwrap();
        let mut rows = Vec::new();
        reader.enter_array().unwrap();
        while reader.next_element(rows.is_empty()).unwrap() {
            let mut row = Vec::new();
            template.begin();
            while let Some(member) = reader.next_member(&keys, &mut template).unwrap() {
                let span = reader.skip_value().unwrap();
                if let Member::Wanted(key) = member {
                    row.push((key, reader.text(span)));
                }
            }
            rows.push(row);
        }
        reader.finish().unwrap();
        let expected: Vec<Vec<(u32, &str)>> =
            vec![vec![(0, "1"), (1, "3")], vec![(0, "4")], vec![(0, "7")], vec![(0, "8"), (1, "9")], vec![]];
        assert_eq!(rows, expected);
    }
}

#[test]
fn tables_give_values_back() {
    let mut table = Table::new(2);
    let row = table.push_row();
    table.set(row, 1, Slot::Raw { body: 0, start: 1, end: 4 });
    let tables = Tables {
        bodies: vec![bytes::Bytes::from_static(b"[1.5,2]")],
        values: vec![Value::from("x")],
        lists: vec![Slot::Null, Slot::Value(0), table.get(row, 1), Slot::Missing],
        tables: vec![table],
    };
    assert_eq!(tables.raw(tables.tables[0].get(0, 1)), b"1.5");
    assert_eq!(tables.to_value(Slot::List { first: 0, len: 4 }).unwrap().to_string(), r#"[null,"x",1.5,null]"#);
    assert_eq!(tables.to_value(Slot::Missing), None);
    assert_eq!(tables.raw(Slot::Raw { body: 7, start: 1, end: 4 }), b"");
    assert!(tables.held_bytes() > 7);
}

/// Any JSON value as text, with white space and escapes now and then.
pub(crate) fn json_text() -> impl Strategy<Value = String> {
    let space = prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\n\t")];
    let string = prop_oneof![
        "[a-e]{1,2}".prop_map(|text| format!("\"{text}\"")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\u0061""#.to_owned()),
        Just(r#""\ud83d\ude00\/\b""#.to_owned()),
    ];
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
    ];
    let word = prop_oneof![Just("null"), Just("true"), Just("false")].prop_map(str::to_owned);
    let leaf = prop_oneof![word, number, string.clone()];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        let space = space.clone();
        let array = (prop::collection::vec(inner.clone(), 0..5), space.clone())
            .prop_map(|(elements, space)| format!("[{space}{}{space}]", elements.join(&format!("{space},"))));
        let member =
            (string.clone(), space, inner).prop_map(|(key, space, value)| format!("{key}{space}:{value}{space}"));
        let object = prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(", ")));
        prop_oneof![array, object]
    })
}

/// JSON text with one byte changed, removed or doubled.
fn broken_json() -> impl Strategy<Value = Vec<u8>> {
    (json_text(), any::<prop::sample::Index>(), any::<u8>(), 0..4).prop_map(|(text, at, byte, how)| {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = byte,
            1 => bytes[at] = b"\"\\{}[],:0-.eE "[usize::from(byte) % 14],
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
        bytes
    })
}

proptest! {
    #[test]
    fn reads_all_that_serde_reads(text in json_text()) {
        prop_assert!(skip(text.as_bytes()).is_ok());
        let ours = Value::parse(text.as_bytes()).unwrap();
        // serde_json's own tree refuses numbers out of range.
        if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&text) {
            let printed: serde_json::Value = serde_json::from_str(&ours.to_string()).unwrap();
            prop_assert_eq!(printed, theirs);
        }
        prop_assert_eq!(&Value::parse(ours.to_string().as_bytes()).unwrap(), &ours);
    }

    #[test]
    fn refuses_all_that_serde_refuses(body in broken_json()) {
        let expected = serde_accepts(&body);
        prop_assert_eq!(skip(&body).is_ok(), expected);
        prop_assert_eq!(Value::parse(&body).is_ok(), expected);
    }

    #[test]
    fn never_panics(body in any::<Vec<u8>>()) {
        prop_assert!(skip(&body).is_err() || serde_accepts(&body));
                drop((unescape(&String::from_utf8_lossy(&body)), Value::parse(&body)));
    }

    #[test]
    fn strings_survive_writing(text in any::<String>()) {
        let mut out = Vec::new();
        super::write_string(&mut out, &text);
        prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}

#[test]
fn nesting_beyond_the_bound_is_told_as_such() {
    let nested = |depth: usize| Value::parse(format!("{}1{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
    assert!(nested(128).is_ok());
    assert_eq!(nested(129).unwrap_err().to_string(), "nested more than 128 levels deep at byte 128");
    assert_eq!(Value::parse(b"[1").unwrap_err().to_string(), "not valid JSON at byte 2");
}
