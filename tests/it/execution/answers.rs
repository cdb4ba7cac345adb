//! Fields, aliases, fragments, conditions, variables.

use super::{Blog, posts, users};
use crate::testkit::Reply;

async fn blog() -> Blog {
    Blog::start(
        |call| match call.target.as_str() {
            "/posts/1" => Reply::json(r#"{"id":1,"title":"One \"é\" \u00e9","authorId":7,"editorId":8}"#),
            _ => Reply::json(posts(3, 2)),
        },
        users,
    )
    .await
}

#[tokio::test]
async fn writes_exactly_what_was_asked() {
    let blog = blog().await;
    let answer = blog.gateway.ask(r#"{ post(id: 1) { title id } }"#).await;
    assert_eq!(answer, r#"{"data":{"post":{"title":"One \"é\" \u00e9","id":"1"}}}"#);
    assert_eq!(blog.posts.calls(), ["GET /posts/1"]);
    assert_eq!(blog.users.calls(), [""; 0]);
}

#[tokio::test]
async fn aliases_and_fragments_merge_in_order_of_first_occurrence() {
    let blog = blog().await;
    let query = r#"
        query Both($id: ID!) {
          a: post(id: $id) { ...Title b: id __typename }
          a: post(id: $id) { id ... on Post { t: title } author { name } }
          __typename
        }
        fragment Title on Post { title author { id } }"#;
    let answer = blog.gateway.variables(r#"{ "id": "1" }"#).ask(query).await;
    assert_eq!(
        answer,
        concat!(
            r#"{"data":{"a":{"title":"One \"é\" \u00e9","author":{"id":"7","name":"User 7"},"b":"1","__typename":"Post","#,
            r#""id":"1","t":"One \"é\" \u00e9"},"__typename":"Query"}}"#
        )
    );
    assert_eq!(blog.posts.calls(), ["GET /posts/1"]);
    assert_eq!(blog.users.calls(), ["GET /users?ids=7"]);
}

#[tokio::test]
async fn two_uses_of_a_field_are_one_call_if_their_arguments_are_equal() {
    let blog = blog().await;
    let query =
        r#"{ a: posts(tag: "x") { id } b: posts(tag: "y") { id } c: posts(tag: "x") { title } d: posts { id } }"#;
    let answer = blog.gateway.ask(query).await;
    assert!(answer.starts_with(r#"{"data":{"a":[{"id":"1"},{"id":"2"},{"id":"3"}],"b":[{"id":"1"}"#), "{answer}");
    assert_eq!(blog.posts.sorted_calls(), ["GET /posts", "GET /posts?tag=x", "GET /posts?tag=y"]);
}

#[tokio::test]
async fn what_is_switched_off_is_neither_called_nor_written() {
    let blog = blog().await;
    let query = r#"
        query($more: Boolean! = false) {
          posts { id author @include(if: $more) { name } }
          post(id: 1) @skip(if: true) { id }
        }"#;
    let answer = blog.gateway.ask(query).await;
    assert_eq!(answer, r#"{"data":{"posts":[{"id":"1"},{"id":"2"},{"id":"3"}]}}"#);
    assert_eq!((blog.posts.calls().len(), blog.users.calls().len()), (1, 0));

    let answer = blog.gateway.variables(r#"{ "more": true }"#).ask(query).await;
    let expected = concat!(
        r#"{"data":{"posts":[{"id":"1","author":{"name":"User 1"}},{"id":"2","author":{"name":"User 0"}},"#,
        r#"{"id":"3","author":{"name":"User 1"}}]}}"#
    );
    assert_eq!(answer, expected);
    assert_eq!(blog.users.calls(), ["GET /users?ids=1,0"]);
}

#[tokio::test]
async fn a_later_occurrence_stands_where_the_first_one_is_off() {
    let blog = blog().await;
    let query = r#"query($a: Boolean!) { post(id: 1) { id @include(if: $a) title id } }"#;
    let on = blog.gateway.variables(r#"{ "a": true }"#).ask(query).await;
    assert_eq!(on, r#"{"data":{"post":{"id":"1","title":"One \"é\" \u00e9"}}}"#);
    let off = blog.gateway.variables(r#"{ "a": false }"#).ask(query).await;
    assert_eq!(off, r#"{"data":{"post":{"title":"One \"é\" \u00e9","id":"1"}}}"#);
}

#[tokio::test]
async fn introspection_stands_among_other_fields() {
    let blog = blog().await;
    let query = r#"{ post(id: 1) { id } t: __type(name: "User") { name fields { name } } __typename }"#;
    let answer = blog.gateway.ask(query).await;
    let expected = concat!(
        r#"{"data":{"post":{"id":"1"},"t":{"name":"User","fields":[{"name":"id"},{"name":"name"},{"name":"email"}]},"#,
        r#""__typename":"Query"}}"#
    );
    assert_eq!(answer, expected);
    blog.posts.forget();
    let alone = blog.gateway.ask("{ __schema { queryType { name } } }").await;
    assert_eq!(alone, r#"{"data":{"__schema":{"queryType":{"name":"Query"}}}}"#);
    assert_eq!(blog.posts.calls(), [""; 0]);
}
