//! What each version of the specification allows: every form that a version brought, refused before it and accepted since.

use super::{language::check_version, mistakes::mistakes};
use crate::mapping::{Mapping, Version};

const ALL: [Version; 3] = [Version::V0_2, Version::V0_3, Version::V0_4];

/// The texts are mistakes before `since`, with what is said of them, and correct from then on.
fn check_gates(since: Version, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        for version in ALL {
            if version < since {
                assert_eq!(mistakes(text, version), *expected, "{text} in {version:?}");
            } else {
                assert!(Mapping::parse(text, version).is_ok(), "{text} in {version:?}: {:?}", mistakes(text, version));
            }
        }
    }
}

#[test]
fn optional_steps_and_operators_since_v0_3() {
    let link = "[link `connect/v0.3`]";
    check_gates(
        Version::V0_3,
        &[
            ("a?", &[&format!("? | `?` needs `connect/v0.3` {link}")]),
            ("a? { b }", &[&format!("? | `?` needs `connect/v0.3` {link}")]),
            ("x: $($.a ?? $.b)", &[&format!("?? | `??` needs `connect/v0.3` {link}")]),
            ("x: $($.a ?! $.b)", &[&format!("?! | `?!` needs `connect/v0.3` {link}")]),
        ],
    );
}

#[test]
fn a_key_alone_is_a_path_in_expressions_since_v0_3() {
    let a = "a key alone is a path only from `connect/v0.3` on [write `$.a`, or link `connect/v0.3`]";
    let a = format!("a | {a}");
    check_gates(
        Version::V0_3,
        &[
            ("x: $.l->map(a)", &[&a]),
            ("x: $([1, a])", &[&a]),
            ("x: $({k: a})", &[&a]),
            (
                "x: $.l->map(a { b })",
                &[
                    "a { b } | a key alone is a path only from `connect/v0.3` on [write `$.a { b }`, or link `connect/v0.3`]",
                ],
            ),
        ],
    );
    for text in [
        "x: a",
        "x: a { b }",
        "a { b }",
        "$(a)",
        "x: $(a)->first",
        "x: $.l->map($.a)",
        "x: $.l->map(a.b)",
        "x: b->map(@)",
    ] {
        for version in ALL {
            assert!(Mapping::parse(text, version).is_ok(), "{text} in {version:?}");
        }
    }
}

#[test]
fn spread_since_v0_4() {
    let hint = "[name the fields, without the dots: `$.address { city }`, or link `connect/v0.4`]";
    let message = format!("... | spread `...` needs `connect/v0.4` {hint}");
    for text in [
        "...a.b",
        "x ...a.b { c }",
        "x { ...a.b }",
        "x ... $.a->match([1, $.b])",
        "x: $({...$.a})",
        "x: $.l->map({k: @, ...$.a})",
    ] {
        check_gates(Version::V0_4, &[(text, &[&message])]);
    }
}

#[test]
fn commas_between_fields_since_v0_4() {
    let comma = ", | commas between fields need `connect/v0.4` [remove the commas, or link `connect/v0.4`]";
    check_gates(Version::V0_4, &[("a, b", &[comma]), ("a, b,", &[comma]), ("a { b, c }", &[comma]), ("a,", &[comma])]);
    let mixed = "| commas stand between some fields, but not here [put a comma between all of them, or between none]";
    for text in ["a, b c", "a b, c", "a b,", "x { a, b c }", "x: $({a: 1, b: 2 c: 3})"] {
        assert_eq!(mistakes(text, Version::V0_4), [format!(" {mixed}")], "{text}");
    }
}

