//! GraphQL documents and schemas in our own forms. The only place that names the GraphQL libraries.
//!
//! No IO. No library type in a public signature: the rest of the code knows only what is exported here.

mod client_schema;
mod descriptions;
mod diff;
mod error;
mod executable;
mod expansion;
mod guard;
mod hash;
mod incremental;
mod introspect;
mod lexer;
mod library;
mod literal;
mod location;
mod lower;
mod members;
mod operation;
mod schema;
mod string;
mod suggest;
#[cfg(test)]
mod tests;
mod validate;
mod values;
mod variables;

pub use client_schema::{ClientSchema, PreparedDocument};
pub use diff::{Change, ChangeLevel, schema_changes, sort_changes};
pub use error::{ErrorCode, GraphqlError, Location, PathSegment};
pub use executable::{DefinitionKind, ExecutableDefinition, executable_definitions, normal_form, offset_of};
pub use guard::{DocumentLimits, guard};
pub use hash::DocumentHash;
pub use literal::{Literal, LiteralKind};
pub use operation::{
    Argument, Condition, Defer, Field, InitialCount, InlineFragment, Operation, OperationKind, Selection, Stream,
    VariableDefinition,
};
pub use schema::{
    Directive, EnumValue, FailedSchema, FieldDefinition, InputValue, Name, Schema, TypeDefinition, TypeKind, TypeRef,
    deprecation, parse_schema,
};
