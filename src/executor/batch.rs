//! Batches: many keys in one request, rows matched to keys by what they say, never by their order.
//!
//! A step that is alone with its connector calls it directly. Where several steps of one operation use a connector, a
//! loader of the operation joins their keys, so that none is fetched twice. The later elements of a streamed list have a
//! loader of their own: nobody waits for their keys but they.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use dataloader::{BatchFn, cached::Loader};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, join_all},
};

use super::{
    failure::Failure,
    keys::{KeySet, LoadedRows, write_key},
    run::Run,
    step::{LoadedKeys, Mapper, base_scope},
};
use crate::{
    json::{Slot, Tables, Value},
    mapping::Scope,
    model::Connector,
    planner::Step,
    upstream::{BatchCall, BatchKey, KeyAnswer, Loaded, UpstreamBody, request_value},
};

/// Bytes of a body whose mapping is worth letting other tasks run after it.
const LONG_BODY: usize = 64 * 1024;

/// How a key was answered; `None`: not at all, which is a defect.
type MaybeAnswer = Option<KeyAnswer>;

/// Joins the keys of several steps. One for each connector, streamed list and operation. The crate holds its lock while it loads,
/// so what it loads are batches under way, at once: keys that come later don't wait for those.
pub(super) type SharedLoader = Loader<OrderedKey, UnderWay, OperationBatch>;

/// A batch under way, for each of its keys.
#[derive(Clone)]
pub(super) struct UnderWay {
    /// Among the batches of its connector.
    number: usize,
    answers: Shared<BoxFuture<'static, Arc<HashMap<BatchKey, KeyAnswer>>>>,
}

/// Loads the keys of a batch step and matches the rows.
pub(super) async fn load(run: &Run<'_>, step: &Step, connector: &Connector, keys: &mut KeySet) -> LoadedKeys {
    let request = request_value(connector, &run.context.call.headers);
    let wanted = Wanted::new(keys.take());
    let answers = answers(run, step, &wanted, request.clone()).await;
    let mut matching = Matching {
        mapper: Mapper { run, step, connector },
        keys,
        wanted: &wanted,
        request: request.as_deref(),
        tables: step.program.tables(),
        roots: vec![Slot::Missing; wanted.keys.len()],
        text: Vec::new(),
    };
    for source in group(run, answers, &mut matching.roots) {
        matching.place(&source);
        if source.body.bytes.len() > LONG_BODY {
            tokio::task::yield_now().await;
        }
    }
    let roots = wanted.of_key.iter().map(|wanted| wanted.map_or(Slot::Missing, |at| matching.roots[at])).collect();
    LoadedKeys { tables: matching.tables, roots, spare: true }
}

/// The distinct keys as batches compare them: `1` and `"1"` are one.
#[derive(Debug)]
struct Wanted {
    keys: Vec<BatchKey>,
    /// Their numbers.
    numbers: HashMap<BatchKey, usize, ahash::RandomState>,
    /// For each key of the step its number here.
    of_key: Vec<Option<usize>>,
}

/// A body and the wanted keys that it answers.
#[derive(Debug)]
struct Source {
    body: Arc<UpstreamBody>,
    /// The body holds one row, for its only key.
    single: bool,
    keys: Vec<usize>,
}

struct Matching<'m, 'a> {
    mapper: Mapper<'m, 'a>,
    keys: &'m KeySet,
    wanted: &'m Wanted,
    request: Option<&'m Value>,
    tables: Tables,
    roots: Vec<Slot>,
    /// The key of the row at hand.
    text: Vec<u8>,
}

// === impl Wanted ===