#[test]
fn bare_literals_since_v0_4() {
    let literal = |text: &str| {
        format!("{text} | a literal is not a path [wrap it in `$(…)`: `$({text})`, or link `connect/v0.4`]")
    };
    check_gates(
        Version::V0_4,
        &[
            ("x: 1", &[&literal("1")]),
            ("x: -.5 y: b", &[&literal("-.5")]),
            ("x: [1, 2]", &[&literal("[1, 2]")]),
            ("5", &["5 | a literal alone needs `connect/v0.4` [wrap it in `$(…)`, or link `connect/v0.4`]"]),
            ("[$.a]", &["[$.a] | a literal alone needs `connect/v0.4` [wrap it in `$(…)`, or link `connect/v0.4`]"]),
            ("{ a }", &["{ | braces around a whole mapping need `connect/v0.4` [remove them, or link `connect/v0.4`]"]),
        ],
    );
    let input = r#"{"USD":1,"true":2,"null":{"a":3},"a":4}"#;
    let older: &[_] = &[
        ("x: \"USD\"", input, r#"{"x":1}"#, &[] as &[_]),
        ("x: true", input, r#"{"x":2}"#, &[]),
        ("\"USD\"", input, r#"{"USD":1}"#, &[]),
        ("true", input, r#"{"true":2}"#, &[]),
        ("x: {}", input, r#"{"x":{}}"#, &[]),
        ("x: null { a }", input, r#"{"x":{"a":3}}"#, &[]),
    ];
    check_version(older, Version::V0_2);
    check_version(older, Version::V0_3);
    check_version(
        &[
            ("x: \"USD\"", input, r#"{"x":"USD"}"#, &[]),
            ("x: $.\"USD\"", input, r#"{"x":1}"#, &[]),
            ("x: true", input, r#"{"x":true}"#, &[]),
            ("x: [] y: {}", input, r#"{"x":[],"y":{}}"#, &[]),
            ("x: 'b'->size y: 1", input, r#"{"x":1,"y":1}"#, &[]),
            ("x: nullable? y: trueish?", input, "{}", &[]),
            ("\"USD\"", input, "\"USD\"", &[]),
            ("\"USD\" a", input, r#"{"USD":1,"a":4}"#, &[]),
            ("\"USD\", a", input, r#"{"USD":1,"a":4}"#, &[]),
            ("'x': a", input, r#"{"x":4}"#, &[]),
            ("true", input, "true", &[]),
            ("true: a", input, r#"{"true":4}"#, &[]),
            ("true a", input, r#"{"true":2,"a":4}"#, &[]),
            ("x: null { a }", input, r#"{"x":{"a":3}}"#, &[]),
            ("null { a }", input, r#"{"null":{"a":3}}"#, &[]),
            ("'null' { a }", input, r#"{"null":{"a":3}}"#, &[]),
            ("[null { a }, null]", input, r#"[{"a":3},null]"#, &[]),
            ("a ?? 1", input, "4", &[]),
            ("1 ?? a", input, "1", &[]),
            ("a", input, r#"{"a":4}"#, &[]),
            ("[a, USD]", input, "[4,1]", &[]),
        ],
        Version::V0_4,
    );
}

#[test]
fn literals_of_objects_are_selections_since_v0_4() {
    let member =
        |text: &str, hint: &str| format!("{text} | members of an object literal need a key and a value [{hint}]");
    let shorthand = member("$.a", "write `key: value`");
    assert_eq!(mistakes("$({$.a})", Version::V0_3), [shorthand]);
    assert_eq!(mistakes("$({a})", Version::V0_3), [member("a", "write `a: $.a`, or link `connect/v0.4`")]);
    let input = r#"{"a":1,"s":{"p":2,"q":3},"l":[{"k":5},{"k":6}],"n":null}"#;
    check_version(
        &[
            ("{a b: 1}", input, r#"{"a":1,"b":1}"#, &[]),
            ("{a, b: 1}", input, r#"{"a":1,"b":1}"#, &[]),
            ("{}", input, "{}", &[]),
            ("{a, b: 1}->size", input, "2", &[]),
            ("{a: $.none} ?? 1", input, "{}", &["property `.none` not found in object"]),
            ("x: {a, b: 1}->entries->first", input, r#"{"x":{"key":"a","value":1}}"#, &[]),
            ("$({a, s { p }})", input, r#"{"a":1,"s":{"p":2}}"#, &[]),
            ("$({a $.s { p } b: 2})", input, r#"{"a":1,"p":2,"b":2}"#, &[]),
            // The registers stay: `@` is the element, `$` what encloses the path.
            ("l->map({k: @.k, a})", input, r#"[{"k":5,"a":1},{"k":6,"a":1}]"#, &[]),
            ("l->map({g: {k: @.k, a}})", input, r#"[{"g":{"k":5,"a":1}},{"g":{"k":6,"a":1}}]"#, &[]),
            ("l->map({...@, a})", input, r#"[{"k":5,"a":1},{"k":6,"a":1}]"#, &[]),
            ("l->map({...$.s, k: @.k})", input, r#"[{"p":2,"q":3,"k":5},{"p":2,"q":3,"k":6}]"#, &[]),
            ("l->map({...$.n, k: @.k})", input, "[null,null]", &[]),
            // A literal is an object even where there is nothing to select from; a selection is not.
            (
                "x: n->echo({a: $.none}) y: n { a: $.none }",
                input,
                r#"{"x":{},"y":null}"#,
                &["property `.none` not found in object", "property `.none` not found in null"],
            ),
        ],
        Version::V0_4,
    );
}

#[test]
fn spreads_merge_members() {
    let input = r#"{"id":1,"kind":"book","a":{"x":1,"d":{"p":1}},"b":{"x":"s","d":{"q":2}},"n":null,"l":[{"x":1}],"t":"text","e":{}}"#;
    check_version(
        &[
            ("...a", input, r#"{"x":1,"d":{"p":1}}"#, &[]),
            ("id ...a", input, r#"{"id":1,"x":1,"d":{"p":1}}"#, &[]),
            ("id, ...$.a,", input, r#"{"id":1,"x":1,"d":{"p":1}}"#, &[]),
            ("id ...a { x }", input, r#"{"id":1,"x":1}"#, &[]),
            ("g: { id ...a { x } }", input, r#"{"g":{"id":1,"x":1}}"#, &[]),
            ("a { ...d }", input, r#"{"a":{"p":1}}"#, &[]),
            ("a { x ...$ }", input, r#"{"a":{"x":1,"d":{"p":1}}}"#, &[]),
            ("...a ...b", input, r#"{"x":"s","d":{"p":1,"q":2}}"#, &["lossy merge replacing number with string"]),
            ("x: id ...a", input, r#"{"x":1,"d":{"p":1}}"#, &[]),
            ("...e", input, "{}", &[]),
            ("id ...n", input, "null", &[]),
            ("...n id", input, "null", &[]),
            ("id g: { id ...n }", input, r#"{"id":1,"g":null}"#, &[]),
            ("...l", input, "{}", &["expected object or null, not array"]),
            ("id ...t", input, r#"{"id":1}"#, &["expected object or null, not string"]),
            (
                "id ...none",
                input,
                r#"{"id":1}"#,
                &["property `.none` not found in object", "inlined path produced no value"],
            ),
            ("id ...n?", input, r#"{"id":1}"#, &["inlined path produced no value"]),
            ("id ...$(none ?? a) { x }", input, r#"{"id":1,"x":1}"#, &[]),
            ("id ...$({y: id})", input, r#"{"id":1,"y":1}"#, &[]),
            ("id ...$args.input { name }", input, r#"{"id":1,"name":"n"}"#, &[]),
            ("l { ...$ y: x }", input, r#"{"l":[{"x":1,"y":1}]}"#, &[]),
            ("id ...l->first", input, r#"{"id":1,"x":1}"#, &[]),
            (
                "id ... kind->match([\"book\", $ { __typename: $(\"Book\") x: a.x }], [\"film\", { __typename: \"Film\" }])",
                input,
                r#"{"id":1,"__typename":"Book","x":1}"#,
                &[],
            ),
            (
                "id ... kind->match([\"film\", { __typename: \"Film\" }])",
                input,
                r#"{"id":1}"#,
                &["`->match` found no matching pair", "inlined path produced no value"],
            ),
            ("id ... kind->match([\"film\", {x: 1}], [@, null])", input, "null", &[]),
        ],
        Version::V0_4,
    );
    assert_eq!(mistakes("...{a: 1}", Version::V0_4), ["{ | expected a path, found `{`"]);
    assert_eq!(mistakes("...5", Version::V0_4), ["5 | expected a path, found `5`"]);
}

#[test]
fn prints_forms_of_v0_4() {
    for (text, expected) in [
        ("...a", "...$.a"),
        ("... a { b }", "...$.a { b }"),
        ("x ...a { b }", "x $.a { b }"),
        ("x ...a->first", "x ...$.a->first"),
        ("a { ...b }", "a { ...$.b }"),
        ("a { ...b { c } }", "a { $.b { c } }"),
        ("{a, b: 1}", "a b: $(1)"),
        ("{a}->size", "$({a: $.a})->size"),
        ("x: {a}", "x: $ { a }"),
        ("x: {a} ?? 1", "x: $({a: $.a} ?? 1)"),
        ("[{a ...b}]", "$([{a: $.a, ...$.b}])"),
        ("l->map({g: {k: @}})", "$.l->map({g: {k: @}})"),
        ("true a", "true: $.true a"),
        ("null { a }", "null: $.null { a }"),
        ("'x'", "$(\"x\")"),
    ] {
        let mapping = Mapping::parse(text, Version::V0_4).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        assert_eq!(mapping.to_string(), expected, "{text}");
        assert_eq!(Mapping::parse(expected, Version::V0_4).unwrap(), mapping, "{text}");
    }
}
