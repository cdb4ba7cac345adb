//! Batches: the `BatchFn` behind a connector with `$batch`.
//!
//! Rows of storable answers are kept one by one, so that another batch needs to ask only for what is not there.

mod isolate;
mod key;
mod row_path;
mod rows;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use dataloader::BatchFn;
use futures_util::future::join_all;

use isolate::Isolated;
pub use key::BatchKey;
pub(super) use rows::RowReader;

use super::{
    AnswerSource, CallContext, CallRecord, Freshness, TextProblems, UpstreamBody, UpstreamError, UpstreamErrorKind,
    UpstreamRequest, Upstreams,
    judge::Judge,
    kept::{Entity, EntityKey, EntityRef, Kept, Key},
    render::MAX_URL,
    request::{RenderError, RequestKey},
    send::{self, Answered, Manner, storable},
    stack::{ConnectorState, Stack},
};
use crate::{
    cache::Found,
    json::{Object, Value},
    mapping::Scope,
    model::{Connector, ConnectorId, KeyField, Loads, Method, Model},
};

/// Where the row of a key is.
#[derive(Debug, Clone)]
pub enum Loaded {
    /// Somewhere in the answer to a batch; the caller maps it whole, once, and matches rows by key.
    Body(Arc<UpstreamBody>),
    /// Alone in this body, from the entity cache: the row, wrapped in the path that the selection starts with, so that the
    /// connector's program gives that one object (`$.items { .. }` finds `{"items":[row]}`).
    Row(Arc<UpstreamBody>),
    /// Known not to exist (the whole request was a 404 that means null).
    Absent,
}

/// How a key was answered.
pub type KeyAnswer = Result<Loaded, Arc<UpstreamError>>;

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
    /// `$request` as the connector's mappings read it.
    pub request: Option<Arc<Value>>,
}

/// What one load works with.
struct Load<'a> {
    upstreams: &'a Upstreams,
    connector: &'a Connector,
    state: &'a ConnectorState,
    stack: &'a Stack,
    settings: &'a crate::config::Upstream,
    call: &'a Arc<CallContext>,
    request: Option<&'a Value>,
    /// The request with a marker for its keys: what kept rows are found under. Made when first needed.
    keyless: std::sync::OnceLock<Option<Arc<RequestKey>>>,
}

impl BatchFn<BatchKey, KeyAnswer> for BatchCall {
    async fn load(&mut self, keys: &[BatchKey]) -> HashMap<BatchKey, KeyAnswer> {
        self.load_keys(keys).await
    }
}

impl BatchCall {
    /// Loads `keys` (distinct). Every key is answered.
    pub async fn load_keys(&self, keys: &[BatchKey]) -> HashMap<BatchKey, KeyAnswer> {
        let connector = self.model.connector(self.connector);
        // A batch is a request; a connector that makes none is no batch connector.
        let Some(upstream) = connector.upstream() else { return HashMap::new() };
        let load = Load {
            upstreams: &self.upstreams,
            connector,
            state: self.upstreams.connector(self.connector),
            stack: self.upstreams.stack(upstream),
            settings: &self.model.upstream(upstream).settings,
            call: &self.call,
            request: self.request.as_deref(),
            keyless: std::sync::OnceLock::new(),
        };
        let mut answers = HashMap::with_capacity(keys.len());
        let missing = load.take_kept(keys, &mut answers);
        if !missing.is_empty() && load.state.rows.is_some() {
            // Whatever is kept of the whole batch yields to these rows once they are there.
            self.call.parts.set_unsteady();
        }
        let size = match connector.loads {
            Some(Loads::Batch { max_size: Some(size) }) => size.get() as usize,
            _ => missing.len().max(1),
        };
        let chunks = missing.chunks(size).flat_map(|chunk| load.rendered(chunk));
        for chunk in join_all(chunks.map(|chunk| load.load_chunk(chunk))).await {
            answers.extend(chunk);
        }
        answers
    }
}

