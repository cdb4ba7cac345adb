//! The codes of rules of `@source` and `@connect`: each in its situation.

use super::{codes, compile_files, compile_graph, connector, model, problems};
use crate::model::BaseUrl;

const LINK: &str =
    "extend schema @link(url: \"https://specs.apollo.dev/connect/v0.3\", import: [\"@connect\", \"@source\"])";

/// A graph of one root field.
fn field(connect: &str) -> String {
    format!("type Query {{ a(id: ID, n: [Int], o: O): Int @connect({connect}) }} input O {{ id: ID }}")
}

fn check(graph: &str, expected: &[&str]) {
    assert_eq!(codes(&compile_graph(graph)), expected, "{graph}\n{:#?}", problems(&compile_graph(graph)));
}

#[test]
fn transport() {
    let cases = [
        ("http: {}", "MISSING_HTTP_METHOD"),
        ("source: \"shop\", http: { GET: \"/a\", POST: \"/a\" }", "MULTIPLE_HTTP_METHODS"),
        ("source: \"shop\", http: { GET: \"https://a.example/a\" }", "ABSOLUTE_CONNECT_URL_WITH_SOURCE"),
        ("http: { GET: \"/a\" }", "RELATIVE_CONNECT_URL_WITHOUT_SOURCE"),
        ("http: { GET: \"ftp://a.example/a\" }", "INVALID_URL_SCHEME"),
        ("http: { GET: \"https://{$args.id}.example/a\" }", "INVALID_URL"),
        ("http: { GET: \"https://a.example{$args.id}\" }", "INVALID_URL"),
        ("source: \"shp\", http: { GET: \"/a\" }", "SOURCE_NAME_MISMATCH"),
        ("source: \"shop\", http: { GET: \"/{$args.id\" }", "INVALID_URL"),
        ("source: \"shop\", http: { GET: \"/a\", path: \"\" }", "INVALID_URL_PROPERTY"),
        ("source: \"shop\", http: { GET: \"/a\", queryParams: \"a: \" }", "INVALID_URL_PROPERTY"),
        ("source: \"shop\", http: { POST: \"/a\", body: \"\" }", "INVALID_BODY"),
        ("source: \"shop\", http: { POST: \"/a\", body: \"a: $nope\" }", "INVALID_BODY"),
        ("source: \"shop\"", "HTTP_OMITTED_REQUIRES_V0_4"),
    ];
    for (arguments, code) in cases {
        check(&field(&format!("{arguments}, selection: \"$.a\"")), &[code]);
    }
    let alone =
        compile_files("", &[("schema/a.graphql", &field("source: \"x\", http: { GET: \"/a\" }, selection: \"$.a\""))]);
    assert_eq!(codes(&alone), ["NO_SOURCES_DEFINED"]);
    // An expression may stand in the path and the query of an absolute URL.
    check(&field("http: { GET: \"https://a.example:8080/{$args.id}?n={$args.id}\" }, selection: \"$.a\""), &[]);
    check(&field("http: { GET: \"https://a.example?n={$args.id}\" }, selection: \"$.a\""), &[]);
}

