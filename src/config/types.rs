//! The valid configuration. Each field's doc comment is its manual entry.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
};

use indexmap::IndexMap;

use super::{ByteSize, Millis, Secret};
use crate::{
    diagnostic::{SourceFile, Span},
    json::Value,
};

/// A whole `upstreams.toml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[admin]`; absent: no admin listener.
    pub admin: Option<Admin>,
    /// `[graph]`
    pub graph: Graph,
    /// `[clients.NAME]` in order of the file; empty: one client `default` that sees the whole graph.
    pub clients: IndexMap<String, Client>,
    /// `[cache]`
    pub cache: Cache,
    /// `[sharing]`
    pub sharing: Sharing,
    /// `[upstreams.NAME]`
    pub upstreams: IndexMap<String, Upstream>,
    /// Settings of sources that `[upstreams]` does not name (all defaults).
    pub other_upstreams: Upstream,
    /// The file itself, for diagnostics of later stages.
    pub file: Arc<SourceFile>,
}

impl Config {
    /// The settings of a source.
    #[must_use]
    pub fn upstream(&self, name: &str) -> Upstream {
        self.upstreams.get(name).unwrap_or(&self.other_upstreams).clone()
    }
}

/// A value and where it was declared.
#[derive(Debug, Clone)]
pub struct Declared<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// `[server]`: the public listener.
#[derive(Debug, Clone)]
pub struct Server {
    /// Address and port (127.0.0.1:4000). Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Largest request body (1MiB).
    pub body_limit: ByteSize,
    /// Time for one operation, all its upstream calls included (15s).
    pub deadline: Millis,
    /// Time for which requests are still taken after the signal to stop (0s).
    pub drain_delay: Millis,
    /// Time that running operations get when the server stops (10s).
    pub shutdown: Millis,
    /// Subscriptions of all clients at the same time (10000).
    pub subscriptions: usize,
    /// Who may ask for the trace and problems extensions.
    pub trace: Trace,
    /// Whether responses are compressed when the client accepts it (true).
    pub compression: bool,
    /// Headers that a proxy in front sets and that clients cannot; lower case (none).
    pub trusted_headers: Vec<http::HeaderName>,
    /// Bounds of WebSocket connections.
    pub websocket: WebSocket,
}

/// `server.websocket`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSocket {
    /// Connections at the same time (5000).
    pub connections: usize,
    /// Operations of one connection at the same time (100).
    pub operations: NonZeroUsize,
    /// Time for `connection_init` (10s).
    pub init_timeout: Millis,
    /// How often a connection is pinged (20s).
    pub ping_interval: Millis,
}

/// `server.trace`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// Nobody.
    Off,
    /// Requests from loopback addresses.
    Loopback,
    /// Whoever sends this token in `x-anabranch-trace` or `x-anabranch-problems`.
    Token(Secret),
}

/// `[admin]`: health, metrics, operator actions; never on the public listener.
#[derive(Debug, Clone)]
pub struct Admin {
    /// Address and port.
    pub listen: SocketAddr,
    /// Token for operator actions.
    pub token: Option<Secret>,
}

/// `[graph]`
#[derive(Debug, Clone)]
pub struct Graph {
    /// The globs of `graph.schema`, but those that hold something of the environment.
    pub patterns: Vec<String>,
    /// The schema files that they match, sorted by path, read.
    pub files: Vec<Arc<SourceFile>>,
    /// Where `schema` stands.
    pub span: Span,
}

/// `[clients.NAME]`
#[derive(Debug, Clone)]
pub struct Client {
    /// The view's file, read.
    pub file: Arc<SourceFile>,
    /// Where the client is declared.
    pub span: Span,
    /// Whether introspection and `schema.graphql` are served (on).
    pub introspection: Introspection,
    /// Whether browsers get the console (true).
    pub console: bool,
    /// Cross-origin access (off).
    pub cors: Cors,
    /// Whether requests that a foreign web page could send without a preflight are refused (true).
    pub csrf: bool,
    /// Whether documents can be named by their hash once they were sent (true).
    pub persisted_queries: bool,
    /// Most requests of a JSON array (0: arrays are refused).
    pub batching: usize,
    /// Members of `connection_init`'s payload that count as headers (none).
    pub init_headers: Vec<http::HeaderName>,
    /// Operations that are known before anybody sends them.
    pub trusted_documents: Option<TrustedDocuments>,
    /// Bounds of one operation.
    pub limits: Limits,
}

