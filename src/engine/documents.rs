//! Which document a request means, when it does not simply send one: automatic persisted queries.
//!
//! Knows texts and hashes only. Never asked by requests that send a document and name none.

mod automatic;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use super::{GraphqlRequest, ResponseKind};
use crate::{
    config::ByteSize,
    graphql::{DocumentHash, ErrorCode, GraphqlError, Name},
    json::Value,
    model::View,
    telemetry::{DocumentMetrics, Metrics},
};
use automatic::Automatic;

/// The documents that are known by a name, of all clients.
#[derive(Debug)]
pub(super) struct Documents {
    /// `None`: nobody's are kept.
    automatic: Option<Automatic>,
    metrics: HashMap<Name, DocumentMetrics>,
}

/// The document that a request means.
#[derive(Debug)]
pub(super) enum Found<'r> {
    /// It sent it. With a hash, which is its own, it wants it to be kept.
    Sent(&'r str, Option<DocumentHash>),
    /// One that was kept.
    Kept(Arc<str>),
}

/// A request that means no document, or none that it may run.
#[derive(Debug)]
pub(super) struct Unknown {
    pub(super) kind: ResponseKind,
    pub(super) error: GraphqlError,
}

/// How a request names a document.
#[derive(Debug, Clone, Copy)]
enum Named<'r> {
    /// `extensions.persistedQuery.sha256Hash`, or `documentId` with the prefix that says the same.
    Hash(&'r str),
    /// `documentId` and the like.
    Id(&'r str),
}

impl Documents {
    pub(super) fn new(size: ByteSize, clients: impl Iterator<Item = Name>, metrics: &Metrics) -> Self {
        let of_client = |name: Name| {
            let metrics = metrics.documents(&name);
            (name, metrics)
        };
        Self { automatic: (size.0 > 0).then(|| Automatic::new(size)), metrics: clients.map(of_client).collect() }
    }

    /// The document that `request`, which sends none or names one, means.
    pub(super) fn find<'r>(&self, view: &View, request: &'r GraphqlRequest<'_>) -> Result<Found<'r>, Box<Unknown>> {
        let sent = request.query.as_ref().map(Cow::as_ref);
        match (Named::by(request)?, sent) {
            (Some(named), None | Some("")) => self.known(view, named),
            (Some(Named::Hash(hash)), Some(text)) => self.offered(view, hash, text),
            // An id that is no hash says nothing of a text that is sent with it.
            (Some(Named::Id(_)) | None, Some(text)) => Ok(Found::Sent(text, None)),
            (None, None) => Err(refuse(ErrorCode::BadUserInput, "`query` is missing: send the GraphQL document there")),
        }
    }

    /// Keeps a document that is valid for the client of `view`.
    pub(super) fn keep(&self, view: &View, hash: DocumentHash, text: &str) {
        if let Some(automatic) = &self.automatic
            && automatic.keep(&view.name, hash, text)
        {
            self.count(view, |metrics| &metrics.stored);
        }
    }

    fn known(&self, view: &View, named: Named<'_>) -> Result<Found<'static>, Box<Unknown>> {
        let automatic = self.automatic(view)?;
        let (Named::Hash(hash) | Named::Id(hash)) = named;
        match DocumentHash::parse(hash).and_then(|hash| automatic.get(&view.name, hash)) {
            Some(text) => {
                self.count(view, |metrics| &metrics.hits);
                Ok(Found::Kept(text))
            }
            None => {
                self.count(view, |metrics| &metrics.misses);
                let error = GraphqlError::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound");
                Err(Box::new(Unknown { kind: ResponseKind::UnknownDocument, error }))
            }
        }
    }

    /// A document with what should be its hash.
    fn offered<'r>(&self, view: &View, hash: &str, text: &'r str) -> Result<Found<'r>, Box<Unknown>> {
        self.automatic(view)?;
        let own = DocumentHash::of(text);
        if DocumentHash::parse(hash) == Some(own) {
            Ok(Found::Sent(text, Some(own)))
        } else {
            self.count(view, |metrics| &metrics.refused);
            Err(refuse(ErrorCode::PersistedQueryHashMismatch, "provided sha does not match query"))
        }
    }

    fn automatic(&self, view: &View) -> Result<&Automatic, Box<Unknown>> {
        self.automatic.as_ref().filter(|_| view.persisted_queries).ok_or_else(|| {
            // Clients know this one, too: they send the document, now and in future.
            let error = GraphqlError::new(ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported");
            Box::new(Unknown { kind: ResponseKind::UnknownDocument, error })
        })
    }

    fn count(&self, view: &View, counter: impl FnOnce(&DocumentMetrics) -> &crate::telemetry::Counter) {
        if let Some(metrics) = self.metrics.get(&view.name) {
            counter(metrics).inc();
        }
    }
}

// === impl Named ===

impl<'r> Named<'r> {
    fn by(request: &'r GraphqlRequest<'_>) -> Result<Option<Self>, Box<Unknown>> {
        let Some(extension) = request.persisted_query() else {
            return Ok(request.document_id.as_deref().map(|id| match id.strip_prefix("sha256:") {
                Some(hash) => Self::Hash(hash),
                None => Self::Id(id),
            }));
        };
        let version = extension.get("version");
        if !matches!(version, Some(Value::Number(version)) if version.as_str() == "1") {
            return Err(refuse(ErrorCode::BadUserInput, "Unsupported persisted query version"));
        }
        match extension.get("sha256Hash") {
            Some(Value::String(hash)) => Ok(Some(Self::Hash(hash))),
            _ => Err(refuse(ErrorCode::BadUserInput, "`extensions.persistedQuery.sha256Hash` must be a string")),
        }
    }
}

fn refuse(code: ErrorCode, message: &str) -> Box<Unknown> {
    Box::new(Unknown { kind: ResponseKind::RequestError, error: GraphqlError::new(code, message) })
}
