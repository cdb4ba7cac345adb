//! The schema that one client sees: validation, variables, introspection.

use super::{DocumentLimits, GraphqlError, Operation, Schema};
use crate::json::Value;

/// What one client may ask. Immutable, `Send + Sync`.
#[derive(Debug)]
pub struct ClientSchema {
    // private: the library's valid schema, our own form
}

/// A validated document with the chosen operation. Immutable, `Send + Sync`.
#[derive(Debug)]
pub struct PreparedDocument {
    /// The chosen operation in our form.
    pub operation: Operation,
    // private: what introspection needs of the library's document
}

impl ClientSchema {
    /// From a schema in our form (the view less its own directives). Fails only if the schema is not valid GraphQL.
    pub fn new(schema: Schema) -> Result<Self, String> {
        todo!()
    }

    /// The schema in our form.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        todo!()
    }

    /// Guards, parses, checks limits, validates completely, chooses the operation and converts it.
    /// Every problem of a stage is reported together.
    pub fn prepare(
        &self,
        document: &str,
        operation_name: Option<&str>,
        limits: &DocumentLimits,
    ) -> Result<PreparedDocument, Vec<GraphqlError>> {
        todo!()
    }

    /// Coerces given variables (an object, or null for none): the specification's `CoerceVariableValues`.
    /// Variables without value and default are absent from the result.
    pub fn coerce_variables(&self, operation: &Operation, given: &Value) -> Result<Value, Vec<GraphqlError>> {
        todo!()
    }

    /// Answers the `__schema` and `__type` root fields: an object by response key, conditions applied.
    /// `None` if the operation has none.
    pub fn introspect(
        &self,
        document: &PreparedDocument,
        variables: &Value,
    ) -> Option<Result<Value, Vec<GraphqlError>>> {
        todo!()
    }
}
