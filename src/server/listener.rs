//! Listening sockets, connections, and a graceful end.

use std::{convert::Infallible, io, net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{Router, response::Response};
use futures_util::FutureExt as _;
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
};
use tower_service::Service as _;

use super::{Peer, patience::Patient, respond};

/// Connections at the same time, for one listener.
const MAX_CONNECTIONS: usize = 10_000;
/// Time for a new connection to send its first request's headers, whatever protocol it speaks.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for the headers of each further request, idling before them included: longer than load balancers keep connections,
/// so that it is they who close them.
const NEXT_REQUEST_TIMEOUT: Duration = Duration::from_secs(75);
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
    pub async fn serve(self, router: Router, shutdown: impl Future<Output = ()>, drain: Duration) {
        let graceful = GracefulShutdown::new();
        let permits = Arc::new(Semaphore::new(self.connections));
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.socket, &permits) => accepted,
                () = &mut shutdown => break,
            };
            if let Some((stream, peer, permit)) = accepted {
                connect(stream, peer, permit, &router, &graceful);
            }
        }
        drop(self.socket);
        if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still running when the time to drain was over");
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
    router: &Router,
    graceful: &GracefulShutdown,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "`TCP_NODELAY` could not be set");
    }
    let (router, asked) = (router.clone(), Arc::new(Notify::new()));
    let first = asked.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        asked.notify_one();
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        answer(router.clone(), request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(NEXT_REQUEST_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(100).keep_alive_interval(Duration::from_secs(20));
    let stream = TokioIo::new(Patient::new(stream, WRITE_TIMEOUT));
    let connection = builder.serve_connection(stream, service).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        let mut connection = std::pin::pin!(connection);
        let result = tokio::select! {
            biased;
            result = &mut connection => result,
            heard = tokio::time::timeout(FIRST_REQUEST_TIMEOUT, first.notified()) => match heard {
                Ok(()) => connection.await,
                Err(_) => Err("no request arrived in time".into()),
            },
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a connection ended with an error");
        }
        drop(permit);
    });
}

/// The router's answer; a panic on the way is an answer, too, and costs the connection's other requests nothing.
async fn answer(mut router: Router, request: Request<axum::body::Body>) -> Result<Response, Infallible> {
    match AssertUnwindSafe(router.call(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::error!("a request handler panicked");
            Ok(respond::internal())
        }
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program uses this port".to_owned(),
        io::ErrorKind::PermissionDenied => "this port needs privileges; ports above 1023 do not".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}
