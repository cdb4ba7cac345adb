//! GraphQL over HTTP, as clients meet it: real sockets, whole headers.

use crate::testkit::{Answer, Call, Front, GatewayBuilder, Reply, Service, raw};

/// A greeting for all, one for each, one by region, and a mutation.
pub(crate) const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  hello: String @connect(source: "api", http: { GET: "/hello" }, selection: "$.text")
  again: String @connect(source: "api", http: { GET: "/again" }, selection: "$.text")
  mine: String
    @connect(
      source: "api"
      http: { GET: "/mine", headers: [{ name: "x-user", from: "x-user" }] }
      selection: "$.text"
    )
  regional(region: String!): String
    @connect(source: "api", http: { GET: "/regions/{$args.region}" }, selection: "$.text")
  broken: String @connect(source: "api", http: { GET: "/broken" }, selection: "$.text")
}
type Mutation {
  greet(name: String!): String
    @connect(source: "api", http: { POST: "/greetings", body: "name: $args.name" }, selection: "$.text")
}
"#;

/// `regional` is pinned to a header of the proxy in front.
const WEB: &str = r#"
type Query {
  hello: String
  again: String
  mine: String
  regional: String @preset(arg: "region", from: "header.x-region")
  broken: String
}
type Mutation { greet(name: String!): String }
"#;

