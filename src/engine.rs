//! The life of an operation: plan cache, limits, variables, run, answer. The only shared mutable state of serving.

mod answers;
mod context;
mod documents;
mod incremental;
mod mutation;
mod plan_cache;
mod planning;
mod problems;
mod question;
mod request;
mod respond;
mod shared;
mod subscribers;
mod subscription;
mod trace;
mod usage;

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Duration,
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderName};
use tokio::time::Instant;

pub use crate::planner::{ExplainedField, ExplainedStep, Explanation};
pub use answers::KeptAnswers;
pub use plan_cache::PlanCacheStats;
pub use request::{
    AnswerOrigin, Delivery, GraphqlRequest, GraphqlResponse, IncrementalFormat, Reply, ReplyStream, RequestContext,
    ResponseKind, StreamKind,
};

use crate::{
    cache::Epoch,
    config::{ByteSize, Config},
    executor::{self, Deferral, GRACE, Outcome, RunContext},
    graphql::{ErrorCode, GraphqlError, OperationKind, PreparedDocument},
    json::Value,
    model::{Model, View},
    planner,
    telemetry::Metrics,
    upstream::{CallContext, Parts, ProblemNotes, Recorder, SetupError, Upstreams},
};
use answers::Answers;
use documents::{Documents, Found, Unknown};
use plan_cache::{PlanCache, PlanQuery, Planned, Prepared};
use question::Question;
use respond::Answered;
use shared::{Joined, Landed};
use subscribers::Subscribers;
pub use usage::{AppUsage, ClientUsageReport, ElementUsage, UsageReport};

/// Bytes of upstream bodies that one operation may hold at once.
const HELD_BYTES: i64 = 64 * 1024 * 1024;

/// Serves operations of every client of one model. Cheap to share.
#[derive(Debug)]
pub struct Engine {
    model: Arc<Model>,
    upstreams: Arc<Upstreams>,
    plans: PlanCache,
    documents: Documents,
    answers: Answers,
    /// Queries that run; `None`: they are not shared.
    running: Option<shared::Running>,
    mutations: mutation::Running,
    subscribers: Subscribers,
    making: subscription::Making,
    metrics: Arc<Metrics>,
    usage: usage::Usage,
    deadline: Duration,
    body_limit: ByteSize,
    trusted_headers: Vec<HeaderName>,
}

/// How a request goes on.
enum Course {
    /// It is answered.
    Answered(GraphqlResponse),
    /// It is a subscription that may begin.
    Subscribes(Box<Arrival>),
    /// It is answered in parts.
    InParts(Box<Arrival>, Box<Deferral>, IncrementalFormat),
}

/// An operation that may run.
#[derive(Debug, Clone)]
struct Arrival {
    answered: Answered,
    planned: Arc<Planned>,
    plan_cached: bool,
    /// Coerced.
    variables: Value,
    /// The answer of its introspection fields.
    introspection: Option<Value>,
    context: RequestContext,
    begun: Instant,
}

/// What answers tell of an operation besides its data, however many of them there are.
#[derive(Debug)]
struct Telling {
    answered: Answered,
    planned: Arc<Planned>,
    plan_cached: bool,
}

impl Engine {
    /// Sets up upstreams and caches; connects to nothing.
    pub fn new(mut model: Model, config: &Config, metrics: Arc<Metrics>) -> Result<Self, SetupError> {
        let upstreams = Arc::new(Upstreams::new(&model, config, &metrics)?);
        let subscribers = Subscribers::new(&model, config.server.subscriptions, &metrics);
        let trusted = Documents::take(&mut model);
        let mut engine = Self {
            usage: usage::Usage::new(&model),
            model: Arc::new(model),
            upstreams,
            plans: PlanCache::new(config.cache.plans, metrics.plan_cache().clone()),
            documents: Documents::default(),
            answers: Answers::new(config.cache.answers, metrics.sharing().clone()),
            running: config.sharing.operations.then(|| shared::Running::new(metrics.sharing().clone())),
            mutations: mutation::Running::new(),
            subscribers,
            making: subscription::Making::default(),
            metrics,
            deadline: config.server.deadline.0,
            body_limit: config.server.body_limit,
            trusted_headers: config.server.trusted_headers.clone(),
        };
        let plan = |view: &View, document: PreparedDocument| engine.plan(view, document);
        engine.documents = Documents::new(&engine.model, trusted, &config.cache, &engine.metrics, plan);
        Ok(engine)
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

    /// Subscriptions that go on.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.subscribers.len()
    }

    /// Counts of the plan cache.
    #[must_use]
    pub fn plan_cache(&self) -> PlanCacheStats {
        self.plans.stats()
    }

