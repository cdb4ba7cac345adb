//! What can go wrong between us and an upstream. Internal: `executor` makes the client's error of it.

use std::sync::Arc;

use crate::json::Object;

/// Kind of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamErrorKind {
    /// Not reachable: refused, name not found, TLS, reset.
    Unavailable,
    /// No slot within the queue's bound.
    Overloaded,
    /// An attempt took too long.
    Timeout,
    /// The operation's deadline passed.
    DeadlineExceeded,
    /// A status that is not a success, or `isSuccess` said no.
    Status(u16),
    /// Not JSON, wrong charset.
    InvalidResponse,
    /// Larger than `max_response`, or than the operation may hold.
    TooLarge,
    /// The request could not be rendered.
    Render,
    /// The operation's bound on upstream calls.
    TooManyCalls,
}

/// A failed call, shared by everyone who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("upstream `{upstream}` failed for connector `{connector}`: {detail}")]
pub struct UpstreamError {
    /// Kind.
    pub kind: UpstreamErrorKind,
    /// Upstream's name, for logs.
    pub upstream: Arc<str>,
    /// Connector's name, for logs.
    pub connector: Arc<str>,
    /// For logs only: never shown to clients, no secrets.
    pub detail: String,
    /// Message for the client when the connector maps one (`errors.message`).
    pub client_message: Option<String>,
    /// Mapped `errors.extensions`, `http.status` included for status failures; `code` taken out into `client_code`.
    pub client_extensions: Object,
    /// Mapped `errors.extensions.code`.
    pub client_code: Option<Arc<str>>,
}

impl UpstreamErrorKind {
    /// The word for logs and metrics.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::DeadlineExceeded => "deadline",
            Self::Status(_) => "status",
            Self::InvalidResponse => "invalid_response",
            Self::TooLarge => "too_large",
            Self::Render => "render",
            Self::TooManyCalls => "too_many_calls",
        }
    }
}
