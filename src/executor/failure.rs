//! Why a slot could not be filled, and what clients are told of it.
//!
//! Upstream errors carry names and details for logs; what leaves here is written for clients.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    graphql::{ErrorCode, GraphqlError},
    json::{Object, Value},
    upstream::{UpstreamError, UpstreamErrorKind},
};

/// Why a value is not there.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// A call failed.
    Upstream(Arc<UpstreamError>),
    /// A response could not be read, or is of a shape that the graph does not have.
    InvalidResponse,
    /// A mapping met a problem, and its upstream says that this is an error.
    MappingProblem,
    /// More rows than the operation may read.
    TooManyRows {
        /// The bound.
        limit: usize,
    },
    /// The request could not be rendered from its values.
    Unrenderable,
    /// A preset has no value in this request.
    MissingPreset,
    /// The arguments of a connection name no page.
    NoPage(String),
    /// A variable is null where the argument must not be.
    NullArgument,
    /// It was not there when the operation had to be answered.
    Deadline,
    /// A defect of ours.
    Internal,
}

/// The number of [`Failure::Deadline`].
pub(super) const DEADLINE: u32 = 0;

/// What an error says besides path and places.
#[derive(Debug)]
pub(super) struct ClientError {
    pub(super) message: String,
    pub(super) code: ErrorCode,
    pub(super) extensions: Object,
    /// The JSON type that was found, where the shape of a value is to blame.
    pub(super) found: Option<&'static str>,
}

/// The failures of one operation; `Slot::Failed` holds indexes into it. [`DEADLINE`] is always there.
#[derive(Debug)]
pub(super) struct Failures {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    list: Vec<Failure>,
    /// Upstream errors by address, so that all keys of one batch share an entry. The list keeps them alive.
    upstream: HashMap<usize, u32>,
}

/// What a client is told of a failed call, besides path and places.
#[must_use]
pub fn client_error(error: &UpstreamError) -> GraphqlError {
    let ClientError { message, code, extensions, .. } = upstream(error);
    GraphqlError { extensions: extensions.into(), ..GraphqlError::new(code, message) }
}

// === impl Failures ===

impl Default for Failures {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { list: vec![Failure::Deadline], upstream: HashMap::new() }) }
    }
}

impl Failures {
    /// Adds a failure and returns its number. An upstream error has one number, however many keys it fails.
    pub(super) fn add(&self, failure: Failure) -> u32 {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let id = u32::try_from(inner.list.len()).unwrap_or(u32::MAX);
        if let Failure::Upstream(error) = &failure {
            let address = Arc::as_ptr(error) as usize;
            if let Some(known) = inner.upstream.get(&address) {
                return *known;
            }
            inner.upstream.insert(address, id);
        }
        inner.list.push(failure);
        id
    }

    /// The failure of a number.
    pub(super) fn get(&self, id: u32) -> Failure {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.list.get(id as usize).cloned().unwrap_or(Failure::Internal)
    }
}

// === impl Failure ===

impl Failure {
    /// What the client is told.
    pub(super) fn to_client(&self) -> ClientError {
        match self {
            Self::Upstream(error) => upstream(error),
            Self::InvalidResponse => {
                plain(ErrorCode::ConnectorResponseInvalid, "The server returned data in an unexpected format.")
            }
            Self::MappingProblem => plain(
                ErrorCode::ConnectorResponseInvalid,
                "the service's answer does not have the form that this field expects",
            ),
            Self::TooManyRows { limit } => plain(
                ErrorCode::LimitExceeded,
                format!("the operation reads more than {limit} objects, which is the limit"),
            ),
            Self::Unrenderable => {
                plain(ErrorCode::ConnectorFetch, "no request can be made for this field with these values")
            }
            Self::MissingPreset => {
                plain(ErrorCode::BadUserInput, "the request lacks something that this field depends on")
            }
            Self::NullArgument => plain(ErrorCode::BadUserInput, "an argument of this field must not be null"),
            Self::NoPage(why) => plain(ErrorCode::BadUserInput, why.as_str()),
            Self::Deadline => deadline(),
            Self::Internal => plain(ErrorCode::Internal, "internal error"),
        }
    }
}

fn upstream(error: &UpstreamError) -> ClientError {
    let mut client = match &error.kind {
        UpstreamErrorKind::Unavailable => plain(ErrorCode::UpstreamUnavailable, "the service is not reachable"),
        UpstreamErrorKind::Overloaded => plain(ErrorCode::UpstreamUnavailable, "the service is too busy"),
        UpstreamErrorKind::Timeout => plain(ErrorCode::UpstreamTimeout, "the service did not answer in time"),
        UpstreamErrorKind::DeadlineExceeded => deadline(),
        UpstreamErrorKind::Status(_) => plain(ErrorCode::ConnectorFetch, "Request failed"),
        UpstreamErrorKind::InvalidResponse => {
            plain(ErrorCode::ConnectorResponseInvalid, "The server returned data in an unexpected format.")
        }
        UpstreamErrorKind::TooLarge => {
            plain(ErrorCode::LimitExceeded, "the service's answer is larger than the limit allows")
        }
        UpstreamErrorKind::Render => Failure::Unrenderable.to_client(),
        UpstreamErrorKind::TooManyCalls => {
            plain(ErrorCode::LimitExceeded, "the operation needs more upstream calls than the limit allows")
        }
    };
    if let UpstreamErrorKind::Status(status) = error.kind {
        let mut http = Object::default();
        http.insert("status".into(), Value::from(i64::from(status)));
        client.extensions.insert("http".into(), Value::Object(http));
    }
    if let Some(message) = &error.client_message {
        client.message.clone_from(message);
    }
    for (key, value) in &error.client_extensions {
        client.extensions.insert(key.clone(), value.clone());
    }
    if let Some(code) = &error.client_code {
        client.code = ErrorCode::Custom(code.clone());
    }
    client
}

fn deadline() -> ClientError {
    plain(ErrorCode::DeadlineExceeded, "the operation's time was over before this field was there")
}

fn plain(code: ErrorCode, message: impl Into<String>) -> ClientError {
    ClientError { message: message.into(), code, extensions: Object::default(), found: None }
}
