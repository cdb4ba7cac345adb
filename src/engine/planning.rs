//! From a prepared operation to its plan.

use std::sync::atomic::AtomicBool;

use super::plan_cache::{PlanId, Planned};
use crate::{
    config::Introspection,
    graphql::{ErrorCode, GraphqlError, PreparedDocument},
    model::{Model, View},
    planner,
};

/// Plans a prepared operation for the client of `view`; nobody counts what it asks for.
pub(super) fn plan(model: &Model, view: &View, document: PreparedDocument) -> Result<Planned, Vec<GraphqlError>> {
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