    /// What is held of whole answers.
    #[must_use]
    pub fn kept_answers(&self) -> KeptAnswers {
        self.answers.stats()
    }

    /// What of each client's schema was asked for since the process began.
    #[must_use]
    pub fn usage(&self) -> UsageReport {
        self.usage.report(self.metrics.apps())
    }

    /// Queries that run and can be joined.
    #[must_use]
    pub fn operations_in_flight(&self) -> usize {
        self.running.as_ref().map_or(0, shared::Running::len)
    }

    /// Answers a request of the client of `view` in as many parts as its operation and `context.delivery` want. Dropping the
    /// future, or the stream that it gives, cancels what only it needed.
    pub async fn reply(self: &Arc<Self>, view: &View, request: GraphqlRequest<'_>, context: RequestContext) -> Reply {
        let carries_events = context.delivery.events;
        match self.course(view, request, context).await {
            Course::Answered(response) => Reply::Whole(response),
            Course::InParts(arrival, deferral, format) => self.in_parts(view, *arrival, deferral, format),
            Course::Subscribes(arrival) if carries_events => subscription::subscribe(self, view, *arrival),
            Course::Subscribes(arrival) => Reply::Whole(subscription::needs_stream(arrival.answered)),
        }
    }

    /// Executes a request of the client of `view` to its one whole answer. Dropping the future cancels what only it needed; a mutation that was sent goes on.
    pub async fn execute(
        &self,
        view: &View,
        request: GraphqlRequest<'_>,
        mut context: RequestContext,
    ) -> GraphqlResponse {
        context.delivery = Delivery::default();
        match self.course(view, request, context).await {
            Course::Answered(response) => response,
            Course::InParts(arrival, ..) => respond::internal(arrival.answered),
            Course::Subscribes(arrival) => subscription::needs_stream(arrival.answered),
        }
    }

