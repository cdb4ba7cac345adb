//! Parsing and printing schemas.

use std::{fmt::Write, sync::Arc};

use super::{Schema, TypeKind, TypeRef, parse_schema};
use crate::diagnostic::{Diagnostic, SourceFile};

fn files(texts: &[&str]) -> Vec<Arc<SourceFile>> {
    let file = |(index, text): (usize, &&str)| {
        Arc::new(SourceFile { path: format!("{index}.graphql").into(), text: (*text).to_owned() })
    };
    texts.iter().enumerate().map(file).collect()
}

fn parse(text: &str) -> Schema {
    parse_schema(&files(&[text]), DEFINITIONS).unwrap_or_else(|failed| panic!("{}", print(&failed.problems)))
}

fn print(problems: &[Diagnostic]) -> String {
    let mut out = String::new();
    for problem in problems {
        let place = |span: &crate::diagnostic::Span| {
            format!("{}@{} {:?}", span.file.path.display(), span.range.start, within(span))
        };
        let at = problem.span.as_ref().map_or_else(|| "nowhere".into(), place);
        writeln!(out, "{} {at}: {}", problem.code, problem.message).expect("writing to a string");
        if let Some(hint) = &problem.hint {
            writeln!(out, "  hint: {hint}").expect("writing to a string");
        }
        for related in &problem.related {
            writeln!(out, "  {}: {}", place(&related.span), related.message).expect("writing to a string");
        }
    }
    out
}

fn within(span: &crate::diagnostic::Span) -> &str {
    span.file.text.get(span.range.clone()).expect("a range of the file")
}

fn problems(texts: &[&str]) -> String {
    match parse_schema(&files(texts), DEFINITIONS) {
        Ok(_) => "accepted".into(),
        Err(failed) => print(&failed.problems),
    }
}

mod merging;

const DEFINITIONS: &str = r#"
directive @link(url: String!, as: String, import: [link__Import]) repeatable on SCHEMA
directive @connect(http: ConnectHTTP, selection: String!) repeatable on FIELD_DEFINITION | OBJECT
scalar link__Import
scalar Selection
input ConnectHTTP { GET: String }
"#;

