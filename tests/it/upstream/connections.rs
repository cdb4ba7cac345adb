//! What happens on the wire: connections kept and lost, framings and codings of answers, HTTP/2, proxies.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use anabranch::upstream::UpstreamErrorKind;
use axum::{Router, http::Version, routing::get, serve::ListenerExt as _};
use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tower_http::compression::CompressionLayer;

use super::bench::{Bench, text};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query {
      item(id: ID!): JSON @connect(source: "api", http: { GET: "/items/{$args.id}" }, selection: "$")
      dotted: JSON @connect(source: "api", http: { GET: "/a/./b/../c/%2E%2e/d?q='x'&r=./y" }, selection: "$")
    }
    type Mutation {
      add(id: ID!): JSON @connect(source: "api", http: { POST: "/items", body: "id: $args.id" }, selection: "$")
      drop(id: ID!): JSON @connect(source: "api", http: { GET: "/drop/{$args.id}" }, selection: "$")
    }
"#;

/// What a server does with a request: these bytes, and whether it closes the connection then.
type Reaction = (Vec<u8>, bool);

/// A server of HTTP/1.1 by hand. It notes for each request: the connection's number, and the request line.
struct Scripted {
    url: String,
    seen: Arc<Mutex<Vec<(usize, String)>>>,
    task: JoinHandle<()>,
}

