//! Steps that go on together: each waits until all of them have come, or have nothing to do.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use tokio::sync::Notify;

/// Opens when everyone that it was made for has arrived.
#[derive(Debug)]
pub(super) struct Gate {
    missing: AtomicUsize,
    opened: Notify,
}

/// One of those a gate waits for. It arrives at the latest when it is dropped, so that nobody waits for who has gone.
#[derive(Debug)]
pub(super) struct Arrival<'g> {
    gate: &'g Gate,
    arrived: bool,
}

// === impl Gate ===

impl Gate {
    /// A gate for so many.
    pub(super) fn new(count: usize) -> Self {
        Self { missing: AtomicUsize::new(count), opened: Notify::new() }
    }

    /// One of those that it waits for.
    pub(super) fn arrival(&self) -> Arrival<'_> {
        Arrival { gate: self, arrived: false }
    }

    fn arrive(&self) {
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.opened.notify_waiters();
        }
    }
}

// === impl Arrival ===

impl Arrival<'_> {
    /// Arrives, and waits for the others. They go on in the order in which they came.
    pub(super) async fn wait(mut self) {
        let opened = self.gate.opened.notified();
        tokio::pin!(opened);
        // Whoever opens the gate from now on is heard.
        opened.as_mut().enable();
        self.arrived = true;
        self.gate.arrive();
        if self.gate.missing.load(Ordering::Acquire) > 0 {
            opened.await;
        } else {
            let_others_go_first().await;
        }
    }
}

/// Waits for one turn of the same task.
async fn let_others_go_first() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if !self.arrived {
            self.gate.arrive();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::join};

    use super::*;

    #[tokio::test]
    async fn nobody_passes_before_all_have_come() {
        let gate = Gate::new(3);
        let (one, two, three) = (gate.arrival(), gate.arrival(), gate.arrival());
        let mut waiting = Box::pin(join(one.wait(), two.wait()));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(three);
        waiting.await;
    }

    #[tokio::test]
    async fn who_leaves_while_waiting_is_not_counted_twice() {
        let gate = Gate::new(2);
        let (one, two) = (gate.arrival(), gate.arrival());
        assert!(one.wait().now_or_never().is_none());
        two.wait().await;
    }
}
