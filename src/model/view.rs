//! A client's view, compiled: its schema and how each of its fields is found in the graph.

use std::{collections::HashMap, sync::Arc};

use http::HeaderName;
use indexmap::IndexMap;

use super::TrustedDocuments;
use crate::{
    config::{ByteSize, Cors, Introspection, Limits},
    graphql::{ClientSchema, DocumentLimits, Literal, Name, TypeKind, TypeRef},
};

/// What one client sees. Immutable.
#[derive(Debug)]
pub struct View {
    /// The client.
    pub name: Name,
    /// Schema for validation, variables and introspection.
    pub schema: Arc<ClientSchema>,
    /// Lowering of each composite output type, by view type name.
    pub types: HashMap<Name, ViewType>,
    /// Bounds.
    pub limits: Limits,
    /// Whether introspection and `schema.graphql` are served.
    pub introspection: Introspection,
    /// Whether browsers get the console.
    pub console: bool,
    /// Cross-origin access.
    pub cors: Cors,
    /// Whether requests that a foreign page could send without preflight are refused.
    pub csrf: bool,
    /// Whether documents can be named by their hash once they were sent.
    pub persisted_queries: bool,
    /// Most requests of a JSON array; 0: arrays are refused.
    pub batching: usize,
    /// Members of `connection_init`'s payload that count as headers.
    pub init_headers: Vec<HeaderName>,
    /// Documents that are known before anybody sends them.
    pub documents: Option<TrustedDocuments>,
}

// === impl View ===

impl View {
    /// Whether it has subscriptions.
    #[must_use]
    pub fn subscribes(&self) -> bool {
        self.schema.schema().subscription.is_some()
    }

    /// Bounds of its documents. `body_limit` is that of requests.
    #[must_use]
    pub fn document_limits(&self, body_limit: ByteSize) -> DocumentLimits {
        document_limits(&self.limits, body_limit)
    }
}

/// Bounds of documents: those that the configuration says, and those that follow from it.
#[must_use]
pub fn document_limits(limits: &Limits, body_limit: ByteSize) -> DocumentLimits {
    /// Brackets of arguments and lists around and inside fields.
    const NESTING_BESIDE_FIELDS: usize = 48;
    /// What the recursive parsers behind the guard bear in any case.
    const MOST_NESTING: usize = 400;
    DocumentLimits {
        bytes: usize::try_from(body_limit.0).unwrap_or(usize::MAX),
        tokens: limits.tokens.get(),
        nesting: limits.depth.get().saturating_mul(2).saturating_add(NESTING_BESIDE_FIELDS).min(MOST_NESTING),
        depth: limits.depth.get(),
        aliases: limits.aliases,
        root_fields: limits.root_fields.get(),
        fields: limits.fields.get(),
    }
}

/// An object, interface or union of a view.
#[derive(Debug)]
pub struct ViewType {
    /// Name in the view.
    pub name: Name,
    /// Kind in the view.
    pub kind: TypeKind,
    /// Graph type that it shows.
    pub graph: Name,
    /// Concrete graph types that may stand here and what they are in the view. For an object: itself alone.
    pub members: Vec<ViewMember>,
    /// Fields of objects and interfaces.
    pub fields: IndexMap<Name, ViewField>,
}

/// A concrete graph type of a view type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewMember {
    /// Graph object type.
    pub graph: Name,
    /// The view's object type; `None`: the view says that it is null.
    pub view: Option<Name>,
}

/// A field of a view: a path of graph fields.
#[derive(Debug)]
pub struct ViewField {
    /// Name in the view.
    pub name: Name,
    /// Type in the view.
    pub ty: TypeRef,
    /// Graph fields from the parent's graph type; at least one.
    pub hops: Vec<Hop>,
    /// Default values of the view's arguments, coerced.
    pub argument_defaults: IndexMap<Name, Literal>,
    /// `@max` of the view's arguments.
    pub caps: IndexMap<Name, i64>,
    /// What connections that it leads to make of its arguments; `None`: it leads to none.
    pub(super) pages: Option<PageArguments>,
}

/// The arguments of a view's field that a connection reads. To it, null is as good as nothing.
#[derive(Debug, Default)]
pub(super) struct PageArguments {
    /// The most rows that each may ask for: `max` of `@connection`.
    pub(super) sizes: HashMap<Name, i64>,
}

/// Who says how large an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The view, with `@max`: requests that go beyond it are refused.
    View,
    /// A connection, with its `max`: the field is an error.
    Connection,
}

// === impl ViewField ===

impl ViewField {
    /// The largest value of an argument of the view, and who says so: the smaller of two counts.
    pub(super) fn largest(&self, argument: &str) -> Option<(i64, Bound)> {
        let size = self.pages.as_ref().and_then(|pages| pages.sizes.get(argument));
        let bounds = [(self.caps.get(argument), Bound::View), (size, Bound::Connection)];
        bounds.into_iter().filter_map(|(max, bound)| Some((*max?, bound))).min_by_key(|(max, _)| *max)
    }
}

/// One graph field of a path.
#[derive(Debug)]
pub struct Hop {
    /// Graph type it is selected on (an object or interface).
    pub parent: Name,
    /// Graph field.
    pub field: Name,
    /// Its graph type.
    pub ty: TypeRef,
    /// Every graph argument that gets a value. Arguments without an entry are absent.
    pub arguments: Vec<HopArgument>,
}

/// A graph argument and where its value comes from.
#[derive(Debug, Clone)]
pub struct HopArgument {
    /// Graph argument.
    pub name: Name,
    /// Its graph type.
    pub ty: TypeRef,
    /// Source of the value.
    pub source: ArgumentSource,
    /// The graph's default (coerced), used when the source gives nothing (never for headers).
    pub default: Option<Literal>,
}

/// Where an argument's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentSource {
    /// The client's argument of this name in the view.
    Client(Name),
    /// Pinned by `@preset(value:)`, coerced to the graph's type.
    Preset(Literal),
    /// Pinned by `@preset(from: "header.NAME")`; without a value the field is an error and no call is made.
    Header(HeaderName),
    /// Nothing binds it: the graph's default.
    Default,
}
