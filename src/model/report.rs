//! Collects the problems of a compilation, in any order; places that are unknown are left out, never guessed.

use std::ops::Range;

use crate::{
    diagnostic::{Diagnostic, Severity, Span, did_you_mean},
    graphql::Literal,
};

/// A code for what later versions will bring.
pub(super) const NOT_SUPPORTED_YET: &str = "NOT_SUPPORTED_YET";

/// The problems so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    list: Vec<Diagnostic>,
}

// === impl Report ===

impl Report {
    /// Records one.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// An error at a place that every element of a file has.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        span: Option<&Span>,
    ) -> &mut Diagnostic {
        let mut diagnostic = Diagnostic::without_place(code, message);
        diagnostic.span = span.cloned();
        self.list.push(diagnostic);
        self.list.last_mut().expect("one was pushed just now")
    }

    /// A warning.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        span: Option<&Span>,
    ) -> &mut Diagnostic {
        let diagnostic = self.error(code, message, span);
        diagnostic.severity = Severity::Warning;
        diagnostic
    }

    /// An error within a string literal.
    pub(super) fn error_within(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        literal: &Literal,
        range: Range<usize>,
    ) -> &mut Diagnostic {
        let span = within(literal, range);
        self.error(code, message, span.as_ref())
    }

    /// Whether just this was told.
    pub(super) fn has(&self, code: &str, message: &str) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code == code && diagnostic.message == message)
    }

    /// How many errors there are by now.
    pub(super) fn errors(&self) -> usize {
        self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// How many problems there are by now.
    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether one of the first `among` problems has a place that overlaps `span`.
    pub(super) fn is_told(&self, span: &Span, among: usize) -> bool {
        self.list.iter().take(among).filter_map(|diagnostic| diagnostic.span.as_ref()).any(|told| {
            told.file.path == span.file.path && told.range.start < span.range.end && span.range.start < told.range.end
        })
    }

    /// Places of the errors after the first `count` problems.
    pub(super) fn places_since(&self, count: usize) -> impl Iterator<Item = Span> {
        let later = self.list.iter().skip(count).filter(|diagnostic| diagnostic.severity == Severity::Error);
        later.filter_map(|diagnostic| diagnostic.span.clone())
    }

    /// All of them.
    pub(super) fn into_list(self) -> Vec<Diagnostic> {
        self.list
    }
}

/// The place of `range` in a string literal, or of the whole literal where that is all that is known.
pub(super) fn within(literal: &Literal, range: Range<usize>) -> Option<Span> {
    literal.span_within(range).or_else(|| literal.span.clone())
}

/// What can be added to a problem that stands in a [`Report`].
pub(super) trait Explain {
    /// What to do.
    fn hint(&mut self, hint: impl Into<String>) -> &mut Self;
    /// "did you mean", if a candidate is near; else `otherwise`, if there is something to say.
    fn suggest<I>(&mut self, word: &str, candidates: I, otherwise: Option<String>) -> &mut Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>;
    /// Another place.
    fn related(&mut self, span: Option<&Span>, message: impl Into<String>) -> &mut Self;
}

// === impl Explain ===

impl Explain for Diagnostic {
    fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    fn suggest<I>(&mut self, word: &str, candidates: I, otherwise: Option<String>) -> &mut Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.hint = did_you_mean(word, candidates).map(|near| format!("did you mean `{near}`?")).or(otherwise);
        self
    }

    fn related(&mut self, span: Option<&Span>, message: impl Into<String>) -> &mut Self {
        if let Some(span) = span {
            self.related.push(crate::diagnostic::Related { span: span.clone(), message: message.into() });
        }
        self
    }
}

/// `` `a`, `b` or `c` ``
pub(super) fn one_of<I>(names: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    listed(names, "or")
}

/// `` `a`, `b` and `c` ``
pub(super) fn all_of<I>(names: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    listed(names, "and")
}

fn listed<I>(names: I, conjunction: &str) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}
