//! JSON as the engine needs it: owned values, projected records over upstream bytes, the reader and the writer.
//!
//! Knows nothing of GraphQL, connectors or HTTP.

mod convert;
mod keys;
mod literal;
mod number;
mod reader;
mod scan;
mod shape;
mod table;
mod template;
mod value;
mod writer;

pub use keys::{KeySet, Member};
pub use number::Number;
pub use reader::{InvalidJson, Kind, MAX_DEPTH, Reader, unescape};
pub use table::{Slot, Table, Tables};
pub use template::RowTemplate;
pub use value::{Object, Value};
pub use writer::{write_string, write_value};

#[cfg(test)]
pub(crate) mod tests;
