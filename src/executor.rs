//! Running a plan: steps as their inputs come, keys collected and joined, the answer written from slots.
//!
//! Makes no planning decision and knows no HTTP server.

mod arguments;
mod batch;
mod complete;
mod compute;
mod deferral;
mod failure;
mod fetch;
mod freshness;
mod gate;
mod given;
mod guards;
mod keys;
mod leaf;
mod memo;
mod outcome;
mod pages;
mod parts;
mod problems;
mod read;
mod rows;
mod run;
mod schedule;
mod step;

use std::sync::{Arc, atomic::AtomicBool};

pub use arguments::check_caps;
pub use deferral::{AskedParts, Deferral, asked_parts, check_initial_counts};
pub use failure::client_error;
pub use given::{Given, root_request};
pub use outcome::{CacheControl, Cacheability, OPENING, Outcome, Told};
pub use pages::page_variables;
pub use parts::{Announced, Content, DeferredPart, End, Items, Payload, run_in_parts};
pub use problems::FieldProblem;
pub use schedule::GRACE;

use crate::{
    json::Value,
    model::Model,
    planner::OperationPlan,
    upstream::{CallContext, Upstreams},
};

/// What a run needs besides its plan.
#[derive(Debug)]
pub struct RunContext {
    /// Model that the plan was made for.
    pub model: Arc<Model>,
    /// Upstreams.
    pub upstreams: Arc<Upstreams>,
    /// Coerced variables (an object).
    pub variables: Value,
    /// Answer of the introspection fields by response key.
    pub introspection: Option<Value>,
    /// Deadline, headers, budgets.
    pub call: Arc<CallContext>,
    /// Headers that presets may read (only `server.trusted_headers` are in it).
    pub trusted_headers: http::HeaderMap,
    /// Bounds.
    pub limits: crate::config::Limits,
    /// The answer of a root step that is known already, and not asked for.
    pub given: Option<Given>,
    /// Set when the client has left: mutations start no further root field.
    pub abandoned: Arc<AtomicBool>,
}

/// Runs a plan to its answer. Never fails: everything that goes wrong is an error in the answer.
///
/// Calls end by themselves at `context.call.deadline`; whatever is not there [`GRACE`] later is an error of its field.
pub async fn run(plan: &OperationPlan, context: &RunContext) -> Outcome {
    let run = run::Run::new(plan, context);
    schedule::run_steps(&run).await;
    let outcome = complete::answer(&run);
    Outcome { problems: problems::told(&run), ..outcome }
}
