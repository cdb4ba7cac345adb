//! A failed call is logged once, whoever shared it, and the log tells no secrets.

use std::{
    io,
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;
use tokio::sync::Notify;
use tracing_subscriber::fmt::MakeWriter;

use super::bench::Bench;
use crate::testkit::{Reply, Service};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query { item(id: ID!): JSON @connect(source: "api", http: { GET: "/items/{$args.id}?key=secret-url" }, selection: "$") }
"#;

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_failure_that_many_share_is_logged_once_without_secrets() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    let logging = tracing::subscriber::set_default(subscriber);
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let api = Service::start(move |_| Reply::status(500, "secret-body").after(&held)).await;
    let settings = "headers = { x-key = \"secret-header\" }\nforward_headers = [\"authorization\"]";
    let bench = Bench::new(GRAPH, &api.base_url, settings);
    let all = join_all((0..20).map(|_| bench.ask("Query.item", r#"{"id":"secret-id"}"#, Some("secret-credential"))));
    let release = async {
        api.until_calls(1).await;
        gate.notify_one();
    };
    let (answers, ()) = tokio::join!(all, release);
    assert!(answers.iter().all(Result::is_err));
    drop(logging);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let failed: Vec<&str> = text.lines().filter(|line| line.contains("upstream call failed")).collect();
    assert_eq!(failed.len(), 1, "{text}");
    for part in
        ["WARN", "upstream=api", "connector=Query.item", "kind=\"status\"", "status=500", "request_id=request-1"]
    {
        assert!(failed[0].contains(part), "{part} is missing in {}", failed[0]);
    }
    assert!(!text.contains("secret"), "{text}");
}
