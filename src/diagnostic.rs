//! Problems of configuration and schema files as data: where, what, and what to do.
//!
//! Nothing here reads files or prints: `render`, `render_json` and `render_sarif` give text to whoever does.

mod excerpt;
mod json;
mod order;
mod position;
mod sarif;
mod suggest;
#[cfg(test)]
mod tests;
mod text;

use std::{ops::Range, path::PathBuf, sync::Arc};

pub use json::render_json;
pub use order::sort_and_dedupe;
pub use position::Position;
pub use sarif::render_sarif;
pub use suggest::did_you_mean;
pub use text::{Color, render, summary};

/// A file that diagnostics can point into.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user would write it (relative to the working directory where possible).
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// A byte range in a file.
#[derive(Debug, Clone)]
pub struct Span {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Byte offsets into its text.
    pub range: Range<usize>,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Loading fails.
    Error,
    /// Loading goes on.
    Warning,
}

/// Another place that helps to understand a diagnostic.
#[derive(Debug, Clone)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// Why it matters, in lower case: "`catalog` declared here".
    pub message: String,
}

/// One problem.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A stable code in SCREAMING_SNAKE_CASE (`CONNECT-LANGUAGE` codes where one fits).
    pub code: &'static str,
    /// What is wrong, lower case, no full stop, literals in backticks.
    pub message: String,
    /// Where; absent only where there is no file (a missing file, a command-line value).
    pub span: Option<Span>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Other places.
    pub related: Vec<Related>,
}

impl Diagnostic {
    /// An error at `span`.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span: Some(span),
            hint: None,
            related: Vec::new(),
        }
    }

    /// A warning at `span`.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, span) }
    }

    /// An error that has no place in a file.
    #[must_use]
    pub fn without_place(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), span: None, hint: None, related: Vec::new() }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn with_related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }
}

/// Whether loading fails because of any of these.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