    /// The course of a request, whatever panics on it.
    async fn course(&self, view: &View, request: GraphqlRequest<'_>, context: RequestContext) -> Course {
        let mut answered = Answered::unknown();
        let execution = AssertUnwindSafe(self.execute_guarded(view, request, context, &mut answered)).catch_unwind();
        match execution.await {
            Ok(course) => course,
            Err(_) => {
                tracing::error!(client = %view.name, "execution panicked");
                Course::Answered(respond::internal(answered))
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
        let document = view.schema.prepare(query, operation_name, &view.document_limits(self.body_limit))?;
        let planned = planning::plan(&self.model, view, document)?;
        if *variables != Value::Null {
            check_variables(view, &planned, variables)?;
        }
        Ok(planner::explain(&self.model, &planned.document.operation, &planned.plan))
    }

    /// The steps of an execution; whatever panics in it is caught outside.
    async fn execute_guarded(
        &self,
        view: &View,
        request: GraphqlRequest<'_>,
        context: RequestContext,
        answered: &mut Answered,
    ) -> Course {
        let begun = Instant::now();
        let (prepared, plan_cached) = match self.prepared(view, &request) {
            Ok(prepared) => prepared,
            Err(unknown) => {
                return Course::Answered(respond::refused(answered.clone(), unknown.kind, &[unknown.error]));
            }
        };
        let planned = match &*prepared {
            Prepared::Planned(planned) => planned,
            Prepared::Refused(errors) => {
                return Course::Answered(respond::refused(answered.clone(), ResponseKind::RequestError, errors));
            }
        };
        *answered = Answered::of(&planned.document.operation);
        let is_mutation = planned.plan.kind == OperationKind::Mutation;
        if is_mutation && context.queries_only {
            let error = GraphqlError::new(ErrorCode::BadUserInput, "only queries can be sent this way");
            return Course::Answered(respond::refused(answered.clone(), ResponseKind::NotAQuery, &[error]));
        }
        let variables = match check_variables(view, planned, &request.variables) {
            Ok(variables) => variables,
            Err(errors) => {
                return Course::Answered(respond::refused(answered.clone(), ResponseKind::RequestError, &errors));
            }
        };
        if let Some(usage) = &planned.usage {
            usage.count(context.identity.app());
        }
        let in_parts = match planned.plan.deferred.is_empty() {
            true => Ok(None),
            false => incremental::order(&planned.plan, &variables, context.delivery),
        };
        let in_parts = match in_parts {
            Ok(in_parts) => in_parts,
            Err(error) => {
                return Course::Answered(respond::refused(answered.clone(), ResponseKind::NeedsStream, &[*error]));
            }
        };
        // Traces and problems tell of one request alone.
        let is_query = planned.plan.kind == OperationKind::Query;
        let may_share = is_query && in_parts.is_none() && !context.trace && !context.problems;
        if may_share
            && let Some((body, control)) =
                self.answers.get(planned, &Question::new(planned, &variables, &context.headers))
        {
            return Course::Answered(respond::kept(answered.clone(), body, control));
        }
        let introspection = match planned.plan.introspection {
            true => view.schema.introspect(&planned.document, &variables).transpose(),
            false => Ok(None),
        };
        let introspection = match introspection {
            Ok(introspection) => introspection,
            Err(errors) => {
                return Course::Answered(respond::refused(answered.clone(), ResponseKind::RequestError, &errors));
            }
        };
        let (answered, planned) = (answered.clone(), Arc::clone(planned));
        let arrival = Arrival { answered, planned, plan_cached, variables, introspection, context, begun };
        if arrival.planned.plan.kind == OperationKind::Subscription {
            return Course::Subscribes(Box::new(arrival));
        }
        if let Some((deferral, format)) = in_parts {
            return Course::InParts(Box::new(arrival), deferral, format);
        }
        // Boxed, so that a kept answer costs nothing of the state of a run.
        Course::Answered(match (is_mutation, may_share) {
            (true, _) => Box::pin(self.mutate(view, arrival)).await,
            (false, true) => Box::pin(self.share(view, arrival)).await,
            (false, false) => Box::pin(self.run(view, arrival)).await.response,
        })
    }

    /// Runs a mutation, in a task of its own.
    async fn mutate(&self, view: &View, arrival: Arrival) -> GraphqlResponse {
        let telling = arrival.telling();
        let run = self.run_context(view, arrival);
        let call = Arc::clone(&run.call);
        match mutation::run_detached(&self.mutations, Arc::clone(&telling.planned), run).await {
            Some(mut outcome) => telling.response(&call, &mut outcome),
            None => respond::internal(telling.answered),
        }
    }

    /// Runs a query, or waits for an identical one that runs already.
    async fn share(&self, view: &View, arrival: Arrival) -> GraphqlResponse {
        let Some(running) = self.running.as_ref().filter(|_| !arrival.planned.upstreams.is_empty()) else {
            return self.run(view, arrival).await.response;
        };
        let key = shared::Key { question: arrival.question().to_owned(), epochs: self.epochs(&arrival.planned) };
        let deadline = arrival.begun + self.deadline + GRACE;
        let answered = arrival.answered.clone();
        let mut arrival = Some(arrival);
        let begin = || self.run(view, arrival.take().expect("a run is begun once"));
        match (running.join(key, deadline, begin).await, arrival) {
            (Joined::Led(response), _) => response,
            (Joined::Shared(response), _) => GraphqlResponse { origin: AnswerOrigin::Shared, ..response },
            (Joined::Alone, Some(arrival)) => self.run(view, arrival).await.response,
            (Joined::Lost | Joined::Alone, _) => {
                tracing::error!(client = %view.name, "execution panicked");
                respond::internal(answered)
            }
        }
    }

    /// Runs a query and keeps its answer, if it may be given again. Borrows nothing: it may outlive its request.
    fn run(&self, view: &View, arrival: Arrival) -> impl Future<Output = Landed> + Send + use<> {
        let answers = self.answers.clone();
        let telling = arrival.telling();
        let run = self.run_context(view, arrival);
        async move {
            let mut outcome = executor::run(&telling.planned.plan, &run).await;
            let call = &run.call;
            let response = telling.response(call, &mut outcome);
            if call.recorder.is_none() && call.problems.is_none() {
                answers.keep(&telling.planned, &run, &response.body, &outcome);
            }
            let late = response.errors > 0 && Instant::now() >= call.deadline;
            Landed { for_one: late || call.parts.are_for_one(), response }
        }
    }

    /// The plan of a request's operation, and whether it was known.
    fn prepared(&self, view: &View, request: &GraphqlRequest<'_>) -> Result<(Arc<Prepared>, bool), Box<Unknown>> {
        let operation_name = request.operation_name.as_deref();
        match &request.query {
            Some(query) if !request.names_a_document() && Documents::run_all(view) => {
                Ok(self.prepared_text(view, query, operation_name))
            }
            _ => self.prepared_by_name(view, request),
        }
    }

    /// The same for a request that sends no document, or names one, or whose client does not run every document.
    #[inline(never)]
    fn prepared_by_name(
        &self,
        view: &View,
        request: &GraphqlRequest<'_>,
    ) -> Result<(Arc<Prepared>, bool), Box<Unknown>> {
        let operation_name = request.operation_name.as_deref();
        Ok(match self.documents.find(view, request)? {
            Found::Kept(text) => self.prepared_text(view, &text, operation_name),
            Found::Sent(text, hash) => {
                let (prepared, plan_cached) = self.prepared_text(view, text, operation_name);
                if let (Some(hash), Prepared::Planned(_)) = (hash, &*prepared) {
                    self.documents.keep(view, hash, text);
                }
                (prepared, plan_cached)
            }
            Found::Trusted(document) => match document.plan(operation_name) {
                Some(prepared) => (Arc::clone(prepared), true),
                None => self.prepared_text(view, &document.text, operation_name),
            },
        })
    }

    fn prepared_text(&self, view: &View, document: &str, operation_name: Option<&str>) -> (Arc<Prepared>, bool) {
        let query = PlanQuery { document, operation_name, client: &view.name };
        self.plans.get_or_prepare(query, || self.prepare(view, document, operation_name))
    }

    /// Prepares an operation of a document, whatever is known.
    fn prepare(&self, view: &View, document: &str, operation_name: Option<&str>) -> Prepared {
        let limits = view.document_limits(self.body_limit);
        match view.schema.prepare(document, operation_name, &limits) {
            Ok(document) => self.plan(view, document),
            Err(errors) => Prepared::Refused(errors),
        }
    }

    /// Plans a prepared operation, which will be counted.
    fn plan(&self, view: &View, document: PreparedDocument) -> Prepared {
        match planning::plan(&self.model, view, document) {
            Ok(planned) => {
                let usage = self.usage.plan(view, &planned.document.operation);
                Prepared::Planned(Arc::new(Planned { usage, ..planned }))
            }
            Err(errors) => Prepared::Refused(errors),
        }
    }

    /// The epochs of all upstreams that a plan can call.
    fn epochs(&self, planned: &Planned) -> Box<[Epoch]> {
        planned.upstreams.iter().flat_map(|upstream| self.upstreams.epochs(*upstream)).collect()
    }

    /// Everything that a run needs.
    fn run_context(&self, view: &View, arrival: Arrival) -> RunContext {
        let Arrival { planned, variables, introspection, context, begun, .. } = arrival;
        let trusted_headers = self.trusted(&context.headers);
        let of_client = if planned.plan.reads_context { context::value(view, &context.headers) } else { Value::Null };
        let call = CallContext {
            // Calls give up a little earlier than the operation, so that they themselves say why they failed.
            deadline: begun + self.deadline.saturating_sub(GRACE.min(self.deadline / 10)),
            context: of_client,
            headers: Arc::new(context.headers),
            ids: (&context.identity).into(),
            calls_left: AtomicI64::new(i64::try_from(view.limits.upstream_calls).unwrap_or(i64::MAX)),
            recorder: context.trace.then(|| Recorder { begun, records: Arc::default() }),
            problems: context.problems.then(ProblemNotes::default),
            parts: Parts::default(),
            bytes_left: AtomicI64::new(HELD_BYTES),
        };
        RunContext {
            model: self.model.clone(),
            upstreams: self.upstreams.clone(),
            variables,
            introspection,
            call: Arc::new(call),
            trusted_headers,
            limits: view.limits,
            given: None,
            abandoned: Arc::new(AtomicBool::new(false)),
        }
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

// === impl Arrival ===

impl Arrival {
    fn question(&self) -> Question<'_> {
        Question::new(&self.planned, &self.variables, &self.context.headers)
    }

    fn telling(&self) -> Telling {
        let (answered, planned) = (self.answered.clone(), Arc::clone(&self.planned));
        Telling { answered, planned, plan_cached: self.plan_cached }
    }
}

// === impl Telling ===

impl Telling {
    /// The answer of a run, with what was asked about it; takes its body.
    fn response(&self, call: &CallContext, outcome: &mut Outcome) -> GraphqlResponse {
        let told = self.extensions(call, outcome.problems.as_ref());
        respond::executed(self.answered.clone(), outcome, told)
    }

    /// What was asked about a run: members of `extensions`.
    fn extensions(&self, call: &CallContext, problems: Option<&executor::Told>) -> [(&'static str, Option<Value>); 2] {
        let problems = problems.map(problems::problems);
        let trace = call.recorder.as_ref().map(|recorder| trace::trace(recorder, &self.planned.plan, self.plan_cached));
        [("problems", problems), ("trace", trace)]
    }
}

/// Coerced variables that the plan allows.
fn check_variables(view: &View, planned: &Planned, given: &Value) -> Result<Value, Vec<GraphqlError>> {
    let variables = view.schema.coerce_variables(&planned.document.operation, given)?;
    let mut errors = executor::check_caps(&planned.plan, &variables);
    errors.extend(executor::check_initial_counts(&planned.plan, &variables));
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

#[cfg(test)]
mod tests;
