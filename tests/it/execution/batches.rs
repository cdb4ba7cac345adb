//! Keys: collected over all rows, de-duplicated, split, and matched by what rows say.

use super::{Blog, ids, posts, users};
use crate::testkit::{Call, GatewayBuilder, Reply, Service};

fn list_of_posts(call: &Call) -> Reply {
    match call.target.as_str() {
        "/posts/1" => Reply::json(r#"{"id":1,"title":"x","authorId":2,"editorId":3}"#),
        _ => Reply::json(posts(100, 10)),
    }
}

#[tokio::test]
async fn a_hundred_rows_need_one_call_for_each_chunk_of_distinct_keys() {
    let blog = Blog::start(list_of_posts, users).await;
    let answer = blog.gateway.ask("{ posts { author { name } } }").await;
    assert!(answer.starts_with(r#"{"data":{"posts":[{"author":{"name":"User 1"}},{"author":{"name":"User 2"}}"#));
    assert_eq!(answer.matches("User 0").count(), 10);
    assert_eq!(blog.posts.calls(), ["GET /posts"]);
    assert_eq!(
        blog.users.sorted_calls(),
        ["GET /users?ids=0", "GET /users?ids=1,2,3", "GET /users?ids=4,5,6", "GET /users?ids=7,8,9"]
    );
}

#[tokio::test]
async fn a_key_is_not_loaded_when_only_the_key_is_asked() {
    let blog = Blog::start(list_of_posts, users).await;
    let answer = blog.gateway.ask("{ post(id: 1) { author { id __typename } } }").await;
    assert_eq!(answer, r#"{"data":{"post":{"author":{"id":"2","__typename":"User"}}}}"#);
    assert_eq!(blog.users.calls(), [""; 0]);
}

#[tokio::test]
async fn two_places_with_one_connector_share_their_keys() {
    let blog = Blog::start(list_of_posts, users).await;
    let answer =
        blog.gateway.ask("{ post(id: 1) { author { name } editor { name } } posts { editor { name } } }").await;
    assert!(answer.contains(r#""author":{"name":"User 2"},"editor":{"name":"User 3"}"#), "{answer}");
    let mut asked: Vec<String> = blog.users.recorded().iter().filter_map(ids).flatten().collect();
    asked.sort();
    assert_eq!(asked, ["1", "2", "3"], "each key is fetched once");
}

#[tokio::test]
async fn two_fields_of_one_parent_load_their_keys_in_one_batch_in_a_stable_order() {
    let blog = Blog::start(|_| Reply::json(posts(3, 3)), users).await;
    for alias in ["a", "b", "c"] {
        let answer =
            blog.gateway.ask(&format!("{{ {alias}: posts {{ author {{ name }} editor {{ email name }} }} }}")).await;
        assert!(answer.contains(r#"{"author":{"name":"User 0"},"editor":{"email":null,"name":"User 1"}}"#), "{answer}");
    }
    assert_eq!(blog.users.calls(), ["GET /users?ids=1,2,0"; 3]);
}

#[tokio::test]
async fn rows_are_matched_by_key_whatever_their_order_and_spelling() {
    let blog = Blog::start(
        |_| Reply::json(r#"[{"id":1,"authorId":"1"},{"id":2,"authorId":2},{"id":3,"authorId":1},{"id":4,"authorId":3}]"#),
        // Reversed, one row twice, one nobody asked for, one missing; ids as texts.
        |_| {
            Reply::json(
                r#"[{"id":"9","name":"Nine"},{"id":"2","name":"Two"},{"id":"2","name":"Later"},null,{"id":"1","name":"One"}]"#,
            )
        },
    )
    .await;
    let answer = blog.gateway.ask("{ posts { id author { name } } }").await;
    let expected = concat!(
        r#"{"data":{"posts":[{"id":"1","author":{"name":"One"}},{"id":"2","author":{"name":"Two"}},"#,
        r#"{"id":"3","author":{"name":"One"}},{"id":"4","author":null}]},"#,
        r#""errors":[{"message":"not found","locations":[{"line":1,"column":23}],"path":["posts",3,"author","name"],"#,
        r#""extensions":{"code":"NOT_FOUND"}}]}"#
    );
    assert_eq!(answer, expected);
    assert_eq!(blog.users.calls(), ["GET /users?ids=1,2,3"]);
}

#[tokio::test]
async fn a_missing_row_leaves_what_the_parent_knows() {
    let blog = Blog::start(|_| Reply::json(r#"[{"id":1,"authorId":4}]"#), |_| Reply::json("[]")).await;
    let answer = blog.gateway.ask("{ posts { author { id email } } }").await;
    assert_eq!(answer, r#"{"data":{"posts":[{"author":{"id":"4","email":null}}]}}"#);
}

#[tokio::test]
async fn a_null_key_makes_no_call() {
    let blog = Blog::start(|_| Reply::json(r#"[{"id":1,"authorId":null},{"id":2}]"#), users).await;
    let answer = blog.gateway.ask("{ posts { id author { email } } }").await;
    assert_eq!(answer, r#"{"data":{"posts":[{"id":"1","author":{"email":null}},{"id":"2","author":{"email":null}}]}}"#);
    assert_eq!(blog.users.calls(), [""; 0]);
}

#[tokio::test]
async fn a_failed_chunk_fails_its_own_keys() {
    let blog = Blog::start(
        |_| Reply::json(posts(5, 10)),
        |call| if ids(call).unwrap().contains(&"4".to_owned()) { Reply::status(500, "{}") } else { users(call) },
    )
    .await;
    let answer = blog.gateway.ask("{ posts { author { name } } }").await;
    assert!(
        answer.starts_with(concat!(
            r#"{"data":{"posts":[{"author":{"name":"User 1"}},{"author":{"name":"User 2"}},{"author":{"name":"User 3"}},"#,
            r#"{"author":null},{"author":null}]},"errors":["#
        )),
        "{answer}"
    );
    let errors = blog.gateway.errors("{ posts { author { name } } }").await;
    assert_eq!(errors, ["CONNECTOR_FETCH posts.3.author.name", "CONNECTOR_FETCH posts.4.author.name"]);
}

#[tokio::test]
async fn fresh_rows_are_not_asked_for_again() {
    let blog = Blog::start(
        |call| Reply::json(posts(if call.target.contains("few") { 2 } else { 4 }, 9)),
        |call| users(call).header("cache-control", "max-age=60"),
    )
    .await;
    let few = blog.gateway.ask(r#"{ posts(tag: "few") { author { name } } }"#).await;
    assert_eq!(few, r#"{"data":{"posts":[{"author":{"name":"User 1"}},{"author":{"name":"User 2"}}]}}"#);
    let all = concat!(
        r#"{"data":{"posts":[{"author":{"name":"User 1"}},{"author":{"name":"User 2"}},"#,
        r#"{"author":{"name":"User 3"}},{"author":{"name":"User 4"}}]}}"#
    );
    for _ in 0..2 {
        assert_eq!(blog.gateway.ask("{ posts { author { name } } }").await, all);
    }
    assert_eq!(blog.users.calls(), ["GET /users?ids=1,2", "GET /users?ids=3,4"]);
}

#[tokio::test]
async fn places_that_are_ready_together_make_one_batch_however_many_rows_they_have() {
    let graph = r#"
        extend schema
          @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
          @source(name: "api", http: { baseURL: "http://api.test" })
        type Query {
          page: Page @connect(source: "api", http: { GET: "/page" }, selection: "lead { id owner: { id: o } } rows { id owner: { id: o } }")
        }
        type Page { lead: Row rows: [Row] }
        type Row { id: ID! owner: Owner }
        type Owner
          @connect(source: "api", http: { GET: "/owners?ids={$batch.id->joinNotNull('-')}" }, selection: "id name boss: { id: b }")
        { id: ID! name: String boss: Owner }
    "#;
    let api = Service::start(|call| match call.target.split_once("ids=") {
        Some((_, ids)) => {
            let rows: Vec<String> = ids.split('-').map(|id| format!(r#"{{"id":{id},"name":"n{id}","b":9}}"#)).collect();
            Reply::json(format!("[{}]", rows.join(",")))
        }
        None => {
            let rows: Vec<String> = (0..7_000).map(|id| format!(r#"{{"id":{id},"o":{}}}"#, id % 3)).collect();
            Reply::json(format!(r#"{{"lead":{{"id":1,"o":5}},"rows":[{}]}}"#, rows.join(",")))
        }
    })
    .await;
    let gateway = GatewayBuilder::new(graph).upstream("api", &api.base_url, "").build();
    let answer =
        gateway.ask("{ page { rows { owner { name boss { name } } } lead { owner { name boss { name } } } } }").await;
    assert!(answer.ends_with(r#""lead":{"owner":{"name":"n5","boss":{"name":"n9"}}}}}}"#), "{}", answer.len());
    assert_eq!(api.calls(), ["GET /page", "GET /owners?ids=0-1-2-5", "GET /owners?ids=9"]);
    // A place that is switched off keeps nobody waiting.
    api.forget();
    gateway.ask("{ page { rows { owner { name } } lead @skip(if: true) { owner { name } } } }").await;
    let query =
        "query ($no: Boolean = false) { page { rows { owner { name } } lead @include(if: $no) { owner { name } } } }";
    gateway.ask(query).await;
    assert_eq!(api.calls(), ["GET /page", "GET /owners?ids=0-1-2", "GET /page", "GET /owners?ids=0-1-2"]);
}
