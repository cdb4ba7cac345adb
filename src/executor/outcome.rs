//! What a run yields.

use std::time::Duration;

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

/// Problems that an answer tells.
#[derive(Debug)]
pub struct Told {
    /// In order of their places in the files, capped.
    pub list: Vec<FieldProblem>,
    /// How many times problems beyond the cap were met.
    pub dropped: u64,
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
    /// Problems of mappings, if somebody asked.
    pub problems: Option<Told>,
    /// Upstream requests sent or shared for this operation.
    pub upstream_calls: usize,
}
