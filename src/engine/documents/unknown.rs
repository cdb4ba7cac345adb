//! Log lines about operations that are not known, at most so many a minute: clients decide how many there are.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{graphql::DocumentHash, model::View};

/// Lines of one client in a minute.
const MOST_LINES: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);
/// Longest name that is logged.
const LONGEST_NAME: usize = 100;

/// What is left of this minute's lines, of one client.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    minute: Option<Instant>,
    told: u32,
    untold: u64,
}

impl Lines {
    /// Logs an operation, if there is a line left for it.
    pub(super) fn log(&self, view: &View, text: &str, operation_name: Option<&str>) {
        if let Some(untold) = self.take() {
            let name: String = operation_name.unwrap_or_default().chars().take(LONGEST_NAME).collect();
            tracing::warn!(
                client = &*view.name,
                sha256 = %DocumentHash::of(text),
                operation = name,
                untold,
                "an operation is not among the trusted documents"
            );
        }
    }

    /// A line, with how many were not told since the last one.
    fn take(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.minute.is_none_or(|minute| now.duration_since(minute) >= MINUTE) {
            state.minute = Some(now);
            state.told = 0;
        }
        if state.told < MOST_LINES {
            state.told += 1;
            Some(std::mem::take(&mut state.untold))
        } else {
            state.untold += 1;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_minute_has_so_many_lines_and_the_rest_is_counted() {
        let lines = Lines::default();
        let told = |times: usize| (0..times).filter_map(|_| lines.take()).collect::<Vec<_>>();
        assert_eq!(told(100), vec![0; 20]);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(told(5), Vec::<u64>::new());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(told(3), [85, 0, 0]);
    }
}
