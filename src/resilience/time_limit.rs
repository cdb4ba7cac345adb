//! The time that one attempt gets: its own timeout, cut by a deadline where there is one.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The bounds of one attempt.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimit {
    /// How long the attempt may take.
    pub attempt: Duration,
    /// When all must be over. `None`: whoever waits has a deadline and drops the attempt.
    pub deadline: Option<Instant>,
}

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimedOut {
    /// The attempt took too long.
    #[error("attempt timed out")]
    Attempt,
    /// The deadline passed.
    #[error("deadline passed")]
    Deadline,
}

/// Runs `work` within `limit`; dropped when it is over.
pub async fn within<T>(limit: TimeLimit, work: impl Future<Output = T>) -> Result<T, TimedOut> {
    let now = Instant::now();
    // Far beyond any process; `Instant + Duration` panics on overflow.
    let attempt_end = now.checked_add(limit.attempt).unwrap_or(now + Duration::from_secs(86_400 * 365));
    let (end, which) = match limit.deadline {
        Some(deadline) if deadline < attempt_end => (deadline, TimedOut::Deadline),
        _ => (attempt_end, TimedOut::Attempt),
    };
    timeout_at(end, work).await.map_err(|_| which)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tells_which_bound_was_met() {
        let now = Instant::now();
        let limit = |attempt: u64, deadline: Option<u64>| TimeLimit {
            attempt: Duration::from_millis(attempt),
            deadline: deadline.map(|after| now + Duration::from_millis(after)),
        };
        assert_eq!(within(limit(5, None), ready(7)).await, Ok(7));
        assert_eq!(within(limit(5, None), pending::<()>()).await, Err(TimedOut::Attempt));
        assert_eq!(within(limit(5, Some(1000)), pending::<()>()).await, Err(TimedOut::Attempt));
        assert_eq!(within(limit(5000, Some(1000)), pending::<()>()).await, Err(TimedOut::Deadline));
        assert_eq!(now.elapsed(), Duration::from_millis(1000));
    }
}
