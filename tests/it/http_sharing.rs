//! Clients that leave, upstreams that die or hang: what it costs the others.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    sync::Notify,
    time::{Instant, timeout},
};

use crate::testkit::{Answer, Call, Front, GatewayBuilder, Reply, Service};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "one", http: { baseURL: "http://one.test" })
  @source(name: "two", http: { baseURL: "http://two.test" })
type Query {
  one(id: ID): String @connect(source: "one", http: { GET: "/one", queryParams: "id: $args.id?" }, selection: "$.text")
  two: String @connect(source: "two", http: { GET: "/two" }, selection: "$.text")
}
type Mutation {
  change: String @connect(source: "one", http: { POST: "/change" }, selection: "$.text")
}
"#;

fn hi(_: &Call) -> Reply {
    Reply::json(r#"{"text":"hi"}"#)
}

async fn front(one: impl Fn(&Call) -> Reply + Send + Sync + 'static, settings: &str) -> (Service, Service, Front) {
    let (one, two) = (Service::start(one).await, Service::start(hi).await);
    let front = GatewayBuilder::new(GRAPH)
        .upstream("one", &one.base_url, settings)
        .upstream("two", &two.base_url, "")
        .serve()
        .await;
    (one, two, front)
}

/// A client that has asked and can leave.
async fn asking(front: &Front, query: &str) -> TcpStream {
    let body = serde_json::json!({ "query": query }).to_string();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let mut stream = TcpStream::connect(front.public).await.unwrap();
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

const ABANDONED: &str =
    r#"anabranch_operation_duration_seconds_count{client="default",kind="unknown",outcome="abandoned"} 1"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_hangs_up_cancels_its_calls() {
    let (one, _two, front) = front(|_| Reply::never(), "").await;
    let client = asking(&front, "{ one a: one(id: 1) }").await;
    one.until_calls(2).await;
    drop(client);
    one.until_dropped(2).await;
    front.until_metric(ABANDONED).await;
    front.until_metric(r#"anabranch_upstream_calls_in_flight{upstream="one"} 0"#).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_others_wait_for_goes_on() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (one, _two, front) = front(move |call| hi(call).after(&held), "").await;
    let leaving = asking(&front, "{ one }").await;
    one.until_calls(1).await;
    let staying = tokio::spawn(Answer::of(front.post("default", "{ b: one }")));
    front.until_metric(r#"anabranch_upstream_shared_calls_total{upstream="one",connector="Query.one"} 1"#).await;
    drop(leaving);
    front.until_metric(ABANDONED).await;
    gate.notify_one();
    assert_eq!(staying.await.unwrap().text(), r#"{"data":{"b":"hi"}}"#);
    assert_eq!((one.calls(), one.dropped()), (vec!["GET /one".to_owned()], 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_that_was_sent_goes_on() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (one, _two, front) = front(move |call| hi(call).after(&held), "").await;
    let client = asking(&front, "mutation { change again: change }").await;
    one.until_calls(1).await;
    drop(client);
    front.until_metric(ABANDONED).await;
    gate.notify_one();
    let over = r#"anabranch_upstream_call_duration_seconds_count{upstream="one",connector="Mutation.change"} 1"#;
    front.until_metric(over).await;
    assert_eq!((one.calls(), one.dropped()), (vec!["POST /change".to_owned()], 0), "later root fields don't start");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_killed_under_load_leaves_the_others_alone() {
    let (one, _two, front) = front(hi, "").await;
    let mut one = Some(one);
    let mut failed = 0;
    for at in 0..300 {
        if at == 100 {
            one.take().unwrap().kill().await;
        }
        let query = format!("{{ one(id: {at}) two }}");
        let both = (0..4).map(|_| Answer::of(front.post("default", &query)));
        for answer in futures_util::future::join_all(both).await {
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(body["data"]["two"], "hi", "{}", answer.text());
            if at < 100 {
                assert_eq!(body["data"]["one"], "hi", "{}", answer.text());
            } else {
                failed += 1;
                assert_eq!(body["data"]["one"], serde_json::Value::Null);
                assert_eq!(body["errors"].as_array().unwrap().len(), 1);
                assert_eq!(body["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
                assert_eq!(body["errors"][0]["path"], serde_json::json!(["one"]));
                assert!(!answer.text().contains("127.0.0.1"), "{}", answer.text());
            }
        }
    }
    assert_eq!(failed, 800);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_hangs_costs_its_own_fields_its_timeout() {
    let (_one, _two, front) = front(|_| Reply::never(), "timeout = \"300ms\"").await;
    let begun = Instant::now();
    let hanging = tokio::spawn(Answer::of(front.post("default", "{ one two }")));
    let other = Answer::of(front.post("default", "{ two }")).await;
    assert_eq!(other.text(), r#"{"data":{"two":"hi"}}"#);
    assert!(!hanging.is_finished(), "the other upstream was waited for");
    let answer = hanging.await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["data"], serde_json::json!({ "one": null, "two": "hi" }));
    assert_eq!(body["errors"][0]["extensions"]["code"], "UPSTREAM_TIMEOUT");
    assert!(begun.elapsed() >= Duration::from_millis(300) && begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_told_at_once() {
    let (one, _two, front) = front(|_| Reply::never(), "concurrency = 1\nqueue = 1\ntimeout = \"10s\"").await;
    let mut waiting = vec![asking(&front, "{ one(id: 1) }").await];
    one.until_calls(1).await;
    let answer = loop {
        // Until one waits this one would, and keep it out meanwhile.
        waiting.push(asking(&front, "{ one(id: 2) }").await);
        let third = Answer::of(front.post("default", "{ one(id: 3) two }"));
        if let Ok(answer) = timeout(Duration::from_secs(1), third).await {
            break answer;
        }
    };
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["data"]["two"], "hi");
    assert_eq!(body["errors"][0]["message"], "the service is too busy");
    assert_eq!(body["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
    drop(waiting);
}
