//! An upstream's answer, ready to be mapped.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{json::Value, model::CacheScope};

/// How an answer was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AnswerSource {
    Fetched,
    Shared,
    Cache,
    Polled,
}

/// How long an answer may be reused, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Until when; `None`: not at all.
    pub until: Option<Instant>,
    /// Narrowest scope.
    pub scope: CacheScope,
}

impl Freshness {
    /// Time left.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        Some(self.until?.saturating_duration_since(Instant::now()))
    }
}

/// A successful answer.
#[derive(Debug, Clone)]
pub struct UpstreamBody {
    /// JSON: the body, a quoted string for `text/plain`, or `null` for an empty body.
    pub bytes: Bytes,
    /// HTTP status.
    pub status: u16,
    /// `$response`: `{ headers: { name: [values] } }`; built only when the connector's mappings read it.
    pub response: Option<Arc<Value>>,
    /// A `404` that means null.
    pub not_found: bool,
    /// Freshness.
    pub freshness: Freshness,
    /// How this caller got it.
    pub source: AnswerSource,
}
