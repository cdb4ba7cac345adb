//! A json-server process. It ends with the test, whatever way that ends.

use std::{path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::testkit::started;

/// A server with the data set, and where it listens.
#[derive(Debug)]
pub(super) struct JsonServer {
    pub(super) base_url: String,
    _process: Child,
}

// === impl JsonServer ===

impl JsonServer {
    /// Starts on a free port with the packages of `folder`.
    pub(super) async fn start(folder: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/examples/json-server.cjs");
        let mut command = Command::new("node");
        command.arg(script).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = started(command.spawn());
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let base_url = lines.next_line().await.unwrap().expect("json-server prints its address");
        Self { base_url, _process: process }
    }

    /// The requests since the last time: `METHOD path`.
    pub(super) async fn calls(&self) -> Vec<String> {
        let address = self.base_url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /__calls HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        body.lines().map(str::to_owned).collect()
    }
}
