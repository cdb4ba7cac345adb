//! The pollers at work, by what they poll. Each is owned by those who watch it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};

use super::Latest;
use crate::upstream::request::RequestKey;

/// What is polled, how often, and whether a header that differs makes an answer another one.
pub(super) type PollKey = (Arc<RequestKey>, Duration, bool);

/// The pollers at work.
#[derive(Default)]
pub(in crate::upstream) struct Pollers {
    board: Arc<Mutex<Board>>,
}

#[derive(Default)]
struct Board {
    seats: HashMap<PollKey, Seat, ahash::RandomState>,
    next_id: u64,
}

struct Seat {
    id: u64,
    poller: Weak<Poller>,
}

/// One poller; its task ends when nobody has it any more.
pub(super) struct Poller {
    board: Arc<Mutex<Board>>,
    key: PollKey,
    id: u64,
    latest: watch::Receiver<Option<Latest>>,
    hurry: Arc<Notify>,
    task: AbortHandle,
}

// === impl Pollers ===

impl Pollers {
    /// The poller of `key`, begun where there is none. `begin` only makes its work, which runs in a task.
    pub(super) fn join<W>(
        &self,
        key: PollKey,
        begin: impl FnOnce(watch::Sender<Option<Latest>>, Arc<Notify>) -> W,
    ) -> Arc<Poller>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let mut board = lock(&self.board);
        // One whose work has panicked is as good as none.
        let known = board.seats.get(&key).and_then(|seat| seat.poller.upgrade());
        let (known, ended) = match known {
            Some(known) if known.task.is_finished() => (None, Some(known)),
            other => (other, None),
        };
        let poller = known.unwrap_or_else(|| {
            let id = board.next_id;
            board.next_id += 1;
            let (tell, latest) = watch::channel(None);
            let hurry = Arc::new(Notify::new());
            let task = tokio::spawn(begin(tell, Arc::clone(&hurry))).abort_handle();
            let poller = Arc::new(Poller { board: Arc::clone(&self.board), key: key.clone(), id, latest, hurry, task });
            board.seats.insert(key, Seat { id, poller: Arc::downgrade(&poller) });
            poller
        });
        drop(board);
        // Dropping one takes it off the board.
        drop(ended);
        poller
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        lock(&self.board).seats.len()
    }
}

// === impl Poller ===

impl Poller {
    /// What it knows, now and from now on.
    pub(super) fn latest(&self) -> watch::Receiver<Option<Latest>> {
        self.latest.clone()
    }

    /// Asks it to poll at once, unless it has reasons not to.
    pub(super) fn hurry(&self) {
        self.hurry.notify_one();
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.task.abort();
        let mut board = lock(&self.board);
        if board.seats.get(&self.key).is_some_and(|seat| seat.id == self.id) {
            board.seats.remove(&self.key);
        }
    }
}

impl fmt::Debug for Pollers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pollers").finish_non_exhaustive()
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("id", &self.id).finish_non_exhaustive()
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
