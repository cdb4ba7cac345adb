//! `@link`: versions, other names, prefixes, repeated definitions.

use super::{codes, compile_files, compile_graph, connector, graph_model, model, problems};

const CONNECT: &str = "https://specs.apollo.dev/connect";

/// A graph of one field whose file says `head`.
fn graph(head: &str, directive: &str) -> String {
    format!("{head}\ntype Query {{ a: Int {directive}(http: {{ GET: \"https://a.example/a\" }}, selection: \"$.a\") }}")
}

fn check(head: &str, directive: &str, expected: &[&str]) {
    let compiled = compile_graph(&graph(head, directive));
    let found: Vec<String> = problems(&compiled).into_iter().filter(|problem| !problem.contains("UNUSED")).collect();
    assert_eq!(found, expected, "{head}");
}

#[test]
fn a_directive_has_the_name_that_its_file_gives_it() {
    let link = |rest: &str| format!("extend schema @link(url: \"{CONNECT}/v0.3\"{rest})");
    check(&link(", import: [\"@connect\"]"), "@connect", &[]);
    check(&link(", import: \"@connect\""), "@connect", &[]);
    check(&link(", import: [{ name: \"@connect\", as: \"@rest\" }]"), "@rest", &[]);
    check(
        &link(", import: [\"@connect\", \"JSONSelection\", { name: \"URLTemplate\", as: \"Url\" }]"),
        "@connect",
        &[],
    );
    // Of the directive that is called like its specification the prefix is the name.
    check(&link(""), "@connect", &[]);
    check(&link(", as: \"rest\""), "@rest", &[]);
    check(&link(", as: \"rest\""), "@rest__connect", &[]);
    check(&link(""), "@connect__connect", &[]);
}

