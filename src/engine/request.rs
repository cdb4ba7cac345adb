//! Requests and responses of the engine, free of HTTP transports.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::{executor::CacheControl, json::Value, telemetry::Identity};

/// A GraphQL request. Its texts are borrowed from the transport's bytes where nothing in them is escaped: an operation whose
/// plan is known copies none of them.
#[derive(Debug, Clone)]
pub struct GraphqlRequest<'a> {
    /// Document; `None` or empty where the request names one that is known.
    pub query: Option<Cow<'a, str>>,
    /// The id of a document that is known. That of automatic persisted queries stands in the extensions.
    pub document_id: Option<Cow<'a, str>>,
    /// Operation name.
    pub operation_name: Option<Cow<'a, str>>,
    /// Variables: an object, or null.
    pub variables: Value,
    /// Extensions: an object, or null.
    pub extensions: Value,
}

impl<'a> GraphqlRequest<'a> {
    /// A document, and nothing else.
    #[must_use]
    pub fn of(query: impl Into<Cow<'a, str>>) -> Self {
        Self {
            query: Some(query.into()),
            document_id: None,
            operation_name: None,
            variables: Value::Null,
            extensions: Value::Null,
        }
    }

    /// Whether it names a document that is known, be it besides sending one.
    #[must_use]
    pub fn names_a_document(&self) -> bool {
        self.document_id.is_some() || self.persisted_query().is_some()
    }

    /// `extensions.persistedQuery`; `null` is as good as nothing.
    pub(super) fn persisted_query(&self) -> Option<&Value> {
        match &self.extensions {
            Value::Object(extensions) => extensions.get("persistedQuery").filter(|value| **value != Value::Null),
            _ => None,
        }
    }
}

/// What the engine must know of the transport's request.
#[derive(Debug, Clone)]
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
    /// What the transport carries besides one whole answer.
    pub delivery: Delivery,
}

/// What a transport carries besides one whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Whether it carries the events of a subscription.
    pub events: bool,
    /// In which form it carries answers in parts (`@defer`, `@stream`); `None`: not at all.
    pub parts: Option<IncrementalFormat>,
}

/// The payloads of an answer that is delivered in parts. Clients name the format that they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncrementalFormat {
    /// `{"data":…,"hasNext":true}`, then `{"incremental":[{"data":…,"path":[…],"label":…}],"hasNext":…}`: the proposal of
    /// August 2022 (`deferSpec=20220824`).
    Patches,
    /// `pending`, `incremental` and `completed` with ids (`incrementalSpec=v0.2`).
    Pending,
}

/// What a request is answered with.
pub enum Reply {
    /// One answer.
    Whole(GraphqlResponse),
    /// Several, one after another.
    Stream(ReplyStream),
}

/// Answers that come one after another. Dropping it ends what makes them.
pub struct ReplyStream {
    /// What they are.
    pub kind: StreamKind,
    /// Each is a complete JSON payload as its transport frames it.
    pub answers: BoxStream<'static, GraphqlResponse>,
}

/// What the answers of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// Events of a subscription: each is an answer of its own, and there may be none for long.
    Events,
    /// Parts of one answer; the last says `"hasNext":false`.
    Parts,
}

/// How a response came to be; the server maps it to a status, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// Executed: `data` is there, perhaps null, perhaps with errors.
    Executed,
    /// Refused before execution: parse, validation, variables, limits, operation choice.
    RequestError,
    /// The request names a document that is not known here: the client may send it, which is no mistake.
    UnknownDocument,
    /// A mutation or subscription where only queries are allowed.
    NotAQuery,
    /// A subscription, or an operation with `@defer` or `@stream`, over a transport that does not carry its answers.
    NeedsStream,
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

// === impl Reply ===

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(answer) => f.debug_tuple("Whole").field(answer).finish(),
            Self::Stream(stream) => f.debug_tuple("Stream").field(stream).finish(),
        }
    }
}

impl std::fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyStream").field("kind", &self.kind).finish_non_exhaustive()
    }
}
