//! Limits, caps and deadlines.

use super::{BLOG, Blog, ids, posts, users};
use crate::testkit::{GatewayBuilder, Reply, Service};

const VIEW: &str = r#"
type Query { posts(tag: String): [Post] post(id: ID!): Post }
type Post { id: ID! title: String author: User }
type User { id: ID! name: String! email: String }
"#;

async fn limited(limits: &str) -> (Service, Service, crate::testkit::Gateway) {
    let (one, two) = (Service::start(|_| Reply::json(posts(20, 10))).await, Service::start(users).await);
    let gateway = GatewayBuilder::new(BLOG)
        .upstream("posts", &one.base_url, "")
        .upstream("users", &two.base_url, "")
        .client("web", VIEW)
        .client_settings(&format!("limits = {{ {limits} }}"))
        .build();
    (one, two, gateway)
}

#[tokio::test]
async fn calls_beyond_the_limit_are_not_made() {
    let (posts, users, gateway) = limited("upstream_calls = 3").await;
    let answer = gateway.ask("{ posts { author { email } } }").await;
    assert!(answer.contains(r#""code":"LIMIT_EXCEEDED""#), "{answer}");
    assert!(answer.contains(r#"{"data":{"posts":[{"author":{"email":null}}"#), "{answer}");
    assert_eq!(posts.calls().len() + users.calls().len(), 3);
}

#[tokio::test]
async fn rows_beyond_the_limit_are_an_error_of_the_field() {
    let (_posts, _users, gateway) = limited("rows = 15").await;
    assert_eq!(gateway.errors("{ posts { id } }").await, ["LIMIT_EXCEEDED posts"]);
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_null() {
    let (_posts, _users, gateway) = limited(r#"response_bytes = "300B""#).await;
    let answer = gateway.ask("{ posts { id title } }").await;
    assert!(
        answer.starts_with(r#"{"data":null,"errors":[{"message":"the answer is larger than 300 bytes"#),
        "{answer}"
    );
}

#[tokio::test]
async fn errors_count_against_the_bytes_of_the_answer() {
    let rows = (1..=80).map(|id| format!(r#"{{"id":"{id}","tags":[],"words":0}}"#)).collect::<Vec<_>>().join(",");
    let rows = format!("[{rows}]");
    let api = Service::start(move |_| Reply::json(rows.clone())).await;
    let schema = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query { rows: [Row] @connect(source: "api", http: { GET: "/rows" }, selection: "id title: gone") }
type Row { id: ID! title: String! }
"#;
    let limited = |bytes: usize| {
        let gateway = GatewayBuilder::new(schema).upstream("api", &api.base_url, "");
        let view = "type Query { rows: [Row] } type Row { id: ID! title: String! }";
        gateway.client("web", view).client_settings(&format!("limits = {{ response_bytes = {bytes} }}")).build()
    };
    let alias = "A".repeat(1_000);
    let query = format!("{{ {alias}: rows {{ {} }} }}", "title ".repeat(30));
    let answer = |bytes: usize| {
        let (gateway, query) = (limited(bytes), query.clone());
        async move {
            let answer = gateway.ask(&query).await;
            (answer.len(), serde_json::from_str::<serde_json::Value>(&answer).unwrap())
        }
    };
    let (length, all) = answer(1 << 20).await;
    assert_eq!((all["errors"].as_array().unwrap().len(), &all["extensions"]), (80, &serde_json::Value::Null));
    assert_eq!(all["errors"][0]["locations"].as_array().unwrap().len(), 20);
    assert!(length > 120_000, "{length}");
    let (length, some) = answer(50_000).await;
    let told = some["errors"].as_array().unwrap().len();
    assert_eq!(some["extensions"]["errorsDropped"], 80 - told);
    assert_eq!(some["errors"][told - 1], all["errors"][told - 1]);
    assert_eq!(some["data"], all["data"]);
    assert!(told > 20 && length < 50_100, "{told} errors, {length} bytes");
    // The first is told in any case, without its path if need be.
    let (_, one) = answer(1_600).await;
    assert_eq!(one["errors"][0]["message"], all["errors"][0]["message"]);
    assert_eq!(
        (&one["errors"][0]["path"], &one["extensions"]["errorsDropped"]),
        (&serde_json::Value::Null, &79.into())
    );
    assert_eq!(one["data"], all["data"]);
}

#[tokio::test]
async fn a_document_beyond_the_limits_is_refused() {
    let (posts, _users, gateway) = limited("depth = 2").await;
    let answer = gateway.ask("{ posts { author { name } } }").await;
    assert!(answer.starts_with(r#"{"errors":[{"#), "{answer}");
    assert!(answer.contains("LIMIT_EXCEEDED"), "{answer}");
    assert_eq!(posts.calls(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_there_at_the_deadline_is_an_error_and_the_rest_is_there() {
    let blog = Blog::start_with(
        |_| Reply::json(posts(4, 10)),
        |call| if ids(call).unwrap().contains(&"4".to_owned()) { Reply::never() } else { users(call) },
        "[server]\ndeadline = \"400ms\"",
    )
    .await;
    let query = "{ posts { author { name } } }";
    let answer = blog.gateway.ask(query).await;
    assert!(
        answer.starts_with(concat!(
            r#"{"data":{"posts":[{"author":{"name":"User 1"}},{"author":{"name":"User 2"}},{"author":{"name":"User 3"}},"#,
            r#"{"author":null}]},"errors":["#
        )),
        "{answer}"
    );
    assert_eq!(blog.gateway.errors(query).await, ["DEADLINE_EXCEEDED posts.3.author.name"]);
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_a_timeout() {
    let api = Service::start(|_| Reply::never()).await;
    let gateway = GatewayBuilder::new(BLOG)
        .upstream("posts", &api.base_url, "timeout = \"100ms\"")
        .upstream("users", &api.base_url, "")
        .build();
    assert_eq!(gateway.errors("{ posts { id } }").await, ["UPSTREAM_TIMEOUT posts"]);
}

const CAPPED: &str = r#"
type Query { posts(tag: String): [Post] feed(first: Int @max(value: 5)): [Post] @from(path: "page") }
type Post { id: ID! }
"#;

const PAGED: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  posts(tag: String): [Post] @connect(source: "api", http: { GET: "/posts" }, selection: "id")
  page(first: Int = 3): [Post] @connect(source: "api", http: { GET: "/page?first={$args.first}" }, selection: "id")
}
type Post { id: ID! }
"#;

#[tokio::test]
async fn a_cap_is_checked_before_any_call() {
    let api = Service::start(|_| Reply::json("[]")).await;
    let gateway = GatewayBuilder::new(PAGED).upstream("api", &api.base_url, "").client("web", CAPPED).build();
    let query = "query($n: Int) { posts { id } feed(first: $n) { id } }";
    for (variables, problem) in [
        (r#"{ "n": 6 }"#, "must not be greater than 5"),
        (r#"{ "n": -1 }"#, "must not be negative"),
        (r#"{ "n": null }"#, "must not be null"),
    ] {
        let answer = gateway.variables(variables).ask(query).await;
        assert!(answer.starts_with(r#"{"errors":[{"#), "{answer}");
        assert!(answer.contains(problem) && answer.contains("BAD_USER_INPUT"), "{answer}");
    }
    for literal in ["6", "-1", "null"] {
        let answer = gateway.ask(&format!("{{ posts {{ id }} feed(first: {literal}) {{ id }} }}")).await;
        assert!(answer.starts_with(r#"{"errors":[{"#) && answer.contains("BAD_USER_INPUT"), "{answer}");
    }
    assert_eq!(api.calls(), [""; 0]);
    for (variables, first) in [(r#"{ "n": 5 }"#, "5"), ("{}", "3")] {
        gateway.variables(variables).ask("query($n: Int) { feed(first: $n) { id } }").await;
        assert_eq!(api.calls(), [format!("GET /page?first={first}")]);
        api.forget();
    }
}

#[tokio::test]
async fn values_beyond_caps_are_told_once_for_each_place_and_only_so_many() {
    let gateway = GatewayBuilder::new(PAGED).client("web", CAPPED);
    let gateway = gateway.client_settings("limits = { root_fields = 100 }").build();
    let told = async |query: &str| {
        let answer: serde_json::Value = serde_json::from_str(&gateway.ask(query).await).unwrap();
        let errors = answer["errors"].as_array().unwrap().clone();
        (errors.len(), errors.last().unwrap()["message"].as_str().unwrap().to_owned())
    };
    let (count, last) = told("{ ...Feed ...Feed } fragment Feed on Query { feed(first: 6) { id } }").await;
    assert_eq!((count, &*last), (1, "argument `first` of `Query.feed` must not be greater than 5"));
    let (count, last) = told(&format!("{{ {} }}", "feed(first: 6) { id } ".repeat(60))).await;
    assert_eq!((count, &*last), (51, "there are 10 more wrong arguments"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_is_complete() {
    let blog = Blog::start(|_| Reply::json(posts(8_000, 7)), users).await;
    let answer = blog.gateway.ask("{ posts { id author { name } } }").await;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let rows = answer["data"]["posts"].as_array().unwrap();
    assert_eq!(rows.len(), 8_000);
    for (row, id) in rows.iter().zip(1..) {
        assert_eq!(row["id"], id.to_string());
        assert_eq!(row["author"]["name"], format!("User {}", id % 7));
    }
    assert_eq!(blog.users.calls().len(), 3);
}
