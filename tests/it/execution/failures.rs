//! What goes wrong is an error at its path; the rest of the answer is there.

use super::{Blog, posts, users};
use crate::testkit::{Call, GatewayBuilder, Reply, Service};

#[tokio::test]
async fn a_status_is_an_error_without_upstream_details() {
    let blog = Blog::start(|_| Reply::status(503, r#"{"secret":"stack trace"}"#), users).await;
    let answer = blog.gateway.ask("{ posts { id } user(id: 1) { name } }").await;
    let expected = concat!(
        r#"{"data":{"posts":null,"user":{"name":"User 1"}},"errors":[{"message":"Request failed","#,
        r#""locations":[{"line":1,"column":3}],"path":["posts"],"#,
        r#""extensions":{"code":"CONNECTOR_FETCH","http":{"status":503}}}]}"#
    );
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_404_is_null_without_an_error() {
    let blog = Blog::start(|_| Reply::status(404, "{}"), users).await;
    let answer = blog.gateway.ask("{ post(id: 9) { id title } }").await;
    assert_eq!(answer, r#"{"data":{"post":null}}"#);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_an_error() {
    let blog = Blog::start(|_| Reply::json(r#"{"id": 1,"#), users).await;
    assert_eq!(blog.gateway.errors("{ post(id: 1) { id } }").await, ["CONNECTOR_RESPONSE_INVALID post"]);
}

#[tokio::test]
async fn a_killed_upstream_gives_partial_data_and_the_others_do_not_notice() {
    let blog = Blog::start(|_| Reply::json(posts(2, 3)), users).await;
    let Blog { posts, users, gateway } = blog;
    let answer = gateway.ask("{ posts { id author { name } } }").await;
    assert!(!answer.contains("errors"), "{answer}");
    users.kill().await;
    let answer = gateway.ask("{ posts { id author { email } } }").await;
    let expected =
        r#"{"data":{"posts":[{"id":"1","author":{"email":null}},{"id":"2","author":{"email":null}}]},"errors":["#;
    assert!(answer.starts_with(expected), "{answer}");
    assert_eq!(
        gateway.errors("{ posts { id author { email } } }").await,
        ["UPSTREAM_UNAVAILABLE posts.0.author.email", "UPSTREAM_UNAVAILABLE posts.1.author.email"]
    );
    drop(posts);
}

const CHAIN: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  loose: Loose @connect(source: "api", http: { GET: "/loose" }, selection: "strict { inner { value other } list { value other } } name")
  strict: Strict! @connect(source: "api", http: { GET: "/strict" }, selection: "inner { value other } list { value other }")
  lists: [Loose!] @connect(source: "api", http: { GET: "/lists" }, selection: "strict { inner { value other } list { value other } } name")
}
type Loose { strict: Strict name: String }
type Strict { inner: Inner! list: [Inner!]! }
type Inner { value: Int! other: Int }
"#;

async fn chain(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, crate::testkit::Gateway) {
    let api = Service::start(answer).await;
    let gateway = GatewayBuilder::new(CHAIN).upstream("api", &api.base_url, "").build();
    (api, gateway)
}

#[tokio::test]
async fn a_null_in_a_non_null_place_goes_up_to_the_nearest_nullable_one() {
    let (_api, gateway) =
        chain(|_| Reply::json(r#"{"name":"n","strict":{"inner":{"value":null,"other":1},"list":[{"value":1}]}}"#))
            .await;
    let answer = gateway.ask("{ loose { name strict { list { value } inner { other value } } } }").await;
    let expected = concat!(
        r#"{"data":{"loose":{"name":"n","strict":null}},"errors":[{"message":"the service gave no value for a field that "#,
        r#"is never null","locations":[{"line":1,"column":54}],"path":["loose","strict","inner","value"],"#,
        r#""extensions":{"code":"CONNECTOR_RESPONSE_INVALID"}}]}"#
    );
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_null_that_reaches_the_root_is_null_data() {
    let (_api, gateway) = chain(|_| Reply::json(r#"{"inner":{"value":null},"list":[]}"#)).await;
    let answer = gateway.ask("{ strict { inner { value } } }").await;
    assert!(answer.starts_with(r#"{"data":null,"errors":[{"#), "{answer}");
    assert_eq!(
        gateway.errors("{ strict { inner { value } } }").await,
        ["CONNECTOR_RESPONSE_INVALID strict.inner.value"]
    );
}

#[tokio::test]
async fn errors_in_elements_have_their_index() {
    let (_api, gateway) = chain(|_| {
        Reply::json(concat!(
            r#"[{"name":"a","strict":{"inner":{"value":1},"list":[{"value":1},{"value":"x"}]}},"#,
            r#"{"name":{"no":"text"},"strict":{"inner":{"value":1},"list":[{"value":2}]}},"#,
            r#"{"name":"c","strict":{"inner":[],"list":[]}},{"name":"d","strict":7}]"#
        ))
    })
    .await;
    let query = "{ lists { name strict { inner { value } list { value } } } }";
    let answer = gateway.ask(query).await;
    let expected = concat!(
        r#"{"data":{"lists":[{"name":"a","strict":null},"#,
        r#"{"name":null,"strict":{"inner":{"value":1},"list":[{"value":2}]}},"#,
        r#"{"name":"c","strict":null},{"name":"d","strict":null}]},"errors":["#
    );
    assert!(answer.starts_with(expected), "{answer}");
    assert_eq!(
        gateway.errors(query).await,
        [
            "CONNECTOR_RESPONSE_INVALID lists.0.strict.list.1.value",
            "CONNECTOR_RESPONSE_INVALID lists.1.name",
            "CONNECTOR_RESPONSE_INVALID lists.2.strict.inner",
            "CONNECTOR_RESPONSE_INVALID lists.3.strict",
        ]
    );
}

#[tokio::test]
async fn errors_beyond_the_cap_are_counted() {
    let (_api, gateway) = chain(|_| {
        let rows: Vec<&str> = vec![r#"{"name":{},"strict":null}"#; 130];
        Reply::json(format!("[{}]", rows.join(",")))
    })
    .await;
    let response = gateway.response("{ lists { name } }").await;
    assert_eq!(response.errors, 130);
    let answer: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(answer["errors"].as_array().unwrap().len(), 100);
    assert_eq!(answer["extensions"]["errorsDropped"], 30);
    assert_eq!(response.cache_control, None);
}

#[tokio::test]
async fn mapped_errors_reach_the_client() {
    let api =
        Service::start(|_| Reply::status(409, r#"{"error":{"text":"sold out","kind":"SOLD_OUT","left":0}}"#)).await;
    let graph = r#"
        extend schema
          @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
          @source(name: "api", http: { baseURL: "http://api.test" })
        type Query {
          order: String @connect(
            source: "api" http: { GET: "/order" } selection: "$"
            errors: { message: "error.text" extensions: "code: error.kind left: error.left" }
          )
        }"#;
    let gateway = GatewayBuilder::new(graph).upstream("api", &api.base_url, "").build();
    let answer = gateway.ask("{ order }").await;
    let error: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(error["errors"][0]["message"], "sold out");
    assert_eq!(error["errors"][0]["extensions"]["code"], "SOLD_OUT");
    assert_eq!(error["errors"][0]["extensions"]["left"], 0);
}
