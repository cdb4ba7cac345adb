//! What an evaluation may read besides its input, and the problems it meets.

use crate::json::Value;

/// Values of the named variables. Absent ones are missing, with a problem.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "each is the variable of its name")]
pub struct Scope<'a> {
    pub args: Option<&'a Value>,
    pub this: Option<&'a Value>,
    pub batch: Option<&'a Value>,
    pub config: Option<&'a Value>,
    pub context: Option<&'a Value>,
    pub request: Option<&'a Value>,
    pub response: Option<&'a Value>,
    pub env: Option<&'a Value>,
    pub status: Option<u16>,
}

/// Something that a mapping found otherwise than it expects. Never a GraphQL error by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `property \`.name\` not found in object`
    pub message: String,
    /// Byte range in the mapping's text.
    pub range: std::ops::Range<usize>,
    /// How often, in this collection.
    pub count: u32,
}

/// Problems of one run, aggregated by place and message, bounded.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Records one.
    pub fn add(&mut self, range: std::ops::Range<usize>, message: impl Into<String>) {
        todo!()
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.list
    }
}
