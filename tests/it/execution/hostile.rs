//! Upstreams that answer something else than they should.

use super::Blog;
use crate::testkit::{GatewayBuilder, Reply, Service};

#[tokio::test]
async fn a_row_that_is_no_object_makes_no_object_of_its_stubs() {
    let rows = r#"[{"id":1,"authorId":2},null,7,{"id":3,"authorId":null}]"#;
    let blog = Blog::start(move |_| Reply::json(rows), |_| Reply::json("[]")).await;
    let answer = blog.gateway.ask("{ posts { author { email } } }").await;
    let expected = r#"{"data":{"posts":[{"author":{"email":null}},null,null,{"author":{"email":null}}]},"errors":["#;
    assert!(answer.starts_with(expected), "{answer}");
    assert_eq!(blog.gateway.errors("{ posts { author { email } } }").await, ["CONNECTOR_RESPONSE_INVALID posts.2"]);
}

const CARTS: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  cart: Cart @connect(source: "api", http: { GET: "/cart" }, selection: "lines { sizes tags }")
}
type Cart { lines: [Line] }
type Line { sizes: [Int] tags: [String] }
"#;

/// Both fields walk through a list to a list.
const FLAT: &str = r#"
type Query { cart: Cart }
type Cart { sizes: [[Int]] @from(path: "lines.sizes") tags: [[String]] @from(path: "lines.tags") }
"#;

#[tokio::test]
async fn an_object_in_place_of_a_list_on_a_way_is_not_taken_for_its_elements() {
    for lines in [r#"{"sizes":[null],"tags":[]}"#, r#"[[{"sizes":null,"tags":null}]]"#] {
        let api = Service::start(move |_| Reply::json(format!(r#"{{"lines":{lines}}}"#))).await;
        let gateway = GatewayBuilder::new(CARTS).upstream("api", &api.base_url, "").client("web", FLAT).build();
        let errors = gateway.errors("{ cart { sizes tags } }").await;
        let at = if lines.starts_with('[') { ".0" } else { "" };
        let wrong = |field: &str| format!("CONNECTOR_RESPONSE_INVALID cart.{field}{at}");
        assert_eq!(errors, [wrong("sizes"), wrong("tags")], "{lines}");
    }
}
