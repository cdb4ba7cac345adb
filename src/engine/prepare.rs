//! From a document to a plan: guard, parse, validate, choose the operation, plan.

use std::sync::atomic::AtomicBool;

use super::plan_cache::{PlanId, Planned};
use crate::{
    config::{ByteSize, Introspection},
    graphql::{ErrorCode, GraphqlError},
    model::{Model, View},
    planner,
};

/// Plans one operation of a document for the client of `view`; nobody counts what it asks for.
pub(super) fn plan(
    model: &Model,
    view: &View,
    body_limit: ByteSize,
    document: &str,
    operation_name: Option<&str>,
) -> Result<Planned, Vec<GraphqlError>> {
    let limits = view.document_limits(body_limit);
    let document = view.schema.prepare(document, operation_name, &limits)?;
    let plan = planner::plan(model, view, &document.operation)?;
    if plan.introspection && view.introspection == Introspection::Off {
        let message = "introspection is switched off for this client";
        return Err(vec![GraphqlError::new(ErrorCode::GraphqlValidationFailed, message)]);
    }
    let mut upstreams: Vec<_> =
        plan.steps.iter().filter_map(|step| model.connector(step.connector).upstream()).collect();
    upstreams.sort_unstable();
    upstreams.dedup();
    let has_kept_answers = AtomicBool::new(false);
    Ok(Planned { id: PlanId::next(), document, plan, upstreams: upstreams.into(), usage: None, has_kept_answers })
}
