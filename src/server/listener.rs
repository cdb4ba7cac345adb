//! Listening sockets, connections, and a graceful end.

use std::{
    io,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

use super::{
    patience::Patient,
    respond,
    site::{Outgoing, Site},
    turns::Turns,
};

/// Connections at the same time, for one listener.
const MAX_CONNECTIONS: usize = 10_000;
/// Time without any progress in which a client must read some of its answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A bound socket.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    connections: usize,
}

/// A socket could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// In plain words.
    pub reason: String,
}

impl Listener {
    /// Binds `address`.
    ///
    /// # Errors
    /// The port is taken, needs privileges, or the address is not of this machine; told in plain words.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let socket = TcpListener::bind(address).await.map_err(|error| BindError { address, reason: reason(&error) })?;
        let address = socket.local_addr().map_err(|error| BindError { address, reason: reason(&error) })?;
        Ok(Self { socket, address, connections: MAX_CONNECTIONS })
    }

    /// With another bound on connections at the same time; further ones wait in the system's queue.
    #[must_use]
    pub fn at_most(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// The address in fact, with the port that the system chose for port 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` completes, then lets running requests finish for at most `drain`.
    pub async fn serve(self, site: impl Into<Site>, shutdown: impl Future<Output = ()>, drain: Duration) {
        let site = Arc::new(site.into());
        let (drains, _) = watch::channel(false);
        let permits = Arc::new(Semaphore::new(self.connections));
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.socket, &permits) => accepted,
                () = &mut shutdown => break,
            };
            if let Some((stream, peer, permit)) = accepted {
                connect(stream, peer, permit, &site, drains.subscribe());
            }
        }
        drop(self.socket);
        drains.send_replace(true);
        if tokio::time::timeout(drain, drains.closed()).await.is_err() {
            let connections = self.connections - permits.available_permits();
            tracing::warn!(connections, "requests were still running when the time to drain was over");
        }
    }
}

/// The next connection, when there is room for one; `None` after an error that passes.
async fn accept(
    socket: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => Some((stream, peer, permit)),
        Err(error) => {
            // Out of file descriptors, or a connection that was reset already: wait a moment rather than spin.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    permit: OwnedSemaphorePermit,
    site: &Arc<Site>,
    drains: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "`TCP_NODELAY` could not be set");
    }
    let turns = Turns::new();
    let begins = turns.clone();
    let connected = Arc::new(Connected { site: site.clone(), peer, _drains: drains.clone(), _permit: permit });
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (connected, turn) = (connected.clone(), begins.begin(request.version()));
        async move {
            let turn = turn.ok_or(TooLate)?;
            let response = answer(&connected, request).await;
            Ok::<_, TooLate>(response.map(|body| turn.until_written(body)))
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // `turns` watches over them, without a timer for each.
    builder.http1().header_read_timeout(None);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(100).keep_alive_interval(Duration::from_secs(20));
    let stream = TokioIo::new(Patient::new(stream, WRITE_TIMEOUT));
    let connection = builder.serve_connection_with_upgrades(stream, service).into_owned();
    let asks = turns.clone();
    let connection = tokio::spawn(async move {
        let mut connection = pin!(connection);
        let mut ends = false;
        let polled = std::future::poll_fn(|context| {
            if !ends && asks.is_draining(context) {
                ends = true;
                connection.as_mut().graceful_shutdown();
            }
            connection.as_mut().poll(context)
        });
        if let Err(error) = polled.await {
            tracing::debug!(%error, "a connection ended with an error");
        }
    });
    tokio::spawn(turns.watch(connection, drains));
}

/// A connection. Who holds it, also after it became a WebSocket, takes its room and is waited for when the server ends.
#[derive(Debug)]
pub(super) struct Connected {
    site: Arc<Site>,
    pub(super) peer: SocketAddr,
    _drains: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

/// A request arrived when the connection was given up already.
#[derive(Debug, thiserror::Error)]
#[error("the request came too late")]
struct TooLate;

/// The site's answer; a panic on the way is an answer, too, and costs the connection's other requests nothing.
async fn answer(connected: &Arc<Connected>, request: Request<Incoming>) -> Response<Outgoing> {
    // Polled in its place: a combinator would move it, which costs as much as a good part of a request.
    let mut answering = pin!(connected.site.answer(connected, request));
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(context))).unwrap_or_else(|_| {
            tracing::error!("a request handler panicked");
            Poll::Ready(respond::internal().map(Either::Left))
        })
    })
    .await
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program uses this port".to_owned(),
        io::ErrorKind::PermissionDenied => "this port needs privileges; ports above 1023 do not".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}