#[test]
fn sources_have_other_names_too() {
    let sources = [
        ("", "@connect__source"),
        (", as: \"rest\"", "@rest__source"),
        (", import: [{ name: \"@source\", as: \"@api\" }]", "@api"),
    ];
    for (rest, source) in sources {
        let text = format!(
            "extend schema @link(url: \"{CONNECT}/v0.3\"{rest}) {source}(name: \"x\", http: {{ baseURL: \"http://x.example\" }})
             type Query {{ a: Int {connect}(source: \"x\", http: {{ GET: \"/a\" }}, selection: \"$.a\") }}",
            connect = if rest.contains("as: \"rest\"") { "@rest" } else { "@connect" },
        );
        assert_eq!(&*connector(&graph_model(&text), "Query.a").name, "Query.a");
    }
}

#[test]
fn mistakes_are_told_of_the_name_as_written() {
    let text = format!(
        "extend schema @link(url: \"{CONNECT}/v0.3\", import: [{{ name: \"@connect\", as: \"@rest\" }}])
         type Query @rest(http: {{ GET: \"https://a.example\" }}, selection: \"a\") {{
           a: Int @rest(http: {{ GET: \"https://a.example/a\" }}, selection: \"$.a\")
         }}"
    );
    assert_eq!(problems(&compile_graph(&text))[0], "CONNECT_ON_ROOT: `@rest` cannot stand on `Query`");
    let text = format!(
        "extend schema @link(url: \"{CONNECT}/v0.3\", import: [{{ name: \"@connect\", as: \"@rest\" }}])
         type Query {{ a: Int @rest(htp: {{}}, selection: \"$.a\") b: Int @connect__conect(selection: \"a\") }}"
    );
    assert_eq!(
        problems(&compile_graph(&text)),
        [
            "INVALID_SCHEMA: unknown argument `htp` of `@rest`",
            "INVALID_LINK: the connect language has no `@connect__conect`",
        ]
    );
    let text = format!(
        "extend schema @link(url: \"{CONNECT}/v0.3\") type Query {{ a: Int @connect__conect(selection: \"a\") }}"
    );
    assert!(
        problems(&compile_graph(&text))
            .contains(&"INVALID_LINK: the connect language has no `@connect__conect`".to_owned())
    );
}

#[test]
fn versions_are_those_of_the_file() {
    let graph = |file: &str, version: &str| {
        let selection = if version == "v0.4" { "{a: 1}" } else { "a" };
        format!(
            "extend schema @link(url: \"{CONNECT}/{version}\", import: [\"@connect\"])
             extend type Query {{ {file}: {file}_t @connect(http: {{ GET: \"https://a.example/a\" }}, selection: \"{selection}\") }}
             type {file}_t {{ a: Int }}"
        )
    };
    let files: Vec<(String, String)> = ["v0.1", "v0.2", "v0.3", "v0.4"]
        .iter()
        .enumerate()
        .map(|(index, version)| (format!("schema/{index}.graphql"), graph(&format!("f{index}"), version)))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(model(compile_files("", &files)).connectors.len(), 4);

    check(
        &format!("extend schema @link(url: \"{CONNECT}/v0.99\", import: [\"@connect\"])"),
        "@connect",
        &["UNKNOWN_CONNECTORS_VERSION: unknown connect version `0.99`, should be one of 0.1, 0.2, 0.3, 0.4"],
    );
    check(
        &format!("extend schema @link(url: \"{CONNECT}\", import: [\"@connect\"])"),
        "@connect",
        &["UNKNOWN_CONNECTORS_VERSION: the link names no version of connect, should be one of 0.1, 0.2, 0.3, 0.4"],
    );
}

#[test]
fn other_specifications_are_linked_beside() {
    check(
        "extend schema
           @link(url: \"https://specs.apollo.dev/link/v1.0\")
           @link(url: \"https://specs.apollo.dev/federation/v2.99\", import: [\"@key\", \"FieldSet\", { name: \"@tag\", as: \"@label\" }])
           @link(url: \"https://specs.apollo.dev/connect/v0.2\", import: [\"@connect\", \"@source\"], for: EXECUTION)
           @link(url: \"https://specs.example/unheard/of/v3.1\")",
        "@label(name: \"x\") @federation__shareable @connect",
        &[],
    );
    let unknown = |purpose: &str| {
        format!("extend schema @link(url: \"https://specs.example/guard/v1.0\", import: [\"@guard\"]{purpose})")
    };
    check(&unknown(""), "@guard(role: \"x\") @connect", &["warning DIRECTIVE_NOT_HONORED: `@guard` has no effect"]);
    let refused = "NOT_SUPPORTED_YET: `guard` must be understood here, but is not";
    check(&unknown(", for: SECURITY"), "@connect", &[refused]);
    check(&unknown(", for: EXECUTION"), "@connect", &[refused]);
    check(
        "extend schema @link(url: \"https://specs.apollo.dev/join/v0.5\", for: EXECUTION)",
        "@connect",
        &["NOT_SUPPORTED_YET: the file is a composed supergraph"],
    );
    // Another specification of the same name.
    check(
        "extend schema @link(url: \"https://specs.example/connect/v7.0\", as: \"other\")",
        "@other__x @connect",
        &["warning DIRECTIVE_NOT_HONORED: `@other__x` has no effect"],
    );
}

#[test]
fn imports_that_do_not_exist_are_told() {
    let import = |import: &str| format!("extend schema @link(url: \"{CONNECT}/v0.3\", import: [{import}])");
    check(&import("\"connect\""), "@connect", &["INVALID_LINK: the connect language has no `connect`"]);
    check(&import("\"@conect\""), "@connect", &["INVALID_LINK: the connect language has no `@conect`"]);
    check(
        &import("{ name: \"@connect\", as: \"rest\" }"),
        "@rest",
        &["INVALID_LINK: `@connect` is a directive, but `rest` is not the name of one"],
    );
    let twice = format!("{} @link(url: \"{CONNECT}/v0.2\")", import("\"@connect\""));
    check(&twice, "@connect", &["DUPLICATE_LINK: the connect language is linked twice in this file"]);
    let text = format!(
        "{} @source(name: \"x\", http: {{ baseURL: \"http://x.example\" }})
         type Query {{ a: Int @connect(source: \"x\", http: {{ GET: \"/a\" }}, selection: \"$.a\") }}",
        import("\"@connect\"")
    );
    assert_eq!(codes(&compile_graph(&text)), ["NO_SOURCE_IMPORT"]);
}

#[test]
fn files_may_bring_the_definitions_of_what_they_link() {
    let definitions = "
      scalar JSONSelection
      scalar URLPathTemplate
      scalar connect__URLTemplate
      scalar FieldSet
      scalar federation__FieldSet
      scalar link__Import
      enum link__Purpose { SECURITY EXECUTION }
      input connect__HTTPHeaderMapping { name: String! from: String value: String }
      input ConnectHTTP { GET: URLPathTemplate POST: URLPathTemplate }
      directive @connect(source: String, http: ConnectHTTP!, selection: JSONSelection!, entity: Boolean) repeatable on FIELD_DEFINITION
      directive @connect__source(name: String!) repeatable on SCHEMA
      directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT
      directive @federation__tag(name: String!) repeatable on OBJECT
      directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA";
    let head = "extend schema
      @link(url: \"https://specs.apollo.dev/federation/v2.10\", import: [\"@key\", \"FieldSet\"])
      @link(url: \"https://specs.apollo.dev/connect/v0.2\", import: [\"@connect\"])";
    let text = graph(&format!("{head}\n{definitions}"), "@connect");
    let model = graph_model(&text);
    let types: Vec<&str> = model.clients["default"].schema.schema().types.keys().map(|name| &**name).collect();
    assert!(
        !types.iter().any(|name| name.contains("__") || name.contains("FieldSet") || name.contains("HTTP")),
        "{types:?}"
    );
}

#[test]
fn a_files_own_directives_and_types_win_over_names_that_are_known() {
    let text = "
      extend schema
        @link(url: \"https://specs.apollo.dev/connect/v0.3\", import: [{ name: \"@connect\", as: \"@rest\" }, { name: \"@source\", as: \"@api\" }])
        @api(name: \"x\", http: { baseURL: \"http://x.example\" })
      directive @source(table: String!) on FIELD_DEFINITION
      directive @cost(amount: Float!) on FIELD_DEFINITION
      type Query {
        a: SourceHTTP @source(table: \"a\") @cost(amount: 1.5) @rest(source: \"x\", http: { GET: \"/a\" }, selection: \"host\")
      }
      type SourceHTTP { host: String }";
    let compiled = compile_graph(text);
    let expected = [
        "warning DIRECTIVE_NOT_HONORED: `@source` has no effect",
        "warning DIRECTIVE_NOT_HONORED: `@cost` has no effect",
    ];
    let found: Vec<String> = problems(&compiled).into_iter().filter(|problem| !problem.contains("UNUSED")).collect();
    assert_eq!(found, expected);
}

/// Directives of Anabranch itself: what a file declares under their names is the file's, and connectors stay.
#[test]
fn a_files_own_connection_and_poll_are_not_ours() {
    let connect = "@connect(http: { GET: \"https://a.example/a\" }, selection: \"id\")";
    for (declared, used, own) in [
        ("connection(key: String)", "connection(key: \"a\")", true),
        ("connection(key: String!, first: Int)", "connection(key: \"a\")", true),
        ("connection(first: String, style: ConnectionStyle!)", "connection(first: \"a\", style: PAGE)", true),
        ("connection(style: String!)", "connection(style: \"PAGE\")", true),
        ("connection", "connection", true),
        ("poll(n: Int)", "poll(n: 1)", true),
        ("poll(every: Int)", "poll(every: 1)", true),
        ("poll", "poll", true),
        ("poll(every: String)", "poll(every: \"1s\")", false),
    ] {
        for link in ["", "extend schema @link(url: \"https://specs.apollo.dev/connect/v0.3\", import: [\"@connect\"])"]
        {
            let text = format!(
                "{link} directive @{declared} on FIELD_DEFINITION
                type Query {{ a: [A] {connect} @{used} }}
                type A {{ id: ID! }}"
            );
            let compiled = compile_graph(&text);
            let name = declared.split('(').next().unwrap();
            let expected = if own {
                format!("warning DIRECTIVE_NOT_HONORED: `@{name}` has no effect")
            } else {
                "INVALID_POLL: `@poll` cannot stand on `Query.a`".to_owned()
            };
            let found = problems(&compiled).into_iter().filter(|problem| !problem.contains("UNUSED"));
            assert_eq!(found.collect::<Vec<_>>(), [expected], "{declared}");
            if own {
                assert_eq!(model(compiled).field_connectors("Query", "a").len(), 1, "{declared}");
            }
        }
    }
}

#[test]
fn extensions_may_stand_alone() {
    let text = "
      extend schema @link(url: \"https://specs.apollo.dev/connect/v0.3\", import: [\"@connect\"])
      extend type Query { a: A @connect(http: { GET: \"https://a.example/a\" }, selection: \"kind\") }
      extend type A { kind: Kind }
      extend enum Kind { X }";
    assert_eq!(graph_model(text).schema.types["A"].fields.len(), 1);
    let unlinked = "
      extend type Query { a: A @connect(http: { GET: \"https://a.example/a\" }, selection: \"b\") }
      type A { b: Int }
      extend type B { kind: Int }";
    assert_eq!(problems(&compile_graph(unlinked)), ["INVALID_SCHEMA: type extension for undefined type `B`"]);
}
