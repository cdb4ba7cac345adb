//! The older WebSocket subprotocol `graphql-ws` over real connections: everything that holds for the newer one holds for it.

use super::front;
use crate::testkit::{Front, Heard, Socket};

async fn ready(front: &Front, headers: &str, payload: &str) -> Socket {
    Socket::acknowledged(front.public, "/web/graphql", &format!("{}{headers}", Socket::OLDER), payload).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_of_all_kinds_go_over_the_older_subprotocol() {
    let (api, front) = front("", "").await;
    let mut socket = ready(&front, "", "null").await;
    assert!(socket.head.contains("sec-websocket-protocol: graphql-ws\r\n"), "{}", socket.head);
    for (query, data) in [("{ hello }", r#"{"hello":"hi"}"#), ("mutation { greet }", r#"{"greet":"hi"}"#)] {
        socket.start("1", query).await;
        assert_eq!(socket.text().await, format!(r#"{{"id":"1","type":"data","payload":{{"data":{data}}}}}"#));
        assert_eq!(socket.text().await, r#"{"id":"1","type":"complete"}"#);
    }
    // Its variables go by async-graphql unread, and keep the spelling of their numbers.
    let query = r#""query":"query Q($of: Float!) { number(of: $of) }","variables":{"of":1.50}"#;
    socket.say(&format!(r#"{{"id":"n","type":"start","payload":{{{query}}}}}"#)).await;
    assert_eq!(socket.text().await, r#"{"id":"n","type":"data","payload":{"data":{"number":1.50}}}"#);
    assert_eq!(socket.text().await, r#"{"id":"n","type":"complete"}"#);
    assert_eq!(api.recorded().pop().unwrap().body, r#"{"of":1.50}"#);
    socket.start("1", "{ nothing }").await;
    let refused = socket.text().await;
    assert!(refused.starts_with(r#"{"id":"1","type":"data","payload":{"errors":[{"message":"#), "{refused}");
    assert_eq!(socket.text().await, r#"{"id":"1","type":"complete"}"#);
    // These clients know of no answers in parts.
    socket.start("1", "{ ... @defer { hello } }").await;
    let refused = socket.text().await;
    assert!(refused.starts_with(r#"{"id":"1","type":"data","payload":{"errors":[{"message":"#), "{refused}");
    assert_eq!(socket.text().await, r#"{"id":"1","type":"complete"}"#);
    socket.start("s", "subscription { order }").await;
    assert_eq!(socket.text().await, r#"{"id":"s","type":"data","payload":{"data":{"order":"hi"}}}"#);
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 1").await;
    socket.say(r#"{"id":"s","type":"stop"}"#).await;
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 0").await;
    socket.say(r#"{"type":"connection_terminate"}"#).await;
    assert_eq!(socket.hear().await, Heard::Close(1000));
    drop(socket);
    front.until_metric("anabranch_websocket_connections 0").await;
    front.until_metric("anabranch_websocket_closes_total{code=\"1000\"} 1").await;
    let line = r#"anabranch_operation_duration_seconds_count{client="web",kind="mutation",outcome="ok"} 1"#;
    front.until_metric(line).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newer_subprotocol_is_taken_where_both_are_offered() {
    let (_api, front) = front("", "").await;
    for offered in ["graphql-ws, graphql-transport-ws", "graphql-transport-ws,graphql-ws"] {
        let headers = format!("sec-websocket-protocol: {offered}\r\n");
        let mut socket = Socket::acknowledged(front.public, "/web/graphql", &headers, "{}").await;
        assert!(socket.head.contains("sec-websocket-protocol: graphql-transport-ws\r\n"), "{}", socket.head);
        socket.start("1", "{ hello }").await;
        assert_eq!(socket.closed().await, Some(4400), "that is the other one's");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listed_members_of_the_payload_count_as_headers() {
    let (api, front) = front("", "websocket = { init_headers = [\"authorization\"] }").await;
    let cases = [
        ("", r#"{"Authorization":"Bearer 1"}"#, "Bearer 1"),
        ("authorization: own\r\n", "{}", "own"),
        ("", "null", ""),
    ];
    for (headers, payload, expected) in cases {
        let mut socket = ready(&front, headers, payload).await;
        socket.start("1", "mutation { greet }").await;
        socket.hear().await;
        let call = api.recorded().pop().unwrap();
        let sent = call.headers.get("authorization").map_or("", |value| value.to_str().unwrap());
        assert_eq!(sent, expected, "{headers} {payload}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_and_messages_are_bounded_as_the_newer_ones() {
    let (_api, front) = front("[server]\nbody_limit = \"16KiB\"\n[server.websocket]\nconnections = 1", "").await;
    let other = format!("{}origin: https://evil.example\r\n", Socket::OLDER);
    let refused = Socket::connect(front.public, "/web/graphql", &other).await;
    assert!(refused.head.starts_with("HTTP/1.1 403 "), "{}", refused.head);
    let mut only = ready(&front, "", "{}").await;
    let second = Socket::connect(front.public, "/web/graphql", Socket::OLDER).await;
    assert!(second.head.starts_with("HTTP/1.1 503 "), "{}", second.head);
    only.say(&"a".repeat(20_000)).await;
    assert_eq!(only.closed().await, Some(1009));
    drop(only);
    front.until_metric("anabranch_websocket_connections 0").await;
    // Subscriptions that a stop breaks off are not complete: clients that reconnect ask for them anew.
    let mut socket = ready(&front, "", "{}").await;
    socket.start("1", "subscription { order }").await;
    assert_eq!(socket.text().await, r#"{"id":"1","type":"data","payload":{"data":{"order":"hi"}}}"#);
    front.stop();
    assert_eq!(socket.hear().await, Heard::Close(1012));
}
