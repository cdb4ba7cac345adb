//! Steps of connectors that make no request: each distinct input is evaluated at once, and no upstream is asked.

use bytes::Bytes;

use super::{
    fetch,
    run::Run,
    step::{LoadedKeys, Mapper},
};
use crate::{
    json::{Object, Slot, Value},
    mapping::Scope,
    model::{CacheScope, Connector},
    planner::Step,
    upstream::request_value,
};

/// What a selection without a response is evaluated over. It cannot read it.
const NOTHING: Bytes = Bytes::from_static(b"{}");

/// Evaluations after which other tasks may run.
const STRIDE: usize = 64;

/// Evaluates the selection for each key.
pub(super) async fn load(
    run: &Run<'_>,
    step: &Step,
    connector: &Connector,
    arguments: Object,
    keys: &[Value],
) -> LoadedKeys {
    let request = request_value(connector, &run.context.call.headers);
    let scope = if connector.reads_headers.is_empty() { connector.cache.scope } else { CacheScope::Private };
    match connector.cache.max_age {
        Some(max_age) => run.freshness.compute(max_age, scope),
        None => run.freshness.narrow(scope),
    }
    let mapper = Mapper { run, step, connector };
    let mut tables = step.program.tables();
    let mut roots = Vec::with_capacity(keys.len());
    for (at, input) in fetch::inputs(connector, &step.kind, arguments, keys).iter().enumerate() {
        if at % STRIDE == STRIDE - 1 {
            tokio::task::yield_now().await;
        }
        let scope = Scope {
            args: Some(&input.args),
            this: input.this.as_ref(),
            config: Some(&connector.config),
            context: Some(&run.context.call.context),
            request: request.as_deref(),
            env: Some(&connector.env),
            ..Scope::default()
        };
        roots.push(mapper.map_bytes(&NOTHING, &scope, &mut tables));
    }
    let spare = roots.iter().any(|root| matches!(root, Slot::Failed(_)));
    LoadedKeys { tables, roots, spare }
}
