//! Directives that commonly stand beside connectors.

use super::{codes, compile_graph, graph_model, problems};

fn told(graph: &str) -> Vec<String> {
    problems(&compile_graph(graph)).into_iter().filter(|problem| !problem.contains("UNUSED_UPSTREAM")).collect()
}

/// One object type `A` with directives on the type and on a field.
fn graph(on_type: &str, on_field: &str) -> String {
    format!(
        "type Query {{ a: A @connect(source: \"shop\", http: {{ GET: \"/a\" }}, selection: \"id name\") }}
         type A {on_type} {{ id: ID! name(x: Int @deprecated): String {on_field} }}"
    )
    .replace("(x: Int @deprecated)", "")
}

#[test]
fn what_asks_nothing_of_one_graph_is_silent() {
    let on_type = "@key(fields: \"id\", resolvable: false) @key(fields: \"id name\", resolvable: false) @shareable @tag(name: \"x\") @extends @cacheControl(maxAge: 5)";
    assert_eq!(told(&graph(on_type, "@shareable @tag(name: \"y\") @deprecated @external")), [""; 0]);
    assert_eq!(
        told(
            "scalar Date @specifiedBy(url: \"https://x.example\") @tag(name: \"z\") input One @oneOf { a: Int } enum E { A @deprecated } type Query { a(d: Date, one: One, e: E): Int @connect(source: \"shop\", http: { GET: \"/a\" }, selection: \"$.a\") }"
        ),
        [""; 0]
    );
}

#[test]
fn what_has_no_effect_is_named_once_with_the_reason() {
    let directives = [
        "@requires(fields: \"id\")",
        "@provides(fields: \"id\")",
        "@override(from: \"other\", label: \"percent(5)\")",
        "@cost(weight: 5)",
        "@listSize(assumedSize: 5, slicingArguments: [])",
        "@cacheTag(format: \"a\")",
    ];
    for directive in directives {
        let name = directive.split('(').next().unwrap();
        let expected = format!("warning DIRECTIVE_NOT_HONORED: `{name}` has no effect");
        assert_eq!(told(&graph("", directive)), [expected], "{directive}");
    }
    assert_eq!(
        told(&graph("@interfaceObject @key(fields: \"id\", resolvable: false)", "")),
        ["warning DIRECTIVE_NOT_HONORED: `@interfaceObject` has no effect"]
    );
    let own = "directive @mine(x: Int) repeatable on FIELD_DEFINITION ";
    let twice = format!("{own}{}", graph("", "@mine @mine(x: 1)"));
    assert_eq!(told(&twice), ["warning DIRECTIVE_NOT_HONORED: `@mine` has no effect (used 2 times)"]);
}

#[test]
fn what_would_be_believed_is_an_error() {
    for directive in ["@authenticated", "@requiresScopes(scopes: [[\"a\"]])", "@policy(policies: [[\"a\"]])"] {
        assert_eq!(codes(&compile_graph(&graph("", directive))), ["NOT_SUPPORTED_YET"], "{directive}");
    }
    let renamed = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\", import: [{ name: \"@authenticated\", as: \"@login\" }]) ";
    let text = format!("{renamed}{}", graph("", "@login"));
    assert_eq!(told(&text), ["NOT_SUPPORTED_YET: `@login` is not supported yet"]);
    let context = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.8\", import: [\"@context\", \"@fromContext\"]) ";
    let text = format!("{context}{}", graph("@context(name: \"c\")", ""));
    assert_eq!(codes(&compile_graph(&text)), ["CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE"; 2]);
}

#[test]
fn inaccessible_elements_are_hidden_from_the_default_client() {
    let text = "
      type Query {
        a(id: ID! @tag(name: \"x\"), internal: Int @inaccessible): A @connect(source: \"shop\", http: { GET: \"/a/{$args.id}\" }, selection: \"id ownerId\")
      }
      type A { id: ID! ownerId: ID @inaccessible owner: B @connect(source: \"shop\", http: { GET: \"/b/{$this.ownerId}\" }, selection: \"id\") }
      type B { id: ID! }
      enum Unseen @inaccessible { X }";
    let model = graph_model(text);
    let seen = model.clients["default"].schema.schema();
    assert_eq!(seen.types["A"].fields.keys().map(|name| &**name).collect::<Vec<_>>(), ["id", "owner"]);
    assert_eq!(seen.types["Query"].fields["a"].arguments.len(), 1);
    assert!(!seen.types.contains_key("Unseen"));
}

#[test]
fn a_key_is_satisfied_by_a_field_connector_too() {
    let text = |keys: &str| {
        format!(
            "type Query {{ users: [User] @connect(source: \"shop\", http: {{ GET: \"/u\" }}, selection: \"id org {{ id }}\") }}
             type User {keys} {{
               id: ID!
               org: Org
               posts: [Int] @connect(source: \"shop\", http: {{ GET: \"/p/{{$this.id}}\" }}, selection: \"$.ids\")
               mine: Int @connect(source: \"shop\", http: {{ GET: \"/o/{{$this.org.id}}\" }}, selection: \"$.n\")
             }}
             type Org {{ id: ID! }}"
        )
    };
    assert_eq!(
        told(&text("@key(fields: \"id\") @key(fields: \"org { id }\") @key(fields: \"id, org {id}\")")),
        [""; 0]
    );
    assert_eq!(
        told(&text("@key(fields: \"org { name }\", resolvable: false) @key(fields: \"nme\")")),
        ["INVALID_KEY: `Org` has no field `name`", "INVALID_KEY: `User` has no field `nme`"]
    );
    assert_eq!(
        told(&text("@key(fields: \"org { id\") @key(fields: \"\") @key(fields: \"{ id }\")")),
        ["INVALID_KEY: the key is not a list of fields"; 3]
    );
    assert_eq!(
        told(&text("@key(fields: \"org\")")),
        ["MISSING_ENTITY_CONNECTOR: no connector loads `User` by its key `org`"]
    );
}

#[test]
fn external_fields_that_nothing_gives_are_left_out() {
    let text = "
      type Query { users: [User] @connect(source: \"shop\", http: { GET: \"/u\" }, selection: \"id name\") }
      type User @key(fields: \"id\") { id: ID! @external name: String @external email: String @external
        posts: [Int] @connect(source: \"shop\", http: { GET: \"/p/{$this.id}\" }, selection: \"$.ids\") }";
    assert_eq!(
        told(text),
        ["warning EXTERNAL_FIELD: no connector gives `User.email`, which is `@external`: it is left out"]
    );
    let model = graph_model(text);
    let seen = &model.clients["default"].schema.schema().types["User"];
    assert_eq!(seen.fields.keys().map(|name| &**name).collect::<Vec<_>>(), ["id", "name", "posts"]);
}

#[test]
fn what_federation_adds_to_a_subgraph_is_left_out() {
    let text = "
      scalar _Any scalar _FieldSet union _Entity = A type _Service { sdl: String }
      directive @key(fields: _FieldSet!) repeatable on OBJECT
      type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service!
        a: A @connect(source: \"shop\", http: { GET: \"/a\" }, selection: \"id\") }
      type A @key(fields: \"id\") { id: ID! b: Int @connect(source: \"shop\", http: { GET: \"/b/{$this.id}\" }, selection: \"$.b\") }";
    assert_eq!(told(text), [""; 0]);
    let model = graph_model(text);
    assert!(!model.schema.types.keys().any(|name| name.starts_with('_')), "{:?}", model.schema.types.keys());
}