#[test]
fn headers() {
    let cases = [
        ("{ name: \"x-a\", value: \"1\" }", None),
        ("[{ name: \"x-a\", from: \"x-b\" }, { name: \"content-type\", value: \"text/x\" }]", None),
        ("[{ name: \"x-a\", value: \"1\" }, { name: \"X-A\", value: \"2\" }]", Some("HTTP_HEADER_NAME_COLLISION")),
        ("{ name: \"x-a\" }", Some("INVALID_HEADER")),
        ("{ name: \"x-a\", from: \"x-b\", value: \"1\" }", Some("INVALID_HEADER")),
        ("{ name: \"x a\", value: \"1\" }", Some("INVALID_HEADER")),
        ("{ name: \"x-a\", from: \"x b\" }", Some("INVALID_HEADER")),
        ("{ name: \"x-a\", value: \"{$args.id\" }", Some("INVALID_HEADER")),
    ];
    for (headers, code) in cases {
        let arguments = format!("source: \"shop\", http: {{ GET: \"/a\", headers: {headers} }}, selection: \"$.a\"");
        check(&field(&arguments), code.as_slice());
    }
    let reserved = [
        "connection",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "content-encoding",
        "accept-encoding",
        "keep-alive",
    ];
    for (name, by_value) in reserved
        .map(|name| (name, false))
        .into_iter()
        .chain(["content-type", "accept", "host"].map(|name| (name, true)))
    {
        let with = |how: &str| {
            field(&format!(
                "source: \"shop\", http: {{ GET: \"/a\", headers: {{ name: \"{name}\", {how}: \"x\" }} }}, selection: \"$.a\""
            ))
        };
        check(&with("from"), &["INVALID_HEADER"]);
        check(&with("value"), if by_value { &[] } else { &["INVALID_HEADER"] });
    }
}

#[test]
fn names() {
    let source = |arguments: &str| {
        format!("{LINK} {arguments} {}", field("source: \"shop\", http: { GET: \"/a\" }, selection: \"$.a\""))
    };
    let with_name =
        |name: &str| source(&format!("@source(name: \"{name}\", http: {{ baseURL: \"http://a.example\" }})"));
    check(&with_name(""), &["EMPTY_SOURCE_NAME"]);
    for name in ["1a", "a b", "-a", "é", &"a".repeat(65)] {
        check(&with_name(name), &["INVALID_SOURCE_NAME"]);
    }
    check(&with_name(&format!("a-B_{}", "9".repeat(60))), &[]);
    check(
        &source(
            "@source(name: \"a\", http: { baseURL: \"http://a.example\" }) @source(name: \"a\", http: { baseURL: \"http://a.example\" })",
        ),
        &["DUPLICATE_SOURCE_NAME"],
    );
    check(&source("@source(name: \"a\", http: { baseURL: \"a.example\" })"), &["INVALID_URL"]);
    check(&source("@source(name: \"a\", http: { baseURL: \"mailto:a@example\" })"), &["INVALID_URL_SCHEME"]);

    let id = |first: &str, second: &str| {
        format!(
            "type Query {{
               a: Int @connect(id: \"{first}\", source: \"shop\", http: {{ GET: \"/a\" }}, selection: \"$.a\")
               b: Int @connect(id: \"{second}\", source: \"shop\", http: {{ GET: \"/a\" }}, selection: \"$.a\")
             }}"
        )
    };
    check(&id("_a1", "a_2"), &[]);
    check(&id("a", "a"), &["DUPLICATE_ID_NAME"]);
    for name in ["", "1a", "a-b"] {
        check(&id("a", name), &["INVALID_CONNECTOR_ID_NAME"]);
    }
}

#[test]
fn places() {
    check(
        "type Query @connect(source: \"shop\", http: { GET: \"/a\" }, selection: \"a\") {
           a: Int @connect(source: \"shop\", http: { GET: \"/a\" }, selection: \"$.a\")
         }",
        &["CONNECT_ON_ROOT"],
    );
    check(
        "type Query { a: Int @connect(source: \"shop\", http: { GET: \"/a\" }, selection: \"$.a\") } type Subscription { b: Int }",
        &["SUBSCRIPTION_IN_CONNECTORS"],
    );
    check("type Query { a: Int }", &["CONNECTORS_UNRESOLVED_FIELD"]);
}

