//! `examples/jsonplaceholder` against json-server: each test has a server, a gateway and a count of calls of its own.

mod server;

use std::{collections::BTreeMap, path::PathBuf};

use server::JsonServer;

use super::gateway;
use crate::testkit::{Gateway, packages, text};

/// The example, served in process.
struct Example {
    server: JsonServer,
    gateway: Gateway,
}

/// An answer and the calls that it took, sorted.
#[derive(Debug)]
struct Answer {
    text: String,
    calls: Vec<String>,
}

fn folder() -> PathBuf {
    packages("examples/jsonplaceholder")
}

// === impl Example ===

impl Example {
    async fn start() -> Self {
        let server = JsonServer::start(&folder()).await;
        let toml = std::fs::read_to_string(folder().join("upstreams.toml")).unwrap();
        let local = toml.replace("https://jsonplaceholder.typicode.com", &server.base_url);
        assert_ne!(toml, local, "the example no longer says where the API is");
        let gateway = gateway(&folder(), &local);
        Self { server, gateway }
    }

    async fn ask(&self, client: &str, query: &str) -> Answer {
        let response = self.gateway.client(client).response(query).await;
        let mut calls = self.server.calls().await;
        calls.sort();
        assert_eq!(response.upstream_calls, calls.len(), "calls as the engine counts them: {calls:#?}");
        Answer { text: text(&response), calls }
    }
}

/// A table of the data set, as the package has it.
fn table(name: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read(folder().join("node_modules/jsonplaceholder/data.json")).unwrap();
    let mut data: serde_json::Value = serde_json::from_slice(&text).unwrap();
    serde_json::from_value(data[name].take()).unwrap()
}

fn users() -> BTreeMap<u64, serde_json::Value> {
    table("users").into_iter().map(|user| (user["id"].as_u64().unwrap(), user)).collect()
}

fn author(post: &serde_json::Value) -> u64 {
    post["userId"].as_u64().unwrap()
}

