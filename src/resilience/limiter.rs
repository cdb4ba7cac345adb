//! A concurrency limit with a bounded, fair queue.
//!
//! Fair between groups (operations), not between requests: slots that become free go to the groups that wait in turn, so
//! that one group with many requests cannot starve another with one. Within a group the order is that of arrival.
//! When the queue is full, the group with the most waiters loses its newest one to a newcomer of a smaller group.
//!
//! States of a request:
//! ## arrives => (holds a slot | waits | is refused)
//! ## waits => (holds a slot | is refused, displaced by a smaller group | leaves, dropped)
//! ## holds a slot => the slot goes to the next waiter, or becomes free

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;

/// Requests that belong together: one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group(pub usize);

/// Bounds how many requests run and how many wait. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limiter {
    shared: Arc<Shared>,
}

/// A slot. Dropping it passes it on.
#[derive(Debug)]
pub struct Permit {
    /// `None` only in a permit that is being dropped without giving anything back.
    shared: Option<Arc<Shared>>,
}

/// The queue has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("queue is full")]
pub struct QueueFull;

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
}

#[derive(Debug)]
struct Queue {
    free: u32,
    capacity: usize,
    waiting: usize,
    groups: HashMap<Group, Waiters>,
    /// Groups that wait, by the turn that they have.
    turns: BTreeMap<u64, Group>,
    next_turn: u64,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiters {
    turn: u64,
    tickets: BTreeMap<u64, oneshot::Sender<Permit>>,
}

/// Takes a waiter out of the queue when its future is dropped before it got a slot.
struct Leave<'a> {
    shared: &'a Arc<Shared>,
    group: Group,
    ticket: u64,
}

// === impl Limiter ===

impl Limiter {
    /// At most `concurrency` at the same time, at most `queue` waiting.
    #[must_use]
    pub fn new(concurrency: NonZeroU32, queue: u32) -> Self {
        let queue = Queue {
            free: concurrency.get(),
            capacity: queue as usize,
            waiting: 0,
            groups: HashMap::new(),
            turns: BTreeMap::new(),
            next_turn: 0,
            next_ticket: 0,
        };
        Self { shared: Arc::new(Shared { queue: Mutex::new(queue) }) }
    }

    /// A slot, if one is free: then nobody waits.
    #[must_use]
    pub fn try_acquire(&self) -> Option<Permit> {
        let mut queue = self.shared.lock();
        queue.free = queue.free.checked_sub(1)?;
        Some(self.shared.permit())
    }

    /// Waits for a slot. Has no time limit of its own: the caller drops the future at its deadline.
    pub async fn acquire(&self, group: Group) -> Result<Permit, QueueFull> {
        let (ticket, slot) = {
            let mut queue = self.shared.lock();
            if queue.free > 0 {
                queue.free -= 1;
                return Ok(self.shared.permit());
            }
            queue.make_room(group)?;
            queue.enqueue(group)
        };
        let leave = Leave { shared: &self.shared, group, ticket };
        // A sender that is dropped means that this waiter was displaced.
        let permit = slot.await.map_err(|_| QueueFull);
        std::mem::forget(leave);
        permit
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn permit(self: &Arc<Self>) -> Permit {
        Permit { shared: Some(Arc::clone(self)) }
    }

    /// Gives a slot to the next waiter that is still there, else to nobody.
    fn release(self: &Arc<Self>) {
        let mut queue = self.lock();
        while let Some(waiter) = queue.pop() {
            match waiter.send(self.permit()) {
                Ok(()) => return,
                // Gone between its wake-up and now. The permit must not come back here while the lock is held.
                Err(mut permit) => permit.shared = None,
            }
        }
        queue.free += 1;
    }
}

// === impl Permit ===

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.release();
        }
    }
}

// === impl Queue ===

impl Queue {
    /// Makes sure that one more of `group` can wait, if need be at the cost of the widest group.
    fn make_room(&mut self, group: Group) -> Result<(), QueueFull> {
        if self.waiting < self.capacity {
            return Ok(());
        }
        let own = self.groups.get(&group).map_or(0, |waiters| waiters.tickets.len());
        let widest = self.groups.iter().max_by_key(|(_, waiters)| waiters.tickets.len());
        let (&widest, length) = widest.map(|(group, waiters)| (group, waiters.tickets.len())).ok_or(QueueFull)?;
        if length <= own + 1 {
            return Err(QueueFull);
        }
        if let Some(newest) = self.groups.get(&widest).and_then(|waiters| waiters.tickets.keys().next_back().copied()) {
            self.remove(widest, newest);
        }
        Ok(())
    }

    fn enqueue(&mut self, group: Group) -> (u64, oneshot::Receiver<Permit>) {
        let (sender, receiver) = oneshot::channel();
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let waiters = self.groups.entry(group).or_insert_with(|| {
            let turn = self.next_turn;
            self.next_turn += 1;
            self.turns.insert(turn, group);
            Waiters { turn, tickets: BTreeMap::new() }
        });
        waiters.tickets.insert(ticket, sender);
        self.waiting += 1;
        (ticket, receiver)
    }

    /// The oldest waiter of the group whose turn it is; the group goes to the end.
    fn pop(&mut self) -> Option<oneshot::Sender<Permit>> {
        let (_, group) = self.turns.pop_first()?;
        let waiters = self.groups.get_mut(&group)?;
        let (_, sender) = waiters.tickets.pop_first()?;
        self.waiting -= 1;
        if waiters.tickets.is_empty() {
            self.groups.remove(&group);
        } else {
            waiters.turn = self.next_turn;
            self.turns.insert(self.next_turn, group);
            self.next_turn += 1;
        }
        Some(sender)
    }

    fn remove(&mut self, group: Group, ticket: u64) {
        let Some(waiters) = self.groups.get_mut(&group) else { return };
        if waiters.tickets.remove(&ticket).is_some() {
            self.waiting -= 1;
        }
        if waiters.tickets.is_empty() {
            self.turns.remove(&waiters.turn);
            self.groups.remove(&group);
        }
    }
}

// === impl Leave ===

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.shared.lock().remove(self.group, self.ticket);
    }
}

#[cfg(test)]
mod tests;
