//! What a run yields.

use std::time::Duration;

use crate::{graphql::GraphqlError, model::CacheScope};

/// The answer's cacheability: least lifetime and narrowest scope of all that it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheControl {
    /// Seconds are rounded down.
    pub max_age: Duration,
    /// Scope.
    pub scope: CacheScope,
}

/// The answer of an operation, not yet wrapped.
#[derive(Debug)]
pub struct Outcome {
    /// The value of `data`: a JSON object or `null`.
    pub data: Vec<u8>,
    /// Field errors, capped.
    pub errors: Vec<GraphqlError>,
    /// Errors beyond the cap.
    pub errors_dropped: usize,
    /// `None`: do not cache.
    pub cache_control: Option<CacheControl>,
    /// Upstream requests sent or shared for this operation.
    pub upstream_calls: usize,
}
