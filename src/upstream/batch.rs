//! Batches: the `BatchFn` behind a connector with `$batch`.

use std::{collections::HashMap, sync::Arc};

use super::{CallContext, UpstreamBody, UpstreamError, Upstreams};
use crate::{
    json::Value,
    model::{ConnectorId, Model},
};

/// The key of one object: its key fields as a JSON object, compared with `ID` coercion (`1` equals `"1"`).
#[derive(Debug, Clone)]
pub struct BatchKey {
    // private: canonical: Arc<str>, value: Arc<Value>
}

impl BatchKey {
    /// A key; `None` when any leaf is null or missing (a null key makes no call).
    #[must_use]
    pub fn new(value: Value) -> Option<Self> {
        todo!()
    }

    /// The canonical text: equal keys have equal texts.
    #[must_use]
    pub fn canonical(&self) -> &str {
        todo!()
    }

    /// The key as an element of `$batch`.
    #[must_use]
    pub fn value(&self) -> &Value {
        todo!()
    }
}

/// Where the row of a key is.
#[derive(Debug, Clone)]
pub enum Loaded {
    /// Somewhere in the answer to a batch; the caller maps it whole, once, and matches rows by key.
    Body(Arc<UpstreamBody>),
    /// Alone in this body, from the entity cache: what the selection reads as one element.
    Row(Arc<UpstreamBody>),
    /// Known not to exist (the whole request was a 404 that means null).
    Absent,
}

/// Loads keys of one batch connector within one operation: splits by `maxSize`, sends the chunks at once, answers every key.
/// A failed chunk fails its own keys.
#[derive(Debug, Clone)]
pub struct BatchCall {
    /// Model.
    pub model: Arc<Model>,
    /// Upstreams.
    pub upstreams: Arc<Upstreams>,
    /// Connector, of kind `Loads::Batch`.
    pub connector: ConnectorId,
    /// The operation.
    pub call: Arc<CallContext>,
    /// `$request` and `$context` as the connector's mappings read them.
    pub request: Option<Arc<Value>>,
}

impl BatchCall {
    /// Loads `keys` (distinct). Every key is answered.
    pub async fn load_keys(&self, keys: &[BatchKey]) -> HashMap<BatchKey, Result<Loaded, Arc<UpstreamError>>> {
        todo!()
    }
}
