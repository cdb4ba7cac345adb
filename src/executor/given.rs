//! Answers of root steps that somebody else asks for: what they are to ask, and what they have got.

use std::sync::Arc;

use super::{
    RunContext,
    arguments::{self, Unresolved},
    failure::Failure,
};
use crate::{
    graphql::{GraphqlError, PathSegment},
    json::Value,
    mapping::Scope,
    planner::{OperationPlan, Step, StepId},
    upstream::{TextProblems, UpstreamBody, UpstreamError, UpstreamRequest, render_noting, request_value},
};

/// What a step would have fetched.
#[derive(Debug)]
pub struct Given {
    /// The step.
    pub step: StepId,
    /// Its answer.
    pub answer: Result<Arc<UpstreamBody>, Arc<UpstreamError>>,
}

/// The request that a root step of a plan makes.
///
/// # Errors
/// It makes none with these values: the error of its field.
pub fn root_request(plan: &OperationPlan, step: &Step, context: &RunContext) -> Result<UpstreamRequest, GraphqlError> {
    render(step, context).map_err(|failure| {
        let told = failure.to_client();
        let mut error =
            GraphqlError { extensions: told.extensions.into(), ..GraphqlError::new(told.code, told.message) };
        let root = plan.objects.get(plan.root_program.0 as usize);
        if let Some(entry) = root.and_then(|program| program.variants.first()?.fields.first()) {
            error.locations.clone_from(&entry.locations);
            error.path.push(PathSegment::Key(Arc::clone(&entry.response_key)));
        }
        error
    })
}

fn render(step: &Step, context: &RunContext) -> Result<UpstreamRequest, Failure> {
    let arguments = match arguments::resolve(step, &context.variables, &context.trusted_headers) {
        Ok(arguments) => Value::Object(arguments),
        Err(Unresolved::MissingPreset) => return Err(Failure::MissingPreset),
        Err(Unresolved::NullArgument) => return Err(Failure::NullArgument),
    };
    let connector = context.model.connector(step.connector);
    let upstream = connector.upstream().ok_or(Failure::Internal)?;
    let request = request_value(connector, &context.call.headers);
    let scope = Scope {
        args: Some(&arguments),
        context: Some(&context.call.context),
        config: Some(&connector.config),
        env: Some(&connector.env),
        request: request.as_deref(),
        ..Scope::default()
    };
    let (log, notes) = (context.upstreams.problems(), context.call.problems.as_ref());
    let mut problems = TextProblems::default();
    let settings = &context.model.upstream(upstream).settings;
    let rendered = render_noting(connector, settings, &scope, &context.call.headers, &mut problems);
    log.record_texts(connector, Some(step.id.0), problems, notes);
    rendered.map_err(|error| {
        log.record_refused(connector, Some(step.id.0), (&error, 1), notes);
        Failure::Unrenderable
    })
}