impl Scripted {
    /// `react` gets the place of a request on its connection, from zero, and its request line.
    async fn start(react: impl Fn(usize, &str) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, react) = (Arc::new(Mutex::new(Vec::new())), Arc::new(react));
        let noted = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((mut socket, _)) = listener.accept().await {
                let (react, noted, number) = (Arc::clone(&react), Arc::clone(&noted), connections);
                connections += 1;
                tokio::spawn(async move {
                    for place in 0.. {
                        let Some(line) = read_request(&mut socket).await else { return };
                        noted.lock().unwrap().push((number, line.clone()));
                        let (bytes, close) = react(place, &line);
                        if socket.write_all(&bytes).await.is_err() || close {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, seen, task }
    }

    fn seen(&self) -> Vec<(usize, String)> {
        self.seen.lock().unwrap().clone()
    }

    fn connections(&self) -> usize {
        self.seen().iter().map(|(connection, _)| *connection).collect::<HashSet<_>>().len()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads head and body; the request line, or `None` at the end.
async fn read_request(socket: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    socket.read_exact(&mut vec![0; length]).await.ok()?;
    Some(head.lines().next().unwrap().to_owned())
}

fn answer(rest: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{rest}").into_bytes()
}

fn one() -> Vec<u8> {
    answer("content-length: 1\r\n\r\n1")
}

async fn item(bench: &Bench, id: &str) -> Result<String, UpstreamErrorKind> {
    let answer = bench.ask("Query.item", &format!(r#"{{"id":"{id}"}}"#), None).await;
    answer.as_ref().map(|_| text(&answer).to_owned()).map_err(|error| error.kind.clone())
}

#[tokio::test]
async fn a_connection_serves_one_call_after_another_whatever_the_framing() {
    let server = Scripted::start(|_, line| {
        let bytes = match line.split(['/', ' ']).nth(3).unwrap() {
            "hints" => [b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".to_vec(), one()].concat(),
            "continue" => [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), one()].concat(),
            "chunked" => answer("transfer-encoding: chunked\r\n\r\n1\r\n[\r\n2;x=y\r\n1]\r\n0\r\ntrailer: t\r\n\r\n"),
            "none" => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
            "same" => b"HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n".to_vec(),
            "empty" => answer("content-length: 0\r\n\r\n"),
            _ => one(),
        };
        (bytes, false)
    })
    .await;
    let bench = Bench::new(GRAPH, &server.url, "");
    for (id, expected) in
        [("1", "1"), ("hints", "1"), ("continue", "1"), ("chunked", "[1]"), ("none", "null"), ("empty", "null")]
    {
        assert_eq!(item(&bench, id).await, Ok(expected.to_owned()), "{id}");
    }
    assert_eq!(item(&bench, "same").await, Err(UpstreamErrorKind::Status(304)));
    assert_eq!(item(&bench, "1").await, Ok("1".to_owned()));
    assert_eq!((server.seen().len(), server.connections()), (8, 1));
}

#[tokio::test]
async fn servers_that_close_after_each_answer_get_a_new_connection_each_time() {
    let old = b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n1".to_vec();
    for (bytes, close) in
        [(one(), true), (answer("connection: close\r\ncontent-length: 1\r\n\r\n1"), true), (old, true)]
    {
        let server = Scripted::start(move |_, _| (bytes.clone(), close)).await;
        let bench = Bench::new(GRAPH, &server.url, "");
        for id in 0..20 {
            assert_eq!(item(&bench, &id.to_string()).await, Ok("1".to_owned()));
        }
        assert_eq!((server.seen().len(), server.connections()), (20, 20));
    }
}

#[tokio::test]
async fn a_call_whose_kept_connection_breaks_off_is_repeated_once_unless_it_is_a_mutation() {
    // The second request of each connection is received, and never answered.
    let react = |place, _: &str| if place == 0 { (one(), false) } else { (Vec::new(), true) };
    for (name, repeated) in [("Query.item", true), ("Mutation.add", false), ("Mutation.drop", false)] {
        let server = Scripted::start(react).await;
        let bench = Bench::new(GRAPH, &server.url, "");
        assert!(bench.ask(name, r#"{"id":1}"#, None).await.is_ok());
        let second = bench.ask(name, r#"{"id":2}"#, None).await;
        match repeated {
            true => assert_eq!(text(&second), "1"),
            false => assert_eq!(second.unwrap_err().kind, UpstreamErrorKind::Unavailable),
        }
        assert_eq!(server.seen().len(), if repeated { 3 } else { 2 }, "{name}: {:?}", server.seen());
    }
}

#[tokio::test]
async fn a_new_connection_that_breaks_off_is_an_error_at_once() {
    let server = Scripted::start(|_, _| (Vec::new(), true)).await;
    let bench = Bench::new(GRAPH, &server.url, "");
    assert_eq!(item(&bench, "1").await, Err(UpstreamErrorKind::Unavailable));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn calls_at_the_same_time_have_connections_of_their_own_which_the_next_ones_use() {
    let server = Scripted::start(|_, _| (one(), false)).await;
    let bench = Bench::new(GRAPH, &server.url, "concurrency = 8");
    for round in 0..3 {
        let ids: Vec<String> = (0..40).map(|id| format!("{round}-{id}")).collect();
        let answers = join_all(ids.iter().map(|id| item(&bench, id))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    assert_eq!(server.seen().len(), 120);
    assert!(server.connections() <= 8, "{}", server.connections());
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let many = answer(&"x-a: b\r\n".repeat(101));
    let long = answer(&format!("x-a: {}\r\n", "b".repeat(1 << 20)));
    for head in [many, long] {
        let bytes = [head, b"content-length: 1\r\n\r\n1".to_vec()].concat();
        let server = Scripted::start(move |_, _| (bytes.clone(), true)).await;
        let bench = Bench::new(GRAPH, &server.url, "");
        assert_eq!(item(&bench, "1").await, Err(UpstreamErrorKind::Unavailable));
    }
}

#[tokio::test]
async fn urls_are_sent_as_the_url_standard_writes_them() {
    let server = Scripted::start(|_, _| (one(), false)).await;
    let bench = Bench::new(GRAPH, &server.url, "");
    assert!(bench.ask("Query.dotted", "{}", None).await.is_ok());
    assert_eq!(server.seen()[0].1, "GET /a/d?q=%27x%27&r=./y HTTP/1.1");
}

#[tokio::test]
async fn every_coding_is_undone_under_the_cap_of_the_bytes_that_come_out() {
    let layer = || CompressionLayer::new().no_gzip().no_br().no_zstd();
    for (coding, layer) in [("gzip", layer().gzip(true)), ("br", layer().br(true)), ("zstd", layer().zstd(true))] {
        let json = |size: usize| ([("content-type", "application/json")], format!("\"{}\"", "a".repeat(size - 2)));
        let router = Router::new()
            .route("/items/bomb", get(move || async move { json(1_000_000) }))
            .route("/items/fits", get(move || async move { json(60_000) }))
            .layer(layer);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let bench = Bench::new(GRAPH, &url, "max_response = \"64KiB\"");
        for _ in 0..2 {
            assert_eq!(item(&bench, "fits").await.unwrap().len(), 60_000, "{coding}");
            assert_eq!(item(&bench, "bomb").await, Err(UpstreamErrorKind::TooLarge), "{coding}");
        }
        server.abort();
    }
    // `{"a":1}` by zlib, and the same cut short.
    let zlib = [0x78, 0x9c, 0xab, 0x56, 0x4a, 0x54, 0xb2, 0x32, 0xac, 0x05, 0x00, 0x08, 0x2a, 0x02, 0x09];
    for (body, expected) in
        [(&zlib[..], Ok(r#"{"a":1}"#.to_owned())), (&zlib[..8], Err(UpstreamErrorKind::Unavailable))]
    {
        let mut bytes = answer(&format!("content-encoding: deflate\r\ncontent-length: {}\r\n\r\n", body.len()));
        bytes.extend_from_slice(body);
        let server = Scripted::start(move |_, _| (bytes.clone(), false)).await;
        let bench = Bench::new(GRAPH, &server.url, "");
        assert_eq!(item(&bench, "1").await, expected);
    }
}

#[tokio::test]
async fn many_calls_share_one_connection_of_http2() {
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    let gate = Arc::new(tokio::sync::Barrier::new(20));
    let router = Router::new().fallback(move |version: Version| async move {
        // All are there before the first is answered.
        gate.wait().await;
        format!("\"{version:?}\"")
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let listener = listener.tap_io(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let bench = Bench::new(GRAPH, &url, "http2 = true\nconcurrency = 20");
    let ids: Vec<String> = (0..20).map(|id| id.to_string()).collect();
    for answer in join_all(ids.iter().map(|id| item(&bench, id))).await {
        assert!(answer.unwrap().contains("HTTP/2.0"));
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
    server.abort();
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_whole_url() {
    let proxy = Scripted::start(|_, _| (one(), false)).await;
    let bench = Bench::new(GRAPH, "http://upstream.test/v1", &format!("proxy = \"{}\"", proxy.url));
    assert_eq!(item(&bench, "1").await, Ok("1".to_owned()));
    assert_eq!(proxy.seen()[0].1, "GET http://upstream.test/v1/items/1 HTTP/1.1");
}
