//! A completely rendered request, and what of it decides whether two calls may share an answer.

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    json::{Object, Value},
    mapping::Scope,
    model::{Connector, ConnectorId, ConnectorText, Method, UpstreamId},
};

/// A completely rendered request. Equality of all members is what sharing means within one operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UpstreamRequest {
    /// Connector that it is for.
    pub connector: ConnectorId,
    /// Upstream that it goes to.
    pub upstream: UpstreamId,
    /// Method.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Every header but trace ids, names lower case, in a stable order.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Body.
    pub body: Option<Bytes>,
    /// What `isSuccess` and `errors` read of the caller, if they read any of it.
    pub judged_by: Option<Arc<CallerValues>>,
}

/// A request that cannot be made for these values. The text is for logs; clients get the code alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    /// What is wrong, without values.
    pub message: String,
    /// The text that gives it.
    pub text: ConnectorText,
    /// How long the URL would be, if it is only too much at once: fewer keys in one request may do.
    pub too_long: Option<usize>,
}

/// The caller's variables that the judgment of an answer may read. Equality is that of their JSON text.
#[derive(Debug, Clone, Default)]
pub struct CallerValues {
    text: Box<[u8]>,
    args: Option<Value>,
    this: Option<Value>,
    request: Option<Value>,
    context: Option<Value>,
}

/// A request as flights and the cache compare it: upstream, method, URL, every header and the body, all in full.
/// Connectors share, since what they hold is the raw answer; each judges it by its own rules.
#[derive(Debug)]
pub(super) struct RequestKey {
    pub(super) request: UpstreamRequest,
    /// Of all that is compared: a key is looked up several times on its way, and for each row of a batch.
    hash: u64,
}

/// Seeded anew in each process, so that nobody can choose requests that collide.
static HASHER: LazyLock<ahash::RandomState> = LazyLock::new(ahash::RandomState::new);

/// `$request`: the client's headers that the connector's texts may read, each a list of its values.
#[must_use]
pub fn request_value(connector: &Connector, headers: &HeaderMap) -> Option<Arc<Value>> {
    if connector.reads_headers.is_empty() {
        return None;
    }
    let mut members = Object::default();
    for name in &connector.reads_headers {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let values: Vec<Value> = values.map(|value| Value::String(value.into())).collect();
        if !values.is_empty() {
            members.insert(name.as_str().into(), Value::Array(values));
        }
    }
    let mut request = Object::default();
    request.insert("headers".into(), Value::Object(members));
    Some(Arc::new(Value::Object(request)))
}

// === impl RenderError ===

impl RenderError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), text: ConnectorText::Url, too_long: None }
    }

    /// The same, of another text than the URL.
    pub(super) fn of(self, text: ConnectorText) -> Self {
        Self { text, ..self }
    }

    /// The URL has `length` bytes, which is more than `limit`.
    pub(super) fn too_long(length: usize, limit: usize) -> Self {
        Self {
            message: format!("the URL would be longer than {limit} bytes"),
            text: ConnectorText::Url,
            too_long: Some(length),
        }
    }
}

// === impl CallerValues ===

impl CallerValues {
    /// Takes those variables of `scope` that one of `texts` names.
    pub(super) fn capture<'t>(scope: &Scope<'_>, texts: &(impl Iterator<Item = &'t str> + Clone)) -> Option<Arc<Self>> {
        let take = |name: &str, value: Option<&Value>| {
            value.filter(|_| texts.clone().any(|text| text.contains(name))).cloned()
        };
        let mut values = Self {
            text: Box::default(),
            args: take("$args", scope.args),
            this: take("$this", scope.this),
            request: take("$request", scope.request),
            context: take("$context", scope.context),
        };
        let all = [&values.args, &values.this, &values.request, &values.context];
        if all.iter().all(|value| value.is_none()) {
            return None;
        }
        let mut text = Vec::new();
        for value in all {
            match value {
                Some(value) => value.write_to(&mut text),
                None => text.push(b'-'),
            }
            text.push(b'\n');
        }
        values.text = text.into();
        Some(Arc::new(values))
    }

    /// They as variables.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            args: self.args.as_ref(),
            this: self.this.as_ref(),
            request: self.request.as_ref(),
            context: self.context.as_ref(),
            ..Scope::default()
        }
    }
}

impl PartialEq for CallerValues {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CallerValues {}

impl Hash for CallerValues {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

// === impl RequestKey ===

impl RequestKey {
    pub(super) fn new(request: UpstreamRequest) -> Self {
        let UpstreamRequest { upstream, method, url, headers, body, .. } = &request;
        let hash = HASHER.hash_one((upstream, method, url, headers, body));
        Self { request, hash }
    }

    /// A number that equal requests have, and others hardly ever.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// Bytes that the key holds.
    pub(super) fn weight(&self) -> usize {
        let headers: usize =
            self.request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        size_of::<Self>() + self.request.url.len() + headers + self.request.body.as_ref().map_or(0, Bytes::len)
    }
}

impl PartialEq for RequestKey {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.request, &other.request);
        self.hash == other.hash
            && one.upstream == two.upstream
            && one.method == two.method
            && one.url == two.url
            && one.headers == two.headers
            && one.body == two.body
    }
}

impl Eq for RequestKey {}

impl Hash for RequestKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}
