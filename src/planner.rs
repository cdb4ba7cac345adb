//! From an operation of a client to a plan over connectors. Synchronous, no IO; makes every decision that can be made before values are known.

mod plan;

pub use plan::{
    Access, ArgumentOrigin, ArgumentValue, CapCheck, EntryKind, FieldEntry, Guard, GuardId, HopRead, Join, KeyRead,
    LeafKind, ObjectProgram, ObjectProgramId, OperationPlan, Position, PositionId, Provider, RootField, Step, StepId,
    StepKind, ValueKind, ValueProgram, Variant,
};

use crate::{
    graphql::{GraphqlError, Operation},
    model::{Model, View},
};

/// Plans `operation` of the client of `view`. Errors are request errors: a literal above a cap, a plan beyond the limits.
pub fn plan(model: &Model, view: &View, operation: &Operation) -> Result<OperationPlan, Vec<GraphqlError>> {
    todo!()
}
