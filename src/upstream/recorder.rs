//! Notes on calls for the trace extension.

use std::sync::{Arc, Mutex, PoisonError};

use super::AnswerSource;

/// One upstream call (or cache hit) of an operation.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// Connector's name.
    pub connector: Arc<str>,
    /// Upstream's name.
    pub upstream: Arc<str>,
    /// HTTP method.
    pub method: &'static str,
    /// Keys in the request (1 for a single call).
    pub keys: usize,
    /// How it was answered.
    pub source: AnswerSource,
    /// HTTP status, if one came.
    pub status: Option<u16>,
    /// Bytes of the body.
    pub bytes: usize,
    /// Since the operation began.
    pub start: std::time::Duration,
    /// How long.
    pub duration: std::time::Duration,
    /// Error code, if it failed.
    pub error: Option<&'static str>,
}

/// Collects records of one operation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// When the operation began.
    pub begun: tokio::time::Instant,
    /// Records in order of completion.
    pub records: Arc<Mutex<Vec<CallRecord>>>,
}

impl Recorder {
    /// Adds a record.
    pub(super) fn add(&self, record: CallRecord) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}
