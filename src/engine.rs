//! The life of an operation: plan cache, limits, variables, run, answer. The only shared mutable state of serving.

mod context;
mod mutation;
mod plan_cache;
mod prepare;
mod problems;
mod request;
mod respond;
mod trace;

use std::{
    borrow::Cow,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Duration,
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

pub use crate::planner::{ExplainedField, ExplainedStep, Explanation};
pub use plan_cache::PlanCacheStats;
pub use request::{GraphqlRequest, GraphqlResponse, RequestContext, ResponseKind};

use crate::{
    config::{ByteSize, Config},
    executor::{self, GRACE, RunContext},
    graphql::{ErrorCode, GraphqlError, OperationKind},
    json::Value,
    model::{Model, View},
    planner,
    telemetry::Metrics,
    upstream::{CallContext, ProblemNotes, Recorder, SetupError, Upstreams},
};
use plan_cache::{PlanCache, PlanKey, Planned, Prepared};
use respond::Answered;

/// Bytes of upstream bodies that one operation may hold at once.
const HELD_BYTES: i64 = 64 * 1024 * 1024;

/// Serves operations of every client of one model. Cheap to share.
#[derive(Debug)]
pub struct Engine {
    model: Arc<Model>,
    upstreams: Arc<Upstreams>,
    plans: PlanCache,
    mutations: mutation::Running,
    metrics: Arc<Metrics>,
    deadline: Duration,
    body_limit: ByteSize,
    trusted_headers: Vec<HeaderName>,
}

/// What came with a request besides its document.
#[derive(Debug)]
struct Arrival {
    variables: Value,
    context: RequestContext,
    begun: Instant,
}

impl Engine {
    /// Sets up upstreams and caches; connects to nothing.
    pub fn new(model: Model, config: &Config, metrics: Arc<Metrics>) -> Result<Self, SetupError> {
        let upstreams = Arc::new(Upstreams::new(&model, config, &metrics)?);
        Ok(Self {
            model: Arc::new(model),
            upstreams,
            plans: PlanCache::new(config.cache.plans, metrics.plan_cache().clone()),
            mutations: mutation::Running::new(),
            metrics,
            deadline: config.server.deadline.0,
            body_limit: config.server.body_limit,
            trusted_headers: config.server.trusted_headers.clone(),
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Where everything is counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The upstreams.
    #[must_use]
    pub fn upstreams(&self) -> &Arc<Upstreams> {
        &self.upstreams
    }

    /// Completes when no mutation runs, also none whose client has left. For the end of the process.
    pub async fn settled(&self) {
        self.mutations.settled().await;
    }

    /// Counts of the plan cache.
    #[must_use]
    pub fn plan_cache(&self) -> PlanCacheStats {
        self.plans.stats()
    }

    /// Executes a request of the client of `view`. Dropping the future cancels what only it needed; a mutation that was sent goes on.
    pub async fn execute(&self, view: &View, request: GraphqlRequest<'_>, context: RequestContext) -> GraphqlResponse {
        let mut answered = Answered::unknown();
        let execution = AssertUnwindSafe(self.execute_guarded(view, request, context, &mut answered)).catch_unwind();
        match execution.await {
            Ok(response) => response,
            Err(_) => {
                tracing::error!(client = %view.name, "execution panicked");
                respond::internal(answered)
            }
        }
    }

    /// The plan of an operation in words: the requests that it would make, and for each field which connector gives it and
    /// why; sends nothing. Variables are checked if there are any: a plan does not depend on their values.
    pub fn explain(
        &self,
        view: &View,
        query: &str,
        operation_name: Option<&str>,
        variables: &Value,
    ) -> Result<Explanation, Vec<GraphqlError>> {
        match prepare::prepare(&self.model, view, self.body_limit, query, operation_name) {
            Prepared::Planned(planned) => {
                if *variables != Value::Null {
                    check_variables(view, &planned, variables)?;
                }
                Ok(planner::explain(&self.model, &planned.document.operation, &planned.plan))
            }
            Prepared::Refused(errors) => Err(errors),
        }
    }

    /// The steps of an execution; whatever panics in it is caught outside.
    async fn execute_guarded(
        &self,
        view: &View,
        request: GraphqlRequest<'_>,
        context: RequestContext,
        answered: &mut Answered,
    ) -> GraphqlResponse {
        let begun = Instant::now();
        let key = PlanKey {
            client: view.name.clone(),
            operation_name: request.operation_name.map(Cow::into_owned),
            document: request.query.into_owned(),
        };
        let (prepared, plan_cached) = self.plans.get_or_prepare(key, |key| {
            prepare::prepare(&self.model, view, self.body_limit, &key.document, key.operation_name.as_deref())
        });
        let planned = match &*prepared {
            Prepared::Planned(planned) => planned,
            Prepared::Refused(errors) => return respond::refused(answered.clone(), ResponseKind::RequestError, errors),
        };
        *answered = Answered::of(&planned.document.operation);
        let is_mutation = planned.plan.kind == OperationKind::Mutation;
        if is_mutation && context.queries_only {
            let error = GraphqlError::new(ErrorCode::BadUserInput, "only queries can be sent this way");
            return respond::refused(answered.clone(), ResponseKind::NotAQuery, &[error]);
        }
        let arrival = Arrival { variables: request.variables, context, begun };
        let run = match self.run_context(view, planned, arrival) {
            Ok(run) => run,
            Err(errors) => return respond::refused(answered.clone(), ResponseKind::RequestError, &errors),
        };
        let recorder = run.call.recorder.clone();
        let outcome = if is_mutation {
            mutation::run_detached(&self.mutations, prepared.clone(), run).await
        } else {
            Some(executor::run(&planned.plan, &run).await)
        };
        let Some(outcome) = outcome else {
            return respond::internal(answered.clone());
        };
        let problems = outcome.problems.as_ref().map(problems::problems);
        let trace = recorder.map(|recorder| trace::trace(&recorder, &planned.plan, plan_cached));
        respond::executed(answered.clone(), &outcome, [("problems", problems), ("trace", trace)])
    }

    /// Everything that a run needs; errors are request errors.
    fn run_context(&self, view: &View, planned: &Planned, arrival: Arrival) -> Result<RunContext, Vec<GraphqlError>> {
        let Arrival { variables, context, begun } = arrival;
        let variables = check_variables(view, planned, &variables)?;
        let introspection = match planned.plan.introspection {
            true => view.schema.introspect(&planned.document, &variables).transpose()?,
            false => None,
        };
        let trusted_headers = self.trusted(&context.headers);
        let of_client = if planned.plan.reads_context { context::value(view, &context.headers) } else { Value::Null };
        let call = CallContext {
            // Calls give up a little earlier than the operation, so that they themselves say why they failed.
            deadline: begun + self.deadline.saturating_sub(GRACE.min(self.deadline / 10)),
            context: of_client,
            headers: Arc::new(context.headers),
            request_id: text(&context.identity.request_id()),
            traceparent: text(&context.identity.traceparent()),
            calls_left: AtomicI64::new(i64::try_from(view.limits.upstream_calls).unwrap_or(i64::MAX)),
            recorder: context.trace.then(|| Recorder { begun, records: Arc::default() }),
            problems: context.problems.then(ProblemNotes::default),
            bytes_left: AtomicI64::new(HELD_BYTES),
        };
        Ok(RunContext {
            model: self.model.clone(),
            upstreams: self.upstreams.clone(),
            variables,
            introspection,
            call: Arc::new(call),
            trusted_headers,
            limits: view.limits,
            abandoned: Arc::new(AtomicBool::new(false)),
        })
    }

    /// The headers that a proxy in front sets and that clients cannot.
    fn trusted(&self, headers: &HeaderMap) -> HeaderMap {
        let mut trusted = HeaderMap::new();
        for name in &self.trusted_headers {
            for value in headers.get_all(name) {
                trusted.append(name.clone(), value.clone());
            }
        }
        trusted
    }
}

fn text(value: &HeaderValue) -> Arc<str> {
    value.to_str().unwrap_or_default().into()
}

/// Coerced variables that the caps of the plan allow.
fn check_variables(view: &View, planned: &Planned, given: &Value) -> Result<Value, Vec<GraphqlError>> {
    let variables = view.schema.coerce_variables(&planned.document.operation, given)?;
    let errors = executor::check_caps(&planned.plan, &variables);
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

#[cfg(test)]
mod tests;
