//! Subgraph files that are merged, and what they must agree on.

use super::{files, parse_schema, print};
use crate::graphql::Schema;

const DEFINITIONS: &str = r#"
directive @link(url: String!, as: String, import: [link__Import]) repeatable on SCHEMA
directive @connect(id: String) repeatable on FIELD_DEFINITION | OBJECT
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @external on OBJECT | FIELD_DEFINITION
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
scalar link__Import
"#;
const LINK: &str = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.10\", import: [\"@key\", \"@external\", \"@shareable\"])";

/// Merges subgraphs with a link each.
fn merged(texts: &[&str]) -> Result<Schema, String> {
    let linked: Vec<String> = texts.iter().map(|text| format!("{text}\n{LINK}")).collect();
    parsed(&linked.iter().map(String::as_str).collect::<Vec<_>>())
}

fn parsed(texts: &[&str]) -> Result<Schema, String> {
    parse_schema(&files(texts), DEFINITIONS).map_err(|failed| print(&failed.problems))
}

fn accept(texts: &[&str]) -> Schema {
    merged(texts).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refuse(texts: &[&str]) -> String {
    merged(texts).map_or_else(|problems| problems, |_| "accepted".to_owned())
}

/// Names and arguments of directives, with the file that each is in.
fn directives(list: &[crate::graphql::Directive]) -> Vec<String> {
    let show = |directive: &crate::graphql::Directive| {
        let arguments: Vec<String> = directive.arguments.iter().map(|(_, value)| value.to_string()).collect();
        let span = directive.span.as_ref().expect("a place");
        format!("{}({}) {}", directive.name, arguments.join(" "), span.file.path.display())
    };
    list.iter().map(show).collect()
}

#[test]
fn what_several_files_define_is_united() {
    let cases = [
        (["type Query { a: Int }", "type Query { b: Int }"], "type Query {\n  a: Int\n  b: Int\n}"),
        (
            ["type Query { a: Int }", "\"two\" type Query { \"an a\" a: Int }"],
            "\"\"\"two\"\"\"\ntype Query {\n  \"\"\"an a\"\"\"\n  a: Int\n}",
        ),
        (
            ["\"one\" type Query { a: Int }", "\"two\" type Query { a: Int }"],
            "\"\"\"one\"\"\"\ntype Query {\n  a: Int\n}",
        ),
        (["type Query { a: Int! }", "type Query { a: Int }"], "type Query {\n  a: Int\n}"),
        (["type Query { a: [Int]! }", "type Query { a: [Int!]! }"], "type Query {\n  a: [Int]!\n}"),
        (
            ["type Query { a(b: Int = 1): Int }", "type Query { a(b: Int = 1): Int }"],
            "type Query {\n  a(b: Int = 1): Int\n}",
        ),
        (
            ["type Query { a: E } enum E { A B }", "enum E { B C }"],
            "type Query {\n  a: E\n}\n\nenum E {\n  A\n  B\n  C\n}",
        ),
        (["type Query { a: S } scalar S", "scalar S"], "type Query {\n  a: S\n}\n\nscalar S"),
        (
            ["type Query { a(b: I): Int } input I { x: Int y: Int = 1 }", "input I { y: Int = 1 x: Int }"],
            "type Query {\n  a(b: I): Int\n}\n\ninput I {\n  x: Int\n  y: Int = 1\n}",
        ),
        (["type Query { a: Int }", "extend type Query { a: Int b: Int }"], "type Query {\n  a: Int\n  b: Int\n}"),
        (
            ["extend type Query { a: Int }", "extend type Query { a: Int b: Int }"],
            "type Query {\n  a: Int\n  b: Int\n}",
        ),
        (
            ["schema { query: Query } type Query { a: Int }", "schema { query: Query } type Query { b: Int }"],
            "type Query {\n  a: Int\n  b: Int\n}",
        ),
        (
            ["schema { query: Query } type Query { a: Int }", "type Mutation { b: Int }"],
            "type Query {\n  a: Int\n}\n\ntype Mutation {\n  b: Int\n}",
        ),
        (
            [
                "directive @mine on OBJECT type Query @mine { a: Int }",
                "\"same\" directive @mine on OBJECT type Query @mine { a: Int }",
            ],
            "type Query {\n  a: Int\n}",
        ),
    ];
    for (texts, expected) in cases {
        assert_eq!(accept(&texts).to_sdl().trim(), expected, "{texts:?}");
    }
    let abstract_types = accept(&[
        "type Query { u: U i: I } union U = A | B type A implements I { id: ID } type B { id: ID } interface I { id: ID }",
        "union U = B | C type C { id: ID } type A implements I & J { id: ID j: Int } interface J { j: Int } interface I { id: ID }",
    ]);
    let names = |names: &[crate::graphql::Name]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&abstract_types.types["U"].members), ["A", "B", "C"]);
    assert_eq!(names(&abstract_types.types["A"].implements), ["I", "J"]);
}

