//! Every table and key of `upstreams.toml`: the parser knows its keys from here, and `docs/configuration.md` and the JSON
//! Schema for editors are made of it.

use super::kinds::{Kind, Names};

/// A table of the file.
#[derive(Debug)]
pub(super) struct Table {
    /// `server`, `clients.NAME`.
    pub(super) path: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    pub(super) keys: &'static [Key],
    /// Keys of issues to come: refused, but not as typing errors.
    pub(super) later: &'static [&'static str],
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) default: Absent,
    /// What it means; a sentence or two.
    pub(super) about: &'static str,
}

/// What holds when a key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// The key must be there.
    Required,
    /// The value that could be written instead, in TOML.
    Toml(&'static str),
    /// In words.
    Words(&'static str),
}

use Absent::{Required, Toml, Words};

const fn key(name: &'static str, kind: Kind, default: Absent, about: &'static str) -> Key {
    Key { name, kind, default, about }
}

/// The file itself.
pub(super) static ROOT: Table = Table {
    path: "",
    about: "",
    keys: &[
        key("server", Kind::Table(&SERVER), Words("all defaults"), "The public listener."),
        key("admin", Kind::Table(&ADMIN), Words("no admin listener"), "The operators' listener."),
        key("graph", Kind::Table(&GRAPH), Required, "The canonical graph."),
        key(
            "clients",
            Kind::Tables(&CLIENT, Names::Clients),
            Words("one client `default` that sees the whole graph"),
            "A table for each client.",
        ),
        key("cache", Kind::Table(&CACHE), Words("all defaults"), "Bounds of what is remembered."),
        key("sharing", Kind::Table(&SHARING), Words("all defaults"), "What is shared while it is under way."),
        key(
            "upstreams",
            Kind::Tables(&UPSTREAM, Names::Upstreams),
            Words("what the schema's `@source` directives say"),
            "A table for each upstream.",
        ),
    ],
    later: &["auth", "batching", "claims", "jwt", "reload", "websocket"],
};

pub(super) static SERVER: Table = Table {
    path: "server",
    about: "The public listener and what bounds every operation.",
    keys: &[
        key(
            "listen",
            Kind::Address,
            Toml("\"127.0.0.1:4000\""),
            "IP address and port to listen on. Port 0 takes a free one.",
        ),
        key(
            "body_limit",
            Kind::Size,
            Toml("\"1MiB\""),
            "Largest request body; larger ones are answered with status 413.",
        ),
        key("deadline", Kind::Duration, Toml("\"15s\""), "Time for one operation, all its upstream calls included."),
        key(
            "drain_delay",
            Kind::DurationOrZero,
            Toml("\"0s\""),
            "Time after the signal to stop in which requests are still taken, while `/health/ready` already answers with status \
             503: for load balancers that learn of it only then.",
        ),
        key(
            "shutdown",
            Kind::Duration,
            Toml("\"10s\""),
            "Time that running operations get to finish when the server stops.",
        ),
        key(
            "subscriptions",
            Kind::CountOrZero,
            Toml("10000"),
            "Subscriptions of all clients at the same time. Each polls at most one upstream request.",
        ),
        key(
            "trace",
            Kind::Trace,
            Toml("\"off\""),
            "Who may ask for the trace and problems extensions of an answer, which name connectors, times and files: nobody, \
             requests from loopback addresses, or whoever sends the token in the header `x-anabranch-trace` or \
             `x-anabranch-problems`. A token has at least 16 characters.",
        ),
        key("compression", Kind::Boolean, Toml("true"), "Whether responses are compressed for clients that accept it."),
        key(
            "websocket",
            Kind::Table(&SERVER_WEBSOCKET),
            Words("see `server.websocket`"),
            "Bounds of WebSocket connections.",
        ),
        key(
            "trusted_headers",
            Kind::HeaderNames,
            Toml("[]"),
            "Headers that a proxy in front sets and that clients cannot forge. Only these can feed `@preset(from: \"header.NAME\")`.",
        ),
    ],
    later: &["batching", "reload"],
};

pub(super) static SERVER_WEBSOCKET: Table = Table {
    path: "server.websocket",
    about: "Bounds of WebSocket connections (`docs/transports.md`). A message may be as large as `server.body_limit`.",
    keys: &[
        key(
            "connections",
            Kind::CountOrZero,
            Toml("5000"),
            "WebSocket connections of all clients at the same time; further ones are refused with status 503. With 0 there are no \
             WebSockets, and who wants one is refused with status 404.",
        ),
        key(
            "operations",
            Kind::Count,
            Toml("100"),
            "Operations of one connection at the same time; further ones are answered with an error.",
        ),
        key(
            "init_timeout",
            Kind::Duration,
            Toml("\"10s\""),
            "Time for a client's first message, `connection_init`; then its connection is closed with code 4408.",
        ),
        key(
            "ping_interval",
            Kind::Duration,
            Toml("\"20s\""),
            "How often a connection is pinged; one from which nothing came since the last ping is given up.",
        ),
    ],
    later: &[],
};

pub(super) static ADMIN: Table = Table {
    path: "admin",
    about: "Health, metrics and operator actions. Never on the public listener; without this table there is none of it.",
    keys: &[
        key("listen", Kind::Address, Required, "IP address and port, other than those of `server.listen`."),
        key("token", Kind::Token, Words("none"), "Token for operator actions; at least 16 characters."),
    ],
    later: &[],
};

pub(super) static GRAPH: Table = Table {
    path: "graph",
    about: "The canonical graph: types, and how each is fetched.",
    keys: &[key(
        "schema",
        Kind::Globs,
        Required,
        "The SDL files of the graph. `*` stands for any characters of a name, `**` for any directories. Files are read in \
         order of their paths, each once. A glob that matches nothing is an error.",
    )],
    later: &["reload"],
};

pub(super) static CLIENT: Table = Table {
    path: "clients.NAME",
    about: "One client: `POST /NAME/graphql` serves the view of the graph that its schema file declares. A name starts with \
            a letter; then come letters, digits, `_` or `-`.",
    keys: &[
        key("schema", Kind::Path, Required, "The SDL file of the view."),
        key(
            "introspection",
            Kind::Boolean,
            Toml("true"),
            "Whether introspection and `/NAME/schema.graphql` are served.",
        ),
        key("console", Kind::Boolean, Toml("true"), "Whether browsers get the console at `/NAME/graphql`."),
        key(
            "cors",
            Kind::Origins,
            Toml("\"off\""),
            "Origins of web pages that may call this client from a browser, such as `\"https://shop.example\"`.",
        ),
        key(
            "csrf",
            Kind::Boolean,
            Toml("true"),
            "Whether requests that a foreign web page could send without a preflight are refused.",
        ),
        key(
            "persisted_queries",
            Kind::Boolean,
            Toml("true"),
            "Whether documents that the client has sent once can be named by their SHA-256 from then on (automatic persisted \
             queries). They are kept in `cache.persisted_queries`.",
        ),
        key(
            "batching",
            Kind::CountOrZero,
            Toml("0"),
            "Most requests that may be sent together as a JSON array, answered by an array; 0 refuses arrays.",
        ),
        key(
            "websocket",
            Kind::Table(&CLIENT_WEBSOCKET),
            Words("see `clients.NAME.websocket`"),
            "What WebSocket connections of this client may do.",
        ),
        key(
            "trusted_documents",
            Kind::Table(&TRUSTED_DOCUMENTS),
            Words("none are known"),
            "Operations that are known before anybody sends them.",
        ),
        key("limits", Kind::Table(&LIMITS), Words("see `clients.NAME.limits`"), "Bounds of one operation."),
    ],
    later: &["auth", "claims", "jwt"],
};

pub(super) static CLIENT_WEBSOCKET: Table = Table {
    path: "clients.NAME.websocket",
    about: "What WebSocket connections of a client may do.",
    keys: &[key(
        "init_headers",
        Kind::ForwardedHeaders,
        Toml("[]"),
        "Members of the payload of `connection_init` that count as headers of the client's request, such as \
         `\"authorization\"`: browsers cannot set headers of a WebSocket. A header that the request has itself wins.",
    )],
    later: &[],
};

pub(super) static TRUSTED_DOCUMENTS: Table = Table {
    path: "clients.NAME.trusted_documents",
    about: "Operations that are known before anybody sends them: requests name them by id, they are checked against the view \
            when it is loaded, and they are planned at the start. `docs/persisted-operations.md` says more.",
    keys: &[
        key(
            "files",
            Kind::Globs,
            Required,
            "Manifests (`.json`: Apollo's persisted query manifest, Apollo Kotlin's operation output, or a map of ids to \
             documents as Relay and GraphQL Code Generator write it) and GraphQL documents. Fragments of GraphQL documents may \
             stand in other files of the list.",
        ),
        key(
            "mode",
            Kind::DocumentMode,
            Toml("\"open\""),
            "Which other operations are run: `open` runs all, `log` too but logs and counts those that are not known, \
             `safelist` runs known ones only, sent or named by id, `ids-only` runs only what is named by id.",
        ),
    ],
    later: &[],
};

pub(super) static LIMITS: Table = Table {
    path: "clients.NAME.limits",
    about: "Bounds of one operation; one that exceeds them is refused, most of them before any upstream call. Whatever they are, a \
            name or an alias has at most 1024 bytes and the label of a `@defer` or `@stream` at most 256.",
    keys: &[
        key("tokens", Kind::Count, Toml("15000"), "Tokens of a document."),
        key("depth", Kind::Count, Toml("15"), "Nesting of fields, fragments expanded."),
        key("aliases", Kind::CountOrZero, Toml("50"), "Aliased fields, fragments expanded."),
        key("root_fields", Kind::Count, Toml("20"), "Root fields, fragments expanded."),
        key("fields", Kind::Count, Toml("5000"), "Fields, fragments expanded."),
        key("upstream_calls", Kind::CountOrZero, Toml("200"), "Upstream calls."),
        key("rows", Kind::Count, Toml("100000"), "Rows read from upstreams."),
        key("response_bytes", Kind::Size, Toml("\"16MiB\""), "Largest answer: data, errors, and all parts together."),
        key(
            "subscriptions",
            Kind::CountOrZero,
            Toml("1000"),
            "Subscriptions of the client at the same time; the other bounds hold for each of their events.",
        ),
    ],
    later: &["cost"],
};

pub(super) static CACHE: Table = Table {
    path: "cache",
    about: "How much is remembered, by all clients together. 0 remembers nothing.",
    keys: &[
        key("size", Kind::SizeOrZero, Toml("\"64MiB\""), "Upstream answers and rows of batches, while they are fresh."),
        key(
            "answers",
            Kind::SizeOrZero,
            Toml("\"32MiB\""),
            "Whole answers to queries, each for as long as every upstream answer that it was made of would still be used.",
        ),
        key(
            "plans",
            Kind::SizeOrZero,
            Toml("\"32MiB\""),
            "Plans of operations; documents above 64 KiB are planned anew each time.",
        ),
        key(
            "persisted_queries",
            Kind::SizeOrZero,
            Toml("\"8MiB\""),
            "Documents of automatic persisted queries, each client's for itself. With 0 clients are told that there are none.",
        ),
    ],
    later: &["negative", "revalidate", "stale_if_error", "stale_while_revalidate"],
};

pub(super) static SHARING: Table = Table {
    path: "sharing",
    about: "What is shared while it is under way. Only what is equal in full is shared, credentials included.",
    keys: &[
        key(
            "requests",
            Kind::Boolean,
            Toml("true"),
            "Whether identical GET requests to an upstream that are in flight at the same time are sent once.",
        ),
        key(
            "operations",
            Kind::Boolean,
            Toml("false"),
            "Whether identical queries that run at the same time run once.",
        ),
    ],
    later: &[],
};

pub(super) static UPSTREAM: Table = Table {
    path: "upstreams.NAME",
    about: "One upstream. It adds to the `@source` of this name in the schema or overrides it, and alone is enough to define \
            one. \
            For connectors without a source it is named after the host and port of their URLs, as in \
            `[upstreams.\"localhost:8080\"]`; a `base_url` then takes the place of scheme, host and port.",
    keys: &[
        key(
            "base_url",
            Kind::BaseUrl,
            Words("the `baseURL` of the `@source`"),
            "Absolute `http` or `https` URL, without credentials and fragment.",
        ),
        key("timeout", Kind::Duration, Toml("\"5s\""), "Time of one attempt; the operation has its own deadline."),
        key("connect_timeout", Kind::Duration, Toml("\"1s\""), "Time to connect."),
        key("headers", Kind::Headers, Toml("{}"), "Headers sent with every request."),
        key(
            "forward_headers",
            Kind::ForwardedHeaders,
            Toml("[]"),
            "Headers of the client's request that are passed on. They make every answer private to their values.",
        ),
        key("config", Kind::Values, Toml("{}"), "Values that the connectors of this source see as `$config`."),
        key("concurrency", Kind::Count, Toml("64"), "Requests at the same time."),
        key("queue", Kind::CountOrZero, Toml("256"), "Requests that may wait for one of those; more are refused."),
        key("max_response", Kind::Size, Toml("\"8MiB\""), "Largest response, after decompression."),
        key(
            "on_problem",
            Kind::OnProblem,
            Toml("\"warn\""),
            "What a response of an unexpected shape does: it is always counted; `warn` also logs it, `error` also makes the \
             field an error.",
        ),
        key(
            "ca_file",
            Kind::Path,
            Words("the system's"),
            "PEM file of certificate authorities to trust instead of the system's.",
        ),
        key(
            "http2",
            Kind::Boolean,
            Toml("false"),
            "Whether to speak HTTP/2 without negotiation; with HTTPS it is negotiated anyway.",
        ),
        key("proxy", Kind::ProxyUrl, Words("none"), "Proxy for this upstream. Proxies of the environment are ignored."),
    ],
    later: &["auth", "breaker", "retries", "retry", "revalidate", "stale_if_error", "stale_while_revalidate"],
};

/// In the order of the reference.
pub(super) static TABLES: [&Table; 11] = [
    &SERVER,
    &SERVER_WEBSOCKET,
    &ADMIN,
    &GRAPH,
    &CLIENT,
    &CLIENT_WEBSOCKET,
    &TRUSTED_DOCUMENTS,
    &LIMITS,
    &CACHE,
    &SHARING,
    &UPSTREAM,
];
