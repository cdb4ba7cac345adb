//! Limits, and documents that mean harm.

use std::fmt::Write;

use proptest::prelude::*;

use super::{DocumentLimits, LIMITS, client, messages};
use crate::{graphql::ClientSchema, json::Value};

const OPEN: DocumentLimits = DocumentLimits {
    bytes: usize::MAX,
    tokens: usize::MAX,
    nesting: usize::MAX,
    depth: usize::MAX,
    aliases: usize::MAX,
    root_fields: usize::MAX,
    fields: usize::MAX,
};

fn refusal(client: &ClientSchema, document: &str, limits: &DocumentLimits) -> String {
    client.prepare(document, None, limits).map_or_else(|errors| messages(&errors), |_| "accepted".into())
}

/// Fragments of which each spreads the next `times` times.
fn cascade(fragments: usize, times: usize) -> String {
    let mut document = String::from("{ ...F0 }");
    for index in 0..fragments {
        let spread = format!(" ...F{}", index + 1).repeat(times);
        write!(document, " fragment F{index} on Query {{ __typename{spread} }}").expect("writing to a string");
    }
    write!(document, " fragment F{fragments} on Query {{ a: __typename }}").expect("writing to a string");
    document
}

/// Fragments of which each contains the next `levels` of something deep.
fn chain(fragments: usize, open: &str, close: &str) -> String {
    let mut document = String::from("{ ...F0 }");
    for index in 0..fragments {
        write!(document, " fragment F{index} on Query {{ {open} ...F{} {close} }}", index + 1).expect("writing");
    }
    write!(document, " fragment F{fragments} on Query {{ __typename }}").expect("writing to a string");
    document
}

