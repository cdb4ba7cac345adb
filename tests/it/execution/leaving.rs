//! A client that leaves cancels what only it needed.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{Blog, users};
use crate::testkit::Reply;

#[tokio::test]
async fn an_abandoned_query_cancels_its_calls() {
    let blog = Blog::start(|_| Reply::never(), users).await;
    let gateway = blog.gateway.clone();
    let task = tokio::spawn(async move { gateway.ask("{ posts { id } post(id: 1) { id } }").await });
    blog.posts.until_calls(2).await;
    task.abort();
    blog.posts.until_dropped(2).await;
}

#[tokio::test]
async fn a_call_that_another_operation_waits_for_goes_on() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let blog = Blog::start(move |_| Reply::json("[]").after(&held), users).await;
    let (first, second) = (blog.gateway.clone(), blog.gateway.clone());
    let leaving = tokio::spawn(async move { first.ask("{ posts { id } }").await });
    blog.posts.until_calls(1).await;
    let staying = tokio::spawn(async move { second.ask("{ p: posts { title } }").await });
    // Both wait for one call: the second one joined before it gave its turn back.
    tokio::task::yield_now().await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    gate.notify_one();
    assert_eq!(staying.await.unwrap(), r#"{"data":{"p":[]}}"#);
    assert_eq!(blog.posts.calls(), ["GET /posts"]);
}
