//! What is rendered, side by side with what it is rendered from.

use std::{ops::Range, path::PathBuf, sync::Arc};

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{
    Color, Diagnostic, SourceFile, Span, did_you_mean, render, render_json, render_sarif, sort_and_dedupe, summary,
};

fn file(path: &str, text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { path: PathBuf::from(path), text: text.to_owned() })
}

fn span(file: &Arc<SourceFile>, range: Range<usize>) -> Span {
    Span { file: Arc::clone(file), range }
}

/// The span of `marked` in `text`.
fn find(text: &str, marked: &str) -> Span {
    let start = text.find(marked).unwrap();
    span(&file("a.toml", text), start..start + marked.len())
}

fn check(text: &str, marked: &str, expected: &Expect) {
    let rendered = render(&[Diagnostic::error("CODE", "it is wrong", find(text, marked))], Color::Never);
    expected.assert_eq(&rendered);
}

#[test]
fn marks_exactly_the_span() {
    check(
        "[server]\nlisten = 5\n",
        "5",
        &expect![[r#"
            error[CODE]: it is wrong
             --> a.toml:2:10
              |
            2 | listen = 5
              |          ^

            1 error
        "#]],
    );
}

#[test]
fn lines_up_after_tabs_wide_and_combining_characters() {
    check(
        "\tname = \"日本e\u{301}\", x = 1\r\n",
        "x = 1",
        &expect![[r#"
            error[CODE]: it is wrong
             --> a.toml:1:17
              |
            1 |     name = "日本é", x = 1
              |                     ^^^^^

            1 error
        "#]],
    );
    check(
        "a = \"日本\"",
        "日本",
        &expect![[r#"
            error[CODE]: it is wrong
             --> a.toml:1:6
              |
            1 | a = "日本"
              |      ^^^^

            1 error
        "#]],
    );
}

#[test]
fn shows_spans_of_several_lines() {
    check(
        "a = [\n  1,\n  2,\n]\n",
        "[\n  1,\n  2,\n]\n",
        &expect![[r#"
            error[CODE]: it is wrong
             --> a.toml:1:5
              |
            1 | a = [
              |     ^
            2 |   1,
              |   ^^
            3 |   2,
              |   ^^
            4 | ]
              | ^

            1 error
        "#]],
    );
    check(
        "a = [\n  1,\n  2,\n  3,\n  4,\n]\nb = 1\n",
        "[\n  1,\n  2,\n  3,\n  4,\n]",
        &expect![[r#"
            error[CODE]: it is wrong
             --> a.toml:1:5
              |
            1 | a = [
              |     ^
            2 |   1,
              |   ^^
            ...
            6 | ]
              | ^

            1 error
        "#]],
    );
}

#[test]
fn marks_the_end_of_a_line_or_file_with_one_caret() {
    let text = "a =\nb";
    for (range, expected) in [
        (
            3..3,
            expect![[r#"
        error[CODE]: m
         --> a:1:4
          |
        1 | a =
          |    ^

        1 error
    "#]],
        ),
        (
            3..4,
            expect![[r#"
        error[CODE]: m
         --> a:1:4
          |
        1 | a =
          |    ^

        1 error
    "#]],
        ),
        (
            99..120,
            expect![[r#"
        error[CODE]: m
         --> a:2:2
          |
        2 | b
          |  ^

        1 error
    "#]],
        ),
    ] {
        let rendered = render(&[Diagnostic::error("CODE", "m", span(&file("a", text), range))], Color::Never);
        expected.assert_eq(&rendered);
    }
}

#[test]
fn cuts_long_lines_around_the_mark() {
    let text = format!("{}MARK{}", "x".repeat(500), "y".repeat(500));
    check(
        &text,
        "MARK",
        &expect![[r#"
        error[CODE]: it is wrong
         --> a.toml:1:501
          |
        1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxMARKyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
          |                                            ^^^^

        1 error
    "#]],
    );
}

#[test]
fn shows_control_characters_as_symbols() {
    check(
        "a = \"\u{1b}[31m\u{202e}\"",
        "a",
        &expect![[r#"
        error[CODE]: it is wrong
         --> a.toml:1:1
          |
        1 | a = "␛[31m�"
          | ^

        1 error
    "#]],
    );
}

#[test]
fn groups_by_file_and_shows_hints_and_related_places() {
    let (first, second) = (file("a.toml", "one\ntwo\n"), file("b.toml", "three\n"));
    let diagnostics = [
        Diagnostic::warning("B", "second file", span(&second, 0..5)).with_hint("first line\nsecond line"),
        Diagnostic::error("A", "later line", span(&first, 4..7))
            .with_hint("do something")
            .with_related(span(&first, 0..3), "declared here")
            .with_related(span(&second, 0..1), "and here"),
        Diagnostic::error("A", "earlier line", span(&first, 0..3)),
        Diagnostic::without_place("NONE", "no place").with_hint("look elsewhere"),
    ];
    expect![[r#"
        error[NONE]: no place
          = help: look elsewhere

        error[A]: earlier line
         --> a.toml:1:1
          |
        1 | one
          | ^^^

        error[A]: later line
         --> a.toml:2:1
          |
        2 | two
          | ^^^
          = help: do something
        note: declared here
         --> a.toml:1:1
          |
        1 | one
          | ---
        note: and here
         --> b.toml:1:1
          |
        1 | three
          | -

        warning[B]: second file
         --> b.toml:1:1
          |
        1 | three
          | ^^^^^
          = help: first line
                  second line

        3 errors, 1 warning
    "#]]
    .assert_eq(&render(&diagnostics, Color::Never));
    expect![[r#"
        [
          {
            "code": "NONE",
            "severity": "error",
            "message": "no place",
            "file": null,
            "line": null,
            "column": null,
            "end_line": null,
            "end_column": null,
            "hint": "look elsewhere",
            "related": []
          },
          {
            "code": "A",
            "severity": "error",
            "message": "earlier line",
            "file": "a.toml",
            "line": 1,
            "column": 1,
            "end_line": 1,
            "end_column": 4,
            "hint": null,
            "related": []
          },
          {
            "code": "A",
            "severity": "error",
            "message": "later line",
            "file": "a.toml",
            "line": 2,
            "column": 1,
            "end_line": 2,
            "end_column": 4,
            "hint": "do something",
            "related": [
              {
                "message": "declared here",
                "file": "a.toml",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 4
              },
              {
                "message": "and here",
                "file": "b.toml",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 2
              }
            ]
          },
          {
            "code": "B",
            "severity": "warning",
            "message": "second file",
            "file": "b.toml",
            "line": 1,
            "column": 1,
            "end_line": 1,
            "end_column": 6,
            "hint": "first line\nsecond line",
            "related": []
          }
        ]"#]]
    .assert_eq(&render_json(&diagnostics));
}

#[test]
fn renders_sarif_for_code_scanning() {
    let (graph, toml) = (file("./schema/my graph.graphql", "é: Strin\n"), file("/etc/up.toml", "a = 1\n"));
    let diagnostics = [
        Diagnostic::warning("B", "odd", span(&toml, 0..1)),
        Diagnostic::error("A", "wrong", span(&graph, 4..9))
            .with_hint("mend it")
            .with_related(span(&toml, 4..5), "here"),
        Diagnostic::without_place("C", "no file"),
    ];
    let log: serde_json::Value = serde_json::from_str(&render_sarif(&diagnostics, ("tool", "1.2.3"))).unwrap();
    let place = |uri, line, columns: [usize; 2]| {
        serde_json::json!({
            "artifactLocation": { "uri": uri },
            "region": { "startLine": line, "startColumn": columns[0], "endLine": line, "endColumn": columns[1] },
        })
    };
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(
        log["runs"][0]["tool"]["driver"],
        serde_json::json!({ "name": "tool", "semanticVersion": "1.2.3", "rules": [{ "id": "A" }, { "id": "B" }, { "id": "C" }] })
    );
    assert_eq!(
        log["runs"][0]["results"],
        serde_json::json!([
            { "ruleId": "C", "level": "error", "message": { "text": "no file" }, "locations": [] },
            {
                "ruleId": "A",
                "level": "error",
                "message": { "text": "wrong\nhelp: mend it" },
                "locations": [{ "physicalLocation": place("schema/my%20graph.graphql", 1, [4, 9]) }],
                "relatedLocations": [{
                    "physicalLocation": place("file:///etc/up.toml", 1, [5, 6]),
                    "message": { "text": "here" },
                }],
            },
            {
                "ruleId": "B",
                "level": "warning",
                "message": { "text": "odd" },
                "locations": [{ "physicalLocation": place("file:///etc/up.toml", 1, [1, 2]) }],
            },
        ])
    );
}

#[test]
fn colors_are_only_there_when_asked_for() {
    let diagnostics = [Diagnostic::error("A", "m", find("one", "one")).with_hint("h")];
    expect![[r#"
        <esc>[1;31merror[A]<esc>[0m<esc>[1m: m<esc>[0m
        <esc>[1;34m --><esc>[0m a.toml:1:1
        <esc>[1;34m  |<esc>[0m
        <esc>[1;34m1 |<esc>[0m one
        <esc>[1;34m  |<esc>[0m <esc>[1;31m^^^<esc>[0m
        <esc>[1;34m  =<esc>[0m<esc>[1;36m help<esc>[0m: h

        1 error
    "#]]
    .assert_eq(&render(&diagnostics, Color::Always).replace('\u{1b}', "<esc>"));
    assert!(!render(&diagnostics, Color::Never).contains('\u{1b}'));
}

#[test]
fn counts_in_the_summary() {
    let error = Diagnostic::without_place("A", "m");
    let warning = Diagnostic::warning("A", "m", find("a", "a"));
    assert_eq!(summary(&[]), "no problems");
    assert_eq!(summary(std::slice::from_ref(&error)), "1 error");
    assert_eq!(summary(&[error.clone(), warning.clone(), error.clone(), error]), "3 errors, 1 warning");
    assert_eq!(summary(&[warning.clone(), warning]), "2 warnings");
    assert_eq!(render(&[], Color::Never), "");
}

#[test]
fn tells_errors_before_warnings_and_each_once() {
    let file = file("a", "abc");
    let mut diagnostics = vec![
        Diagnostic::warning("W", "w", span(&file, 0..1)),
        Diagnostic::error("E", "e", span(&file, 1..2)),
        Diagnostic::error("E", "e", span(&file, 0..1)),
        Diagnostic::error("E", "e", span(&file, 1..2)),
    ];
    sort_and_dedupe(&mut diagnostics);
    let order: Vec<_> =
        diagnostics.iter().map(|diagnostic| (diagnostic.code, diagnostic.span.as_ref().unwrap().range.start)).collect();
    assert_eq!(order, [("E", 0), ("E", 1), ("W", 0)]);
}

#[test]
fn suggests_near_names_only() {
    let known = ["listen", "body_limit", "deadline"];
    for (word, expected) in [
        ("lisen", Some("listen")),
        ("LISTEN", Some("listen")),
        ("body-limit", Some("body_limit")),
        ("bodylimit", Some("body_limit")),
        ("dead_line", Some("deadline")),
        ("x", None),
        ("port", None),
        ("listen", None),
    ] {
        assert_eq!(did_you_mean(word, known).as_deref(), expected, "{word}");
    }
    assert_eq!(did_you_mean("ab", ["xy", "b"]), None);
    assert_eq!(did_you_mean(&"a".repeat(1_000_000), ["a"]), None);
}

#[test]
fn positions_count_characters() {
    let file = file("a", "é\r\nxyz");
    let at = |offset| {
        let position = file.position(offset);
        (position.line, position.column)
    };
    assert_eq!([at(0), at(1), at(2), at(4), at(6), at(700)], [(1, 1), (1, 1), (1, 2), (2, 1), (2, 3), (2, 4)]);
}

proptest! {
    #[test]
    fn renders_any_span_of_any_text(text in "(?s).{0,60}", start in 0usize..80, end in 0usize..80) {
        let span = span(&file("a", &text), start..end);
        let diagnostics = [Diagnostic::error("A", text, span.clone()).with_related(span, "here")];
        for color in [Color::Never, Color::Always] {
            prop_assert!(render(&diagnostics, color).ends_with("1 error\n"));
        }
        prop_assert!(serde_json::from_str::<serde_json::Value>(&render_json(&diagnostics)).is_ok());
    }
}
