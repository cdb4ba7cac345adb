//! What a run yields.

use std::time::Duration;

use tokio::time::Instant;

use super::FieldProblem;
use crate::{graphql::GraphqlError, model::CacheScope};

/// The answer's cacheability: least lifetime and narrowest scope of all that it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheControl {
    /// Seconds are rounded down.
    pub max_age: Duration,
    /// Scope.
    pub scope: CacheScope,
}

/// How long an answer may be reused, from which [`CacheControl`] follows at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cacheability {
    /// Until when its upstream answers are fresh; `None`: it used none.
    pub until: Option<Instant>,
    /// The least lifetime of what was computed and is as good at any time; `None`: nothing says one.
    pub at_most: Option<Duration>,
    /// Narrowest scope.
    pub scope: CacheScope,
}

impl Cacheability {
    /// What to tell a client at `now`.
    #[must_use]
    pub fn control(&self, now: Instant) -> CacheControl {
        let left = self.until.map(|until| until.saturating_duration_since(now));
        let max_age = [left, self.at_most].into_iter().flatten().min().unwrap_or_default();
        CacheControl { max_age, scope: self.scope }
    }
}

/// Problems that an answer tells.
#[derive(Debug)]
pub struct Told {
    /// In order of their places in the files, capped.
    pub list: Vec<FieldProblem>,
    /// How many times problems beyond the cap were met.
    pub dropped: u64,
}

/// How every answer begins.
pub const OPENING: &[u8] = b"{\"data\":";

/// The answer of an operation, not yet complete.
#[derive(Debug)]
pub struct Outcome {
    /// [`OPENING`] and the value of `data`, a JSON object or `null`. What follows is written behind it, so that nothing is
    /// copied.
    pub body: Vec<u8>,
    /// Field errors, capped.
    pub errors: Vec<GraphqlError>,
    /// Errors beyond the cap.
    pub errors_dropped: usize,
    /// `None`: not to be reused.
    pub cacheability: Option<Cacheability>,
    /// Problems of mappings, if somebody asked.
    pub problems: Option<Told>,
    /// Upstream requests sent or shared for this operation.
    pub upstream_calls: usize,
}
