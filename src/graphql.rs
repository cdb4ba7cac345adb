//! GraphQL documents and schemas in our own forms. The only place that names the GraphQL libraries.
//!
//! No IO. No library type in a public signature: the rest of the code knows only what is exported here.

mod client_schema;
mod error;
mod guard;
mod literal;
mod operation;
mod schema;

pub use client_schema::{ClientSchema, PreparedDocument};
pub use error::{ErrorCode, GraphqlError, Location, PathSegment};
pub use guard::{DocumentLimits, guard};
pub use literal::{Literal, LiteralKind};
pub use operation::{
    Argument, Condition, Field, InlineFragment, Operation, OperationKind, Selection, VariableDefinition,
};
pub use schema::{
    Directive, EnumValue, FieldDefinition, InputValue, Name, Schema, TypeDefinition, TypeKind, TypeRef, parse_schema,
};
