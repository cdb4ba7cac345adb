//! Errors as clients see them: client-safe by construction.

use std::sync::Arc;

use crate::json::{Object, Value};

/// `extensions.code`
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the code of its name in SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    GraphqlParseFailed,
    GraphqlValidationFailed,
    BadUserInput,
    OperationResolutionFailure,
    LimitExceeded,
    Unauthenticated,
    Forbidden,
    NotFound,
    ConnectorFetch,
    ConnectorResponseInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
    DeadlineExceeded,
    Internal,
    /// From a connector's `errors.extensions.code`.
    Custom(Arc<str>),
}

/// A place in a document: line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Location {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// A step of a response path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathSegment {
    /// A response key.
    Key(Arc<str>),
    /// A list index.
    Index(usize),
}

/// One entry of `errors`.
#[derive(Debug, Clone)]
pub struct GraphqlError {
    /// For the developer of the client.
    pub message: String,
    /// In the document.
    pub locations: Vec<Location>,
    /// Empty for request errors.
    pub path: Vec<PathSegment>,
    /// `extensions.code`
    pub code: ErrorCode,
    /// Further members of `extensions`.
    pub extensions: Object,
}

impl ErrorCode {
    /// As printed in `extensions.code`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        todo!()
    }
}

impl GraphqlError {
    /// A request error without a place.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), locations: Vec::new(), path: Vec::new(), code, extensions: Object::default() }
    }

    /// The JSON object of the `errors` list; key order `message, locations, path, extensions`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        todo!()
    }
}
