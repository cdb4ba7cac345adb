//! Complete validation of a document: the library's rules, and beside them our own for fields, values and variables.
//!
//! Runs only on documents within the expansion limits.

mod incremental;
mod lists;
mod merged;
mod rules;
mod subscription;
mod variables;

use apollo_compiler::{ast::Document, parser::SourceSpan};

use super::{
    ErrorCode, GraphqlError, Schema, client_schema::Library, location::LineIndex, suggest::did_you_mean_sigil,
};

/// Errors told to a client; the rest is counted.
const MOST: usize = 50;

/// Validates against the client's schema.
pub(super) fn validate(
    schema: &Schema,
    library: &Library,
    document: &Document,
    index: &LineIndex<'_>,
) -> Result<(), Vec<GraphqlError>> {
    let mut problems = Problems::default();
    rules::check(schema, library, document, &mut problems);
    merged::check(library, document, &mut problems);
    if problems.is_empty() {
        incremental::check(schema, document, &mut problems);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.into_errors(index)) }
}

/// Problems found, with their places in the document.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<(Option<usize>, String)>,
    /// Beyond what is kept.
    uncounted: usize,
}

impl Problems {
    pub(super) fn add(&mut self, place: Option<SourceSpan>, message: String) {
        /// Kept before sorting by place; more than any client is told.
        const KEPT: usize = 1_000;
        if self.found.len() < KEPT {
            self.found.push((place.map(|place| place.offset()), message));
        } else {
            self.uncounted += 1;
        }
    }

    /// Suggestions cost more than finding the problem: only so many problems get them.
    pub(super) fn wants_hint(&self) -> bool {
        self.found.len() < MOST
    }

    /// ` Did you mean ...?` for names written with a sigil or with none.
    pub(super) fn hint<'a>(&self, sigil: &str, unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
        if self.wants_hint() { did_you_mean_sigil(sigil, unknown, candidates) } else { String::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn into_errors(mut self, index: &LineIndex<'_>) -> Vec<GraphqlError> {
        self.found.sort();
        self.found.dedup();
        let rest = self.uncounted + self.found.len().saturating_sub(MOST);
        let mut errors: Vec<_> = self
            .found
            .into_iter()
            .take(MOST)
            .map(|(offset, message)| {
                let mut error = GraphqlError::new(ErrorCode::GraphqlValidationFailed, message);
                error.locations = offset.map(|offset| index.location(offset)).into_iter().collect();
                error
            })
            .collect();
        if rest > 0 {
            let message = format!("There are {rest} more validation errors.");
            errors.push(GraphqlError::new(ErrorCode::GraphqlValidationFailed, message));
        }
        if errors.is_empty() {
            errors.push(GraphqlError::new(ErrorCode::GraphqlValidationFailed, "The document is not valid."));
        }
        errors
    }
}
