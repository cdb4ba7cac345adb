//! What operators read: valid, and bounded whatever clients send.

use std::collections::BTreeSet;

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service},
};

async fn front() -> (Service, Front) {
    let api = Service::start(|call| match call.target.as_str() {
        "/broken" => Reply::status(500, "{}"),
        _ => Reply::json(r#"{"text":"hi"}"#),
    })
    .await;
    let front = GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").serve().await;
    (api, front)
}

/// Names of series with their labels, without the values.
fn series(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

#[tokio::test]
async fn metrics_are_openmetrics_text_on_the_admin_listener_only() {
    let (_api, front) = front().await;
    for query in ["{ hello }", "query Secret { hello broken }", "mutation { greet(name: \"x\") }", "{"] {
        Answer::of(front.post("default", query)).await;
    }
    let metrics = front.admin("/metrics").await;
    assert_eq!(metrics.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = metrics.text();
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let bare = name.split('{').next().unwrap();
        assert!(bare.starts_with("anabranch_"), "{line}");
        assert!(bare.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
        assert!(bare == name || name.ends_with('}'), "{line}");
    }
    for line in [
        r#"anabranch_operation_duration_seconds_count{client="default",kind="query",outcome="ok"} 1"#,
        r#"anabranch_operation_duration_seconds_count{client="default",kind="query",outcome="errors"} 1"#,
        r#"anabranch_operation_duration_seconds_count{client="default",kind="mutation",outcome="ok"} 1"#,
        r#"anabranch_operation_duration_seconds_count{client="default",kind="unknown",outcome="refused"} 1"#,
        r#"anabranch_upstream_calls_total{upstream="api",connector="Query.broken",outcome="status"} 1"#,
        r#"anabranch_upstream_calls_total{upstream="api",connector="Query.hello",outcome="ok"} 2"#,
        r#"anabranch_upstream_calls_in_flight{upstream="api"} 0"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("http://") && !text.contains("127.0.0.1") && !text.contains("Secret"), "{text}");
    assert_eq!(Answer::of(front.request("GET", "/metrics")).await.status, 404);
    assert_eq!(front.admin("/default/graphql").await.status, 404);
}

#[tokio::test]
async fn clients_cannot_make_series() {
    let (_api, front) = front().await;
    Answer::of(front.post("default", "{ hello }")).await;
    Answer::of(front.post("default", "{")).await;
    let before = series(front.admin("/metrics").await.text());
    for at in 0..100 {
        Answer::of(front.post("default", &format!("query Name{at} {{ alias{at}: hello }}"))).await;
        Answer::of(front.post("default", &format!("query Name{at} {{ field{at} }}"))).await;
        Answer::of(front.post(&format!("client{at}"), "{ hello }")).await;
        Answer::of(front.request("GET", &format!("/path{at}")).header("x-request-id", format!("id{at}"))).await;
    }
    assert_eq!(series(front.admin("/metrics").await.text()), before);
}

#[tokio::test]
async fn health_tells_of_the_process_and_its_upstreams() {
    let (api, front) = front().await;
    let ready = front.admin("/health/ready").await;
    assert_eq!((ready.status, ready.text()), (200, "ready\nupstream api: reachable\n"));
    api.kill().await;
    let ready = front.admin("/health/ready").await;
    assert_eq!((ready.status, ready.text()), (200, "ready\nupstream api: unreachable\n"));
    assert_eq!(front.admin("/health/live").await.status, 200);
    front.stop();
    front.ended().await;
}
