//! One request for each input of a step: rendered, made once where equal, sent all at once.

use std::sync::Arc;

use futures_util::future::{Either, join_all, ready};

use super::{RunContext, arguments, failure::Failure, memo::Answer, pages::PageRequest, run::Run};
use crate::{
    config::Upstream,
    graphql::OperationKind,
    json::{Object, Value},
    mapping::Scope,
    model::{Connector, Loads, Method},
    planner::{Step, StepKind},
    upstream::{TextProblems, UpstreamBody, UpstreamRequest, render_noting},
};

/// What one request and the mapping of its answer may read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) args: Value,
    pub(super) this: Option<Value>,
    pub(super) page: Option<PageRequest>,
}

/// The inputs for the keys of a step: `$args` are the same for all, `$this` is the key; an entity root field takes its
/// key as `$args`.
pub(super) fn inputs(connector: &Connector, kind: &StepKind, arguments: Object, keys: &[Value]) -> Vec<Input> {
    let arguments = Value::Object(arguments);
    let input = |key: &Value| match (kind, &connector.loads) {
        (StepKind::Root, _) => Input { args: arguments.clone(), this: None, page: None },
        (StepKind::Single, Some(Loads::Entity)) => {
            Input { args: entity_arguments(connector, &arguments, key), this: None, page: None }
        }
        _ => Input { args: arguments.clone(), this: Some(key.clone()), page: None },
    };
    keys.iter().map(input).collect()
}

/// Fetches for every input, in order. An error is the number of a failure.
pub(super) async fn fetch(
    run: &Run<'_>,
    step: &Step,
    connector: &Connector,
    inputs: &[Input],
    request: Option<&Value>,
) -> Vec<Result<Arc<UpstreamBody>, u32>> {
    let context = run.context;
    let connector = {
        // The run's own borrow lives as long as the calls that it remembers.
        let known = context.model.connector(connector.id);
        debug_assert!(std::ptr::eq(known, connector), "connectors are the model's");
        known
    };
    if let Some(given) = context.given.as_ref().filter(|given| given.step == step.id) {
        let failed = |error| run.failures.add(Failure::Upstream(error));
        return inputs.iter().map(|_| given.answer.clone().map_err(failed)).collect();
    }
    let Some(upstream) = connector.upstream() else {
        return inputs.iter().map(|_| Err(run.failures.add(Failure::Internal))).collect();
    };
    let settings = &context.model.upstream(upstream).settings;
    // What a query asks for is a read, whatever its method.
    let reads = connector.method() == Some(Method::Get) || run.plan.kind == OperationKind::Query;
    let remember = reads && (run.is_shared(step) || inputs.len() > 1);
    let mut calls = Vec::with_capacity(inputs.len());
    for input in inputs {
        let scope = Scope {
            args: Some(&input.args),
            this: input.this.as_ref(),
            page: input.page.as_ref().map(|page| &page.variables),
            context: Some(&context.call.context),
            config: Some(&connector.config),
            env: Some(&connector.env),
            request,
            ..Scope::default()
        };
        calls.push(match render(context, step, (connector, settings), &scope) {
            Ok(rendered) => {
                if remember {
                    Either::Left(Either::Left(run.memo.call(context, connector, rendered)))
                } else {
                    Either::Left(Either::Right(context.upstreams.send(connector, rendered, &context.call)))
                }
            }
            Err(failure) => Either::Right(ready(run.failures.add(failure))),
        });
        if calls.len() % 256 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let settle = |answer: Answer| answer.map_err(|error| run.failures.add(Failure::Upstream(error)));
    join_all(calls.into_iter().map(|call| async move {
        match call {
            Either::Left(Either::Left(shared)) => settle(shared.await),
            Either::Left(Either::Right(sent)) => settle(sent.await),
            Either::Right(failed) => Err(failed.await),
        }
    }))
    .await
}

/// The request of a step with these values; what is met on the way is noted.
pub(super) fn render(
    context: &RunContext,
    step: &Step,
    (connector, settings): (&Connector, &Upstream),
    scope: &Scope<'_>,
) -> Result<UpstreamRequest, Failure> {
    let (log, notes) = (context.upstreams.problems(), context.call.problems.as_ref());
    let mut problems = TextProblems::default();
    let rendered = render_noting(connector, settings, scope, &context.call.headers, &mut problems);
    log.record_texts(connector, Some(step.id.0), problems, notes);
    rendered.map_err(|error| {
        log.record_refused(connector, Some(step.id.0), (&error, 1), notes);
        Failure::Unrenderable
    })
}

fn entity_arguments(connector: &Connector, arguments: &Value, key: &Value) -> Value {
    let mut merged = arguments.as_object().cloned().unwrap_or_default();
    for (name, literal) in &connector.entity_defaults {
        if let (false, Some(value)) = (merged.contains_key(name), arguments::constant(literal)) {
            merged.insert(name.clone(), value);
        }
    }
    for (name, value) in key.as_object().into_iter().flatten() {
        merged.insert(name.clone(), value.clone());
    }
    Value::Object(merged)
}
