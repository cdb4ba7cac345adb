//! Connections to one upstream that speaks plain HTTP/1.1: hyper's, kept open between requests by a pool of our own.
//!
//! It is the leanest way, for the calls that most operations consist of. A request goes out twice in two cases only: if
//! nothing of it was sent, or if it is repeatable and the connection that was kept for it broke off before an answer.

use std::{
    error::Error,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Uri, header,
    uri::{Authority, PathAndQuery},
};
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tower_service::Service as _;

use super::{Answer, IDLE, USER_AGENT, body, describe, method};
use crate::{
    model::UpstreamDefinition,
    upstream::{error::UpstreamErrorKind, exchange::Failure, request::UpstreamRequest},
};

type Connection = SendRequest<Full<Bytes>>;

/// The connections to one origin.
#[derive(Debug)]
pub(super) struct Direct {
    pool: Arc<Pool>,
    origin: String,
    host: HeaderValue,
}

/// A connection in use. Dropping it closes the connection.
#[derive(Debug)]
pub(in crate::upstream) struct Lease {
    connection: Connection,
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    connector: HttpConnector,
    address: Uri,
    connect_timeout: Duration,
    idle: Mutex<Idle>,
}

/// Connections that wait for a request, by the time since when.
#[derive(Debug, Default)]
struct Idle {
    connections: Vec<(Connection, Instant)>,
    /// Whether somebody looks after those that nobody asks for.
    swept: bool,
}

/// What reqwest asks for and undoes; the same here.
const CODINGS: HeaderValue = HeaderValue::from_static("zstd,gzip,deflate,br");
/// As reqwest does: notices peers that are gone while an answer is awaited.
const PROBE: Duration = Duration::from_secs(15);
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

// === impl Direct ===

impl Direct {
    /// `None` where more than plain HTTP/1.1 is asked for.
    pub(super) fn new(upstream: &UpstreamDefinition) -> Option<Self> {
        let settings = &upstream.settings;
        let authority: Authority = upstream.origin.strip_prefix("http://")?.parse().ok()?;
        if settings.http2 || settings.proxy.is_some() {
            return None;
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_keepalive(Some(PROBE));
        connector.set_keepalive_interval(Some(PROBE));
        connector.set_keepalive_retries(Some(3));
        #[cfg(target_os = "linux")]
        connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        let pool = Pool {
            connector,
            address: upstream.origin.parse().ok()?,
            connect_timeout: settings.connect_timeout.0,
            idle: Mutex::default(),
        };
        Some(Self {
            pool: Arc::new(pool),
            origin: upstream.origin.clone(),
            host: HeaderValue::from_str(authority.as_str()).ok()?,
        })
    }

    /// The path and query of a request to this origin. `None`: another origin, or a URL that stands for another by the URL
    /// standard's rules (dot segments, characters to be encoded), which the general client applies.
    pub(super) fn target(&self, request: &UpstreamRequest) -> Option<PathAndQuery> {
        let target = request.url.strip_prefix(self.origin.as_str())?;
        let normal = |(at, byte): (usize, &u8)| match byte {
            b'/' => !matches!(target.as_bytes().get(at + 1), Some(b'.' | b'%')),
            b'\'' | b'#' | b'\\' => false,
            _ => true,
        };
        if !target.starts_with('/') || !target.as_bytes().iter().enumerate().all(normal) {
            return None;
        }
        PathAndQuery::from_maybe_shared(Bytes::copy_from_slice(target.as_bytes())).ok()
    }

    /// The request as it goes out.
    pub(super) fn request(
        &self,
        request: &UpstreamRequest,
        target: &PathAndQuery,
        mut headers: HeaderMap,
    ) -> Request<Full<Bytes>> {
        headers.entry(header::HOST).or_insert_with(|| self.host.clone());
        headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
        headers.insert(header::ACCEPT_ENCODING, CODINGS);
        let mut outgoing = Request::new(Full::new(request.body.clone().unwrap_or_default()));
        *outgoing.method_mut() = method(request.method);
        *outgoing.uri_mut() = Uri::from(target.clone());
        *outgoing.headers_mut() = headers;
        outgoing
    }

    /// Sends what `make` makes, over a connection that waits or a new one.
    pub(super) async fn send(
        &self,
        make: impl Fn() -> Request<Full<Bytes>>,
        repeatable: bool,
    ) -> Result<Answer, Failure> {
        let mut request = make();
        while let Some(mut connection) = self.pool.take(Instant::now()) {
            match connection.try_send_request(request).await {
                Ok(response) => return Ok(body::decoded(response, self.lease(connection))),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None if repeatable && broke_off(error.error()) => {
                        request = make();
                        break;
                    }
                    None => return Err(failure(error.error())),
                },
            }
        }
        // In a box, since it is seldom needed and large.
        let mut connection = Box::pin(self.pool.connect()).await?;
        match connection.try_send_request(request).await {
            Ok(response) => Ok(body::decoded(response, self.lease(connection))),
            Err(error) => Err(failure(error.error())),
        }
    }

