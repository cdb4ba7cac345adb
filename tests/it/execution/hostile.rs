//! Upstreams that answer something else than they should.

use super::Blog;
use crate::testkit::Reply;

#[tokio::test]
async fn a_row_that_is_no_object_makes_no_object_of_its_stubs() {
    let rows = r#"[{"id":1,"authorId":2},null,7,{"id":3,"authorId":null}]"#;
    let blog = Blog::start(move |_| Reply::json(rows), |_| Reply::json("[]")).await;
    let answer = blog.gateway.ask("{ posts { author { email } } }").await;
    let expected = r#"{"data":{"posts":[{"author":{"email":null}},null,null,{"author":{"email":null}}]},"errors":["#;
    assert!(answer.starts_with(expected), "{answer}");
    assert_eq!(blog.gateway.errors("{ posts { author { email } } }").await, ["CONNECTOR_RESPONSE_INVALID posts.2"]);
}
