//! Single flight: identical work in progress is done once for all who want it.
//!
//! The work runs in a task of its own (the leader), so that no caller owns it: a waiter that leaves or times out never
//! fails the others, and the last one to leave ends the work.
//!
//! States of a flight:
//! ## begun by its first passenger => (landed | lost, when its task panics | aborted, when the last passenger leaves)
//! Whoever comes after one of those begins a new flight.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::AbortHandle};

/// Flights by key. Cheap to clone.
pub struct Flights<K, V> {
    shared: Arc<Shared<K, V>>,
}

/// One who waits for a flight. Dropping it is leaving.
pub struct Passenger<K: Eq + Hash, V> {
    shared: Arc<Shared<K, V>>,
    key: K,
    id: u64,
    landing: watch::Receiver<Option<V>>,
    leads: bool,
}

/// The flight ended without a result: its work panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work ended without a result")]
pub struct Lost;

struct Shared<K, V> {
    board: Mutex<Board<K, V>>,
}

struct Board<K, V> {
    flights: HashMap<K, Flying<V>, ahash::RandomState>,
    next_id: u64,
}

struct Flying<V> {
    id: u64,
    passengers: usize,
    landing: watch::Receiver<Option<V>>,
    abort: AbortHandle,
}

/// What the leader's task owns. Fields drop in order: off the board first, so that nobody joins a flight without a result.
struct Leader<K: Eq + Hash, V> {
    strike: Strike<K, V>,
    land: watch::Sender<Option<V>>,
}

/// Takes a flight off the board.
struct Strike<K: Eq + Hash, V> {
    shared: Arc<Shared<K, V>>,
    key: K,
    id: u64,
}

// === impl Flights ===

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        let board = Board { flights: HashMap::default(), next_id: 0 };
        Self { shared: Arc::new(Shared { board: Mutex::new(board) }) }
    }
}

impl<K, V> Clone for Flights<K, V> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

impl<K, V> Flights<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Joins the flight of `key`, or begins one. `begin` only makes the future; it runs in a task. What must not be joined
    /// across a fence has its epoch in the key.
    pub fn join<W>(&self, key: K, begin: impl FnOnce() -> W) -> Passenger<K, V>
    where
        W: Future<Output = V> + Send + 'static,
    {
        let mut board = self.shared.lock();
        if let Some(flying) = board.flights.get_mut(&key) {
            flying.passengers += 1;
            let (id, landing) = (flying.id, flying.landing.clone());
            drop(board);
            return Passenger { shared: Arc::clone(&self.shared), key, id, landing, leads: false };
        }
        let id = board.next_id;
        board.next_id += 1;
        let (land, landing) = watch::channel(None);
        let strike = Strike { shared: Arc::clone(&self.shared), key: key.clone(), id };
        let task = tokio::spawn(lead(Leader { strike, land }, begin()));
        let flying = Flying { id, passengers: 1, landing: landing.clone(), abort: task.abort_handle() };
        board.flights.insert(key.clone(), flying);
        drop(board);
        Passenger { shared: Arc::clone(&self.shared), key, id, landing, leads: true }
    }

    /// Flights in progress.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.lock().flights.len()
    }

    /// Whether nothing is in progress.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

async fn lead<K: Eq + Hash, V>(leader: Leader<K, V>, work: impl Future<Output = V>) {
    let value = work.await;
    let Leader { strike, land } = leader;
    drop(strike);
    land.send_replace(Some(value));
}

// === impl Passenger ===

impl<K: Eq + Hash, V: Clone> Passenger<K, V> {
    /// Whether this one began the flight.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.leads
    }

    /// Waits for the result. Has no time limit of its own: the caller drops it at its deadline.
    pub async fn wait(mut self) -> Result<V, Lost> {
        let value = self.landing.wait_for(Option::is_some).await.map_err(|_| Lost)?;
        value.clone().ok_or(Lost)
    }
}

impl<K: Eq + Hash, V> Drop for Passenger<K, V> {
    fn drop(&mut self) {
        let mut board = self.shared.lock();
        let Some(flying) = board.flights.get_mut(&self.key) else { return };
        if flying.id != self.id {
            return;
        }
        flying.passengers -= 1;
        if flying.passengers == 0 {
            let abandoned = board.flights.remove(&self.key);
            drop(board);
            if let Some(abandoned) = abandoned {
                abandoned.abort.abort();
            }
        }
    }
}

impl<K: Eq + Hash, V> fmt::Debug for Passenger<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passenger").field("leads", &self.leads).finish_non_exhaustive()
    }
}

// === impl Shared ===

impl<K, V> Shared<K, V> {
    fn lock(&self) -> MutexGuard<'_, Board<K, V>> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Strike ===

impl<K: Eq + Hash, V> Drop for Strike<K, V> {
    fn drop(&mut self) {
        let mut board = self.shared.lock();
        if board.flights.get(&self.key).is_some_and(|flying| flying.id == self.id) {
            board.flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
