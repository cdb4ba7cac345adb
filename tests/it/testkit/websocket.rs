//! A WebSocket client made by hand, so that it can also do what no client would.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Front;

/// A connection after its handshake.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    /// The head of the answer to the handshake.
    pub(crate) head: String,
}

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    Text(String),
    Close(u16),
    /// The connection is gone.
    Gone,
}

// === impl Socket ===

impl Socket {
    /// The header that offers `graphql-transport-ws`.
    pub(crate) const NEWER: &str = "sec-websocket-protocol: graphql-transport-ws\r\n";

    /// The header that offers the older subprotocol.
    pub(crate) const OLDER: &str = "sec-websocket-protocol: graphql-ws\r\n";

    /// A handshake; `headers` are further lines of it, each with its line break.
    pub(crate) async fn connect(address: SocketAddr, path: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        Self { stream, head: String::from_utf8(head).unwrap() }
    }

    /// A connection of the client `web` that was acknowledged.
    pub(crate) async fn ready(front: &Front, headers: &str, payload: &str) -> Self {
        Self::acknowledged(front.public, "/web/graphql", &format!("{}{headers}", Self::NEWER), payload).await
    }

    /// The same anywhere; `headers` offer the subprotocol.
    pub(crate) async fn acknowledged(address: SocketAddr, path: &str, headers: &str, payload: &str) -> Self {
        let mut socket = Self::connect(address, path, headers).await;
        assert!(socket.head.starts_with("HTTP/1.1 101 "), "{}", socket.head);
        socket.say(&format!(r#"{{"type":"connection_init","payload":{payload}}}"#)).await;
        assert_eq!(socket.text().await, r#"{"type":"connection_ack"}"#);
        socket
    }

    /// Sends bytes as they are.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends nothing more, and hears what still comes.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap_or_default();
    }

    /// Sends a text message.
    pub(crate) async fn say(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes()).await;
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        self.begin("subscribe", id, query).await;
    }

    /// `subscribe` of the older subprotocol.
    pub(crate) async fn start(&mut self, id: &str, query: &str) {
        self.begin("start", id, query).await;
    }

    async fn begin(&mut self, kind: &str, id: &str, query: &str) {
        let message = serde_json::json!({ "type": kind, "id": id, "payload": { "query": query } });
        self.say(&message.to_string()).await;
    }

    /// Sends a frame with these flags and code. What cannot be sent any more is not.
    pub(crate) async fn frame(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length @ 126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        // A mask of zeros leaves the payload as it is.
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await.unwrap_or_default();
    }

    /// The next message; pings are passed over.
    pub(crate) async fn hear(&mut self) -> Heard {
        tokio::time::timeout(Duration::from_secs(60), self.next()).await.unwrap().unwrap_or(Heard::Gone)
    }

    /// The next message, which is a text.
    pub(crate) async fn text(&mut self) -> String {
        match self.hear().await {
            Heard::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    /// The code that it is closed with, after whatever comes before.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.hear().await {
                Heard::Text(_) => {}
                Heard::Close(code) => return Some(code),
                Heard::Gone => return None,
            }
        }
    }

    async fn next(&mut self) -> std::io::Result<Heard> {
        loop {
            let first = self.stream.read_u8().await?;
            let length = match self.stream.read_u8().await? {
                126 => u64::from(self.stream.read_u16().await?),
                127 => self.stream.read_u64().await?,
                length => u64::from(length),
            };
            let mut payload = vec![0; length as usize];
            self.stream.read_exact(&mut payload).await?;
            match first & 0xf {
                1 => return Ok(Heard::Text(String::from_utf8(payload).unwrap())),
                8 => {
                    let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                    return Ok(Heard::Close(code));
                }
                _ => {}
            }
        }
    }
}