#[test]
fn names_the_limit() {
    let client = client();
    let nested =
        |depth: usize| format!("{{ books {} }}", "{ author { books ".repeat(depth) + "{ id }" + &"} }".repeat(depth));
    let aliases: String = (0..31).map(|index| format!(" a{index}: __typename")).collect();
    let cases = [
        (nested(8), "operation nests fields too deep: limit `depth` is 15"),
        (format!("{{ {aliases} }}"), "operation has too many aliases: limit `aliases` is 30"),
        (
            format!("query Q {{ {} }}", "__typename ".repeat(21)),
            "operation `Q` has too many root fields: limit `root_fields` is 20",
        ),
        (format!("{{ books {{ {} }} }}", "id ".repeat(1001)), "selects too many fields: limit `fields` is 1000"),
        (cascade(12, 10), "selects too many fields: limit `fields` is 1000"),
        (
            format!("{{ __schema {{ types {} }} }}", "{ ofType ".repeat(31) + "{ name }" + &"}".repeat(31)),
            "limit `introspection_depth` is 30",
        ),
        (chain(300, "", ""), "limit `levels` is 200"),
        (chain(10_000, "", ""), "limit `tokens` is 15000"),
        (format!("{{ a{} }}", "(b: [".repeat(60)), "limit `nesting` is 100"),
    ];
    for (document, expected) in cases {
        let found = refusal(client, &document, &LIMITS);
        assert!(found.contains("LIMIT_EXCEEDED") && found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn tolerates_cycles_while_counting() {
    let document = "{ ...A ...B } fragment A on Query { ...B a: __typename } fragment B on Query { ...A ...B ...C }";
    let found = refusal(client(), document, &LIMITS);
    assert!(found.contains("within itself"), "{found}");
}

#[test]
fn bounds_all_operations_together() {
    let operation = |index: usize| format!("query Q{index} {{ books {{ {} }} }} ", "id ".repeat(900));
    let document: String = (0..5).map(operation).collect();
    let found =
        client().prepare(&document, Some("Q0"), &LIMITS).map_or_else(|errors| messages(&errors), |_| String::new());
    assert!(found.contains("select too many fields together"), "{found}");
}

/// Runs on the stack that the runtime's workers have.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(test).expect("a thread");
    thread.join().expect("no panic");
}

#[test]
fn survives_a_mebibyte_of_anything_on_a_small_stack() {
    on_small_stack(|| {
        let client = client();
        let parts = [
            "[",
            "{",
            "(",
            "{a",
            "{a(b:[",
            "{a:{",
            "$a:[",
            "{...{",
            "{...on A{",
            "@a(b:",
            "]",
            "}",
            ")",
            "\"",
            "\"\"\"",
            "\\\"",
            "#",
            "...",
            "!",
            "&A",
            "|A",
            "=",
            "$",
            "a",
            "a ",
            "1",
            "-",
            ".",
            "\u{feff}",
            ",",
            "é",
            "😀",
            "\u{0}",
            "{}",
            "[]",
            "\"\" ",
            "fragment",
            "type A implements B&",
            "union A=B|",
            "directive @a on A|",
            "extend ",
            "schema{",
            "query(",
            "query($a:",
        ];
        for part in parts {
            let repeated = part.repeat((1 << 20) / 4 / part.len());
            for prefix in [
                "",
                "{",
                "{a(b:",
                "query(",
                "query($a:",
                "query($a:A=",
                "fragment A on B",
                "type A{a(",
                "union A=",
                "type A implements B",
                "\"",
                "{a(b:\"\"\"",
            ] {
                let text = format!("{prefix}{repeated}");
                assert_ne!(refusal(client, &text, &LIMITS), "accepted");
            }
        }
    });
}

#[test]
fn survives_the_deepest_documents_that_pass_the_guard() {
    on_small_stack(|| {
        let client = client();
        let list = |depth: usize| format!("{{ on(date: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
        let object = |depth: usize| format!("{{ on(date: {}1{}) }}", "{a:".repeat(depth), "}".repeat(depth));
        let inline = |depth: usize| format!("{} __typename {}", "{ ...".repeat(depth), "}".repeat(depth));
        let fields = |depth: usize| {
            format!("{{ books {} {{ id }} {} }}", "{ author { books ".repeat(depth), "} }".repeat(depth))
        };
        let types =
            |depth: usize| format!("query($a: {}Int{}) {{ on(date: [$a]) }}", "[".repeat(depth), "]".repeat(depth));
        for depth in [50, 98, 150, 190, 197, 198, 199, 200, 201, 1_000, 100_000] {
            for document in [list(depth), object(depth), inline(depth), fields(depth / 2), types(depth)] {
                let found = refusal(client, &document, &OPEN);
                assert!(depth <= 200 || found.contains("LIMIT_EXCEEDED"), "{depth} {found}");
            }
        }
        for (open, close) in [("", ""), ("... { ... {", "} }")] {
            for fragments in [20, 60, 95, 99, 101, 150, 198, 1_000, 10_000] {
                refusal(client, &chain(fragments, open, close), &OPEN);
            }
        }
        let deep = types(190);
        let prepared = client.prepare(&deep, None, &OPEN).unwrap_or_else(|errors| panic!("{}", messages(&errors)));
        let one = Value::parse(br#"{"a":1}"#).expect("JSON");
        client.coerce_variables(&prepared.operation, &one).expect("wrapped in lists");
    });
}

#[test]
fn counts_fragments_in_no_time() {
    let client = client();
    let document = cascade(12, 10);
    for _ in 0..100 {
        assert!(refusal(client, &document, &LIMITS).contains("LIMIT_EXCEEDED"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn never_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        refusal(client(), &text, &LIMITS);
    }

    #[test]
    fn never_panics_on_near_graphql(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        refusal(client(), &words.join(" "), &OPEN);
        refusal(client(), &format!("query Q($a: Int = 1, $b: [Filter!]) {{ {} }}", words.join(" ")), &OPEN);
    }
}

const WORDS: &[&str] = &[
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "F",
    "G",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "...",
    "...F",
    "...G",
    ":",
    "=",
    "$a",
    "$b",
    "!",
    "@include",
    "@skip",
    "@defer",
    "@stream",
    "(if: $a)",
    "(if: true)",
    "books",
    "book",
    "find",
    "id",
    "title",
    "author",
    "Book",
    "Query",
    "Found",
    "Filter",
    "filter:",
    "{text: \"a\"}",
    "{text: $a}",
    "1",
    "-1.5e3",
    "\"s\"",
    "\"\"\"b\"\"\"",
    "null",
    "true",
    "RED",
    "x:",
    "__typename",
    "__schema",
    "__type(name: \"A\")",
    "types",
    "fields",
    "fragment F on Book {",
    "fragment G on Query {",
    "type A",
    "\"",
    "\"\"\"",
    "#c\n",
    ",",
    "by: {id: 1}",
    "numbers: [1, 2]",
    "shelf",
    "Int",
    "|",
    "&",
    "directive",
    "extend",
    "schema",
    "enum",
    "\\u",
];

#[test]
fn answers_wide_documents_without_superlinear_work() {
    let numbered = |count: usize, before: &str, after: &str| -> String {
        (0..count).map(|index| format!("{before}{index}{after} ")).collect()
    };
    let long = "x".repeat(1_000_000);
    let cases = [
        ("{ } ".repeat(7_000), "Syntax Error"),
        ("a ".repeat(14_990), "Syntax Error"),
        ("!".repeat(14_990), "Syntax Error"),
        (format!("{{ books {{ id }} {} }}", ",".repeat(1_000_000)), "limit `tokens`"),
        (format!("{{ books {{ id }} }} #{long}"), "accepted"),
        (format!("{{ on(text: \"{long}\") books {{ {} }} }}", "id ".repeat(900)), "accepted"),
        (format!("{{ {} }}", "books { author { books { author { books { id } } } } } ".repeat(19)), "accepted"),
        (format!("{{ on(date: [{}]) }}", "{a: 1} ".repeat(2_900)), "accepted"),
        (format!("{{ on({}) }}", "text: \"\" ".repeat(4_900)), "only one argument named `text`"),
        (
            format!("query({}) {{ on(date: [{}]) }}", numbered(2_400, "$v", ": Int"), numbered(2_400, "$v", "")),
            "accepted",
        ),
        (
            format!("query({}) {{ on(date: [{}]) }}", numbered(2_400, "$v", ": Int"), numbered(2_400, "$w", "")),
            "`$w0` is not defined",
        ),
        (
            format!(
                "{{ {} }} {}",
                numbered(3_000, "...v", ""),
                numbered(1_000, "fragment w", " on Query { __typename }")
            ),
            "Unknown fragment `v0`",
        ),
        (
            format!("{{ find(filter: {{ {} }}) {{ __typename }} }}", numbered(3_700, "x", ": 1")),
            "Field `x0` is not defined",
        ),
    ];
    for (document, expected) in cases {
        let found = refusal(client(), &document, &LIMITS);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
