//! Generic policies for work that can be slow or too much: a fair concurrency limit, time limits, a bound on bytes held.
//!
//! Knows no HTTP and no GraphQL. Time is tokio's, so that tests can pause it.

mod budget;
mod limiter;
mod time_limit;

pub use budget::{ByteBudget, Reservation};
pub use limiter::{Group, Limiter, Permit, QueueFull};
pub use time_limit::{TimeLimit, TimedOut, within};