// === impl Load ===

impl Load<'_> {
    /// Answers the keys whose rows are fresh; gives back the others.
    fn take_kept(&self, keys: &[BatchKey], answers: &mut HashMap<BatchKey, KeyAnswer>) -> Vec<BatchKey> {
        if !self.state.has_kept_rows.load(Ordering::Relaxed) {
            return keys.to_vec();
        }
        let Some(keyless) = self.keyless() else { return keys.to_vec() };
        let begun = tokio::time::Instant::now();
        let (mut missing, mut bytes) = (Vec::new(), 0);
        for key in keys {
            let entity = EntityRef { request: &keyless, connector: self.connector.id, key: key.canonical() };
            match self.upstreams.kept.get(&entity) {
                Some(Found { value: Kept::Entity(entity), stay }) => {
                    bytes += entity.bytes.len();
                    let freshness = Freshness { until: Some(stay.expires()), scope: entity.scope };
                    self.call.parts.add(stay);
                    answers.insert(key.clone(), Ok(Loaded::Row(Arc::new(row_body(&entity, freshness)))));
                }
                _ => missing.push(key.clone()),
            }
        }
        self.state.metrics.cache_hits.inc_by(answers.len() as u64);
        if let (Some(recorder), false) = (&self.call.recorder, answers.is_empty()) {
            recorder.add(CallRecord {
                connector: Arc::clone(&self.connector.name),
                upstream: Arc::clone(&self.stack.name),
                method: self.connector.method().map_or("", Method::name),
                keys: answers.len(),
                source: AnswerSource::Cache,
                status: None,
                bytes,
                start: begun.saturating_duration_since(recorder.begun),
                duration: begun.elapsed(),
                error: None,
            });
        }
        missing
    }

    /// The request for the keys, or several where one URL cannot hold them all.
    fn rendered(&self, keys: &[BatchKey]) -> Vec<Isolated> {
        let isolated = isolate::render(keys, |keys| {
            let mut problems = TextProblems::default();
            let request = self.render_batch(&batch_of(keys), &mut problems);
            // Of what is rendered again in parts, the parts are told.
            let again = keys.len() > 1 && request.as_ref().is_err_and(|error| error.too_long.is_some());
            if !again {
                let log = &self.upstreams.problems;
                log.record_texts(self.connector, None, problems, self.call.problems.as_ref());
            }
            request
        });
        match isolated.error.as_ref().and_then(|error| error.too_long) {
            Some(length) if keys.len() > 1 => {
                let parts = length / MAX_URL + 1;
                keys.chunks(keys.len().div_ceil(parts)).flat_map(|keys| self.rendered(keys)).collect()
            }
            _ => vec![isolated],
        }
    }

    async fn load_chunk(&self, isolated: Isolated) -> Vec<(BatchKey, KeyAnswer)> {
        let log = &self.upstreams.problems;
        let mut answers = Vec::new();
        if let Some(error) = isolated.error {
            let count = isolated.refused.len() as u64;
            log.record_refused(self.connector, None, (&error, count), self.call.problems.as_ref());
            let error = Arc::new(self.judge().error(UpstreamErrorKind::Render, error.message));
            self.state.metrics.failed(error.kind.outcome());
            answers.extend(isolated.refused.into_iter().map(|key| (key, Err(Arc::clone(&error)))));
        }
        let Some((keys, request)) = isolated.rendered else { return answers };
        let manner = Manner { keys: keys.len(), keep: self.state.rows.is_none() };
        let sent = send::send(self.upstreams, self.connector, request, self.call, manner).await;
        if let Ok(answered) = &sent
            && answered.body.source == AnswerSource::Fetched
        {
            self.keep(answered, &keys);
        }
        let answer = match sent {
            Ok(answered) if answered.body.not_found => Ok(Loaded::Absent),
            Ok(answered) => Ok(Loaded::Body(answered.body)),
            Err(error) => Err(error),
        };
        answers.extend(keys.into_iter().map(|key| (key, answer.clone())));
        answers
    }

    fn render_batch(&self, batch: &Value, problems: &mut TextProblems) -> Result<UpstreamRequest, RenderError> {
        let scope =
            Scope { batch: Some(batch), request: self.request, context: Some(&self.call.context), ..Scope::default() };
        super::render_noting(self.connector, self.settings, &scope, &self.call.headers, problems)
    }

    /// Keeps the rows of a storable answer; the whole of it only where it does not hold all keys, so that a key which does
    /// not exist is not asked for again while that is fresh.
    fn keep(&self, answered: &Answered, keys: &[BatchKey]) {
        let Some(reader) = self.state.rows.as_ref().filter(|_| self.upstreams.kept.keeps()) else { return };
        let personal = self.judge().is_personal();
        let Some(lifetime) = storable(&answered.exchange, self.connector.cache, personal) else { return };
        let terms = answered.terms.clone().until(answered.exchange.received + lifetime);
        let mut kept = 0_u64;
        if let Some(keyless) = self.keyless() {
            let scope =
                Scope { config: Some(&self.connector.config), env: Some(&self.connector.env), ..Scope::default() };
            let wanted: HashMap<&str, &BatchKey> = keys.iter().map(|key| (key.canonical(), key)).collect();
            let mut seen = std::collections::HashSet::new();
            for (canonical, bytes) in reader.rows(&answered.body.bytes, &scope) {
                // Of several rows with one key the first counts, as for the executor.
                let Some(key) = wanted.get(&*canonical).filter(|_| seen.insert(canonical.clone())) else { continue };
                let entity = Entity { bytes, status: answered.body.status, scope: answered.body.freshness.scope };
                let entity_key = Key::Entity(self.entity_key(&keyless, key));
                self.upstreams.kept.insert(entity_key, Kept::Entity(Arc::new(entity)), terms.clone());
                kept += 1;
            }
        }
        if kept > 0 {
            self.state.has_kept_rows.store(true, Ordering::Relaxed);
        }
        if kept < keys.len() as u64 && self.state.shareable {
            let key = Key::Answer(Arc::clone(&answered.key));
            self.upstreams.kept.insert(key, Kept::Answer(Arc::clone(&answered.exchange)), terms);
            kept += 1;
        }
        self.state.metrics.cache_stores.inc_by(kept);
    }

    fn keyless(&self) -> Option<Arc<RequestKey>> {
        let make = || {
            let marker = Value::Array(vec![marker(&self.connector.key)]);
            let request = self.render_batch(&marker, &mut TextProblems::default()).ok()?;
            Some(Arc::new(RequestKey::new(request)))
        };
        self.keyless.get_or_init(make).clone()
    }

    fn entity_key(&self, keyless: &Arc<RequestKey>, key: &BatchKey) -> EntityKey {
        EntityKey { request: Arc::clone(keyless), connector: self.connector.id, key: key.canonical_text() }
    }

    fn judge(&self) -> Judge<'_> {
        Judge {
            stack: self.stack,
            connector: self.connector,
            state: self.state,
            call: self.call,
            log: &self.upstreams.problems,
        }
    }
}

fn batch_of(keys: &[BatchKey]) -> Value {
    Value::Array(keys.iter().map(|key| key.value().clone()).collect())
}

/// A key that no object has: it stands for all keys in the request that kept rows are found under.
fn marker(fields: &[KeyField]) -> Value {
    let member = |field: &KeyField| {
        let value = if field.fields.is_empty() { Value::from("any-key") } else { marker(&field.fields) };
        (Arc::from(&*field.name), value)
    };
    Value::Object(fields.iter().map(member).collect::<Object>())
}

fn row_body(entity: &Entity, freshness: Freshness) -> UpstreamBody {
    UpstreamBody {
        bytes: entity.bytes.clone(),
        status: entity.status,
        response: None,
        not_found: false,
        freshness,
        source: AnswerSource::Cache,
    }
}