#[test]
fn roots_of_every_file_count() {
    let schema = accept(&["schema { query: Query } type Query { a: Int }", "type Mutation { b: Int }"]);
    assert_eq!((schema.query.as_deref(), schema.mutation.as_deref()), (Some("Query"), Some("Mutation")));
}

#[test]
fn directives_of_all_files_are_kept_with_their_places() {
    let schema = accept(&[
        "type Query { a: A @connect(id: \"1\") } type A @key(fields: \"id\") @connect(id: \"2\") { id: ID @deprecated(reason: \"x\") }",
        "type Query { a: A @connect(id: \"3\") } type A @key(fields: \"id\") @key(fields: \"b\") @connect(id: \"4\") { id: ID @deprecated b: ID }",
    ]);
    let field = |ty: &str, name: &str| directives(&schema.types[ty].fields[name].directives);
    assert_eq!(field("Query", "a"), ["connect(\"1\") 0.graphql", "connect(\"3\") 1.graphql"]);
    assert_eq!(field("A", "id"), ["deprecated(\"x\") 0.graphql"]);
    assert_eq!(
        directives(&schema.types["A"].directives),
        ["key(\"id\") 0.graphql", "connect(\"2\") 0.graphql", "key(\"b\") 1.graphql", "connect(\"4\") 1.graphql"]
    );
    let span = schema.types["A"].fields["b"].span.as_ref().expect("a place");
    assert_eq!((span.file.path.display().to_string().as_str(), super::within(span)), ("1.graphql", "b"));
}

#[test]
fn external_gives_way_to_the_file_that_has_the_field() {
    let stubs = [
        "type A { id: ID name: String @external }",
        "type A @external { id: ID name: String }",
        "extend type A { id: ID name: String @federation__external }",
    ];
    let real = "type Query { a: A } type A { id: ID name: String @connect(id: \"1\") }";
    for stub in stubs {
        for texts in [[stub, real], [real, stub]] {
            let schema = accept(&texts);
            assert_eq!(directives(&schema.types["A"].directives), Vec::<String>::new(), "{texts:?}");
            let name = &schema.types["A"].fields["name"];
            let file = if texts[0] == real { "0.graphql" } else { "1.graphql" };
            assert_eq!(directives(&name.directives), [format!("connect(\"1\") {file}")], "{texts:?}");
            assert_eq!(name.span.as_ref().expect("a place").file.path.display().to_string(), file);
        }
    }
    let nowhere = accept(&["type Query { a: A } type A { b: Int @external }", "type A { b: Int @external }"]);
    assert_eq!(directives(&nowhere.types["A"].fields["b"].directives), ["external() 0.graphql"]);
}