    fn lease(&self, connection: Connection) -> Lease {
        Lease { connection, pool: Arc::clone(&self.pool) }
    }
}

// === impl Lease ===

impl Lease {
    /// Keeps the connection for another request, if its server does too.
    pub(super) fn give_back(self, now: Instant) {
        if !self.connection.is_closed() {
            self.pool.keep(self.connection, now);
        }
    }
}

// === impl Pool ===

impl Pool {
    /// The connection that waits for the shortest time, and is ready. One that is not has an end of its exchange to read, or
    /// is about to close; closed ones go when they are met.
    fn take(&self, now: Instant) -> Option<Connection> {
        let mut idle = self.idle();
        idle.drop_old(now);
        let ready = idle.connections.iter().rposition(|(connection, _)| connection.is_ready());
        let taken = ready.map(|at| idle.connections.remove(at).0);
        if ready.unwrap_or(0) < idle.connections.len() {
            idle.connections.retain(|(connection, _)| !connection.is_closed());
        }
        taken
    }

    fn keep(self: &Arc<Self>, connection: Connection, now: Instant) {
        let mut idle = self.idle();
        idle.connections.push((connection, now));
        if !std::mem::replace(&mut idle.swept, true) {
            // Ends with the last connection, or with the pool.
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// A new connection. Its task, which reads and writes, ends when the connection is dropped here or closed there.
    async fn connect(&self) -> Result<Connection, Failure> {
        let connecting = async {
            let stream = self.connector.clone().call(self.address.clone()).await.map_err(|error| describe(&error))?;
            handshake(stream).await.map_err(|error| describe(&error))
        };
        let connected = timeout(self.connect_timeout, connecting).await;
        let connected = connected.unwrap_or_else(|_| Err(format!("no connection within {:?}", self.connect_timeout)));
        connected.map_err(|detail| Failure::new(UpstreamErrorKind::Unavailable, detail))
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn handshake(stream: TokioIo<TcpStream>) -> Result<Connection, hyper::Error> {
    let (sender, connection) = http1::handshake(stream).await?;
    // What goes wrong is told to the request that is under way, if any.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// Closes connections that nobody has asked for in a long time.
async fn sweep(pool: Weak<Pool>) {
    loop {
        sleep(IDLE).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut idle = pool.idle();
        idle.drop_old(Instant::now());
        if idle.connections.is_empty() {
            idle.swept = false;
            return;
        }
    }
}

// === impl Idle ===

impl Idle {
    fn drop_old(&mut self, now: Instant) {
        let old = self.connections.partition_point(|(_, since)| now.saturating_duration_since(*since) >= IDLE);
        self.connections.drain(..old);
    }
}

/// Whether a connection was closed before an answer came over it: it may have been while the request was on its way.
fn broke_off(error: &hyper::Error) -> bool {
    let kind = error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    error.is_incomplete_message()
        || error.is_canceled()
        || matches!(kind, Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe))
}

/// What an error of a connection means.
fn failure(error: &hyper::Error) -> Failure {
    Failure::new(UpstreamErrorKind::Unavailable, describe(error))
}
