//! URL and header templates: literal text with `{mapping}` expressions.

use std::ops::Range;

use super::{Mapping, MappingError, Problems, Scope, VariablePath, Version};

/// One piece of a template.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Text as written (tabs and line breaks of URL templates are dropped by the URL renderer, not here).
    Literal(String),
    /// An expression and its place in the template's text (braces excluded).
    Expression(Mapping, Range<usize>),
}

/// A parsed template. String literals inside an expression may hold braces.
#[derive(Debug, Clone)]
pub struct Template {
    /// In order.
    pub pieces: Vec<Piece>,
}

impl Template {
    /// Parses `text`; error ranges are in bytes of `text`.
    pub fn parse(text: &str, version: Version) -> Result<Self, Vec<MappingError>> {
        todo!()
    }

    /// Every use of a variable; ranges are in bytes of the template's text.
    #[must_use]
    pub fn variables(&self) -> Vec<VariablePath> {
        todo!()
    }

    /// Renders without any encoding (headers): null and missing are empty, arrays and objects an error text.
    pub fn render_plain(&self, scope: &Scope<'_>, problems: &mut Problems) -> Result<String, String> {
        todo!()
    }
}
