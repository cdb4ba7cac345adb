//! Answers that come one after another, over real connections: event streams, multipart bodies, WebSockets.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use crate::testkit::{Answer, Front, GatewayBuilder, Heard, Reply, Service, Socket};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://127.0.0.1:9" })
type Query {
  post: Post @connect(source: "api", http: { GET: "/post" }, selection: "id title author: { id: author }")
}
type Subscription {
  post: Post
    @connect(source: "api", http: { GET: "/post" }, selection: "id title author: { id: author }")
    @poll(every: "100ms")
}
type Post { id: ID! title: String author: Person }
type Person @connect(source: "api", http: { GET: "/people?ids={$batch.id->joinNotNull(',')}" }, selection: "id name") {
  id: ID! name: String
}
"#;
const VIEW: &str = "type Query { post: Post } type Subscription { post: Post } \
    type Post { id: ID! title: String author: Person } type Person { id: ID! name: String }";
const DEFERRED: &str = "{ post { title ... @defer(label: \"late\") { author { name } } } }";

/// People are told only after the gate opens.
async fn front(client: &str) -> (Service, Front, Arc<Notify>) {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let api = Service::start(move |call| match call.target.as_str() {
        "/post" => Reply::json(r#"{"id":1,"title":"one","author":7}"#),
        _ => Reply::json(r#"[{"id":7,"name":"Ada"}]"#).after(&held),
    })
    .await;
    let front = GatewayBuilder::new(GRAPH)
        .toml("[server]\nshutdown = \"60s\"")
        .client("web", VIEW)
        .client_settings(client)
        .upstream("api", &api.base_url, "")
        .serve()
        .await;
    (api, front, gate)
}

async fn open(front: &Front, query: &str, accept: &str) -> reqwest::Response {
    front.post("web", query).header("accept", accept).send().await.unwrap()
}

/// Reads until the text holds a part.
async fn until(response: &mut reqwest::Response, text: &mut String, part: &str) {
    while !text.contains(part) {
        let chunk = response.chunk().await.unwrap().unwrap_or_else(|| panic!("the end, without `{part}`: {text}"));
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

async fn rest(mut response: reqwest::Response, mut text: String) -> String {
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_come_when_they_are_there_in_the_form_that_was_accepted() {
    let (_api, front, gate) = front("").await;
    let pending = r#""pending":["#;
    let cases = [
        ("text/event-stream", "text/event-stream; charset=utf-8", r#""hasNext":true"#, "event: complete\ndata:\n\n"),
        (
            "multipart/mixed;deferSpec=20220824, application/json",
            "multipart/mixed;boundary=\"graphql\";deferSpec=20220824",
            r#""hasNext":true"#,
            "\r\n--graphql--\r\n",
        ),
        (
            "multipart/mixed;incrementalSpec=v0.2",
            "multipart/mixed;boundary=\"graphql\";incrementalSpec=v0.2",
            pending,
            "\r\n--graphql--\r\n",
        ),
        ("text/event-stream;incrementalSpec=v0.2", "text/event-stream; charset=utf-8", pending, "data:\n\n"),
        ("multipart/mixed", "multipart/mixed;boundary=\"graphql\"", r#""hasNext":true"#, "\r\n--graphql--\r\n"),
    ];
    for (accept, content_type, first, end) in cases {
        let mut response = open(&front, DEFERRED, accept).await;
        assert_eq!(response.status(), 200, "{accept}");
        assert_eq!(response.headers()["content-type"], content_type);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut text = String::new();
        until(&mut response, &mut text, first).await;
        assert!(text.contains("one") && !text.contains("Ada"), "{accept}: {text}");
        gate.notify_one();
        let text = rest(response, text).await;
        assert!(text.contains("Ada") && text.contains(r#""hasNext":false"#) && text.ends_with(end), "{accept}: {text}");
    }
    let mut socket = Socket::ready(&front, "", "{}").await;
    socket.subscribe("1", DEFERRED).await;
    let first = socket.text().await;
    assert!(first.starts_with(r#"{"id":"1","type":"next","payload":{"data":{"post":{"title":"one""#), "{first}");
    gate.notify_one();
    let mut told = String::new();
    while !told.contains(r#""type":"complete""#) {
        let text = socket.text().await;
        told.push_str(&text);
    }
    assert!(told.contains("Ada"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_subscriptions_without_completing_them() {
    let (_api, front, _gate) = front("").await;
    let query = "subscription { post { title } }";
    let mut sse = open(&front, query, "text/event-stream").await;
    let mut multipart = open(&front, query, "multipart/mixed;subscriptionSpec=1.0").await;
    let mut socket = Socket::ready(&front, "", "{}").await;
    socket.subscribe("1", query).await;
    let (mut of_sse, mut of_multipart) = (String::new(), String::new());
    until(&mut sse, &mut of_sse, "one").await;
    until(&mut multipart, &mut of_multipart, "{\"payload\":{\"data\":{\"post\":{\"title\":\"one\"}}}}").await;
    assert!(socket.text().await.contains("one"));
    front.stop();
    assert_eq!(socket.hear().await, Heard::Close(1012));
    let of_sse = rest(sse, of_sse).await;
    assert!(!of_sse.contains("complete"), "{of_sse}");
    let of_multipart = rest(multipart, of_multipart).await;
    assert!(of_multipart.contains(r#"{"payload":null,"errors":[{"#), "{of_multipart}");
    assert!(of_multipart.ends_with("--graphql--\r\n"), "{of_multipart}");
    drop(socket);
    tokio::time::timeout(Duration::from_secs(30), front.ended()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_responses_like_others() {
    let (_api, front, _gate) = front("cors = [\"https://shop.example\"]").await;
    let query = "subscription { post { title } }";
    let get = |method| front.request(method, "/web/graphql?query=subscription%7Bpost%7Btitle%7D%7D");
    let allowed = get("GET").header("accept", "text/event-stream").header("origin", "https://shop.example");
    let response = allowed.header("x-request-id", "mine").send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "https://shop.example");
    assert_eq!(response.headers()["x-request-id"], "mine");
    assert!(!response.headers().contains_key("content-length"));
    drop(response);
    let foreign = get("GET").header("accept", "text/event-stream").header("sec-fetch-site", "cross-site");
    assert_eq!(Answer::of(foreign).await.status, 403);
    let head = Answer::of(get("HEAD").header("accept", "text/event-stream")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for accept in ["application/json", "*/*", "multipart/mixed;deferSpec=20220824"] {
        let answer = Answer::of(front.post("web", query).header("accept", accept)).await;
        assert_eq!(answer.status, 406, "{accept}");
        assert!(answer.header("content-type").starts_with("application/json"), "{accept}");
    }
    let answer =
        Answer::of(front.post("web", "{ post { id } }").header("accept", "text/event-stream, */*;q=0.1")).await;
    assert_eq!(answer.text(), r#"{"data":{"post":{"id":"1"}}}"#, "one answer is JSON to whoever accepts that");
    // Over HTTP/2 as well.
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let body = serde_json::json!({ "query": query }).to_string();
    let request = client.post(format!("http://{}/web/graphql", front.public)).body(body);
    let request = request.header("content-type", "application/json").header("accept", "text/event-stream");
    let mut response = request.send().await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    until(&mut response, &mut String::new(), "event: next\ndata: {\"data\":{\"post\":{\"title\":\"one\"}}}\n\n").await;
    drop(response);
    front.until_metric("anabranch_streamed_operations{transport=\"sse\"} 0").await;
}
