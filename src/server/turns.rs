//! Whose turn it is on a connection: the client's, to send a request, or ours, to answer; and the end of those where the
//! client takes too long.
//!
//! A second task for each connection looks at the clock when the time may be over, and hears when the server drains: to set
//! a timer for each request, and to ask at each turn, would cost more than many an answer.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::task::AtomicWaker;
use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

/// Time for a new connection to send its first request's headers, whatever protocol it speaks.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// Time for the headers of each further request, idling before them included: longer than load balancers keep connections,
/// so that it is they who close them.
const NEXT_REQUEST: Duration = Duration::from_secs(75);

/// The turns of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Whether the connection shall end after the requests that it has.
    draining: AtomicBool,
    connection: AtomicWaker,
}

#[derive(Debug)]
struct State {
    /// Requests that are not answered completely.
    running: usize,
    /// When the client must have sent the next one, if none runs.
    due: Instant,
    /// Whether the time is over: what arrives now is not begun any more.
    over: bool,
    /// Whether the protocol itself asks now and then whether the client is there.
    keeps_alive: bool,
}

/// Our turn, to answer one request; the client's when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Turns);

/// A response body that ends our turn when it has been written.
#[derive(Debug)]
pub(super) struct Answered<B> {
    body: B,
    _turn: Turn,
}

// === impl Turns ===

impl Turns {
    /// A connection that was just accepted.
    pub(super) fn new() -> Self {
        let due = Instant::now() + FIRST_REQUEST;
        Self(Arc::new(Shared {
            state: Mutex::new(State { running: 0, due, over: false, keeps_alive: false }),
            draining: AtomicBool::new(false),
            connection: AtomicWaker::new(),
        }))
    }

    /// A request arrived; `None`: too late.
    pub(super) fn begin(&self, version: http::Version) -> Option<Turn> {
        self.with(|state| {
            state.running += 1;
            state.keeps_alive = version == http::Version::HTTP_2;
            !state.over
        })
        .then(|| Turn(self.clone()))
    }

    /// Whether the connection's task, which asks, shall let the connection end. It is woken when that changes.
    pub(super) fn is_draining(&self, context: &Context<'_>) -> bool {
        self.0.connection.register(context.waker());
        self.0.draining.load(Ordering::Acquire)
    }

    /// Waits for the end of `connection`, tells it of `drain`, and ends it when its client takes too long.
    pub(super) async fn watch(self, mut connection: JoinHandle<()>, mut drain: watch::Receiver<bool>) {
        let mut due = self.with(|state| state.due);
        loop {
            tokio::select! {
                biased;
                _ = &mut connection => return,
                // An error means that the listener is gone: that is the end, too.
                _ = drain.changed(), if !self.0.draining.load(Ordering::Relaxed) => {
                    self.0.draining.store(true, Ordering::Release);
                    self.0.connection.wake();
                    continue;
                }
                () = sleep_until(due) => {}
            }
            let now = Instant::now();
            let over = self.with(|state| {
                let busy = state.running > 0 || state.keeps_alive;
                due = if busy { now + NEXT_REQUEST } else { state.due };
                state.over = due <= now;
                state.over
            });
            if over {
                tracing::debug!("no request arrived in time");
                connection.abort();
                return;
            }
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl Turn ===

impl Turn {
    pub(super) fn until_written<B>(self, body: B) -> Answered<B> {
        Answered { body, _turn: self }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let due = Instant::now() + NEXT_REQUEST;
        self.0.with(|state| {
            state.running -= 1;
            state.due = due;
        });
    }
}

// === impl Answered ===

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http::Version;

    use super::{Duration, Instant, Turns, watch};

    #[tokio::test(start_paused = true)]
    async fn a_client_has_its_time_from_the_last_answer_on() {
        let seconds = async |seconds| tokio::time::sleep(Duration::from_secs(seconds)).await;
        let (begun, turns) = (Instant::now(), Turns::new());
        let connection = tokio::spawn(std::future::pending());
        let (_drain, drains) = watch::channel(false);
        let watch = tokio::spawn(turns.clone().watch(connection, drains));
        seconds(9).await;
        let turn = turns.begin(Version::HTTP_11);
        seconds(200).await;
        drop(turn);
        watch.await.unwrap();
        // Looked at when the last look's time was over.
        assert_eq!(begun.elapsed(), Duration::from_secs(209 + 75));
        assert!(turns.begin(Version::HTTP_11).is_none(), "too late");
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_connection_ends_its_watch_and_http2_looks_after_itself() {
        let (begun, turns) = (Instant::now(), Turns::new());
        drop(turns.begin(Version::HTTP_2));
        let connection = tokio::spawn(tokio::time::sleep(Duration::from_secs(1_000)));
        let (_drain, drains) = watch::channel(false);
        turns.watch(connection, drains).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(1_000));
    }

    #[tokio::test]
    async fn a_connection_is_woken_to_drain() {
        let turns = Turns::new();
        let asks = turns.clone();
        let connection = tokio::spawn(std::future::poll_fn(move |context| match asks.is_draining(context) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }));
        let (drain, drains) = watch::channel(false);
        let watch = tokio::spawn(turns.watch(connection, drains));
        tokio::task::yield_now().await;
        drain.send_replace(true);
        watch.await.unwrap();
        drain.closed().await;
    }
}