/// `[clients.NAME.trusted_documents]`
#[derive(Debug, Clone)]
pub struct TrustedDocuments {
    /// Manifests and GraphQL documents, sorted by path, read.
    pub files: Vec<Arc<SourceFile>>,
    /// Which other operations are run (open).
    pub mode: DocumentMode,
    /// Where `files` stands.
    pub span: Span,
}

/// `clients.NAME.trusted_documents.mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentMode {
    /// All.
    Open,
    /// All; those that are not known are logged and counted.
    Log,
    /// None: an operation must be known, by its text or by its id.
    Safelist,
    /// None, and operations are named by their ids only.
    IdsOnly,
}

/// `clients.NAME.introspection`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introspection {
    /// Served.
    On,
    /// Refused.
    Off,
}

/// `clients.NAME.cors`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cors {
    /// No CORS headers.
    Off,
    /// These origins, spelled as browsers send them.
    Origins(Vec<String>),
}

/// `clients.NAME.limits`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tokens of a document (15000).
    pub tokens: NonZeroUsize,
    /// Nesting of fields, fragments expanded (15).
    pub depth: NonZeroUsize,
    /// Aliased fields, fragments expanded (50).
    pub aliases: usize,
    /// Root fields, fragments expanded (20).
    pub root_fields: NonZeroUsize,
    /// Fields, fragments expanded (5000).
    pub fields: NonZeroUsize,
    /// Upstream calls of one operation (200).
    pub upstream_calls: usize,
    /// Rows read from upstreams by one operation (100000).
    pub rows: NonZeroUsize,
    /// Largest answer (16MiB).
    pub response_bytes: ByteSize,
    /// Subscriptions of the client at the same time (1000).
    pub subscriptions: usize,
}

/// `[cache]`
#[derive(Debug, Clone, Copy)]
pub struct Cache {
    /// Upstream answers (64MiB); 0: none are kept.
    pub size: ByteSize,
    /// Whole answers to queries (32MiB); 0: none are kept.
    pub answers: ByteSize,
    /// Plans of operations (32MiB).
    pub plans: ByteSize,
    /// Documents of automatic persisted queries (8MiB); 0: there are none.
    pub persisted_queries: ByteSize,
}

/// `[sharing]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// Whether identical GETs in flight share one request (true).
    pub requests: bool,
    /// Whether identical queries in flight share one execution (false).
    pub operations: bool,
}

/// What a mapping problem does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnProblem {
    /// Counted only.
    Ignore,
    /// Counted and logged.
    Warn,
    /// The field is an error.
    Error,
}

/// `[upstreams.NAME]`
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Where it is declared; `None` for a source that only the schema declares (all defaults).
    pub span: Option<Span>,
    /// Overrides the `baseURL` of the source of this name, or defines the source.
    pub base_url: Option<Declared<String>>,
    /// Time of one attempt (5s).
    pub timeout: Millis,
    /// Time to connect (1s).
    pub connect_timeout: Millis,
    /// Headers sent with every request, in order; values may be secrets.
    pub headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Client headers passed on; make every answer private to their values.
    pub forward_headers: Vec<http::HeaderName>,
    /// `$config` of the connectors of this source (an object).
    pub config: Value,
    /// Requests at the same time (64).
    pub concurrency: NonZeroU32,
    /// Requests that may wait for one of those (256); more are refused.
    pub queue: u32,
    /// Largest response, after decompression (8MiB).
    pub max_response: ByteSize,
    /// What a mapping problem does (warn).
    pub on_problem: OnProblem,
    /// PEM file of certificate authorities to trust instead of the system's, read.
    pub ca_pem: Option<Vec<u8>>,
    /// Speak HTTP/2 without negotiation (false: as TLS negotiates).
    pub http2: bool,
    /// Proxy for this upstream; environment proxies are ignored.
    pub proxy: Option<String>,
}
