//! A compiled `@connect`.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use http::HeaderName;

use super::{ConnectorText, Paging, Texts, UpstreamId};
use crate::{
    diagnostic::Span,
    graphql::{Literal, Name, TypeRef},
    json::Value,
    mapping::{Mapping, Shape, Template, VariablePath},
};

/// Index of a connector in its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectorId(pub u32);

/// HTTP method of a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Every method that a connector can have.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// As it stands in `http` and in a request line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Where a connector stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On a field of a root type.
    Root {
        /// Name of the root type.
        parent: Name,
        /// Field.
        field: Name,
        /// Whether it is a mutation.
        mutation: bool,
    },
    /// On a field of another object type: loads the field for its parent.
    Field {
        /// Parent type.
        parent: Name,
        /// Field.
        field: Name,
    },
    /// On an object type.
    Type {
        /// The type.
        object: Name,
    },
}

/// How a connector loads objects by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loads {
    /// A type connector with `$this`: one request for each key.
    Single,
    /// A type connector with `$batch`: one request for many keys.
    Batch {
        /// `batch.maxSize`
        max_size: Option<NonZeroU32>,
    },
    /// A root field with `entity: true`: `$args` are the key, one request for each.
    Entity,
}

/// A field (of the parent or of the loaded object) that a connector needs: a leaf of the graph, or an object with needed fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyField {
    /// Field of the graph type, and member of `$this`, of an element of `$batch`, or of `$args`.
    pub name: Name,
    /// Needed fields below; empty for a leaf.
    pub fields: Vec<Self>,
}

/// What is known of how long an answer stays fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheHint {
    /// `@cacheControl(maxAge:)` of the connector's field, else of its type.
    pub max_age: Option<Duration>,
    /// `@cacheControl(scope:)`
    pub scope: CacheScope,
}

/// `@cacheControl(scope:)`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CacheScope {
    #[default]
    Public,
    Private,
}

/// A base URL. Templates over `$config` and `$env` are rendered when the model is compiled.
#[derive(Debug, Clone)]
pub enum BaseUrl {
    /// Absolute http or https; may carry a path and a query.
    Source(url::Url),
    /// The connector has no source: its own URL is absolute.
    Absolute,
}

/// One header of the request.
#[derive(Debug, Clone)]
pub struct HeaderRule {
    /// Name.
    pub name: HeaderName,
    /// Value.
    pub source: HeaderSource,
}

/// Where a header's value comes from.
#[derive(Debug, Clone)]
pub enum HeaderSource {
    /// All values of the client's header of that name.
    From(HeaderName),
    /// A template.
    Value(Template),
}

/// The request, source and connector merged. Assembled by `upstream` as the mapping page's 2.5 says.
#[derive(Debug, Clone)]
pub struct RequestTemplate {
    /// Upstream.
    pub upstream: UpstreamId,
    /// Method.
    pub method: Method,
    /// Base URL of the source.
    pub base_url: BaseUrl,
    /// `source.http.path`
    pub source_path: Option<Mapping>,
    /// The connector's URL (relative; absolute when it has no source).
    pub url: Template,
    /// `connect.http.path`
    pub path: Option<Mapping>,
    /// `source.http.queryParams`
    pub source_query: Option<Mapping>,
    /// `connect.http.queryParams`
    pub query: Option<Mapping>,
    /// Headers, the connector's having replaced the source's.
    pub headers: Vec<HeaderRule>,
    /// Body.
    pub body: Option<Mapping>,
    /// Whether the body is sent as `application/x-www-form-urlencoded`.
    pub form: bool,
    /// Paths of `$context` that its texts read and that nothing sets: no request is made unless they have a value.
    pub unset_context: Vec<Vec<String>>,
}

/// `errors` of a connector or source.
#[derive(Debug, Clone, Default)]
pub struct ErrorMapping {
    /// `errors.message`, the connector's or else the source's.
    pub message: Option<Mapping>,
    /// `errors.extensions` of the source, then of the connector: merged in that order.
    pub extensions: Vec<Mapping>,
}