#[test]
fn what_files_must_agree_on_is_told_with_both_places() {
    let cases = [
        (
            ["type Query { a: Int }", "type Query { a: String }"],
            "INVALID_SCHEMA 1.graphql@13 \"a\": `Query.a` is `String`, but `Int` in another file\n  hint: files with `@link` are merged: give the field one type in all of them\n  0.graphql@13 \"a\": in the other file\n",
        ),
        (
            ["type Query { a: Int }", "type Query { a: [Int] }"],
            "INVALID_SCHEMA 1.graphql@13 \"a\": `Query.a` is `[Int]`, but `Int` in another file\n  hint: files with `@link` are merged: give the field one type in all of them\n  0.graphql@13 \"a\": in the other file\n",
        ),
        (
            ["type Query { a: A } type A { id: ID }", "enum A { B }"],
            "INVALID_SCHEMA 1.graphql@5 \"A\": `A` is an enum, but an object type in another file\n  hint: give one of them another name\n  0.graphql@25 \"A\": in the other file\n",
        ),
        (
            ["type Query { a(b: Int): Int }", "type Query { a(c: Int): Int }"],
            "INVALID_SCHEMA 1.graphql@15 \"c\": `Query.a` has the argument `c`, but not in another file\n  hint: files with `@link` are merged: give the field the same arguments in all of them\n  0.graphql@13 \"a\": in the other file\nINVALID_SCHEMA 1.graphql@13 \"a\": `Query.a` has no argument `b`, but has it in another file\n  hint: files with `@link` are merged: give the field the same arguments in all of them\n  0.graphql@15 \"b\": in the other file\n",
        ),
        (
            ["type Query { a(b: Int): Int }", "type Query { a(b: Int!): Int }"],
            "INVALID_SCHEMA 1.graphql@15 \"b\": `Query.a(b:)` is `Int!`, but `Int` in another file\n  hint: files with `@link` are merged: give the field the same arguments in all of them\n  0.graphql@15 \"b\": in the other file\n",
        ),
        (
            ["type Query { a(b: I): Int } input I { x: Int }", "input I { x: Int = 1 }"],
            "INVALID_SCHEMA 1.graphql@10 \"x\": `I.x` has another default in another file\n  hint: files with `@link` are merged: give the input type the same fields in all of them\n  0.graphql@38 \"x\": in the other file\n",
        ),
        (
            ["type Query { a(b: I): Int } input I { x: Int }", "input I { x: Int y: Int }"],
            "INVALID_SCHEMA 1.graphql@17 \"y\": `I` has the field `y`, but not in another file\n  hint: files with `@link` are merged: give the input type the same fields in all of them\n  0.graphql@34 \"I\": in the other file\n",
        ),
        (
            ["type Query { a(b: I): Int } input I { x: Int y: Int }", "input I { x: Int }"],
            "INVALID_SCHEMA 1.graphql@6 \"I\": `I` has no field `y`, but has it in another file\n  hint: files with `@link` are merged: give the input type the same fields in all of them\n  0.graphql@45 \"y\": in the other file\n",
        ),
    ];
    for (texts, expected) in cases {
        assert_eq!(refuse(&texts), expected, "{texts:?}");
    }
}

#[test]
fn duplicates_outside_of_several_subgraphs_stay_mistakes() {
    let linked = format!("type Query {{ a: Int }} {LINK}");
    let other = "type Query { b: Int } extend schema @link(url: \"https://specs.example/other/v1.0\")";
    let twice_in_plain = [
        vec!["type Query { a: Int }", "type Query { b: Int }"],
        vec![linked.as_str(), "type Query { b: Int }"],
        vec![linked.as_str(), other],
        vec!["type Query { b: Int }", linked.as_str(), linked.as_str()],
    ];
    for texts in twice_in_plain {
        let problems = parsed(&texts).expect_err("a duplicate");
        assert!(problems.contains("type `Query` is declared more than once"), "{texts:?}: {problems}");
        assert!(problems.contains("write `extend` before one of them"), "{texts:?}: {problems}");
    }
    let twice_in_one = [
        (
            ["type Query { a: Int } type Query { b: Int }", "type Query { c: Int }"],
            "type `Query` is declared more than once",
        ),
        (["type Query { a: Int a: Int }", "type Query { c: Int }"], "`Query.a` is declared more than once"),
        (["type Query { c: Int }", "type Query { a: Int a: Int }"], "`Query.a` is declared more than once"),
        (
            ["type Query { c: Int }", "type Query { c: Int } extend type Query { c: Int }"],
            "`Query.c` is declared more than once",
        ),
        (
            ["directive @mine on OBJECT type Query { c: Int }", "directive @mine on ENUM"],
            "directive `@mine` is declared more than once",
        ),
    ];
    for (texts, expected) in twice_in_one {
        let problems = refuse(&texts);
        assert!(problems.contains(expected), "{texts:?}: {problems}");
    }
}
