//! The static upstream: `upstream PORT`. Bodies are rendered once; what depends on a query is put together of those.
//!
//! It must never be the bottleneck, and counts calls so that nobody wins by not doing the work: `GET /stats` tells them,
//! `POST /stats` begins anew, `POST /delay/5` makes every later answer wait 5 ms.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    convert::Infallible,
    fmt::Write,
    io,
    net::Ipv4Addr,
    rc::Rc,
    sync::mpsc,
    thread,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use load::data;
use serde_json::Value;
use tokio::{net::TcpListener, sync::oneshot, task::LocalSet};

/// Largest list of ids in a body.
const BODY_LIMIT: usize = 1 << 20;
/// Most rows or keys of one answer.
const MOST: usize = 100_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(4601);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let upstream = Rc::new(Upstream::new());
    LocalSet::new().run_until(serve(listener, upstream)).await
}

async fn serve(listener: TcpListener, upstream: Rc<Upstream>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let upstream = upstream.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request| {
                let upstream = upstream.clone();
                async move { Ok::<_, Infallible>(upstream.answer(request).await) }
            });
            // A connection that breaks is the client's business.
            drop(http1::Builder::new().max_buf_size(1 << 20).serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

struct Upstream {
    posts: Bytes,
    post: Vec<Bytes>,
    users: Bytes,
    user: Vec<Bytes>,
    /// Answers whose size was asked before, by path and number.
    lists: RefCell<HashMap<(&'static str, usize), Bytes>>,
    items: RefCell<HashMap<usize, Bytes>>,
    calls: Cell<u64>,
    delay: Cell<Duration>,
    timer: mpsc::Sender<(SystemTime, oneshot::Sender<()>)>,
}

// === impl Upstream ===

impl Upstream {
    fn new() -> Self {
        let (timer, alarms) = mpsc::channel();
        thread::spawn(move || ring(&alarms));
        Self {
            posts: pretty(&data::posts()),
            post: (1..=data::POSTS).map(|id| pretty(&data::post(id))).collect(),
            users: pretty(&(1..=data::USERS).map(data::user).collect()),
            user: (1..=data::USERS).map(|id| pretty(&data::user(id))).collect(),
            lists: RefCell::default(),
            items: RefCell::default(),
            calls: Cell::new(0),
            delay: Cell::new(Duration::ZERO),
            timer,
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        if let Some(answer) = self.control(request.method(), path) {
            return answer;
        }
        self.calls.set(self.calls.get() + 1);
        if self.delay.get() > Duration::ZERO {
            self.wait().await;
        }
        let fresh = path.starts_with("/fresh/");
        let body = if request.method() == Method::POST { self.post(request).await } else { self.get(request.uri()) };
        let Some(body) = body else { return respond(StatusCode::NOT_FOUND, Bytes::from_static(b"{}")) };
        let mut response = respond(StatusCode::OK, body);
        if fresh {
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        }
        response
    }

    fn control(&self, method: &Method, path: &str) -> Option<Response<Full<Bytes>>> {
        if path == "/stats" {
            if method == Method::POST {
                self.calls.set(0);
            }
            return Some(respond(StatusCode::OK, format!("{{\"calls\":{}}}", self.calls.get()).into()));
        }
        let delay = path.strip_prefix("/delay/")?.parse().ok()?;
        self.delay.set(Duration::from_millis(delay));
        Some(respond(StatusCode::OK, Bytes::from_static(b"{}")))
    }

    /// Waits on a thread's sleep, because the runtime's timer rounds to whole milliseconds.
    async fn wait(&self) {
        let (bell, rung) = oneshot::channel();
        if self.timer.send((SystemTime::now() + self.delay.get(), bell)).is_ok() {
            drop(rung.await);
        }
    }

    fn get(&self, uri: &hyper::Uri) -> Option<Bytes> {
        let path = uri.path();
        let path = path.strip_prefix("/fresh").unwrap_or(path);
        let query = uri.query().unwrap_or("");
        match path {
            "/posts" => Some(self.posts.clone()),
            "/users" if query.is_empty() => Some(self.users.clone()),
            "/users" => join(ids(query).filter_map(|id| self.user.get(id.wrapping_sub(1)).cloned())),
            "/rows" => self.list("rows", query),
            "/keys" => self.list("keys", query),
            "/items" => join(ids(query).map(|id| self.item(id))),
            _ => {
                let (list, id) = match path.strip_prefix("/posts/") {
                    Some(id) => (&self.post, id),
                    None => (&self.user, path.strip_prefix("/users/")?),
                };
                list.get(id.parse::<usize>().ok()?.checked_sub(1)?).cloned()
            }
        }
    }

    async fn post(&self, request: Request<Incoming>) -> Option<Bytes> {
        let path = request.uri().path();
        if path.strip_prefix("/fresh").unwrap_or(path) != "/items" {
            return None;
        }
        let body = Limited::new(request.into_body(), BODY_LIMIT).collect().await.ok()?.to_bytes();
        let ids: Vec<usize> = serde_json::from_slice(&body).ok()?;
        join(ids.into_iter().map(|id| self.item(id)))
    }

    fn list(&self, name: &'static str, query: &str) -> Option<Bytes> {
        let count: usize = query.strip_prefix("n=")?.parse().ok().filter(|count| *count <= MOST)?;
        let one = if name == "rows" { data::row } else { data::key };
        let mut lists = self.lists.borrow_mut();
        let body = lists.entry((name, count)).or_insert_with(|| {
            let rows: Value = (1..=count).map(one).collect();
            rows.to_string().into()
        });
        Some(body.clone())
    }

    fn item(&self, id: usize) -> Bytes {
        self.items.borrow_mut().entry(id).or_insert_with(|| data::item(id).to_string().into()).clone()
    }
}

/// Sleeps until each alarm. All have the same delay, so they come in order.
fn ring(alarms: &mpsc::Receiver<(SystemTime, oneshot::Sender<()>)>) {
    while let Ok((due, bell)) = alarms.recv() {
        if let Ok(left) = due.duration_since(SystemTime::now()) {
            thread::sleep(left);
        }
        // Nobody waits any more where the connection was closed.
        bell.send(()).ok();
    }
}

fn ids(query: &str) -> impl Iterator<Item = usize> {
    query.split('&').filter_map(|pair| pair.strip_prefix("id=")?.parse().ok())
}

fn join(rows: impl Iterator<Item = Bytes>) -> Option<Bytes> {
    let mut list = BytesMut::with_capacity(8 << 10);
    for row in rows {
        list.extend_from_slice(if list.is_empty() { b"[" } else { b"," });
        list.extend_from_slice(&row);
    }
    list.write_str(if list.is_empty() { "[]" } else { "]" }).ok()?;
    Some(list.freeze())
}

fn pretty(value: &Value) -> Bytes {
    format!("{value:#}").into()
}

fn respond(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