impl Wanted {
    fn new(keys: Vec<Value>) -> Self {
        let count = keys.len();
        let mut wanted = Self {
            keys: Vec::with_capacity(count),
            numbers: HashMap::with_capacity_and_hasher(count, ahash::RandomState::default()),
            of_key: Vec::with_capacity(count),
        };
        for key in keys {
            let number = BatchKey::new(key).map(|key| {
                let next = wanted.keys.len();
                let number = *wanted.numbers.entry(key.clone()).or_insert(next);
                if number == next {
                    wanted.keys.push(key);
                }
                number
            });
            wanted.of_key.push(number);
        }
        wanted
    }
}

/// Asks for all keys; answers are in their order.
async fn answers(run: &Run<'_>, step: &Step, wanted: &Wanted, request: Option<Arc<Value>>) -> Vec<MaybeAnswer> {
    let keys = &wanted.keys;
    let call = || BatchCall {
        model: run.context.model.clone(),
        upstreams: run.context.upstreams.clone(),
        connector: step.connector,
        call: run.context.call.clone(),
        request,
    };
    let mut answers: Vec<MaybeAnswer> = vec![None; keys.len()];
    if !run.is_shared(step) {
        for (key, answer) in call().load_keys(keys).await {
            if let Some(at) = wanted.numbers.get(&key) {
                answers[*at] = Some(answer);
            }
        }
        return answers;
    }
    let loader = run.memo.loader((step.connector, run.rest_of(step)), |batches| {
        Loader::new(OperationBatch { call: call(), batches }).with_yield_count(1).with_max_batch_size(usize::MAX)
    });
    let ordered =
        keys.iter().zip(u64::from(step.id.0) << 32..).map(|(key, order)| OrderedKey { key: key.clone(), order });
    // It fails only where a key is in no batch, and ours takes every key.
    let loaded = loader.try_load_many(ordered.collect()).await.unwrap_or_default();
    let batches: HashMap<usize, UnderWay> = loaded.into_values().map(|batch| (batch.number, batch)).collect();
    for batch in join_all(batches.into_values().map(|batch| batch.answers)).await {
        for (answer, key) in answers.iter_mut().zip(keys) {
            if let Some(found) = batch.get(key) {
                *answer = Some(found.clone());
            }
        }
    }
    answers
}

/// Groups keys by the body that answers them, in order of the keys; writes failures to `roots`.
fn group(run: &Run<'_>, answers: Vec<MaybeAnswer>, roots: &mut [Slot]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    let mut known: HashMap<usize, usize> = HashMap::new();
    for (key, answer) in answers.into_iter().enumerate() {
        match answer {
            Some(Ok(Loaded::Body(body))) => {
                let at = *known.entry(Arc::as_ptr(&body) as usize).or_insert(sources.len());
                match sources.get_mut(at) {
                    Some(source) => source.keys.push(key),
                    None => sources.push(Source { body, single: false, keys: vec![key] }),
                }
            }
            Some(Ok(Loaded::Row(body))) => sources.push(Source { body, single: true, keys: vec![key] }),
            Some(Ok(Loaded::Absent)) => {}
            Some(Err(error)) => roots[key] = Slot::Failed(run.failures.add(Failure::Upstream(error))),
            None => roots[key] = Slot::Failed(run.failures.add(Failure::Internal)),
        }
    }
    sources
}

// === impl Matching ===

impl Matching<'_, '_> {
    /// Maps a body, once, and gives its rows to the keys that they name. Of several rows with one key the first counts.
    fn place(&mut self, source: &Source) {
        let scope = Scope { request: self.request, ..base_scope(self.mapper.run, self.mapper.connector, &source.body) };
        let root = self.mapper.map(&source.body, &scope, &mut self.tables);
        match root {
            Slot::Missing | Slot::Null => {}
            Slot::Row(_) | Slot::List { .. } if source.single => {
                let row = first_row(&self.tables, root);
                for key in &source.keys {
                    self.roots[*key] = row;
                }
            }
            Slot::Row(row) => self.give(row, source),
            Slot::List { .. } => {
                let mut pending: Vec<Slot> = self.tables.list(root).iter().rev().copied().collect();
                while let Some(slot) = pending.pop() {
                    match slot {
                        Slot::Row(row) => self.give(row, source),
                        Slot::List { .. } => pending.extend(self.tables.list(slot).iter().rev()),
                        Slot::Missing | Slot::Null | Slot::Raw { .. } | Slot::Value(_) | Slot::Failed(_) => {}
                    }
                }
            }
            Slot::Failed(_) => self.fail(source, root),
            Slot::Raw { .. } | Slot::Value(_) => {
                let failed = Slot::Failed(self.mapper.run.failures.add(Failure::InvalidResponse));
                self.fail(source, failed);
            }
        }
    }