#[test]
fn entities() {
    let entity = |arguments: &str, ty: &str, directive: &str| {
        format!(
            "type Query {{ a({arguments}): {ty} @connect(source: \"shop\", http: {{ GET: \"/a/{{$args.id}}/{{$args.at.city.code}}\" }}, {directive}, selection: \"id at {{ city {{ code }} }}\") }}
             type A {{ id: ID! at: At }} type At {{ city: City }} type City {{ code: Int }}
             input AtInput {{ city: CityInput! }} input CityInput {{ code: Int }} input BadInput {{ city: BadCity! }} input BadCity {{ code: String }}"
        )
    };
    check(&entity("id: ID!, at: AtInput!", "A", "entity: true"), &[]);
    for ty in ["A!", "[A]"] {
        check(&entity("id: ID!, at: AtInput!", ty, "entity: true"), &["ENTITY_TYPE_INVALID"]);
    }
    check(&entity("id: String!, at: AtInput!", "A", "entity: true"), &["ENTITY_RESOLVER_ARGUMENT_MISMATCH"]);
    check(&entity("id: ID!, at: BadInput!", "A", "entity: true"), &["ENTITY_RESOLVER_ARGUMENT_MISMATCH"]);
    check(&entity("id: ID!, at: AtInput!, no: Int!", "A", "entity: true"), &["ENTITY_RESOLVER_ARGUMENT_MISMATCH"]);
    check(
        "type Query { a: A @connect(source: \"shop\", http: { GET: \"/a\" }, entity: true, selection: \"id\") } type A { id: ID }",
        &["CONNECTORS_CANNOT_RESOLVE_KEY"],
    );
    let other = |place: &str| {
        format!("type Query {{ q: A @connect(source: \"shop\", http: {{ GET: \"/a\" }}, selection: \"id\") }} {place}")
    };
    let on = "@connect(source: \"shop\", http: { GET: \"/a/{$this.id}\" }, entity: true, selection: \"id\")";
    check(&other(&format!("type A {{ id: ID b: A {on} }}")), &["ENTITY_NOT_ON_ROOT_QUERY"]);
    check(
        &other(
            "type A { id: ID } type Mutation { m(id: ID): A @connect(source: \"shop\", http: { POST: \"/a/{$args.id}\" }, entity: true, selection: \"id\") }",
        ),
        &["ENTITY_NOT_ON_ROOT_QUERY"],
    );
    check(&other(&format!("type A {on} {{ id: ID }}")), &[]);
    check(&other(&format!("type A {} {{ id: ID }}", on.replace("true", "false"))), &["CONNECT_ON_TYPE_MUST_BE_ENTITY"]);
    check(&other("type A @key(fields: \"id\") { id: ID }"), &["MISSING_ENTITY_CONNECTOR"]);
}

