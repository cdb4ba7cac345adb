//! An upstream in the same thread that does next to nothing: it finds the answer to a request that it had before, and
//! sends it in one write.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const ROOM: usize = 256 * 1024;

/// Whether answers may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Nothing says so.
    Nothing,
    /// `cache-control` says so, for longer than any bench runs.
    Fresh,
}

/// Starts it on a free port, in the current runtime, and returns its base URL.
pub(crate) async fn start(keeping: Keeping) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, keeping));
        }
    });
    format!("http://{address}")
}

/// A hundred posts by ten users, 30 kB.
pub(crate) fn posts() -> Bytes {
    let posts: Vec<String> = (1..=100).map(post).collect();
    format!("[\n  {}\n]", posts.join(",\n  ")).into()
}

/// So many rows.
pub(crate) fn rows(count: usize) -> Bytes {
    let row = |id: usize| {
        format!(
            r#"{{"id":{id},"name":"Row {id}","city":"Corvane","email":"row{id}@example.org","score":{},"active":{}}}"#,
            id * 37 % 1_000,
            !id.is_multiple_of(3),
        )
    };
    list((1..=count).map(row))
}

async fn serve(mut stream: TcpStream, keeping: Keeping) {
    stream.set_nodelay(true).unwrap();
    let mut answers: HashMap<Vec<u8>, Arc<[u8]>, ahash::RandomState> = HashMap::default();
    let mut request = Vec::with_capacity(ROOM);
    loop {
        request.clear();
        while !is_whole(&request) {
            if !matches!(stream.read_buf(&mut request).await, Ok(1..)) {
                return;
            }
        }
        let key = [target(&request), body(&request).unwrap_or_default()].concat();
        let answer = answers.entry(key).or_insert_with(|| answer(&request, keeping).into());
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let Some(body) = body(request) else { return false };
    let head = std::str::from_utf8(&request[..request.len() - body.len()]).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

/// What follows the head; `None` while that is not complete.
fn body(request: &[u8]) -> Option<&[u8]> {
    memchr::memmem::find(request, b"\r\n\r\n").map(|end| &request[end + 4..])
}

fn target(request: &[u8]) -> &[u8] {
    request.split(|byte| *byte == b' ').nth(1).unwrap()
}

fn answer(request: &[u8], keeping: Keeping) -> Vec<u8> {
    let body = content(std::str::from_utf8(target(request)).unwrap(), body(request).unwrap_or_default());
    let control = if keeping == Keeping::Fresh { "cache-control: public, max-age=3600\r\n" } else { "" };
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{control}content-length: {length}\r\n\r\n");
    [head.as_bytes(), &body].concat()
}

fn content(target: &str, body: &[u8]) -> Bytes {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let count = || query.strip_prefix("n=").unwrap().parse().unwrap();
    match path {
        "/posts" => posts(),
        "/rows" => rows(count()),
        "/keys" => list((1..=count()).map(|number: usize| format!(r#"{{"itemId":{}}}"#, 1_000_000 + number * 7))),
        "/users" => list(query.split('&').filter_map(|pair| pair.strip_prefix("id=")).map(user)),
        "/items" => {
            list(numbers(body).map(|id| format!(r#"{{"id":{id},"name":"Item {id}","price":{}}}"#, id % 10_000)))
        }
        _ => match path.strip_prefix("/posts/") {
            Some(id) => post(id.parse().unwrap()).into(),
            None => panic!("nothing is at {target}"),
        },
    }
}

fn post(id: usize) -> String {
    let user = (id - 1) / 10 + 1;
    let body = "quia et suscipit suscipit recusandae consequuntur expedita et cum reprehenderit ".repeat(2);
    format!(
        "{{\n    \"userId\": {user},\n    \"id\": {id},\n    \"title\": \"Post {id}\",\n    \"body\": \"{body}\"\n  }}"
    )
}

fn user(id: &str) -> String {
    format!(r#"{{"id":{id},"name":"User {id}","username":"user{id}","email":"user{id}@example.org"}}"#)
}

fn numbers(body: &[u8]) -> impl Iterator<Item = usize> {
    body.split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| std::str::from_utf8(digits).unwrap().parse().unwrap())
}

fn list(elements: impl Iterator<Item = String>) -> Bytes {
    format!("[{}]", elements.collect::<Vec<_>>().join(",")).into()
}
