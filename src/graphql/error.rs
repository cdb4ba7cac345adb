//! Errors as clients see them: client-safe by construction.

use std::{borrow::Cow, sync::Arc};

use crate::json::{Number, Object, Value};

/// Longest message that a client gets, in characters.
const MAX_MESSAGE: usize = 2_000;

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
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    PersistedQueryHashMismatch,
    PersistedQueryNotInList,
    PersistedQueryIdRequired,
    QueryNotInSafelist,
    Internal,
    /// From a connector's `errors.extensions.code`.
    Custom(Arc<str>),
}

/// A place in a document: line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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
    pub extensions: Box<Object>,
}

// === impl ErrorCode ===

impl ErrorCode {
    /// As printed in `extensions.code`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::OperationResolutionFailure => "OPERATION_RESOLUTION_FAILURE",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::ConnectorFetch => "CONNECTOR_FETCH",
            Self::ConnectorResponseInvalid => "CONNECTOR_RESPONSE_INVALID",
            Self::UpstreamTimeout => "UPSTREAM_TIMEOUT",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::PersistedQueryNotInList => "PERSISTED_QUERY_NOT_IN_LIST",
            Self::PersistedQueryIdRequired => "PERSISTED_QUERY_ID_REQUIRED",
            Self::QueryNotInSafelist => "QUERY_NOT_IN_SAFELIST",
            Self::PersistedQueryHashMismatch => "PERSISTED_QUERY_HASH_MISMATCH",
            Self::Internal => "INTERNAL",
            Self::Custom(code) => code,
        }
    }
}

// === impl GraphqlError ===

impl GraphqlError {
    /// A request error without a place.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), locations: Vec::new(), path: Vec::new(), code, extensions: Box::default() }
    }

    /// The JSON object of the `errors` list; key order `message, locations, path, extensions`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut error = Object::default();
        error.insert("message".into(), Value::String(bounded(&self.message).as_ref().into()));
        if !self.locations.is_empty() {
            error.insert(
                "locations".into(),
                Value::Array(self.locations.iter().map(|place| place.to_value()).collect()),
            );
        }
        if !self.path.is_empty() {
            error.insert("path".into(), Value::Array(self.path.iter().map(PathSegment::to_value).collect()));
        }
        let mut extensions = Object::default();
        extensions.insert("code".into(), Value::String(bounded(self.code.as_str()).as_ref().into()));
        for (key, value) in self.extensions.iter() {
            extensions.entry(key.clone()).or_insert_with(|| value.clone());
        }
        error.insert("extensions".into(), Value::Object(extensions));
        Value::Object(error)
    }
}

/// A message or a code, cut where it is longer than anybody reads: names in it may be as long as the request, and what an
/// upstream says as long as its answer.
fn bounded(message: &str) -> Cow<'_, str> {
    match message.char_indices().nth(MAX_MESSAGE) {
        None => Cow::Borrowed(message),
        Some(_) => Cow::Owned(message.chars().take(MAX_MESSAGE).chain("...".chars()).collect()),
    }
}

// === impl Location, PathSegment ===

impl Location {
    fn to_value(self) -> Value {
        let mut place = Object::default();
        place.insert("line".into(), Value::Number(Number::from(u64::from(self.line))));
        place.insert("column".into(), Value::Number(Number::from(u64::from(self.column))));
        Value::Object(place)
    }
}

impl PathSegment {
    fn to_value(&self) -> Value {
        match self {
            Self::Key(key) => Value::String(key.clone()),
            Self::Index(index) => Value::Number(Number::from(*index as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, GraphqlError};

    #[test]
    fn long_messages_and_codes_are_cut_between_characters() {
        let error = GraphqlError::new(ErrorCode::BadUserInput, "é".repeat(3_000));
        let message = error.to_value().get("message").and_then(|message| message.as_str().map(str::to_owned)).unwrap();
        assert_eq!(message, format!("{}...", "é".repeat(2_000)));
        let error = GraphqlError::new(ErrorCode::Custom("é".repeat(3_000).into()), "short").to_value();
        let code = error.get("extensions").and_then(|extensions| extensions.get("code")?.as_str().map(str::len));
        assert_eq!(code, Some(2 * 2_000 + 3));
        let short = GraphqlError::new(ErrorCode::BadUserInput, "short");
        assert_eq!(short.to_value().get("message").and_then(|message| message.as_str()), Some("short"));
    }
}