#[test]
fn batches() {
    let batch = |connect: &str| {
        format!(
            "type Query {{ q: [A] @connect(source: \"shop\", http: {{ GET: \"/a\" }}, selection: \"id n\") }}
             type A @connect(source: \"shop\", {connect}) {{ id: ID n: Int }}"
        )
    };
    let get = "http: { GET: \"/a?ids={$batch.id->joinNotNull(',')}\" }";
    check(&batch(&format!("{get}, selection: \"id n\", batch: {{ maxSize: 5 }}")), &[]);
    for size in ["0", "-1"] {
        check(&batch(&format!("{get}, selection: \"id n\", batch: {{ maxSize: {size} }}")), &["INVALID_BATCH"]);
    }
    check(&batch(&format!("{get}, selection: \"n\"")), &["CONNECTORS_BATCH_KEY_NOT_IN_SELECTION"]);
    check(
        &batch(&format!("{get}, selection: \"id: $request.headers.'x-id'->first n\"")),
        &["CONNECTORS_NON_ROOT_BATCH_KEY"],
    );
    check(
        &batch("http: { GET: \"/a/{$this.n}?ids={$batch.id->joinNotNull(',')}\" }, selection: \"id n\""),
        &["CONNECT_BATCH_AND_THIS"],
    );
    check(&batch("http: { GET: \"/a\" }, selection: \"id n\""), &["CONNECTORS_CANNOT_RESOLVE_KEY"]);
}

#[test]
fn outcomes_merge_the_sources_and_the_connectors() {
    let text = format!(
        "{LINK} @source(name: \"x\", http: {{ baseURL: \"http://x.example\" }}, isSuccess: \"$status->eq(200)\",
           errors: {{ message: \"$.message\", extensions: \"a: $.a\" }})
         type Query {{
           own: Int @connect(source: \"x\", http: {{ GET: \"/\" }}, isSuccess: \"$.ok\", errors: {{ message: \"$.why\", extensions: \"b: $.b\" }}, selection: \"$.a\")
           inherited: Int @connect(source: \"x\", http: {{ GET: \"/\" }}, selection: \"$.a\")
         }}"
    );
    let model = model(compile_graph(&text));
    let outcome = |name: &str| {
        let connector = connector(&model, name);
        let texts = connector.errors.extensions.iter().map(|mapping| mapping.text().to_owned()).collect::<Vec<_>>();
        let text =
            |mapping: &Option<crate::mapping::Mapping>| mapping.as_ref().map(|mapping| mapping.text().to_owned());
        (text(&connector.is_success), text(&connector.errors.message), texts)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(outcome("Query.own"), (some("$.ok"), some("$.why"), vec!["a: $.a".to_owned(), "b: $.b".to_owned()]));
    assert_eq!(outcome("Query.inherited"), (some("$status->eq(200)"), some("$.message"), vec!["a: $.a".to_owned()]));
}

#[test]
fn a_base_url_of_the_configuration_wins_over_one_that_cannot_be_rendered() {
    let text = format!(
        "{LINK} @source(name: \"x\", http: {{ baseURL: \"https://{{$config.host}}:{{$env.NOWHERE}}/v1\" }})
         type Query {{ a: Int @connect(source: \"x\", http: {{ GET: \"/a\" }}, selection: \"$.a\") }}"
    );
    let files = [("schema/a.graphql", text.as_str())];
    assert_eq!(codes(&compile_files("", &files)), ["UNDEFINED_CONFIG", "UNDEFINED_ENVIRONMENT"]);
    let model = model(compile_files("[upstreams.x]\nbase_url = \"http://127.0.0.1:4101/mock\"", &files));
    assert!(
        matches!(&connector(&model, "Query.a").request.as_ref().unwrap().base_url, BaseUrl::Source(url) if url.path() == "/mock")
    );
}

#[test]
fn connectors_without_a_source_are_configured_by_host_and_port() {
    let graph = "type Query {
        a: Int @connect(http: { GET: \"https://api.example.com/v1/a?x=1\" }, selection: \"$.a\")
        b: Int @connect(http: { GET: \"http://localhost:4107/b\" }, selection: \"$.b\")
        c: Int @connect(http: { GET: \"https://elsewhere.example/c\" }, selection: \"$.c\")
      }";
    let toml = "
        [upstreams.\"api.example.com\"]\nbase_url = \"http://127.0.0.1:4101/mock\"\nconcurrency = 3
        [upstreams.\"localhost:4107\"]\ntimeout = \"7s\"";
    let compiled = compile_files(toml, &[("schema/a.graphql", graph)]);
    assert_eq!(problems(&compiled), [""; 0]);
    let model = model(compiled);
    let upstream = |name: &str| &model.upstreams[connector(&model, name).request.as_ref().unwrap().upstream.0 as usize];
    assert_eq!(upstream("Query.a").settings.concurrency.get(), 3);
    assert_eq!(upstream("Query.a").origin, "http://127.0.0.1:4101");
    assert_eq!(upstream("Query.b").settings.timeout, crate::config::Millis::from_secs(7));
    assert_eq!(&*upstream("Query.c").name, "elsewhere.example");
    let request = connector(&model, "Query.a").request.as_ref().unwrap();
    assert!(matches!(&request.base_url, BaseUrl::Source(url) if url.path() == "/mock"));
    assert!(matches!(request.url.pieces.as_slice(), [crate::mapping::Piece::Literal(text)] if text == "/v1/a?x=1"));
    let unused = compile_files("[upstreams.\"x.example\"]\ntimeout = \"1s\"", &[("schema/a.graphql", graph)]);
    assert_eq!(codes(&unused), [""; 0]);
    assert_eq!(unused.diagnostics.len(), 1);
}
