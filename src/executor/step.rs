//! Running one step: collect the keys of its rows, fetch, map the answers, join them to the rows.

use bytes::Bytes;

use super::{
    arguments, batch, compute,
    failure::Failure,
    fetch,
    keys::{KeySet, NoKey, write_key},
    pages::{self, Asked},
    rows::reachable,
    run::{Run, StepResult},
};
use crate::{
    config::OnProblem,
    json::{Object, Slot, Tables, Value},
    mapping::{Problems, RunError, Scope},
    model::{Connector, ConnectorText, Paging},
    planner::{Step, StepKind},
    upstream::{TextProblems, UpstreamBody, is_omitted_argument, request_value},
};

/// Rows or keys after which a loop lets other tasks run.
const STRIDE: usize = 2048;

/// Turns of the runtime in which the keys of first elements are on their way: keys that later elements have in common with
/// them are asked for with those of the first, unless these are late.
const TURNS: usize = 3;

/// Runs a step whose dependencies are complete. Whatever fails is a slot of the rows that it fails.
pub(super) async fn run_step(run: &Run<'_>, step: &Step) -> StepResult {
    let arrival = run.arrival(step);
    if !run.guards.is_on(step.guard) {
        return StepResult::default();
    }
    let mut parents = collect(run, step).await;
    if parents.joined.is_empty() {
        return StepResult { join: parents.join, ..StepResult::default() };
    }
    if let Some(arrival) = arrival {
        arrival.wait().await;
    }
    if run.rest_of(step).is_some() && run.is_shared(step) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }
    let connector = run.context.model.connector(step.connector);
    let loaded = match arguments::resolve(step, &run.context.variables, &run.context.trusted_headers) {
        Ok(arguments) => load(run, step, connector, arguments, &mut parents.keys).await,
        Err(unresolved) => {
            let failed = Slot::Failed(run.failures.add(unresolved.into()));
            LoadedKeys { tables: Tables::default(), roots: vec![failed; parents.keys.len()], spare: false }
        }
    };
    let repeats = parents.joined.len() > loaded.roots.len();
    for (row, key) in parents.joined {
        parents.join[row as usize] = loaded.roots.get(key as usize).copied().unwrap_or_default();
    }
    let live = loaded.spare.then(|| reachable(&step.layout, &loaded.tables, &loaded.roots));
    StepResult { tables: loaded.tables, join: parents.join, live, repeats }
}

/// What was loaded for the distinct keys of a step.
#[derive(Debug)]
pub(super) struct LoadedKeys {
    pub(super) tables: Tables,
    /// For each key its value in `tables`.
    pub(super) roots: Vec<Slot>,
    /// Whether there may be rows that no key refers to.
    pub(super) spare: bool,
}

/// The rows of a step's join and their keys.
#[derive(Debug)]
struct Parents {
    keys: KeySet,
    /// Row and number of its key.
    joined: Vec<(u32, u32)>,
    /// What is known already: rows without a key.
    join: Vec<Slot>,
}

async fn collect(run: &Run<'_>, step: &Step) -> Parents {
    let position = step.join.position;
    let rows = run.rows(position);
    let size = rows.last().map_or(0, |last| *last as usize + 1);
    let mut parents =
        Parents { keys: KeySet::default(), joined: Vec::with_capacity(rows.len()), join: vec![Slot::Missing; size] };
    let mut text = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        if at % STRIDE == STRIDE - 1 {
            tokio::task::yield_now().await;
        }
        if !run.is_among(position, row, step.join.only.as_deref()) {
            continue;
        }
        text.clear();
        match write_key(run, Some(position), row, &step.join.key, &mut text) {
            Ok(()) => {
                if let Some(key) = parents.keys.insert(&text, &step.join.key) {
                    parents.joined.push((row, key));
                }
            }
            Err(NoKey::Null) => {}
            Err(NoKey::Failed(id)) => parents.join[row as usize] = Slot::Failed(id),
        }
    }
    parents
}

async fn load(run: &Run<'_>, step: &Step, connector: &Connector, arguments: Object, keys: &mut KeySet) -> LoadedKeys {
    match step.kind {
        StepKind::Batch => batch::load(run, step, connector, keys).await,
        StepKind::Root | StepKind::Field | StepKind::Single if connector.request.is_none() => {
            compute::load(run, step, connector, arguments, &keys.take()).await
        }
        StepKind::Root | StepKind::Field | StepKind::Single => {
            load_each(run, step, connector, arguments, &keys.take()).await
        }
    }
}

