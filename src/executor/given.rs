//! Answers of root steps that somebody else asks for: what they are to ask, and what they have got.

use std::sync::Arc;

use super::{RunContext, arguments, failure::Failure, fetch};
use crate::{
    graphql::{GraphqlError, PathSegment},
    json::Value,
    mapping::Scope,
    planner::{OperationPlan, Step, StepId},
    upstream::{UpstreamBody, UpstreamError, UpstreamRequest, request_value},
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
    let arguments = Value::Object(arguments::resolve(step, &context.variables, &context.trusted_headers)?);
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
    fetch::render(context, step, (connector, &context.model.upstream(upstream).settings), &scope)
}
