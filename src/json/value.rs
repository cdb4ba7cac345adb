//! Owned JSON values that keep the spelling of numbers and the order of keys.

use std::sync::Arc;

use indexmap::IndexMap;

/// An owned JSON value, for what must be computed: arguments, variables, method results.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, spelled as it came.
    Number(Number),
    /// A string, unescaped.
    String(Arc<str>),
    /// An array.
    Array(Vec<Value>),
    /// An object, in the order of its keys.
    Object(Object),
}

/// A JSON number that keeps its spelling (`1.50` stays `1.50`).
#[derive(Debug, Clone)]
pub struct Number(Box<str>);

/// The members of a JSON object in their order.
pub type Object = IndexMap<Arc<str>, Value, ahash::RandomState>;