    fn give(&mut self, row: u32, source: &Source) {
        let Some(key) = self.key_of(row) else { return };
        // A row counts only for keys that were asked of this very body.
        if self.roots[key] == Slot::Missing && source.keys.binary_search(&key).is_ok() {
            self.roots[key] = Slot::Row(row);
        }
    }

    /// The wanted key that a row names: by spelling first, else by what it means.
    fn key_of(&mut self, row: u32) -> Option<usize> {
        let rows = LoadedRows { plan: self.mapper.run.plan, tables: &self.tables };
        self.text.clear();
        write_key(&rows, None, row, &self.mapper.step.batch_key, &mut self.text).ok()?;
        if let Some(key) = self.keys.get(&self.text) {
            return self.wanted.of_key[key as usize];
        }
        let key = BatchKey::new(Value::parse(&self.text).ok()?)?;
        self.wanted.numbers.get(&key).copied()
    }

    fn fail(&mut self, source: &Source, failed: Slot) {
        for key in &source.keys {
            self.roots[*key] = failed;
        }
    }
}

fn first_row(tables: &Tables, root: Slot) -> Slot {
    match root {
        Slot::List { .. } => tables.list(root).first().copied().unwrap_or_default(),
        other => other,
    }
}

/// A key and where it stands among the keys of its operation: a batch asks in that order, so that equal operations make
/// equal requests.
#[derive(Debug, Clone)]
pub(super) struct OrderedKey {
    key: BatchKey,
    order: u64,
}

impl PartialEq for OrderedKey {
    fn eq(&self, other: &Self) -> bool {
        self.key.canonical() == other.key.canonical()
    }
}

impl Eq for OrderedKey {}

impl Hash for OrderedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.canonical().hash(state);
    }
}

/// The batch function of an operation's loader.
pub(super) struct OperationBatch {
    call: BatchCall,
    batches: SharedBatches,
}

/// What loaders of one connector share: the batches of this operation, by key.
pub(super) type SharedBatches = Arc<Mutex<Batches>>;

/// Batches under way, or answered.
#[derive(Default)]
pub(super) struct Batches {
    count: usize,
    by_key: HashMap<BatchKey, UnderWay, ahash::RandomState>,
}

impl BatchFn<OrderedKey, UnderWay> for OperationBatch {
    async fn load(&mut self, keys: &[OrderedKey]) -> HashMap<OrderedKey, UnderWay> {
        let mut ordered: Vec<&OrderedKey> = keys.iter().collect();
        ordered.sort_unstable_by_key(|key| key.order);
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let new = ordered.into_iter().filter(|key| !batches.by_key.contains_key(&key.key));
        let batch: Vec<BatchKey> = new.map(|key| key.key.clone()).collect();
        if !batch.is_empty() {
            batches.count += 1;
            let (asked, call) = (batch.clone(), self.call.clone());
            let answers = async move { Arc::new(call.load_keys(&asked).await) }.boxed().shared();
            let under_way = UnderWay { number: batches.count, answers };
            batches.by_key.extend(batch.into_iter().map(|key| (key, under_way.clone())));
        }
        keys.iter().filter_map(|key| Some((key.clone(), batches.by_key.get(&key.key)?.clone()))).collect()
    }
}
