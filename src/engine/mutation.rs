//! Mutations run in a task of their own: what was sent is not cancelled by a client that leaves.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tracing::Instrument as _;

use tokio::sync::watch;

use super::plan_cache::Planned;
use crate::executor::{self, Outcome, RunContext};

/// Counts the mutations that run, so that the process can wait for those whose clients have left.
#[derive(Debug, Clone)]
pub(super) struct Running(watch::Sender<usize>);

impl Running {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Completes when none runs.
    pub(super) async fn settled(&self) {
        // An error would mean that the sender is gone, and it is here.
        if self.0.subscribe().wait_for(|running| *running == 0).await.is_err() {
            tracing::debug!("nobody counts mutations any more");
        }
    }

    fn enter(&self) -> Entered {
        self.0.send_modify(|running| *running += 1);
        Entered(self.clone())
    }
}

/// One running mutation.
struct Entered(Running);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.0.send_modify(|running| *running -= 1);
    }
}

/// Runs a mutation detached and waits for it. When the waiting is dropped, the root field that runs is finished and no
/// further one starts; the task ends by itself at the operation's deadline. `None`: it panicked.
pub(super) async fn run_detached(running: &Running, planned: Arc<Planned>, run: RunContext) -> Option<Outcome> {
    let mut leaving = Leaving { abandoned: run.abandoned.clone(), done: false };
    let entered = running.enter();
    let mutation = async move {
        let outcome = executor::run(&planned.plan, &run).await;
        drop(entered);
        outcome
    };
    let task = tokio::spawn(mutation.in_current_span());
    let outcome = task.await;
    leaving.done = true;
    match outcome {
        Ok(outcome) => Some(outcome),
        Err(error) => {
            tracing::error!(%error, "mutation did not come to its end");
            None
        }
    }
}

/// Runs a mutation detached, whose answer goes elsewhere. When what is given is dropped, the root field that runs is
/// finished and no further one starts.
pub(super) fn detach(
    running: &Running,
    abandoned: Arc<AtomicBool>,
    mutation: impl Future<Output = ()> + Send + 'static,
) -> Leaving {
    let entered = running.enter();
    let mutation = async move {
        mutation.await;
        drop(entered);
    };
    drop(tokio::spawn(mutation.in_current_span()));
    Leaving { abandoned, done: false }
}

/// Tells the task, when dropped early, that nobody waits for it any more.
pub(super) struct Leaving {
    abandoned: Arc<AtomicBool>,
    done: bool,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if !self.done {
            self.abandoned.store(true, Ordering::Release);
        }
    }
}
