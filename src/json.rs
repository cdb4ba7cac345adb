//! JSON as the engine needs it: owned values, projected records over upstream bytes, the reader and the writer.
//!
//! Knows nothing of GraphQL, connectors or HTTP.

mod table;
mod value;

pub use table::{Slot, Table, Tables};
pub use value::{Number, Object, Value};
