//! Requests and responses of the engine, free of HTTP transports.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;

use crate::{executor::CacheControl, json::Value, telemetry::Identity};

/// A GraphQL request. Its texts are borrowed from the transport's bytes where nothing in them is escaped: an operation whose
/// plan is known copies none of them.
#[derive(Debug, Clone)]
pub struct GraphqlRequest<'a> {
    /// Document.
    pub query: Cow<'a, str>,
    /// Operation name.
    pub operation_name: Option<Cow<'a, str>>,
    /// Variables: an object, or null.
    pub variables: Value,
    /// Extensions: an object, or null.
    pub extensions: Value,
}

/// What the engine must know of the transport's request.
#[derive(Debug)]
pub struct RequestContext {
    /// The client's headers.
    pub headers: http::HeaderMap,
    /// Its id and trace.
    pub identity: Identity,
    /// Whether only queries are allowed (GET).
    pub queries_only: bool,
    /// Whether to add the trace extension (the caller has checked that it may).
    pub trace: bool,
    /// Whether to add the problems extension (the caller has checked that it may).
    pub problems: bool,
}

/// How a response came to be; the server maps it to a status, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// Executed: `data` is there, perhaps null, perhaps with errors.
    Executed,
    /// Refused before execution: parse, validation, variables, limits, operation choice.
    RequestError,
    /// A mutation or subscription where only queries are allowed.
    NotAQuery,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerOrigin {
    /// The operation ran, or was refused.
    Own,
    /// An identical query that ran at the same time.
    Shared,
    /// It was kept whole.
    Kept,
}

/// A complete answer.
#[derive(Debug, Clone)]
pub struct GraphqlResponse {
    /// JSON: `{"data":...,"errors":[...],"extensions":{...}}`; `data` absent for request errors.
    pub body: Bytes,
    /// Kind.
    pub kind: ResponseKind,
    /// Cacheability of the answer.
    pub cache_control: Option<CacheControl>,
    /// Operation's name for logs, if it has one.
    pub operation_name: Option<Arc<str>>,
    /// `query`, `mutation`, `subscription`, or `unknown` before it was parsed.
    pub operation_kind: &'static str,
    /// Number of errors.
    pub errors: usize,
    /// Where it comes from.
    pub origin: AnswerOrigin,
    /// Upstream calls made or shared; for a shared answer those of the operation that ran.
    pub upstream_calls: usize,
}
