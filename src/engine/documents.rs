//! Which document a request means, when it does not simply send one, or when not every document may run: automatic persisted
//! queries and trusted documents.
//!
//! Never asked by requests that send a document of a client that runs all.

mod automatic;
mod trusted;
mod unknown;

use std::{collections::HashMap, sync::Arc};

use super::{GraphqlRequest, ResponseKind, plan_cache::Prepared};
use crate::{
    config::{Cache, DocumentMode},
    graphql::{DocumentHash, ErrorCode, GraphqlError, Name, PreparedDocument},
    json::Value,
    model::{Model, TrustedDocument, View},
    telemetry::{DocumentMetrics, Metrics},
};
use automatic::Automatic;
use trusted::{Document, Trusted};
use unknown::Lines;

/// The documents that are known by a name, of all clients.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// `None`: nobody's are kept.
    automatic: Option<Automatic>,
    clients: HashMap<Name, Client, ahash::RandomState>,
}

/// The trusted documents of all clients, taken out of the model: a plan is the last that needs what they were prepared to.
pub(super) type TakenDocuments = HashMap<Name, Vec<TrustedDocument>>;

/// What is known of one client's documents.
#[derive(Debug)]
struct Client {
    trusted: Option<Trusted>,
    metrics: DocumentMetrics,
    unknown: Lines,
}

/// The document that a request means.
#[derive(Debug)]
pub(super) enum Found<'r> {
    /// It sent it. With a hash, which is its own, it wants it to be kept.
    Sent(&'r str, Option<DocumentHash>),
    /// One that was kept.
    Kept(Arc<str>),
    /// One that is trusted.
    Trusted(&'r Document),
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
    /// Plans the trusted documents of all clients.
    pub(super) fn new(
        model: &Model,
        mut trusted: TakenDocuments,
        cache: &Cache,
        metrics: &Metrics,
        plan: impl Fn(&View, PreparedDocument) -> Prepared,
    ) -> Self {
        let mut of_client = |view: &View| {
            let trusted = view.documents.as_ref().map(|documents| {
                let list = trusted.remove(&view.name).unwrap_or_default();
                let (trusted, warmed) =
                    Trusted::new(view, (documents.mode, list), cache.plans, |prepared| plan(view, prepared));
                tracing::info!(
                    client = &*view.name,
                    mode = mode(documents.mode),
                    documents = warmed.documents,
                    planned = warmed.planned,
                    refused = warmed.refused,
                    bytes = warmed.bytes,
                    "trusted documents are planned"
                );
                trusted
            });
            (view.name.clone(), Client { trusted, metrics: metrics.documents(&view.name), unknown: Lines::default() })
        };
        let size = cache.persisted_queries;
        Self {
            automatic: (size.0 > 0).then(|| Automatic::new(size)),
            clients: model.clients.values().map(&mut of_client).collect(),
        }
    }

    /// Takes the trusted documents of all clients out of `model`.
    pub(super) fn take(model: &mut Model) -> TakenDocuments {
        let views = model.clients.values_mut();
        views.filter_map(|view| Some((view.name.clone(), view.documents.as_mut()?.take()))).collect()
    }

    /// Whether every document that a client sends may run, and nobody has to know which.
    pub(super) fn run_all(view: &View) -> bool {
        view.documents.as_ref().is_none_or(|documents| documents.mode == DocumentMode::Open)
    }

    /// The document that `request`, which sends none or names one, means.
    pub(super) fn find<'r>(&'r self, view: &View, request: &'r GraphqlRequest<'_>) -> Result<Found<'r>, Box<Unknown>> {
        let client = self.clients.get(&view.name).ok_or_else(|| refuse(ErrorCode::Internal, "internal error"))?;
        let (named, sent) = (Named::by(request)?, request.query.as_deref());
        let found = match (named, sent) {
            (Some(named), None | Some("")) => self.known(view, client, named),
            (Some(Named::Hash(hash)), Some(text)) => self.offered(view, client, hash, text),
            // An id that is no hash says nothing of a text that is sent with it.
            (Some(Named::Id(_)) | None, Some(text)) => Ok(Found::Sent(text, None)),
            (None, None) => Err(refuse(ErrorCode::BadUserInput, "`query` is missing: send the GraphQL document there")),
        };
        match (found?, &client.trusted) {
            (found @ Found::Trusted(_), _) | (found, None) => Ok(found),
            (Found::Kept(text), Some(trusted)) => client
                .admit(view, trusted, &text, request)
                .map(|document| document.map_or(Found::Kept(text), Found::Trusted)),
            (Found::Sent(text, hash), Some(trusted)) => client
                .admit(view, trusted, text, request)
                .map(|document| document.map_or(Found::Sent(text, hash), Found::Trusted)),
        }
    }

    /// Keeps a document that is valid for the client of `view`.
    pub(super) fn keep(&self, view: &View, hash: DocumentHash, text: &str) {
        if let (Some(automatic), Some(client)) = (&self.automatic, self.clients.get(&view.name))
            && automatic.keep(&view.name, hash, text)
        {
            client.metrics.stored.inc();
        }
    }

    /// A document that is named and not sent.
    fn known<'r>(&'r self, view: &View, client: &'r Client, named: Named<'_>) -> Result<Found<'r>, Box<Unknown>> {
        let (Named::Hash(id) | Named::Id(id)) = named;
        if let Some(document) = client.trusted.as_ref().and_then(|trusted| trusted.by_id(id)) {
            client.metrics.hits.inc();
            return Ok(Found::Trusted(document));
        }
        if client.only_trusted() {
            client.metrics.misses.inc();
            let message = format!("Persisted query '{id}' not found in the persisted query list");
            return Err(refuse(ErrorCode::PersistedQueryNotInList, message));
        }
        let automatic = self.automatic(view)?;
        match DocumentHash::parse(id).and_then(|hash| automatic.get(&view.name, hash)) {
            Some(text) => {
                client.metrics.hits.inc();
                Ok(Found::Kept(text))
            }
            None => {
                client.metrics.misses.inc();
                let error = GraphqlError::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound");
                Err(Box::new(Unknown { kind: ResponseKind::UnknownDocument, error }))
            }
        }
    }

    /// A document with what should be its hash.
    fn offered<'r>(&self, view: &View, client: &Client, hash: &str, text: &'r str) -> Result<Found<'r>, Box<Unknown>> {
        let only_trusted = client.only_trusted();
        if !only_trusted {
            self.automatic(view)?;
        }
        let own = DocumentHash::of(text);
        if DocumentHash::parse(hash) == Some(own) {
            Ok(Found::Sent(text, (!only_trusted).then_some(own)))
        } else {
            client.metrics.refused.inc();
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
}

