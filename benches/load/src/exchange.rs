//! One HTTP exchange with a program on loopback: for checks and counters, never for load.

use std::{net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request,
    client::conn::http1,
    header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

use crate::error::{Error, Result};

/// Time for one exchange; the slowest peers need seconds for the largest answers.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `GET` or `POST`.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Names and values, besides the content type.
    pub headers: Vec<(String, String)>,
    /// Empty for `GET`.
    pub body: String,
}

/// What comes back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The whole body.
    pub body: Bytes,
}

/// Sends one message over a connection of its own.
pub async fn exchange(port: u16, message: &Message) -> Result<Answer> {
    let failed = |reason: String| Error::Exchange { port, reason };
    match timeout(DEADLINE, send(port, message)).await {
        Ok(sent) => sent.map_err(|error| failed(error.to_string())),
        Err(_) => Err(failed(format!("nothing for {} s", DEADLINE.as_secs()))),
    }
}

async fn send(port: u16, message: &Message) -> std::result::Result<Answer, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(&message.method).uri(&message.path);
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    let mut request = request.body(Full::new(Bytes::from(message.body.clone())))?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(&format!("127.0.0.1:{port}"))?);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if message.method == Method::POST {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok(Answer { status, body })
}

/// Calls that a counting program saw since it was last reset.
pub async fn calls(port: u16) -> Result<u64> {
    let answer = exchange(port, &Message::get("/stats")).await?;
    let stats: Value = serde_json::from_slice(&answer.body).map_err(|error| Error::Answer(error.to_string()))?;
    stats["calls"].as_u64().ok_or_else(|| Error::Answer(format!("port {port} counts no calls")))
}

// === impl Message ===

impl Message {
    /// A `GET` without anything else.
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: String::new() }
    }

    /// A `POST` of a JSON body.
    pub fn post(path: &str, body: String) -> Self {
        Self { method: Method::POST, path: path.to_owned(), headers: Vec::new(), body }
    }
}