#[tokio::test]
async fn a_hundred_posts_and_their_authors_take_two_calls() {
    let example = Example::start().await;
    let answer = example.ask("web", "{ posts { title user { name } } }").await;

    let users = users();
    let posts = table("posts");
    let rows: Vec<String> = posts
        .iter()
        .map(|post| format!(r#"{{"title":{},"user":{{"name":{}}}}}"#, post["title"], users[&author(post)]["name"]))
        .collect();
    assert_eq!(rows.len(), 100);
    assert_eq!(answer.text, format!(r#"{{"data":{{"posts":[{}]}}}}"#, rows.join(",")));
    assert_eq!(
        answer.calls,
        ["GET /posts?_limit=100", "GET /users?id=1&id=2&id=3&id=4&id=5&id=6&id=7&id=8&id=9&id=10"]
    );
}

#[tokio::test]
async fn a_server_that_says_no_cache_is_asked_again() {
    let example = Example::start().await;
    for _ in 0..2 {
        // `User` may be kept for a minute by the schema, but json-server sends `cache-control: no-cache`.
        let answer = example.ask("mobile", "{ headlines(first: 1) { author company } }").await;
        assert_eq!(answer.text, r#"{"data":{"headlines":[{"author":"Leanne Graham","company":"Romaguera-Crona"}]}}"#);
        assert_eq!(answer.calls, ["GET /posts?_limit=1", "GET /users?id=1"]);
    }
}

#[tokio::test]
async fn a_post_fetches_its_author_and_comments_beside_each_other() {
    let example = Example::start().await;
    let answer =
        example.ask("web", "{ post(id: 1) { title user { name city } comments(first: 2) { name email } } }").await;
    assert_eq!(
        answer.text,
        concat!(
            r#"{"data":{"post":{"#,
            r#""title":"sunt aut facere repellat provident occaecati excepturi optio reprehenderit","#,
            r#""user":{"name":"Leanne Graham","city":"Gwenborough"},"#,
            r#""comments":["#,
            r#"{"name":"id labore ex et quam laborum","email":"Eliseo@gardner.biz"},"#,
            r#"{"name":"quo vero reiciendis velit similique earum","email":"Jayne_Kuhic@sydney.com"}]}}}"#,
        )
    );
    assert_eq!(answer.calls, ["GET /comments?postId=1&_limit=2", "GET /posts/1", "GET /users?id=1"]);
}

#[tokio::test]
async fn users_and_their_todos_take_a_call_for_each_user() {
    let example = Example::start().await;
    let answer = example.ask("web", "{ users { name todos(completed: false) { title } } }").await;

    let todos = table("todos");
    let rows: Vec<String> = users()
        .into_iter()
        .map(|(id, user)| {
            let open = todos.iter().filter(|todo| author(todo) == id && todo["completed"] == false);
            let titles: Vec<String> = open.map(|todo| format!(r#"{{"title":{}}}"#, todo["title"])).collect();
            format!(r#"{{"name":{},"todos":[{}]}}"#, user["name"], titles.join(","))
        })
        .collect();
    assert_eq!(rows.len(), 10);
    assert_eq!(answer.text, format!(r#"{{"data":{{"users":[{}]}}}}"#, rows.join(",")));
    let mut calls: Vec<String> = (1..=10).map(|id| format!("GET /todos?userId={id}&completed=false")).collect();
    calls.push("GET /users".to_owned());
    calls.sort();
    assert_eq!(answer.calls, calls);
}

#[tokio::test]
async fn albums_with_photos_and_owners_take_a_call_for_each_album_and_one_for_the_owners() {
    let example = Example::start().await;
    let answer = example
        .ask("web", "{ albums(first: 5) { title user { name } photos(first: 2) { title thumbnailUrl } } }")
        .await;

    let photos = table("photos");
    let users = users();
    let rows: Vec<String> = table("albums")
        .iter()
        .take(5)
        .map(|album| {
            let shown = photos.iter().filter(|photo| photo["albumId"] == album["id"]).take(2);
            let shown: Vec<String> = shown
                .map(|photo| format!(r#"{{"title":{},"thumbnailUrl":{}}}"#, photo["title"], photo["thumbnailUrl"]))
                .collect();
            let owner = &users[&author(album)]["name"];
            format!(r#"{{"title":{},"user":{{"name":{owner}}},"photos":[{}]}}"#, album["title"], shown.join(","))
        })
        .collect();
    assert_eq!(answer.text, format!(r#"{{"data":{{"albums":[{}]}}}}"#, rows.join(",")));
    assert_eq!(
        answer.calls,
        [
            "GET /albums?_limit=5",
            "GET /photos?albumId=1&_limit=2",
            "GET /photos?albumId=2&_limit=2",
            "GET /photos?albumId=3&_limit=2",
            "GET /photos?albumId=4&_limit=2",
            "GET /photos?albumId=5&_limit=2",
            "GET /users?id=1",
        ]
    );
}

#[tokio::test]
async fn headlines_are_flat() {
    let example = Example::start().await;
    let answer = example.ask("mobile", "{ headlines(first: 2) { title author company } }").await;
    assert_eq!(
        answer.text,
        concat!(
            r#"{"data":{"headlines":["#,
            r#"{"title":"sunt aut facere repellat provident occaecati excepturi optio reprehenderit","#,
            r#""author":"Leanne Graham","company":"Romaguera-Crona"},"#,
            r#"{"title":"qui est esse","author":"Leanne Graham","company":"Romaguera-Crona"}]}}"#,
        )
    );
    assert_eq!(answer.calls, ["GET /posts?_limit=2", "GET /users?id=1"]);
}

#[tokio::test]
async fn a_page_over_its_cap_is_an_error_before_any_call() {
    let example = Example::start().await;
    let answer = example.ask("mobile", "{ headlines(first: 26) { title } }").await;
    let text: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(text["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{text:#}");
    assert_eq!(text.get("data"), None, "{text:#}");
    assert_eq!(answer.calls, Vec::<String>::new());
}

#[tokio::test]
async fn an_argument_that_is_pinned_stays_so() {
    let example = Example::start().await;
    let answer = example.ask("mobile", "{ open(userId: 1) { title } }").await;

    let todos = table("todos");
    let open = todos.iter().filter(|todo| author(todo) == 1 && todo["completed"] == false);
    let titles: Vec<String> = open.map(|todo| format!(r#"{{"title":{}}}"#, todo["title"])).collect();
    assert_eq!(answer.text, format!(r#"{{"data":{{"open":[{}]}}}}"#, titles.join(",")));
    assert!(answer.calls.contains(&"GET /todos?userId=1&completed=false".to_owned()), "{:?}", answer.calls);
}

#[tokio::test]
async fn what_is_not_there_is_null() {
    let example = Example::start().await;
    let answer = example.ask("web", "{ post(id: 999) { title } user(id: 10) { name } }").await;
    assert_eq!(answer.text, r#"{"data":{"post":null,"user":{"name":"Clementina DuBuque"}}}"#);
    assert_eq!(answer.calls, ["GET /posts/999", "GET /users/10"]);
}

#[tokio::test]
async fn a_post_is_written_changed_and_read_back() {
    let example = Example::start().await;
    let written = example
        .ask(
            "web",
            r#"mutation { createPost(userId: 1, title: "Hello", body: "From here") { id title user { name } } }"#,
        )
        .await;
    assert_eq!(written.text, r#"{"data":{"createPost":{"id":"101","title":"Hello","user":{"name":"Leanne Graham"}}}}"#);
    assert_eq!(written.calls, ["GET /users?id=1", "POST /posts"]);

    let changed = example.ask("mobile", r#"mutation { retitle(id: 101, title: "Good day") { id title } }"#).await;
    assert_eq!(changed.text, r#"{"data":{"retitle":{"id":"101","title":"Good day"}}}"#);
    assert_eq!(changed.calls, ["PATCH /posts/101"]);

    let read = example.ask("web", "{ post(id: 101) { title body } }").await;
    assert_eq!(read.text, r#"{"data":{"post":{"title":"Good day","body":"From here"}}}"#);
    assert_eq!(read.calls, ["GET /posts/101"]);
}