// === impl Client ===

impl Client {
    fn only_trusted(&self) -> bool {
        let mode = self.trusted.as_ref().map(|trusted| trusted.mode);
        matches!(mode, Some(DocumentMode::Safelist | DocumentMode::IdsOnly))
    }

    /// Whether a document that was sent may run; the trusted one if it is one, byte by byte.
    fn admit<'r>(
        &self,
        view: &View,
        trusted: &'r Trusted,
        text: &str,
        request: &GraphqlRequest<'_>,
    ) -> Result<Option<&'r Document>, Box<Unknown>> {
        if trusted.mode == DocumentMode::IdsOnly {
            self.metrics.refused.inc();
            let message = "This endpoint does not allow freeform GraphQL requests; operations must be sent by ID in the persisted queries GraphQL extension.";
            return Err(refuse(ErrorCode::PersistedQueryIdRequired, message));
        }
        let document = trusted.by_text(text);
        if trusted.mode == DocumentMode::Open {
            return Ok(document);
        }
        if document.is_some() || trusted.says_what_is_known(text) {
            self.metrics.known.inc();
            return Ok(document);
        }
        match trusted.mode {
            DocumentMode::Safelist => {
                self.metrics.refused.inc();
                let message = "The operation body was not found in the persisted query safelist";
                Err(refuse(ErrorCode::QueryNotInSafelist, message))
            }
            DocumentMode::Log | DocumentMode::Open | DocumentMode::IdsOnly => {
                self.metrics.unknown.inc();
                self.unknown.log(view, text, request.operation_name.as_deref());
                Ok(None)
            }
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

fn refuse(code: ErrorCode, message: impl Into<String>) -> Box<Unknown> {
    Box::new(Unknown { kind: ResponseKind::RequestError, error: GraphqlError::new(code, message) })
}

/// As it is configured.
fn mode(mode: DocumentMode) -> &'static str {
    match mode {
        DocumentMode::Open => "open",
        DocumentMode::Log => "log",
        DocumentMode::Safelist => "safelist",
        DocumentMode::IdsOnly => "ids-only",
    }
}
