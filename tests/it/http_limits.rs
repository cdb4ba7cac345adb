//! Bounds of connections and bodies, and what a handler's panic costs.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anabranch::server::Listener;
use axum::{Router, body::Body, routing::get};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service, Socket, raw},
};

async fn front(server: &str) -> (Service, Front) {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let front = GatewayBuilder::new(GRAPH).toml(server).upstream("api", &api.base_url, "").serve().await;
    (api, front)
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_whether_declared_or_streamed() {
    let (api, front) = front("[server]\nbody_limit = \"1KiB\"").await;
    let fits = format!(r#"{{"query":"{{ hello }}","pad":"{}"}}"#, "x".repeat(980));
    let large = fits.replace("xx", "xxx");
    let huge = " ".repeat(3 << 20);
    for (body, status) in [(fits, 200), (large, 413), (huge, 413)] {
        let declared = front.request("POST", "/graphql").header("content-type", "application/json");
        assert_eq!(Answer::of(declared.body(body.clone())).await.status, status, "declared {}", body.len());
        let (first, rest) = body.split_at(body.len() / 2);
        let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n", first.len(), rest.len());
        let streamed = raw(front.public, format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}").as_bytes()).await;
        assert!(streamed.starts_with(&format!("HTTP/1.1 {status} ")), "streamed {}: {streamed}", body.len());
    }
    // Who asks first is told at once and sends nothing.
    let asks = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n";
    let refused =
        raw(front.public, format!("{asks}content-length: 2000\r\nconnection: close\r\n\r\n").as_bytes()).await;
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    assert!(!api.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_stays_silent_is_closed() {
    let (_api, front) = front("").await;
    let cases = ["", "PRI * HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: "];
    for sent in cases {
        let begun = Instant::now();
        raw(front.public, sent.as_bytes()).await;
        assert_eq!(begun.elapsed().as_secs(), 10, "{sent:?}");
    }
    let idle = "GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut stream = TcpStream::connect(front.public).await.unwrap();
    stream.write_all(idle.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let begun = Instant::now();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 404 "));
    assert!((60..90).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_a_timeout() {
    let (api, front) = front("").await;
    let head =
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"query\"";
    let answer = raw(front.public, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("DEADLINE_EXCEEDED"), "{answer}");
    assert!(api.calls().is_empty());
}

async fn listen(router: Router, connections: usize) -> SocketAddr {
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap().at_most(connections);
    let address = listener.address();
    tokio::spawn(listener.serve(router, std::future::pending(), Duration::ZERO));
    address
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_given_up() {
    struct Chunks(Arc<AtomicUsize>);
    impl Drop for Chunks {
        fn drop(&mut self) {
            self.0.store(usize::MAX, Ordering::SeqCst);
        }
    }
    let given_up = Arc::new(AtomicUsize::new(0));
    let held = given_up.clone();
    let router = Router::new().route(
        "/",
        get(move || {
            let chunks = Chunks(held.clone());
            let endless = futures_util::stream::repeat_with(move || {
                chunks.0.fetch_add(1, Ordering::SeqCst);
                Ok::<_, std::io::Error>(vec![b'x'; 1 << 20])
            });
            async { Body::from_stream(endless) }
        }),
    );
    let address = listen(router, 10).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let begun = Instant::now();
    while given_up.load(Ordering::SeqCst) != usize::MAX {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!((30..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_their_turn() {
    let address = listen(Router::new().route("/", get(async || "hi")), 2).await;
    let hold = async || {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        stream.readable().await.unwrap();
        stream
    };
    let (first, second) = (hold().await, hold().await);
    let third = tokio::spawn(raw(address, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(!third.is_finished());
    drop(first);
    assert!(third.await.unwrap().ends_with("hi"));
    drop(second);
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_connection_goes_on() {
    let panicking = get(|| async {
        let nothing: Vec<&str> = std::hint::black_box(Vec::new());
        nothing[0]
    });
    let address = listen(Router::new().route("/panic", panicking).route("/", get(async || "still here")), 10).await;
    let both = "GET /panic HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answers = raw(address, both.as_bytes()).await;
    assert!(answers.starts_with("HTTP/1.1 500 "), "{answers}");
    let body = r#"{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}"#;
    assert!(answers.contains(body), "{answers}");
    assert!(answers.ends_with("still here"), "{answers}");
}

#[tokio::test]
async fn requests_may_be_pipelined_and_come_as_http2() {
    let (_api, front) = front("").await;
    let one = |query: &str, more: &str| format!("GET /graphql?query={query} HTTP/1.1\r\nhost: x\r\n{more}\r\n");
    let both = format!("{}{}", one("%7Ba:__typename%7D", ""), one("%7Bb:__typename%7D", "connection: close\r\n"));
    let answers = raw(front.public, both.as_bytes()).await;
    let (a, b) = (answers.find(r#"{"a":"Query"}"#), answers.find(r#"{"b":"Query"}"#));
    assert!(a.is_some() && a < b, "{answers}");

    let http2 = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = format!("http://{}/graphql?query=%7Bhello%7D", front.public);
    let response = http2.get(&url).send().await.unwrap();
    assert_eq!((response.version(), response.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    let head = Answer::of(http2.head(&url)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let old = raw(front.public, b"GET /graphql?query=%7Ba:__typename%7D HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 "), "{old}");
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    let (api, front) = front("").await;
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let cases = [
        format!("{head}content-length: 5\r\ncontent-length: 6\r\n\r\n{{}}{{}}{{}}"),
        format!("{head}transfer-encoding: gzip\r\n\r\n{{}}"),
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(300)),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(600_000)),
    ];
    for request in cases {
        let mut stream = TcpStream::connect(front.public).await.unwrap();
        // The server may hang up before it has read all of it.
        let sent = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer).await;
        let refused = answer.starts_with(b"HTTP/1.1 4") || sent.is_err() || read.is_err();
        assert!(refused, "{} -> {}", request.len(), String::from_utf8_lossy(&answer));
    }
    assert!(api.calls().is_empty());
}

#[tokio::test]
async fn websockets_can_be_switched_off() {
    let builder = GatewayBuilder::new(GRAPH).toml("[server]\nwebsocket = { connections = 0 }");
    let front = builder.upstream("api", "http://127.0.0.1:9", "").serve().await;
    let socket = Socket::connect(front.public, "/default/graphql", Socket::NEWER).await;
    assert!(socket.head.starts_with("HTTP/1.1 404 "), "{}", socket.head);
}
