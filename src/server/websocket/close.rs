//! Why connections are closed: the codes of `graphql-transport-ws` and of WebSockets. The older subprotocol has none of its own.

use axum::extract::ws::{CloseFrame, Utf8Bytes};

/// Longest reason that fits a close frame, in bytes.
const LONGEST_REASON: usize = 123;

/// A code and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(super) fn done() -> Self {
        Self::new(1000, "")
    }

    pub(super) fn invalid(reason: impl std::fmt::Display) -> Self {
        Self::new(4400, format!("Invalid message received: {reason}"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub(super) fn subprotocol(hint: &str) -> Self {
        Self::new(4406, format!("Subprotocol not acceptable: {hint}"))
    }

    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialization timeout")
    }

    pub(super) fn already_exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub(super) fn too_many_inits() -> Self {
        Self::new(4429, "Too many initialization requests")
    }

    pub(super) fn too_large() -> Self {
        Self::new(1009, "Message too large")
    }

    pub(super) fn protocol_error() -> Self {
        Self::new(1002, "Not the WebSocket protocol")
    }

    pub(super) fn internal() -> Self {
        Self::new(1011, "Internal error")
    }

    pub(super) fn restart() -> Self {
        Self::new(1012, "Service restart")
    }

    pub(super) fn frame(&self) -> CloseFrame {
        let end = self.reason.floor_char_boundary(LONGEST_REASON);
        let reason = self.reason.get(..end).unwrap_or_default();
        CloseFrame { code: self.code, reason: Utf8Bytes::from(reason) }
    }
}

/// A code as a metric's label: clients may close with any number.
pub(super) fn label(code: Option<u16>) -> &'static str {
    match code {
        Some(1000) => "1000",
        Some(1001) => "1001",
        Some(1002) => "1002",
        None | Some(1005) => "1005",
        Some(1006) => "1006",
        Some(1009) => "1009",
        Some(1011) => "1011",
        Some(1012) => "1012",
        Some(4400) => "4400",
        Some(4401) => "4401",
        Some(4406) => "4406",
        Some(4408) => "4408",
        Some(4409) => "4409",
        Some(4429) => "4429",
        Some(_) => "other",
    }
}
