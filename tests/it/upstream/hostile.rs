//! Upstreams that send too much, too slowly, or not what they say.

use std::io;

use anabranch::upstream::UpstreamErrorKind;
use axum::{Router, body::Body, http::HeaderMap, routing::get};
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};
use tower_http::compression::CompressionLayer;

use super::bench::{Bench, text};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query { item(path: String!): JSON @connect(source: "api", http: { GET: "/{$args.path}" }, selection: "$") }
"#;

const SETTINGS: &str = "max_response = \"64KiB\"\ntimeout = \"10s\"";

/// A server that ends with the test.
struct Server(String, JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.1.abort();
    }
}

async fn serve(router: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    Server(url, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

/// Sends these bytes to everyone who connects, and closes.
async fn serve_bytes(bytes: &'static [u8]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            drop(socket.read(&mut request).await);
            drop(socket.write_all(bytes).await);
            drop(socket.shutdown().await);
        }
    });
    Server(url, task)
}

async fn kind(bench: &Bench, path: &str) -> UpstreamErrorKind {
    bench.ask("Query.item", &format!(r#"{{"path":"{path}"}}"#), None).await.unwrap_err().kind.clone()
}

fn json(size: usize) -> ([(&'static str, &'static str); 1], String) {
    ([("content-type", "application/json")], format!("\"{}\"", "a".repeat(size - 2)))
}

#[tokio::test]
async fn answers_are_capped_whatever_they_announce() {
    let endless = || async {
        let chunks = stream::iter(std::iter::repeat_with(|| Ok::<_, io::Error>(vec![b' '; 8192])));
        ([("content-type", "application/json")], Body::from_stream(chunks))
    };
    let router = Router::new()
        .route("/fits", get(|| async { json(65_536) }))
        .route("/announced", get(|| async { json(65_537) }))
        .route("/endless", get(endless));
    let server = serve(router).await;
    let bench = Bench::new(GRAPH, &server.0, SETTINGS);
    assert_eq!(text(&bench.ask("Query.item", r#"{"path":"fits"}"#, None).await).len(), 65_536);
    assert_eq!(kind(&bench, "announced").await, UpstreamErrorKind::TooLarge);
    assert_eq!(kind(&bench, "endless").await, UpstreamErrorKind::TooLarge);
}

#[tokio::test]
async fn the_cap_counts_after_decompression() {
    let handler = |headers: HeaderMap| async move {
        assert!(headers["accept-encoding"].to_str().unwrap().contains("gzip"));
        json(30_000_000)
    };
    let router = Router::new()
        .route("/bomb", get(handler))
        .route("/fits", get(|| async { json(60_000) }))
        .layer(CompressionLayer::new().gzip(true).no_br().no_zstd());
    let server = serve(router).await;
    let bench = Bench::new(GRAPH, &server.0, SETTINGS);
    assert_eq!(kind(&bench, "bomb").await, UpstreamErrorKind::TooLarge);
    assert_eq!(text(&bench.ask("Query.item", r#"{"path":"fits"}"#, None).await).len(), 60_000);
}

#[tokio::test]
async fn answers_that_break_off_are_errors() {
    let cut: [(&'static [u8], UpstreamErrorKind); 6] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":", UpstreamErrorKind::Unavailable),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n", UpstreamErrorKind::Unavailable),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n[", UpstreamErrorKind::InvalidResponse),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
            UpstreamErrorKind::InvalidResponse,
        ),
        (b"SSH-2.0-OpenSSH\r\n", UpstreamErrorKind::Unavailable),
        (b"", UpstreamErrorKind::Unavailable),
    ];
    for (bytes, expected) in cut {
        let server = serve_bytes(bytes).await;
        let bench = Bench::new(GRAPH, &server.0, SETTINGS);
        assert_eq!(kind(&bench, "x").await, expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn answers_without_a_length_are_read_to_their_end() {
    let server = serve_bytes(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"a\":1}").await;
    let bench = Bench::new(GRAPH, &server.0, SETTINGS);
    assert_eq!(text(&bench.ask("Query.item", r#"{"path":"x"}"#, None).await), r#"{"a":1}"#);
}
