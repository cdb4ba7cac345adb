//! Two users with different credentials never see each other's data.

use super::{BLOG, ids, posts};
use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

/// Every answer carries who asked.
fn personal(call: &Call) -> Reply {
    let who = call.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("nobody").to_owned();
    let user = |id: &str| format!(r#"{{"id":{id},"name":"{who}","email":"{who}"}}"#);
    let body = match ids(call) {
        Some(ids) => format!("[{}]", ids.iter().map(|id| user(id)).collect::<Vec<_>>().join(",")),
        None if call.target.starts_with("/users/") => user("1"),
        None => posts(4, 3),
    };
    Reply::json(body).header("cache-control", "max-age=60")
}

async fn gateway() -> (Service, Gateway) {
    let api = Service::start(personal).await;
    let forward = "forward_headers = [\"authorization\"]";
    let gateway = GatewayBuilder::new(BLOG)
        .upstream("posts", &api.base_url, "")
        .upstream("users", &api.base_url, forward)
        .build();
    (api, gateway)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_never_mixed() {
    let (_api, gateway) = gateway().await;
    let query = "{ posts { author { name } editor { email } } user(id: 1) { name email } }";
    let mut running = tokio::task::JoinSet::new();
    for round in 0..200 {
        let who = ["alice", "bob", "carol"][round % 3];
        let gateway = gateway.header("authorization", who);
        running.spawn(async move { (who, gateway.ask(query).await) });
    }
    let anonymous = gateway.clone();
    running.spawn(async move { ("nobody", anonymous.ask(query).await) });
    while let Some(done) = running.join_next().await {
        let (who, answer) = done.unwrap();
        assert_eq!(answer.matches(who).count(), 10, "{who}: {answer}");
        for other in ["alice", "bob", "carol", "nobody"] {
            assert!(other == who || !answer.contains(other), "{who} sees {other}: {answer}");
        }
    }
}

#[tokio::test]
async fn two_clients_of_one_gateway_have_plans_of_their_own() {
    let api = Service::start(|_| Reply::json(posts(1, 3))).await;
    let gateway = GatewayBuilder::new(BLOG)
        .upstream("posts", &api.base_url, "")
        .upstream("users", &api.base_url, "")
        .client("web", "type Query { posts: [Post] } type Post { id: ID! }")
        .client(
            "phone",
            "type Query { posts: [Card] } type Card @from(type: \"Post\") { id: String @from(path: \"title\") }",
        )
        .build();
    let query = "{ posts { id __typename } }";
    for _ in 0..2 {
        assert_eq!(gateway.ask(query).await, r#"{"data":{"posts":[{"id":"1","__typename":"Post"}]}}"#);
        let phone = gateway.client("phone");
        assert_eq!(phone.ask(query).await, r#"{"data":{"posts":[{"id":"Post 1","__typename":"Card"}]}}"#);
    }
}