/// A compiled `@connect`. Immutable.
#[derive(Debug)]
pub struct Connector {
    /// Its index.
    pub id: ConnectorId,
    /// Label in logs, metrics, traces and `explain`: its `id`, or `Query.products`, `Product[0]`. Bounded by the schema.
    pub name: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// How it loads objects by key; `None` for plain root fields and for field connectors.
    pub loads: Option<Loads>,
    /// Fields it needs: of the parent (`$this` of a field connector), or of the object to load (`$this`, `$batch`, `$args`).
    pub key: Vec<KeyField>,
    /// Uses of `$args` (a root field's or field's arguments that matter).
    pub args: Vec<VariablePath>,
    /// Arguments of an entity root field that are not part of the key: their defaults.
    pub entity_defaults: Vec<(Name, Literal)>,
    /// The request that it makes; `None`: it computes its fields from what is known already.
    pub request: Option<RequestTemplate>,
    /// How it asks for pages, if its field is a connection.
    pub paging: Option<Paging>,
    /// Response to fields.
    pub selection: Mapping,
    /// What the selection gives.
    pub shape: Shape,
    /// Type of what it returns: the field's type, or the nullable object type.
    pub returns: TypeRef,
    /// `isSuccess`; absent: status 2xx.
    pub is_success: Option<Mapping>,
    /// `errors`
    pub errors: ErrorMapping,
    /// Freshness.
    pub cache: CacheHint,
    /// How often it is asked anew for those who subscribe to its field (`@poll`); `None` where nobody can.
    pub poll: Option<Duration>,
    /// Upstreams that a mutation makes stale besides its own.
    pub invalidates: Vec<UpstreamId>,
    /// `$config` of its upstream (an object).
    pub config: Arc<Value>,
    /// `$env`: the variables that its texts name (an object).
    pub env: Arc<Value>,
    /// Client headers that its request or mappings read (`from:` headers, `$request.headers`), lower case, sorted,
    /// with the upstream's `forward_headers` included, and those that `$context.client.version` comes from.
    pub reads_headers: Vec<HeaderName>,
    /// Whether any of its texts reads `$context`.
    pub reads_context: bool,
    /// Place of the directive.
    pub span: Span,
    /// Place of the selection's literal, to point into it.
    pub selection_literal: Literal,
    /// Its texts and those that it inherits, to point into them.
    pub texts: Texts,
}

// === impl Connector ===

impl Connector {
    /// The upstream that it calls, if it calls any.
    #[must_use]
    pub fn upstream(&self) -> Option<UpstreamId> {
        self.request.as_ref().map(|request| request.upstream)
    }

    /// A text of it, decoded.
    #[must_use]
    pub fn text(&self, text: &ConnectorText) -> &str {
        match text {
            ConnectorText::Selection => self.selection.text(),
            other => self.texts.get(other).and_then(Literal::as_str).unwrap_or_default(),
        }
    }

    /// The place of `range` (bytes of the decoded text) in the file that `text` stands in.
    #[must_use]
    pub fn span_within(&self, text: &ConnectorText, range: std::ops::Range<usize>) -> Span {
        let literal =
            if *text == ConnectorText::Selection { Some(&self.selection_literal) } else { self.texts.get(text) };
        literal
            .and_then(|literal| literal.span_within(range).or_else(|| literal.span.clone()))
            .unwrap_or_else(|| self.span.clone())
    }

    /// The method of its request, if it makes one.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        self.request.as_ref().map(|request| request.method)
    }
}

/// Adds a path of fields to a tree of needed fields.
pub(super) fn add_key(tree: &mut Vec<KeyField>, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    let index = tree.iter().position(|field| *field.name == **first).unwrap_or_else(|| {
        tree.push(KeyField { name: first.as_str().into(), fields: Vec::new() });
        tree.len() - 1
    });
    add_key(&mut tree[index].fields, rest);
}
