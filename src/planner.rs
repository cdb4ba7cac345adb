//! From an operation of a client to a plan over connectors. Synchronous, no IO; makes every decision that can be made before values are known.

mod build;
mod choice;
mod cover;
mod deferrals;
mod draft;
mod explain;
mod given;
mod guards;
mod lower;
mod order;
mod plan;
mod print;
mod resolve;
mod shortcuts;
mod source;
mod together;

pub use explain::{ExplainedField, ExplainedStep, Explanation, explain};
pub use plan::{
    Access, ArgumentOrigin, ArgumentValue, CapCheck, DeferId, Deferred, Elements, EntryKind, FieldEntry, Guard,
    GuardId, HopRead, Join, KeyRead, LeafKind, ObjectProgram, ObjectProgramId, Occurrences, OperationPlan, Parts,
    Position, PositionId, Provider, Reached, RootField, Sharing, Step, StepId, StepKind, StepLabel, StreamedList,
    ValueKind, ValueProgram, Variant,
};

use crate::{
    graphql::{GraphqlError, Operation},
    model::{Model, View},
};

/// Plans `operation` of the client of `view`.
///
/// # Errors
/// Request errors: the plan is beyond the client's limits.
pub fn plan(model: &Model, view: &View, operation: &Operation) -> Result<OperationPlan, Vec<GraphqlError>> {
    lower::lower(model, view, operation)
        .and_then(|draft| resolve::resolve(model, draft))
        .and_then(|resolution| build::build(model, operation.kind, resolution))
        .map_err(|error| vec![error])
}
