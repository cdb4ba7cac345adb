//! The mapping language of `@connect`: parse, check, compile, evaluate; and URL templates.
//!
//! No IO, no GraphQL library, no HTTP client.

mod analyze;
mod body_reads;
mod connection;
mod enclosing;
mod evaluate;
mod method;
mod parser;
mod print;
mod program;
mod scope;
mod selection;
mod shape;
mod syntax;
mod template;

pub use connection::ConnectionParts;
pub use method::names as method_names;
pub use program::{FieldLayout, Layout, ObjectLayout, Program, RunError};
pub use scope::{Problem, Problems, Scope};
pub use selection::{Mapping, MappingError, ObjectShape, Shape, ShapeField, Variable, VariablePath, Version};
pub use shape::{Inferred, Kinds, Member, Members, Mistake, MistakeKind, Numbers, ValueShape, VariableShapes};
pub use template::{Piece, Template, closing_brace};

#[cfg(test)]
mod tests;