#[test]
fn keeps_definitions_directives_and_places() {
    let text = r#"
"the schema" schema @link(url: "https://specs.example/connect/v0.3", import: ["@connect"]) { query: Root }
"a root" type Root implements Node @connect(selection: "id") {
  id: ID!
  posts(first: Int = 10, tags: [String!]! = ["a"]): [Post!]! @deprecated @connect(http: {GET: "/p"}, selection: """
    id
    title
  """)
}
interface Node { id: ID! }
extend type Post { title: String }
type Post implements Node { id: ID! }
union Any = Root | Post
enum Color { RED @deprecated(reason: "no") GREEN }
input In { a: Int = 1 }
scalar Date @specifiedBy(url: "x")
extend schema @link(url: "https://specs.example/other/v1.0", as: "more")
"#;
    let schema = parse(text);
    assert_eq!(schema.query.as_deref(), Some("Root"));
    assert_eq!(schema.description.as_deref(), Some("the schema"));
    assert_eq!(schema.directives.len(), 2);
    let names: Vec<_> = schema.types.keys().map(|name| &**name).collect();
    let declared = ["Root", "Node", "Post", "Any", "Color", "In", "Date"];
    assert_eq!(names[..5], ["Int", "Float", "String", "Boolean", "ID"]);
    assert_eq!(names[5..], declared);
    for name in declared {
        let span = schema.types[name].span.as_ref().expect("a place");
        assert_eq!(within(span), name);
    }
    let root = &schema.types["Root"];
    assert_eq!((root.kind, root.description.as_deref()), (TypeKind::Object, Some("a root")));
    let posts = &root.fields["posts"];
    assert_eq!(posts.ty.to_string(), "[Post!]!");
    assert!(matches!(&posts.ty, TypeRef::List { non_null: true, .. }));
    assert_eq!(posts.arguments["tags"].default.as_ref().map(ToString::to_string).as_deref(), Some(r#"["a"]"#));
    let connect = &posts.directives[1];
    let span = connect.span.as_ref().expect("a place");
    let written = within(span);
    assert!(written.starts_with("@connect(http") && written.ends_with("\"\"\")"), "{written:?}");
    let selection = connect.argument("selection").expect("given");
    assert_eq!(selection.as_str(), Some("id\ntitle"));
    let inner = selection.span_within(3..8).expect("a place");
    assert_eq!(within(&inner), "title");
    assert_eq!(schema.types["Post"].fields.keys().map(|name| &**name).collect::<Vec<_>>(), ["id", "title"]);
    let possible = |name: &str| schema.possible_types(name).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(possible("Node"), ["Root", "Post"]);
    assert_eq!(possible("Any"), ["Root", "Post"]);
    assert_eq!(possible("Post"), ["Post"]);
    assert_eq!(possible("Color"), Vec::<String>::new());
}

#[test]
fn accepts_known_and_linked_names() {
    let accepted = [
        "type Query { a: Int @connect(selection: \"a\") }",
        "directive @connect(selection: Int) on OBJECT type Query { a: Int @connect(selection: \"a\") }",
        "scalar Selection type Query { a: Selection }",
        "type Query { a: Selection }",
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\") type Query @federation__key(fields: \"a\") { a: Int }",
        "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\", as: \"f\") type Query @f__key { a: Int }",
        "extend schema @link(url: \"https://x/federation/v2.5\", import: [\"@key\", {name: \"@shareable\", as: \"@both\"}]) type Query @key @both { a: Int }",
        "directive @mine(a: Int = 1) on OBJECT type Query @mine { a: Int }",
        "directive @deprecated(reason: String) on FIELD_DEFINITION type Query { a: Int @deprecated }",
        "directive @oneOf on INPUT_OBJECT type Query { a(b: B): Int } input B @oneOf { a: Int b: Int }",
        "# only a comment at the end\ntype Query { a: Int }\n# é",
        "type Query { a(b: In = {x: 1}): Int } input In { x: Int, y: In }",
    ];
    for text in accepted {
        assert_eq!(problems(&[text]), "accepted", "{text}");
    }
    assert!(!parse("type Query { a: Int }").types.contains_key("Selection"));
    assert!(parse("type Query { a: Selection }").types.contains_key("Selection"));
    assert_eq!(problems(&["type Query { a: A }", "", "# nothing", "type A { b: Query }"]), "accepted");
}

#[test]
fn reports_problems_with_places() {
    let cases: Vec<(&[&str], expect_test::Expect)> = vec![
        (
            &["type Query { a: Int "],
            expect_test::expect![[r#"
                GRAPHQL_SYNTAX 0.graphql@20 "": expected `}`, found the end
                  hint: look above for a `}` that is missing
            "#]],
        ),
        (
            &[
                "interface I { a: Int } type Query implements I { a(b: Int! @deprecated): Int @deprecated(reason: null) }",
            ],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@51 "b: Int! @deprecated": `Query.a` has extra required argument `b` not present in interface `I.a`
                INVALID_SCHEMA 0.graphql@59 "@deprecated": `b` is required and cannot be deprecated
                  hint: make it nullable or give it a default, so that clients can leave it out
                INVALID_SCHEMA 0.graphql@77 "@deprecated(reason: null)": `Query.a` is deprecated, but `I.a` is not
                  hint: deprecate `I.a` too
                INVALID_SCHEMA 0.graphql@97 "null": expected a value of type `String!`, found null
                  hint: leave `reason` out, or say what to use instead
            "#]],
        ),
        (
            &["type Query { a: Int b: }"],
            expect_test::expect![[r#"
                GRAPHQL_SYNTAX 0.graphql@23 "}": expected a type
                  hint: look above for a `}` that is missing
            "#]],
        ),
        (
            &["directive @d(a: Int) on OBJECT type Query @d(a) { a: Int }"],
            expect_test::expect![[r#"
                GRAPHQL_SYNTAX 0.graphql@45 "a": expected `:` and a value after `a`
            "#]],
        ),
        (
            &["query { a }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@0 "query { a }": a schema document must not contain an operation definition
            INVALID_SCHEMA 0.graphql@0 "": the schema has no query type
              hint: declare `type Query`, or name the type in `schema { query: ... }`
        "#]],
        ),
        (
            &["type A { a: Int }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@0 "": the schema has no query type
              hint: declare `type Query`, or name the type in `schema { query: ... }`
        "#]],
        ),
        (
            &[""],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@0 "": the schema has no query type
              hint: declare `type Query`, or name the type in `schema { query: ... }`
        "#]],
        ),
        (
            &["type Query { a: Strin }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@16 "Strin": unknown type `Strin`
              hint: did you mean `String`?
        "#]],
        ),
        (
            &["type Query { a: Int }", "type B { x: Int }\ntype Query { b: Int }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 1.graphql@23 "Query": type `Query` is declared more than once
                  hint: join them, or write `extend` before one of them
                  0.graphql@5 "Query": first declared here
            "#]],
        ),
        (
            &["type Query { a: Int }", "extend type Query { a: String }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 1.graphql@20 "a": `Query.a` is declared more than once
              0.graphql@13 "a": first declared here
        "#]],
        ),
        (
            &["type Query { a: Int } enum E { A A } input I { x: Int x: Int }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@33 "A": `E.A` is declared more than once
              0.graphql@31 "A": first declared here
            INVALID_SCHEMA 0.graphql@54 "x": `I.x` is declared more than once
              0.graphql@47 "x": first declared here
        "#]],
        ),
        (
            &["type Query { a: Int @conect(selection: \"a\") }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@20 "@conect(selection: \"a\")": unknown directive `@conect`
              hint: did you mean `@connect`?
        "#]],
        ),
        (
            &["type Query { a: Int @zzz }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@20 "@zzz": unknown directive `@zzz`
              hint: declare it with `directive @...`, or import it with `@link`
        "#]],
        ),
        (
            &["type Query { a: Int @connect }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@20 "@connect": the required argument `@connect(selection:)` is not provided
                  hint: add `selection: String!`
            "#]],
        ),
        (
            &["type Query { a: Int @connect(selection: \"a\", slection: 1) }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@45 "slection: 1": unknown argument `slection` of `@connect`
                  hint: did you mean `selection`?
            "#]],
        ),
        (
            &["type Query @deprecated { a: Int }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@11 "@deprecated": directive `@deprecated` may not be used on OBJECT
            "#]],
        ),
        (
            &["type Query { a(b: Int = \"x\"): Int }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@24 "\"x\"": expected an integer, found `"x"`
            "#]],
        ),
        (
            &["type Query { a(b: Int = 1, b: Int): Int }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@15 "b: Int = 1": the value `b` is defined multiple times
        "#]],
        ),
        (
            &["type Query { a: In } input In { q: Query }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@13 "a: In": `a` field must return an output type
            INVALID_SCHEMA 0.graphql@32 "q: Query": `q` field must be of an input type
        "#]],
        ),
        (
            &["type Query implements N { a: Int } interface N { id: ID! }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@5 "Query": type `Query` does not satisfy interface `N`: missing field `id`
                  0.graphql@45 "N": `N` declared here
            "#]],
        ),
        (
            &["type Query { a: U } union U = Int"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@30 "Int": union member `Int` must be an object type
        "#]],
        ),
        (
            &["type Query { __a: Int }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@13 "__a": a field cannot be named `__a` as names starting with two underscores are reserved
        "#]],
        ),
        (
            &["type Query"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@5 "Query": `Query` has no fields
            "#]],
        ),
        (
            &["type Query { a(b: B): Int } input B @oneOf { a: Int! b: Int = 1 }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@45 "a": `a` must be nullable: at most one field of a `@oneOf` type is given
                INVALID_SCHEMA 0.graphql@53 "b": `b` cannot have a default: a field of a `@oneOf` type is only given explicitly
            "#]],
        ),
        (
            &["type Query { a(b: B): Int } input B { b: B! }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@34 "B": `B` input object cannot reference itself
            "#]],
        ),
        (
            &["type Query { a(b: B): Int } input B { b: B = {} }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@38 "b": the default of `B.b` needs itself
        "#]],
        ),
        (
            &["type Query { a: Int @connect(selection: 1, http: {GTE: \"x\"}) }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@40 "1": expected a string, found `1`
                  hint: write `"1"`, in quotes
                INVALID_SCHEMA 0.graphql@50 "GTE": `ConnectHTTP` has no field `GTE`
                  hint: did you mean `GET`?
            "#]],
        ),
        (
            &["type Query { a: Int @deprecated(reason: 1) @deprecated }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@43 "@deprecated": directive `@deprecated` can only be used once at this location
                INVALID_SCHEMA 0.graphql@40 "1": expected a string, found `1`
                  hint: write `"1"`, in quotes
            "#]],
        ),
        (
            &["type Query { a(b: A): Int } input A { b: B = {} c: [A!] = [] } input B { a: A = {c: [{}]} }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@38 "b": the default of `A.b` needs itself
        "#]],
        ),
        (
            &["extend type Nope { a: Int } type Query { a: Int }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@12 "Nope": type extension for undefined type `Nope`
        "#]],
        ),
        (
            &["scalar Int type Query { a: Int }"],
            expect_test::expect![[r#"
                INVALID_SCHEMA 0.graphql@7 "Int": built-in scalar definitions must be omitted
            "#]],
        ),
        (
            &["schema { query: Q mutation: Q } type Q { a: Int }"],
            expect_test::expect![[r#"
            INVALID_SCHEMA 0.graphql@28 "Q": the same type `Q` must not be used for multiple root operation types
        "#]],
        ),
    ];
    for (texts, expected) in cases {
        expected.assert_eq(&problems(texts));
    }
}

#[test]
fn survives_deep_and_long_files() {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        let deep = [
            format!("type Query {{ a: {}Int{} }}", "[".repeat(100_000), "]".repeat(100_000)),
            format!("type Query {{ a(b: X = {}): Int }}", "[".repeat(190)),
            format!("type Query {{ a(b: [Int] = {}{}): Int }}", "[".repeat(190), "]".repeat(190)),
            format!("scalar X type Query {{ a(b: X = {}1{}): Int }}", "{a:".repeat(190), "}".repeat(190)),
            "{".repeat(100_000),
            "type A implements B&".repeat(1_000),
        ];
        for text in deep {
            problems(&[&text]);
        }
    });
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn prints_what_it_parses() {
    let text = r#"
"""two
  lines with \""" quotes""" schema { query: Root }
"ends with a backslash \\" type Root implements Node & Named {
  "id" id: ID! name: String
  list("how many" first: Int = 10, "by" by: By = {id: "1"}, sort: [Sort!] = [A, B]): [[Found!]]!
    @deprecated(reason: "say \"no\"") @connect(selection: "x")
}
interface Named { name: String } interface Node implements Named { name: String id: ID! }
type Query { a: Int } union Found = Root | Query enum Sort { "a" A B @deprecated }
input By @oneOf { id: ID slug: String } input Range { from: Float = -1.5e3 to: Float }
scalar Date @specifiedBy(url: "https://x")
"" type Empty { a(r: Range, d: Date): Int } " spaces " type Spaces { a: Int }
"#;
    let sdl = parse(text).to_sdl();
    expect_test::expect![[r#"
        """
        two
        lines with \""" quotes
        """
        schema {
          query: Root
        }

        """
        ends with a backslash \
        """
        type Root implements Node & Named {
          """id"""
          id: ID!
          name: String
          list(
            """how many"""
            first: Int = 10

            """by"""
            by: By = {id: 1}
            sort: [Sort!] = [A, B]
          ): [[Found!]]! @deprecated(reason: "say \"no\"")
        }

        interface Named {
          name: String
        }

        interface Node implements Named {
          name: String
          id: ID!
        }

        type Query {
          a: Int
        }

        union Found = Root | Query

        enum Sort {
          """a"""
          A
          B @deprecated
        }

        input By @oneOf {
          id: ID
          slug: String
        }

        input Range {
          from: Float = -1500
          to: Float
        }

        scalar Date @specifiedBy(url: "https://x")

        """"""
        type Empty {
          a(r: Range, d: Date): Int
        }

        """ spaces """
        type Spaces {
          a: Int
        }
    "#]]
    .assert_eq(&sdl);
    assert_eq!(parse(&sdl).to_sdl(), sdl);
}