fn api(call: &Call) -> Reply {
    let path = call.target.trim_start_matches('/').to_owned();
    let reply = Reply::json(format!(r#"{{"text":"{path}"}}"#));
    match path.as_str() {
        "broken" => Reply::status(500, "{}"),
        "again" => reply.header("cache-control", "max-age=30, private"),
        "greetings" => reply,
        _ => reply.header("cache-control", "max-age=60, public"),
    }
}

/// A client `web`, with these settings of its own and of the server.
async fn front(client: &str, server: &str) -> (Service, Front) {
    let api = Service::start(api).await;
    let front = GatewayBuilder::new(GRAPH)
        .toml(&format!("[server]\ntrusted_headers = [\"x-region\"]\n{server}"))
        .upstream("api", &api.base_url, "")
        .client("web", WEB)
        .client_settings(client)
        .serve()
        .await;
    (api, front)
}

async fn plain() -> (Service, Front) {
    front("", "").await
}

const GRAPHQL: &str = "application/graphql-response+json";

#[tokio::test]
async fn the_accepted_format_decides_the_media_type_and_the_status() {
    let (_api, front) = plain().await;
    let json = "application/json; charset=utf-8";
    let graphql = "application/graphql-response+json; charset=utf-8";
    let cases = [
        (None, "{ hello }", 200, json),
        (Some("*/*"), "{ hello }", 200, json),
        (Some(GRAPHQL), "{ hello }", 200, graphql),
        (Some("application/graphql-response+json, application/json;q=0.9"), "{ hello }", 200, graphql),
        (Some("application/json"), "{ nothing }", 200, json),
        (Some("application/json"), "{", 200, json),
        (Some(GRAPHQL), "{ nothing }", 400, graphql),
        (Some(GRAPHQL), "{", 400, graphql),
        (Some(GRAPHQL), "query A { hello } query B { hello }", 400, graphql),
        (Some(GRAPHQL), "{ broken hello }", 200, graphql),
        (Some("image/png"), "{ hello }", 406, json),
        (Some("application/json;q=0"), "{ hello }", 406, json),
    ];
    for (accept, query, status, content_type) in cases {
        let request = front.post("web", query);
        let request = match accept {
            Some(accept) => request.header("accept", accept),
            None => request,
        };
        let answer = Answer::of(request).await;
        assert_eq!(
            (answer.status, answer.header("content-type").as_str()),
            (status, content_type),
            "{accept:?} {query}"
        );
        assert!(answer.header("vary").contains("accept"), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("server"), "");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let is_error = status != 200 || body.get("data").is_none() || query.contains("broken");
        assert_eq!(body.get("errors").is_some(), is_error, "{}", answer.text());
    }
}

#[tokio::test]
async fn a_body_must_be_json_with_a_query() {
    let (api, front) = plain().await;
    let cases = [
        ("application/json", r#"{"query":"{ hello }"}"#, 200, ""),
        ("application/json; charset=utf-8", r#"{"query":"{ hello }","other":1,"extensions":{"x":{}}}"#, 200, ""),
        ("application/json", r#"{"query":"{ hello }","variables":null,"operationName":null}"#, 200, ""),
        ("application/json", r#"{"query":"#, 400, "the request body is not valid JSON at byte 9"),
        ("application/json", "", 400, "the request body is not valid JSON at byte 0"),
        ("application/json", "{}", 400, "`query` is missing: send the GraphQL document there"),
        ("application/json", r#"{"query":null}"#, 400, "`query` is missing: send the GraphQL document there"),
        ("application/json", r#"{"query":{}}"#, 400, "`query` must be a string, not object"),
        ("application/json", r#"{"query":"{ hello }","operationName":1}"#, 400, "`operationName` must be a string"),
        ("application/json", r#"{"query":"{ hello }","variables":[]}"#, 400, "`variables` must be an object"),
        ("application/json", r#"{"query":"{ hello }","extensions":""}"#, 400, "`extensions` must be an object"),
        ("application/json", r#"[{"query":"{ hello }"}]"#, 400, "batches of requests are not supported"),
        ("application/json", "7", 400, "the request body must be a JSON object with a `query`, not number"),
        ("text/plain", r#"{"query":"{ hello }"}"#, 415, "`content-type: application/json`"),
        ("application/x-www-form-urlencoded", "query=%7Bhello%7D", 415, "`content-type: application/json`"),
        ("application/json; charset=utf-16", r#"{"query":"{ hello }"}"#, 415, "in UTF-8"),
        ("", r#"{"query":"{ hello }"}"#, 415, "`content-type: application/json`"),
    ];
    for (content_type, body, status, message) in cases {
        let request = front.request("POST", "/web/graphql").body(body);
        let request = if content_type.is_empty() { request } else { request.header("content-type", content_type) };
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{content_type} {body}: {}", answer.text());
        assert!(answer.text().contains(message), "{message} is not in {}", answer.text());
    }
    let compressed = front.post("web", "{ hello }").header("content-encoding", "gzip");
    assert_eq!(Answer::of(compressed).await.status, 415);
    assert_eq!(api.calls(), ["GET /hello"], "only what is well-formed runs, and what is fresh is not fetched again");
}

#[tokio::test]
async fn methods_have_their_meaning() {
    let (api, front) = plain().await;
    let mutation = r#"mutation { greet(name: "a") }"#;
    let answer = Answer::of(front.get("web", &[("query", "{ hello }")])).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"data":{"hello":"hello"}}"#));
    let answer =
        Answer::of(front.get("web", &[("query", "query A { hello } query B { again }"), ("operationName", "B")]));
    assert_eq!(answer.await.text(), r#"{"data":{"again":"again"}}"#);
    let variables = [("query", "query($on: Boolean!) { hello @include(if: $on) }"), ("variables", r#"{"on":false}"#)];
    assert_eq!(Answer::of(front.get("web", &variables)).await.text(), r#"{"data":{}}"#);

    for accept in ["application/json", GRAPHQL] {
        let answer = Answer::of(front.get("web", &[("query", mutation)]).header("accept", accept)).await;
        assert_eq!((answer.status, answer.header("allow").as_str()), (405, "POST"));
    }
    for method in ["PUT", "PATCH", "DELETE", "TRACE"] {
        let answer = Answer::of(front.request(method, "/web/graphql?query=%7Bhello%7D")).await;
        assert_eq!((answer.status, answer.header("allow").as_str()), (405, "GET, HEAD, OPTIONS, POST"), "{method}");
    }
    let bad = [
        (vec![("operationName", "A")], "`query` is missing"),
        (vec![("query", "{ hello }"), ("variables", "{")], "the parameter `variables` is not valid JSON at byte 1"),
        (vec![("query", "{ hello }"), ("query", "{ again }")], "the parameter `query` is there twice"),
        (vec![("query", "{ hello }"), ("variables", "[]")], "`variables` must be an object"),
    ];
    for (parameters, message) in bad {
        let answer = Answer::of(front.get("web", &parameters)).await;
        assert_eq!(answer.status, 400, "{parameters:?}");
        assert!(answer.text().contains(message), "{}", answer.text());
    }
    // The query of a POST is in its body, whatever the URL says.
    let answer = front.request("POST", "/web/graphql?query=%7Bhello%7D").header("content-type", "application/json");
    assert_eq!(Answer::of(answer.body("{}")).await.status, 400);

    let head = Answer::of(front.request("HEAD", "/web/graphql?query=%7Bhello%7D")).await;
    assert_eq!((head.status, head.body.len(), head.header("content-length").as_str()), (200, 0, "26"));
    let head = Answer::of(front.request("HEAD", "/web/graphql?query=mutation%7Bgreet(name:%22a%22)%7D")).await;
    assert_eq!(head.status, 405);
    let mut calls = api.calls();
    calls.dedup();
    assert_eq!(calls, ["GET /hello", "GET /again"], "no mutation was sent");
}

#[tokio::test]
async fn unknown_places_are_not_found() {
    let (_api, front) = plain().await;
    let cases = [
        ("/nobody/graphql", "there is no client `nobody`"),
        ("/graphql", "not found"),
        ("/schema.graphql", "not found"),
        ("/nobody/schema.graphql", "there is no client `nobody`"),
        ("/web/graphql/", "not found"),
        ("/web", "not found"),
        ("/%FF/graphql", "not found"),
        ("/%22%0A/graphql", r#"there is no client `\\\"\\n`"#),
        ("/metrics", "not found"),
        ("/health/live", "not found"),
        ("/assets/../Cargo.toml", "not found"),
        ("/assets/%2e%2e/index.html", "not found"),
    ];
    for (path, message) in cases {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = raw(front.public, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(answer.contains(message), "{path}: {answer}");
        assert!(answer.contains("nosniff"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_graph_without_clients_is_served_under_short_names_too() {
    let api = Service::start(api).await;
    let front = GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").serve().await;
    for path in ["/graphql", "/default/graphql"] {
        let answer = Answer::of(front.request("GET", &format!("{path}?query=%7Bhello%7D"))).await;
        assert_eq!(answer.text(), r#"{"data":{"hello":"hello"}}"#, "{path}");
    }
    let short = Answer::of(front.request("GET", "/schema.graphql")).await;
    assert_eq!(short.text(), Answer::of(front.request("GET", "/default/schema.graphql")).await.text());
    assert!(short.text().contains("regional(region: String!): String"), "{}", short.text());
}

#[tokio::test]
async fn answers_say_how_long_and_for_whom_they_stay_fresh() {
    let (_api, front) = plain().await;
    let fresh = |header: &str| {
        let (age, scope) = header.split_once(", ").unwrap_or((header, ""));
        let seconds = age.strip_prefix("max-age=").and_then(|age| age.parse::<u64>().ok());
        (seconds, scope.to_owned())
    };
    let ask = async |query: &str| Answer::of(front.post("web", query).header("x-region", "eu")).await;
    let (age, scope) = fresh(&ask("{ hello }").await.header("cache-control"));
    assert!(age.is_some_and(|age| (55..=60).contains(&age)) && scope == "public", "{age:?} {scope}");
    // `private` without a credential is not kept, and neither is what uses it.
    assert_eq!(ask("{ hello again }").await.header("cache-control"), "no-store");
    // Depends on a header of the client: on one that is forwarded, whether it is there or not, and on one that is a preset.
    for query in ["{ mine }", "{ hello mine }", "{ regional }", "{ hello regional }"] {
        let (age, scope) = fresh(&ask(query).await.header("cache-control"));
        assert!(age.is_some() && scope == "private", "{query}: {age:?} {scope}");
    }
    for query in ["{ hello broken }", "{ __typename }", "{", "mutation { greet(name: \"a\") }"] {
        assert_eq!(ask(query).await.header("cache-control"), "no-store", "{query}");
    }
}

#[tokio::test]
async fn other_sites_are_refused_unless_they_are_allowed() {
    let (api, front) = front("cors = [\"https://app.example\"]", "").await;
    let allowed = Some("https://app.example");
    let cases = [
        (None, None, 200),
        (None, Some("none"), 200),
        (Some("https://evil.example"), Some("same-origin"), 200),
        (Some("https://evil.example"), Some("cross-site"), 403),
        (Some("https://evil.example"), Some("same-site"), 403),
        (None, Some("cross-site"), 403),
        (Some("null"), Some("cross-site"), 403),
        (allowed, Some("cross-site"), 200),
    ];
    for (origin, site, status) in cases {
        for request in [front.post("web", "{ hello }"), front.get("web", &[("query", "{ hello }")])] {
            let with = |request: reqwest::RequestBuilder, name, value: Option<&str>| match value {
                Some(value) => request.header(name, value),
                None => request,
            };
            let request = with(with(request, "origin", origin), "sec-fetch-site", site);
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, status, "{origin:?} {site:?}: {}", answer.text());
            let granted = if origin == allowed { "https://app.example" } else { "" };
            assert_eq!(answer.header("access-control-allow-origin"), granted, "{origin:?}");
            assert!(answer.header("vary").contains("origin"), "{answer:?}");
        }
    }
    let preflight = |origin: &'static str| {
        let request = front.request("OPTIONS", "/web/graphql").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        Answer::of(request.header("access-control-request-headers", "content-type,x-mine"))
    };
    let granted = preflight("https://app.example").await;
    assert_eq!((granted.status, granted.body.len()), (204, 0));
    assert_eq!(granted.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(granted.header("access-control-allow-methods"), "GET, POST");
    assert_eq!(granted.header("access-control-allow-headers"), "content-type,x-mine");
    let refused = preflight("https://app.example.evil.example").await;
    let grants = refused.headers.keys().filter(|name| name.as_str().starts_with("access-control"));
    assert_eq!((refused.status, grants.count()), (204, 0));
    assert_eq!(api.calls(), ["GET /hello"]);
}

#[tokio::test]
async fn clients_without_cors_grant_nothing_and_may_switch_off_the_refusal() {
    let (_api, front) = front("csrf = false", "").await;
    let answer = front.get("web", &[("query", "{ hello }")]).header("sec-fetch-site", "cross-site");
    let answer = Answer::of(answer.header("origin", "https://other.example")).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{answer:?}");
    let options = Answer::of(front.request("OPTIONS", "/web/graphql").header("origin", "https://other.example")).await;
    assert_eq!((options.status, options.header("allow").as_str()), (204, "GET, HEAD, OPTIONS, POST"));
    // A simple request of a foreign page cannot have a JSON content type.
    let form = front.request("POST", "/web/graphql").header("content-type", "text/plain");
    assert_eq!(Answer::of(form.body(r#"{"query":"{ hello }"}"#)).await.status, 415);
}

#[tokio::test]
async fn request_ids_and_traces_are_accepted_made_and_passed_on() {
    let (api, front) = plain().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = front.post("web", "{ hello }").header("x-request-id", "mine-1").header("traceparent", trace);
    assert_eq!(Answer::of(request).await.header("x-request-id"), "mine-1");
    let made = Answer::of(front.post("web", "{ mine }").header("x-request-id", "no good")).await.header("x-request-id");
    assert_eq!(made.len(), 32);

    let calls = api.recorded();
    let sent = |at: usize, name: &str| calls[at].headers[name].to_str().unwrap().to_owned();
    assert_eq!(sent(0, "x-request-id"), "mine-1");
    assert!(sent(0, "traceparent").starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{}", sent(0, "traceparent"));
    assert_ne!(sent(0, "traceparent"), trace, "the span is ours");
    assert_eq!(sent(1, "x-request-id"), made);
    assert_eq!(sent(1, "traceparent").len(), trace.len());
    let refused =
        Answer::of(front.post("web", "{ hello }").header("accept", "image/png").header("x-request-id", "r-1"));
    assert_eq!(refused.await.header("x-request-id"), "r-1");
}

#[tokio::test]
async fn the_trace_extension_is_for_those_who_may() {
    let traced = |answer: &Answer| answer.text().contains(r#""extensions":{"trace":"#);
    let ask = async |front: &Front, headers: &[(&str, &str)]| {
        let request = front.post("web", "{ hello }");
        Answer::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    };
    let asks = ("x-anabranch-trace", "1");
    let (_api, off) = plain().await;
    assert!(!traced(&ask(&off, &[asks]).await));

    let (_api, local) = front("", "trace = \"loopback\"").await;
    let answer = ask(&local, &[asks]).await;
    assert!(traced(&answer));
    assert_eq!(answer.header("cache-control"), "no-store", "a trace tells of one request only");
    assert!(!traced(&ask(&local, &[]).await));
    for proxied in [("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1"), ("host", "shop.example")] {
        assert!(!traced(&ask(&local, &[asks, proxied]).await), "{proxied:?}");
    }

    let (_api, token) = front("", "trace = \"0123456789abcdef\"").await;
    assert!(traced(&ask(&token, &[("x-anabranch-trace", "0123456789abcdef")]).await));
    assert!(!traced(&ask(&token, &[asks]).await));
}

#[tokio::test]
async fn problems_are_told_to_those_who_may_see_them_and_counted_for_all() {
    let told = |answer: &Answer| answer.text().contains(r#""problems":["#);
    let ask = async |front: &Front, headers: &[(&str, &str)]| {
        let request = front.post("web", "{ hello }");
        Answer::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    };
    let asks = ("x-anabranch-problems", "1");
    let token = ("x-anabranch-problems", "0123456789abcdef");
    let start = async |server: &str| {
        let api = Service::start(|_| Reply::json(r#"{"secret":"data of a user"}"#)).await;
        let builder =
            GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").toml(&format!("[server]\n{server}"));
        let front = builder.client("web", "type Query { hello: String }").serve().await;
        (api, front)
    };
    let (_api, off) = start("").await;
    for headers in [&[asks][..], &[token], &[("x-anabranch-trace", "1")], &[]] {
        let answer = ask(&off, headers).await;
        assert!(!told(&answer) && !answer.text().contains("extensions"), "{headers:?} {}", answer.text());
    }
    let metrics = off.admin("/metrics").await;
    let line = r#"anabranch_mapping_problems_total{upstream="api",connector="Query.hello"} 4"#;
    assert!(metrics.text().lines().any(|found| found == line), "{}", metrics.text());

    let (_api, local) = start("trace = \"loopback\"").await;
    let answer = ask(&local, &[asks]).await;
    assert!(told(&answer) && !answer.text().contains("data of a user"), "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store", "problems are those of one request only");
    for headers in [&[][..], &[("x-anabranch-trace", "1")], &[asks, ("x-forwarded-for", "10.0.0.1")]] {
        assert!(!told(&ask(&local, headers).await), "{headers:?}");
    }

    let (_api, secret) = start("trace = \"0123456789abcdef\"").await;
    assert!(told(&ask(&secret, &[token]).await));
    assert!(!told(&ask(&secret, &[asks]).await));
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_accept_it() {
    let long = "x".repeat(5_000);
    let start = async |server: &str| {
        let long = long.clone();
        let api = Service::start(move |_| Reply::json(format!(r#"{{"text":"{long}"}}"#))).await;
        let gateway = GatewayBuilder::new(GRAPH).toml(server).upstream("api", &api.base_url, "");
        (gateway.serve().await, api)
    };
    let (front, _api) = start("").await;
    for encoding in ["gzip", "br"] {
        let answer = Answer::of(front.post("default", "{ hello }").header("accept-encoding", encoding)).await;
        assert_eq!(answer.header("content-encoding"), encoding);
        assert!(answer.body.len() < 500 && answer.header("vary").contains("accept-encoding"), "{answer:?}");
        assert!(answer.header("vary").contains("accept"), "{answer:?}");
    }
    let answer = Answer::of(front.post("default", "{ hello }").header("accept-encoding", "identity")).await;
    assert_eq!((answer.header("content-encoding").as_str(), answer.body.len()), ("", 5_021));
    assert_eq!(answer.header("content-length"), "5021");
    let small = Answer::of(front.post("default", "{ __typename }").header("accept-encoding", "gzip")).await;
    assert_eq!((small.header("content-encoding").as_str(), small.header("content-length").as_str()), ("", "31"));

    let (front, _api) = start("[server]\ncompression = false").await;
    let answer = Answer::of(front.post("default", "{ hello }").header("accept-encoding", "gzip")).await;
    assert_eq!((answer.header("content-encoding").as_str(), answer.body.len()), ("", 5_021));
}
