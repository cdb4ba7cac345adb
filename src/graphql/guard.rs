//! A linear look at a document before any recursive parser sees it.

use super::GraphqlError;

/// Bounds of a document.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Lexical tokens.
    pub tokens: usize,
    /// Nesting of brackets of any kind.
    pub nesting: usize,
    /// Nesting of fields, fragments expanded.
    pub depth: usize,
    /// Aliased fields, fragments expanded.
    pub aliases: usize,
    /// Root fields, fragments expanded.
    pub root_fields: usize,
    /// Fields, fragments expanded.
    pub fields: usize,
}

/// Refuses a document that is too large or nested too deep; linear, no recursion.
pub fn guard(document: &str, limits: &DocumentLimits) -> Result<(), GraphqlError> {
    todo!()
}
