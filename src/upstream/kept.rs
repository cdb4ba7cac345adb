//! What the cache holds: raw answers by their request, and rows of batches by their key.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use bytes::Bytes;
use moka::Equivalent;

use super::{exchange::Exchange, request::RequestKey};
use crate::{
    cache::Store,
    model::{CacheScope, ConnectorId},
};

/// Everything that is kept, one bound for all of it.
pub(super) type KeptStore = Store<Key, Kept>;

/// Keys of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A whole answer.
    Answer(Arc<RequestKey>),
    /// One row of a batch.
    Entity(EntityKey),
}

/// The key of a row: the request less its keys, the connector, the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntityKey {
    pub(super) request: Arc<RequestKey>,
    pub(super) connector: ConnectorId,
    pub(super) key: Arc<str>,
}

/// The same, borrowed: many rows are looked up for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EntityRef<'a> {
    pub(super) request: &'a RequestKey,
    pub(super) connector: ConnectorId,
    pub(super) key: &'a str,
}

/// Values of the cache.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    Answer(Arc<Exchange>),
    Entity(Arc<Entity>),
}

/// A row, copied out of its body and wrapped so that the connector's program finds it there.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) bytes: Bytes,
    pub(super) status: u16,
    pub(super) scope: CacheScope,
}

impl EntityKey {
    fn borrowed(&self) -> EntityRef<'_> {
        EntityRef { request: &self.request, connector: self.connector, key: &self.key }
    }
}

/// As the borrowed keys do.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Answer(request) => request.hash(state),
            Self::Entity(entity) => entity.borrowed().hash(state),
        }
    }
}

impl Equivalent<Key> for RequestKey {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(key, Key::Answer(request) if **request == *self)
    }
}

impl Equivalent<Key> for EntityRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(key, Key::Entity(entity) if entity.borrowed() == *self)
    }
}

/// Bytes of an entry.
pub(super) fn weight(key: &Key, kept: &Kept) -> usize {
    let key = match key {
        Key::Answer(request) => request.weight(),
        // Rows of one batch share the request, but each of them may be the last to hold it.
        Key::Entity(entity) => size_of::<EntityKey>() + entity.key.len() + entity.request.weight(),
    };
    key + match kept {
        Kept::Answer(exchange) => exchange.weight(),
        Kept::Entity(entity) => size_of::<Entity>() + entity.bytes.len(),
    }
}