/// One request for each key (equal ones are made once), all at once; answers mapped in order of the keys.
async fn load_each(run: &Run<'_>, step: &Step, connector: &Connector, arguments: Object, keys: &[Value]) -> LoadedKeys {
    let asked = match &connector.paging {
        None => None,
        Some(paging) => {
            let default_of = |name: &str| arguments::default_of(step, name, &run.context.variables);
            match pages::read_arguments(paging, &arguments, default_of) {
                Ok(asked) => Some((paging, asked)),
                Err(refused) => {
                    let failed = Slot::Failed(run.failures.add(Failure::NoPage(refused)));
                    return LoadedKeys { tables: Tables::default(), roots: vec![failed; keys.len()], spare: false };
                }
            }
        }
    };
    let mut inputs = fetch::inputs(connector, &step.kind, arguments, keys);
    let request = request_value(connector, &run.context.call.headers);
    let mapper = Mapper { run, step, connector };
    let mut settled = Vec::new();
    if let Some((paging, asked)) = &asked {
        let mut known = Vec::new();
        if asked.needs_total() {
            (known, settled) = totals(mapper, paging, &mut inputs, request.as_deref()).await;
        }
        for (at, input) in inputs.iter_mut().enumerate() {
            input.page = Some(asked.request(paging, known.get(at).copied().flatten()));
        }
    }
    let answers = fetch::fetch(run, step, connector, &inputs, request.as_deref()).await;
    let mut tables = step.program.tables();
    let mut roots = Vec::with_capacity(keys.len());
    let mut spare = false;
    for (at, (answer, input)) in answers.into_iter().zip(&inputs).enumerate() {
        if at % 64 == 63 {
            tokio::task::yield_now().await;
        }
        let root = match answer {
            Ok(body) => {
                let scope = Scope {
                    args: Some(&input.args),
                    this: input.this.as_ref(),
                    request: request.as_deref(),
                    ..base_scope(run, connector, &body)
                };
                let root = mapper.map(&body, &scope, &mut tables);
                match (&asked, &input.page) {
                    (Some((paging, asked)), Some(page)) => {
                        spare = true;
                        pages::finish(paging, (asked, page), &step.layout, &mut tables, root)
                    }
                    _ => root,
                }
            }
            Err(failure) => Slot::Failed(failure),
        };
        spare |= matches!(root, Slot::Failed(_));
        roots.push(root);
    }
    if !settled.is_empty() {
        let mut found = roots.into_iter();
        roots = settled.into_iter().map(|settled| settled.or_else(|| found.next()).unwrap_or_default()).collect();
    }
    LoadedKeys { tables, roots, spare }
}

/// How many rows there are, of each input that can be asked; the others are settled with what they are.
async fn totals(
    mapper: Mapper<'_, '_>,
    paging: &Paging,
    inputs: &mut Vec<fetch::Input>,
    request: Option<&Value>,
) -> (Vec<Option<u64>>, Vec<Option<Slot>>) {
    let Mapper { run, step, connector } = mapper;
    inputs.iter_mut().for_each(|input| input.page = Some(Asked::for_total(paging)));
    let answers = fetch::fetch(run, step, connector, inputs, request).await;
    let (mut totals, mut settled) = (Vec::with_capacity(inputs.len()), Vec::with_capacity(inputs.len()));
    for (answer, input) in answers.into_iter().zip(std::mem::take(inputs)) {
        let mut tables = step.program.tables();
        let root = match answer {
            Ok(body) => {
                let scope = Scope {
                    args: Some(&input.args),
                    this: input.this.as_ref(),
                    request,
                    ..base_scope(run, connector, &body)
                };
                mapper.map(&body, &scope, &mut tables)
            }
            Err(failure) => Slot::Failed(failure),
        };
        match root {
            Slot::Row(_) => {
                totals.push(pages::total(&tables, root).or(Some(0)));
                inputs.push(input);
                settled.push(None);
            }
            Slot::Failed(_) | Slot::Missing => settled.push(Some(root)),
            Slot::Null | Slot::Raw { .. } | Slot::Value(_) | Slot::List { .. } => settled.push(Some(Slot::Null)),
        }
    }
    (totals, settled)
}

/// What every mapping of a response may read.
pub(super) fn base_scope<'s>(run: &'s Run<'_>, connector: &'s Connector, body: &'s UpstreamBody) -> Scope<'s> {
    Scope {
        context: Some(&run.context.call.context),
        config: Some(&connector.config),
        env: Some(&connector.env),
        response: body.response.as_deref(),
        status: Some(body.status),
        ..Scope::default()
    }
}

/// Maps the bodies of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mapper<'m, 'a> {
    pub(super) run: &'m Run<'a>,
    pub(super) step: &'m Step,
    pub(super) connector: &'m Connector,
}

impl Mapper<'_, '_> {
    /// Maps one body into `tables`. `Missing` is a 404 that means null; what the mapping itself misses is `Null`.
    pub(super) fn map(&self, body: &UpstreamBody, scope: &Scope<'_>, tables: &mut Tables) -> Slot {
        self.run.freshness.add(body.freshness);
        if body.not_found { Slot::Missing } else { self.map_bytes(&body.bytes, scope, tables) }
    }

    /// Maps JSON text into `tables`.
    pub(super) fn map_bytes(&self, bytes: &Bytes, scope: &Scope<'_>, tables: &mut Tables) -> Slot {
        let Self { run, step, connector } = *self;
        let before = count_rows(tables);
        let mut problems = Problems::default();
        let outcome = step.program.run(bytes, scope, run.rows_left(), tables, &mut problems);
        run.take_rows(count_rows(tables).saturating_sub(before));
        let upstream = connector.upstream().map(|upstream| run.context.model.upstream(upstream));
        let on_problem = upstream.map_or(OnProblem::Warn, |upstream| upstream.settings.on_problem);
        let text = connector.selection.text();
        let is_wrong = problems.as_slice().iter().any(|problem| !is_omitted_argument(text, problem));
        if is_wrong {
            let met = TextProblems::of(&ConnectorText::Selection, problems);
            let notes = run.context.call.problems.as_ref();
            run.context.upstreams.problems().record_texts(connector, Some(step.id.0), met, notes);
        }
        let failure = match outcome {
            Ok(_) if on_problem == OnProblem::Error && is_wrong => Failure::MappingProblem,
            Ok(Slot::Missing) => return Slot::Null,
            Ok(slot) => return slot,
            Err(RunError::InvalidJson { at }) => {
                tracing::warn!(connector = %connector.name, at, "response is not valid JSON");
                Failure::InvalidResponse
            }
            Err(RunError::TooManyRows { .. }) => {
                // What is left of the budget differs from step to step; the operation's bound is what a client knows.
                Failure::TooManyRows { limit: run.context.limits.rows.get() }
            }
        };
        Slot::Failed(run.failures.add(failure))
    }
}

fn count_rows(tables: &Tables) -> usize {
    tables.tables.iter().map(crate::json::Table::rows).sum()
}
