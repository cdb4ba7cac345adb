//! From connectors and values to requests.

use http::HeaderMap;

use super::bench::{Bench, headers};

/// A graph of one root field with this `http`.
fn graph(source: &str, http: &str) -> String {
    format!(
        r#"extend schema @source(name: "api", http: {{ baseURL: "http://x" {source} }})
        scalar JSON
        type Query {{
          f(a: JSON, b: JSON, c: JSON): JSON @connect(source: "api", http: {{ {http} }}, selection: "$")
        }}"#
    )
}

fn url(base: &str, source: &str, http: &str, args: &str) -> Result<String, String> {
    let bench = Bench::new(&graph(source, http), base, "");
    bench.render("Query.f", args, &HeaderMap::new()).map(|request| request.url).map_err(|error| error.message)
}

#[track_caller]
fn check(base: &str, source: &str, http: &str, args: &str, expected: &str) {
    assert_eq!(url(base, source, http, args).as_deref(), Ok(expected), "{base} {source} {http} {args}");
}

#[test]
fn joins_paths_with_one_slash() {
    let a = r#"{"a":"x"}"#;
    check("http://h:1", "", r#"GET: "/p""#, a, "http://h:1/p");
    check("http://h:1/", "", r#"GET: "p/""#, a, "http://h:1/p/");
    check("http://h:1/v1/", "", r#"GET: "/""#, a, "http://h:1/v1/");
    check("http://h:1/v1", "", r#"GET: "/p/{$args.a}""#, a, "http://h:1/v1/p/x");
    check(
        "http://h:1/v1/",
        r#"path: "$(['s', $args.a ?? 't'])""#.replace("$args.a ?? 't'", "'t'").as_str(),
        r#"GET: "/p", path: "$(['q', $args.a])""#,
        a,
        "http://h:1/v1/s/t/p/q/x",
    );
    check("http://h:1", "", r#"GET: "/p", path: "$([$args.a, $args.b])""#, a, "http://h:1/p/x/");
    check("http://h:1", "", r#"GET: "/p", path: "$([$args.b, $args.a])""#, a, "http://h:1/p//x");
}

#[test]
fn orders_the_query() {
    check(
        "http://h:1/v?base=1",
        r#"queryParams: "s: $('2')""#,
        r#"GET: "/p?own={$args.a}&n={$args.b}", queryParams: "k: $args.a  gone: $args.b  list: $args.c""#,
        r#"{"a":"x y","b":null,"c":[1,null,"&"]}"#,
        "http://h:1/v/p?base=1&s=2&own=x%20y&n=&k=x%20y&list=1&list=&list=%26",
    );
}

#[test]
fn encodes_values_and_keeps_literals() {
    check(
        "http://h:1",
        "",
        r#"GET: "/a;b=(c),%41:@!$&'*+=[1]/é {$args.a}?q=a,b%20 é#frag{$args.b}""#,
        r#"{"a":"a/b?c#d%é~-._","b":"z"}"#,
        "http://h:1/a;b=(c),%41:@!$&'*+=[1]/%C3%A9%20a%2Fb%3Fc%23d%25%C3%A9~-._?q=a,b%20%20%C3%A9",
    );
    let multi_line = "GET: \"\"\"\n  /p\n    ?a={$args.a}\n    &b={$args.b}\n\"\"\"";
    check("http://h:1", "", multi_line, r#"{"a":1.50,"b":true}"#, "http://h:1/p?a=1.50&b=true");
}

#[test]
fn values_never_make_dot_segments() {
    let http = r#"GET: "/files/{$args.a}/meta""#;
    for bad in [
        "..",
        ".",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..;x",
        "../x",
        "x/../y",
        "..\\\\x",
        "%2525252525252e",
        "..%2fx",
    ] {
        let refused = url("http://h:1", "", http, &format!(r#"{{"a":"{bad}"}}"#));
        assert_eq!(refused, Err("path segment made by an expression is a dot segment".to_owned()), "{bad}");
        let listed = url("http://h:1", "", r#"GET: "/p", path: "$([$args.a])""#, &format!(r#"{{"a":"{bad}"}}"#));
        assert!(listed.is_err(), "{bad}");
    }
    let parts = url("http://h:1", "", r#"GET: "/p/{$args.a}{$args.b}""#, r#"{"a":".","b":"."}"#);
    assert!(parts.is_err(), "two harmless values make one");
    let literal = url("http://h:1", "", r#"GET: "/p/.{$args.a}""#, r#"{"a":"."}"#);
    assert!(literal.is_err(), "a literal dot and a value make one");
    for good in ["a.b", "...", "v1.2", ".hidden", "a%2e"] {
        assert!(url("http://h:1", "", http, &format!(r#"{{"a":"{good}"}}"#)).is_ok(), "{good}");
    }
    check("http://h:1", "", r#"GET: "/p?x={$args.a}""#, r#"{"a":".."}"#, "http://h:1/p?x=..");
}

#[test]
fn refuses_what_no_url_can_hold() {
    let refused = |http: &str, args: &str| url("http://h:1", "", http, args).unwrap_err();
    let empty = "path segment made by an expression is empty";
    let shape = "expression is not allowed to evaluate to arrays or objects";
    assert_eq!(refused(r#"GET: "/p/{$args.a}""#, r#"{"a":null}"#), empty);
    assert_eq!(refused(r#"GET: "/p/{$args.a}/x""#, r#"{"a":""}"#), empty);
    assert_eq!(refused(r#"GET: "/{$args.a}""#, "{}"), empty);
    assert_eq!(refused(r#"GET: "/p", path: "$([$args.a])""#, r#"{"a":""}"#), empty);
    assert_eq!(refused(r#"GET: "/p/{$args.a}""#, r#"{"a":[1]}"#), shape);
    assert_eq!(refused(r#"GET: "/p?q={$args.a}""#, r#"{"a":{}}"#), shape);
    assert_eq!(refused(r#"GET: "/p", queryParams: "q: $args.a""#, r#"{"a":{"b":1}}"#), shape);
    assert_eq!(refused(r#"GET: "/p", queryParams: "q: $args.a""#, r#"{"a":[[1]]}"#), shape);
    assert_eq!(
        refused(r#"GET: "/p", queryParams: "$args.a""#, r#"{"a":1}"#),
        "`queryParams` must be an object, not number"
    );
    assert_eq!(refused(r#"GET: "/p", path: "$args.a""#, r#"{"a":"x"}"#), "`path` must be a list, not string");
    check("http://h:1", "", r#"GET: "/p/x{$args.a}""#, "{}", "http://h:1/p/x");
}

#[test]
fn cost_is_linear_in_the_url() {
    let path = "/a".repeat(29_000);
    let rendered = url("http://h:1", "", &format!(r#"GET: "{path}/{{$args.a}}""#), r#"{"a":"x"}"#).unwrap();
    assert_eq!(rendered.len(), "http://h:1/x".len() + path.len());
    let path = "/a".repeat(50_000);
    let refused = url("http://h:1", "", &format!(r#"GET: "{path}/{{$args.a}}""#), r#"{"a":"x"}"#).unwrap_err();
    assert_eq!(refused, "the URL would be longer than 60000 bytes");
    let deep = format!(r#"{{"a":"%{}2e"}}"#, "25".repeat(100_000));
    assert!(url("http://h:1", "", r#"GET: "/p/{$args.a}""#, &deep).is_err(), "wrapped too often");
}

#[test]
fn absolute_urls_need_no_source() {
    let graph = r#"scalar JSON
        type Query { f(a: JSON): JSON @connect(http: { GET: "http://127.0.0.1:9/x/{$args.a}?k={$args.a}" }, selection: "$")
                     g: JSON @connect(source: "api", http: { GET: "/" }, selection: "$") }"#;
    let bench = Bench::new(graph, "http://h:1", "");
    let rendered = bench.render("Query.f", r#"{"a":"1/2"}"#, &HeaderMap::new()).unwrap();
    assert_eq!(rendered.url, "http://127.0.0.1:9/x/1%2F2?k=1%2F2");
}

#[test]
fn headers_have_an_order_of_precedence() {
    let http = r#"GET: "/p", headers: [
        { name: "x-from", from: "x-client" } { name: "x-value", value: "v-{$args.a}" } { name: "x-none", from: "x-absent" }
        { name: "x-null", value: "{$args.b}" } { name: "x-request-id", from: "x-request-id" } ]"#;
    let settings = "headers = { x-tenant = \"acme\", x-value = \"configured\", authorization = \"service\" }\n\
                    forward_headers = [\"authorization\", \"x-user\", \"x-from\"]";
    let bench = Bench::new(&graph("", http), "http://h:1", settings);
    let client = headers(&[
        ("x-client", "one"),
        ("x-client", "two"),
        ("authorization", "mine"),
        ("x-user", "u"),
        ("x-from", "forged"),
        ("x-request-id", "7"),
        ("cookie", "not forwarded"),
    ]);
    let rendered = bench.render("Query.f", r#"{"a":1}"#, &client).unwrap();
    let sent: Vec<String> =
        rendered.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    assert_eq!(
        sent,
        [
            "accept: application/json, */*;q=0.1",
            "authorization: service",
            "x-from: one",
            "x-from: two",
            "x-null: ",
            "x-tenant: acme",
            "x-user: u",
            "x-value: v-1",
        ]
    );
}

#[test]
fn header_values_hold_no_line_breaks() {
    let bench = Bench::new(&graph("", r#"GET: "/p", headers: { name: "x-a", value: "{$args.a}" }"#), "http://h:1", "");
    for bad in ["a\\r\\nb: c", "a\\nb", "a\\rb", "a\\u0000b"] {
        let refused = bench.render("Query.f", &format!(r#"{{"a":"{bad}"}}"#), &HeaderMap::new());
        assert_eq!(refused.unwrap_err().message, "header `x-a` would hold control characters", "{bad}");
    }
    assert!(bench.render("Query.f", r#"{"a":["x"]}"#, &HeaderMap::new()).is_err());
    assert!(bench.render("Query.f", r#"{"a":"caf\u00e9"}"#, &HeaderMap::new()).is_ok());
}

#[test]
fn bodies_are_json_or_forms() {
    let check = |http: &str, args: &str, body: Option<&str>, content_type: Option<&str>| {
        let bench = Bench::new(&graph("", http), "http://h:1", "");
        let rendered = bench.render("Query.f", args, &HeaderMap::new()).unwrap();
        assert_eq!(rendered.body.as_deref().map(|body| std::str::from_utf8(body).unwrap()), body, "{http}");
        let found = rendered.headers.iter().find(|(name, _)| name == "content-type");
        assert_eq!(found.map(|(_, value)| value.to_str().unwrap()), content_type, "{http}");
    };
    let json = Some("application/json");
    check(r#"POST: "/p", body: "x: $args.a  y: $('z')""#, r#"{"a":[1.50]}"#, Some(r#"{"x":[1.50],"y":"z"}"#), json);
    check(r#"POST: "/p", body: "$args.a""#, "{}", None, None);
    check(r#"POST: "/p""#, "{}", None, None);
    check(
        r#"POST: "/p", body: "$args.a", headers: { name: "content-type", value: "application/vnd.x+json" }"#,
        r#"{"a":1}"#,
        Some("1"),
        Some("application/vnd.x+json"),
    );
    check(
        r#"POST: "/p", body: "$args.a", headers: { name: "content-type", value: "application/x-www-form-urlencoded" }"#,
        r#"{"a":{"a":{"b":["x y","&"]},"n":null,"t":true}}"#,
        Some("a%5Bb%5D%5B0%5D=x+y&a%5Bb%5D%5B1%5D=%26&n=&t=true"),
        Some("application/x-www-form-urlencoded"),
    );
}
