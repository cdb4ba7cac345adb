//! WebSockets over real connections: the handshake, who may connect, bounds, and what hostile clients cannot do.

mod older;

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use crate::testkit::{Front, GatewayBuilder, Heard, Reply, Service, Socket, raw};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://127.0.0.1:9" })
type Query {
  hello: String @connect(source: "api", http: { GET: "/hello" }, selection: "$.text")
  number(of: Float!): Float @connect(source: "api", http: { POST: "/number", body: "of: $args.of" }, selection: "$.of")
}
type Mutation {
  greet: String @connect(source: "api", http: { POST: "/greet" }, selection: "$.text")
}
type Subscription {
  order: String @connect(source: "api", http: { GET: "/order" }, selection: "$.text") @poll(every: "100ms")
}
"#;
const VIEW: &str = "type Query { hello: String number(of: Float!): Float } type Mutation { greet: String } \
    type Subscription { order: String }";

async fn front(toml: &str, client: &str) -> (Service, Front) {
    let api = Service::start(|call| match call.target.as_str() {
        "/number" => Reply::json(call.body.clone()),
        _ => Reply::json(r#"{"text":"hi"}"#),
    })
    .await;
    let front = serve(&api, toml, client).await;
    (api, front)
}

async fn serve(api: &Service, toml: &str, client: &str) -> Front {
    let builder = GatewayBuilder::new(GRAPH).toml(toml).client("web", VIEW).client_settings(client);
    builder.upstream("api", &api.base_url, "forward_headers = [\"authorization\", \"x-other\"]").serve().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_and_mutations_go_over_a_websocket() {
    let (api, front) = front("", "").await;
    let mut socket = Socket::ready(&front, "", "null").await;
    assert!(socket.head.contains("sec-websocket-protocol: graphql-transport-ws"), "{}", socket.head);
    assert!(socket.head.contains("x-request-id: "), "{}", socket.head);
    front.until_metric("anabranch_websocket_connections 1").await;
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.text().await, r#"{"id":"1","type":"next","payload":{"data":{"hello":"hi"}}}"#);
    assert_eq!(socket.text().await, r#"{"id":"1","type":"complete"}"#);
    socket.subscribe("1", "mutation { greet }").await;
    assert_eq!(socket.text().await, r#"{"id":"1","type":"next","payload":{"data":{"greet":"hi"}}}"#);
    assert_eq!(socket.text().await, r#"{"id":"1","type":"complete"}"#);
    socket.subscribe("1", "{ nothing }").await;
    let error = socket.text().await;
    assert!(error.starts_with(r#"{"id":"1","type":"error","payload":[{"message":"#), "{error}");
    assert_eq!(api.calls(), ["GET /hello", "POST /greet"]);
    // Binary messages are as good.
    socket.frame(0x82, br#"{"type":"ping"}"#).await;
    assert_eq!(socket.text().await, r#"{"type":"pong"}"#);
    socket.frame(0x88, &1000_u16.to_be_bytes()).await;
    assert_eq!(socket.hear().await, Heard::Close(1000));
    assert_eq!(socket.hear().await, Heard::Gone);
    front.until_metric("anabranch_websocket_connections 0").await;
    front.until_metric("anabranch_websocket_closes_total{code=\"1000\"} 1").await;
    let line = r#"anabranch_operation_duration_seconds_count{client="web",kind="mutation",outcome="ok"} 1"#;
    front.until_metric(line).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_ends_is_given_up_upstream() {
    let api = Service::start(|call| match call.target.as_str() {
        "/hello" => Reply::never(),
        _ => Reply::json(r#"{"text":"hi"}"#),
    })
    .await;
    let front = serve(&api, "", "").await;
    let mut socket = Socket::ready(&front, "", "{}").await;
    socket.subscribe("1", "{ hello }").await;
    api.until_calls(1).await;
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 1").await;
    socket.say(r#"{"type":"complete","id":"1"}"#).await;
    api.until_dropped(1).await;
    socket.subscribe("2", "{ hello }").await;
    api.until_calls(2).await;
    drop(socket);
    api.until_dropped(2).await;
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 0").await;
    front.until_metric("anabranch_websocket_connections 0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_come_from_the_handshake_or_from_listed_members_of_the_payload() {
    let (api, front) = front("", "websocket = { init_headers = [\"authorization\"] }").await;
    let cases = [
        ("", r#"{"Authorization":"Bearer 1","x-other":"2"}"#, ["Bearer 1", ""]),
        ("authorization: own\r\nx-other: 3\r\n", r#"{"authorization":"Bearer 1"}"#, ["own", "3"]),
        ("", "null", ["", ""]),
    ];
    for (headers, payload, expected) in cases {
        let mut socket = Socket::ready(&front, headers, payload).await;
        socket.subscribe("1", "mutation { greet }").await;
        socket.hear().await;
        let call = api.recorded().pop().unwrap();
        let sent =
            ["authorization", "x-other"].map(|name| call.headers.get(name).map_or("", |value| value.to_str().unwrap()));
        assert_eq!(sent, expected, "{headers} {payload}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_come_in_the_form_that_the_payload_asks_for() {
    let (_api, front) = front("", "").await;
    let part = |data: &str| format!(r#"{{"id":"1","type":"next","payload":{data}}}"#);
    let first = r#"{"data":{"hello":"hi"},"hasNext":true}"#;
    let second = r#"{"incremental":[{"data":{"number":1},"path":[]}],"hasNext":false}"#;
    let cases = [
        ("null", [first, second]),
        (
            r#"{"incrementalSpec":"v0.2"}"#,
            [
                r#"{"data":{"hello":"hi"},"pending":[{"id":"0","path":[]}],"hasNext":true}"#,
                r#"{"incremental":[{"id":"0","data":{"number":1}}],"completed":[{"id":"0"}],"hasNext":false}"#,
            ],
        ),
    ];
    for (payload, parts) in cases {
        let mut socket = Socket::ready(&front, "", payload).await;
        socket.subscribe("1", "{ hello ... @defer { number(of: 1) } }").await;
        assert_eq!([socket.text().await, socket.text().await], parts.map(part), "{payload}");
    }
    for payload in [r#"{"incrementalSpec":"v0.3"}"#, r#"{"incrementalSpec":null}"#] {
        let mut socket = Socket::connect(front.public, "/web/graphql", Socket::NEWER).await;
        socket.say(&format!(r#"{{"type":"connection_init","payload":{payload}}}"#)).await;
        assert_eq!(socket.closed().await, Some(4400), "{payload}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_sites_cannot_connect() {
    let (_api, listed) = front("", "cors = [\"https://shop.example\"]").await;
    let (_other, open) = front("", "csrf = false").await;
    let own = format!("origin: http://{}\r\n", listed.public);
    let cases = [
        (&listed, "", 101),
        (&listed, own.as_str(), 101),
        (&listed, "origin: https://shop.example\r\n", 101),
        (&listed, "origin: https://evil.example\r\n", 403),
        (&listed, "origin: null\r\n", 403),
        (&listed, "sec-fetch-site: cross-site\r\n", 403),
        (&open, "origin: https://evil.example\r\n", 101),
    ];
    for (front, headers, status) in cases {
        let socket = Socket::connect(front.public, "/web/graphql", &format!("{}{headers}", Socket::NEWER)).await;
        assert!(socket.head.starts_with(&format!("HTTP/1.1 {status} ")), "{headers} {}", socket.head);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_are_refused_in_plain_words() {
    let (_api, front) = front("[server.websocket]\nconnections = 1", "").await;
    for protocol in ["", "sec-websocket-protocol: GraphQL-WS\r\n", "sec-websocket-protocol: chat, soap\r\n"] {
        let mut socket = Socket::connect(front.public, "/web/graphql", protocol).await;
        assert!(!socket.head.contains("sec-websocket-protocol"), "{}", socket.head);
        assert_eq!(socket.hear().await, Heard::Close(4406), "{protocol}");
        drop(socket);
        front.until_metric("anabranch_websocket_connections 0").await;
    }
    let _only = Socket::ready(&front, "", "{}").await;
    let second = Socket::connect(front.public, "/web/graphql", Socket::NEWER).await;
    assert!(second.head.starts_with("HTTP/1.1 503 "), "{}", second.head);
    let unknown = Socket::connect(front.public, "/nobody/graphql", Socket::NEWER).await;
    assert!(unknown.head.starts_with("HTTP/1.1 404 "), "{}", unknown.head);
    let odd = "GET /web/graphql HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\
               sec-websocket-version: 12\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let odd = raw(front.public, odd.as_bytes()).await;
    assert!(odd.starts_with("HTTP/1.1 400 "), "{odd}");
    let plain = front.request("GET", "/web/graphql?query=%7Bhello%7D").header("upgrade", "h2c").send().await.unwrap();
    assert_eq!(plain.status(), 200, "another protocol is not asked for here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_bounded() {
    let (_api, front) = front("[server]\nbody_limit = \"16KiB\"", "").await;
    let mut socket = Socket::ready(&front, "", "{}").await;
    socket.say(&format!(r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#, "a".repeat(10_000))).await;
    socket.text().await;
    socket.say(&"a".repeat(20_000)).await;
    assert_eq!(socket.closed().await, Some(1009));
    // In fragments, none of them too large.
    let mut socket = Socket::ready(&front, "", "{}").await;
    socket.frame(0x01, &[b'a'; 10_000]).await;
    socket.frame(0x80, &[b'a'; 10_000]).await;
    assert_eq!(socket.closed().await, Some(1009));
    // A length that nobody has room for.
    let mut socket = Socket::ready(&front, "", "{}").await;
    let endless = [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    socket.bytes(&endless).await;
    assert_eq!(socket.closed().await, Some(1009));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_operations_and_closes_connections() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let api = Service::start(move |_| Reply::json(r#"{"text":"hi"}"#).after(&held)).await;
    let front = serve(&api, "[server]\nshutdown = \"60s\"", "").await;
    let mut idle = Socket::ready(&front, "", "{}").await;
    let mut busy = Socket::ready(&front, "", "{}").await;
    busy.subscribe("1", "{ hello }").await;
    api.until_calls(1).await;
    front.stop();
    assert_eq!(idle.closed().await, Some(1012));
    gate.notify_one();
    assert_eq!(busy.text().await, r#"{"id":"1","type":"next","payload":{"data":{"hello":"hi"}}}"#);
    assert_eq!(busy.text().await, r#"{"id":"1","type":"complete"}"#);
    assert_eq!(busy.closed().await, Some(1012));
    drop((idle, busy));
    tokio::time::timeout(Duration::from_secs(30), front.ended()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_read_holds_up_what_is_sent() {
    let (_api, front) = front("", "").await;
    let mut socket = Socket::ready(&front, "", "{}").await;
    let ping = format!(r#"{{"type":"ping","payload":{{"pad":"{}"}}}}"#, "a".repeat(500_000));
    // Each is answered with as much: when nobody reads the answers, no more of them are taken.
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_secs(2), socket.say(&ping)).await.is_ok() {
        sent += 1;
        assert!(sent < 200, "100 MB were taken, and are held by somebody");
    }
    // The last one is stuck half-way, and those before it are answered now.
    for _ in 0..sent {
        let text = socket.text().await;
        assert!(text.starts_with(r#"{"type":"pong","payload":{"pad":"aaa"#));
    }
    drop(socket);
    front.until_metric("anabranch_websocket_connections 0").await;
}

/// Bytes that look different each time, and are the same in each run.
fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_ends_a_connection_and_nothing_else() {
    let (_api, front) = front("", "").await;
    let mut before = Socket::ready(&front, "", "{}").await;
    before.subscribe("1", "{ hello }").await;
    before.text().await;
    drop(before);
    for seed in 1..60 {
        let mut socket = match seed % 3 {
            0 => Socket::connect(front.public, "/web/graphql", Socket::NEWER).await,
            _ => Socket::ready(&front, "", "{}").await,
        };
        let bytes: Vec<u8> = noise(seed).take(2_000).collect();
        match seed % 4 {
            // As frames of all kinds, as text, as something that begins like a message.
            0 => socket.bytes(&bytes).await,
            1 => socket.frame(0x81, &bytes).await,
            2 => socket.say(&format!("{{\"type\":\"subscribe\",\"id\":\"{}\"", String::from_utf8_lossy(&bytes))).await,
            _ => socket.frame(bytes[0], &bytes).await,
        }
        socket.frame(0x88, &1000_u16.to_be_bytes()).await;
        // What began a frame that never ends waits for the rest of it.
        socket.finish().await;
        socket.closed().await;
    }
    front.until_metric("anabranch_websocket_connections 0").await;
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 0").await;
    let mut after = Socket::ready(&front, "", "{}").await;
    after.subscribe("1", "{ hello }").await;
    after.text().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_operations_are_answered_or_refused_one_by_one() {
    let api = Service::start(|_| Reply::never()).await;
    let front = serve(&api, "", "").await;
    let mut socket = Socket::ready(&front, "", "{}").await;
    for at in 0..1_000 {
        socket.subscribe(&format!("{at}"), &format!("query Q{at} {{ hello }}")).await;
    }
    let mut refused = 0;
    while refused < 900 {
        let text = socket.text().await;
        assert!(text.contains("LIMIT_EXCEEDED"), "{text}");
        refused += 1;
    }
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 100").await;
    // The same id again and again, ended each time: nothing is left of them.
    for _ in 0..1_000 {
        socket.say(r#"{"type":"complete","id":"7"}"#).await;
        socket.subscribe("7", "{ hello }").await;
    }
    let huge = "a".repeat(100_000);
    socket.say(&format!(r#"{{"type":"complete","id":"{huge}"}}"#)).await;
    assert_eq!(socket.closed().await, Some(4400));
    front.until_metric("anabranch_streamed_operations{transport=\"websocket\"} 0").await;
}
