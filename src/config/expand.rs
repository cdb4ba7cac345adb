//! `${env:NAME}` and `${file:PATH}` in string values; `$${` is a literal `${`.
//!
//! Runs after places are known, once: what a variable holds is never expanded again, and never printed.

use std::{ops::Range, path::Path};

use super::{Environment, files};
use crate::diagnostic::did_you_mean;

/// Largest file that `${file:}` reads.
const LARGEST_FILE: u64 = 1 << 20;
/// Bytes that all expansions of a run may make.
const LARGEST_SUM: usize = 16 << 20;
/// Problems of one string that are told.
const MOST_PROBLEMS: usize = 20;

/// Where expansions find their values, and how much they have made.
pub(super) struct Sources<'a> {
    environment: &'a dyn Environment,
    base: &'a Path,
    made: usize,
}

/// A text after expansion.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Whether any of it came from outside of the file, so that it must not be printed.
    pub(super) secret: bool,
}

/// An expression that could not be expanded; the range is that of the expression in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unexpandable {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) hint: String,
}

// === impl Sources ===

impl<'a> Sources<'a> {
    pub(super) fn new(environment: &'a dyn Environment, base: &'a Path) -> Self {
        Self { environment, base, made: 0 }
    }

    /// Expands every expression of `text`, or tells all that cannot be.
    pub(super) fn expand(&mut self, text: &str) -> Result<Expanded, Vec<Unexpandable>> {
        let mut expanded = Expanded { text: String::with_capacity(text.len()), secret: false };
        let mut problems = Vec::new();
        for part in parts(text) {
            if problems.len() == MOST_PROBLEMS {
                break;
            }
            match part {
                Part::Literal(literal) => expanded.text.push_str(literal),
                Part::Expression(expression, range) => {
                    expanded.secret = true;
                    match self.value(expression) {
                        Ok(value) => expanded.text.push_str(&value),
                        Err((message, hint)) => problems.push(Unexpandable { range, message, hint }),
                    }
                }
                Part::Unterminated(range) => problems.push(Unexpandable {
                    range,
                    message: "`${` without `}`".to_owned(),
                    hint: "add `}`, or write `$${` for a literal `${`".to_owned(),
                }),
            }
        }
        if problems.is_empty() { Ok(expanded) } else { Err(problems) }
    }

    fn value(&mut self, expression: &str) -> Result<String, (String, String)> {
        let value = match expression.split_once(':') {
            Some(("env", name)) => self.variable(name),
            Some(("file", path)) => self.file(path),
            Some((scheme, _)) => Err(unknown_scheme(scheme)),
            None => {
                let hint = format!(
                    "write `${{env:{expression}}}` for a variable of the environment, or `$${{` for a literal `${{`"
                );
                Err((format!("`${{{expression}}}` does not say where the value comes from"), hint))
            }
        }?;
        self.made = self.made.saturating_add(value.len());
        if self.made > LARGEST_SUM {
            return Err(("expansions make more than 16MiB".to_owned(), "put less into variables and files".to_owned()));
        }
        Ok(value)
    }

    fn variable(&self, name: &str) -> Result<String, (String, String)> {
        if name.is_empty() {
            return Err(("the name of the variable is missing".to_owned(), "write it after `env:`".to_owned()));
        }
        self.environment.get(name).ok_or_else(|| {
            let hint = if name.contains([':', '-', ' ', '=']) {
                "write only the name after `env:`; there are no default values".to_owned()
            } else {
                format!("set it where `anabranch` starts, as in `export {name}=...`")
            };
            (format!("the environment variable `{name}` is not set, or is not UTF-8"), hint)
        })
    }

    fn file(&self, path: &str) -> Result<String, (String, String)> {
        if path.is_empty() {
            return Err(("the path of the file is missing".to_owned(), "write it after `file:`".to_owned()));
        }
        let full = files::join(self.base, path);
        let bytes = files::read(&full, LARGEST_FILE).map_err(|error| {
            (
                format!("`{}` {error}", full.display()),
                error.hint(&full, Path::new(path)).unwrap_or_else(|| "paths are relative to this file".to_owned()),
            )
        })?;
        let mut text = String::from_utf8(bytes)
            .map_err(|_| (format!("`{}` is not UTF-8", full.display()), "give a text file".to_owned()))?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(text)
    }
}

enum Part<'t> {
    Literal(&'t str),
    Expression(&'t str, Range<usize>),
    Unterminated(Range<usize>),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")) {
        let start = at + found;
        let escaped = start > at && text.as_bytes().get(start - 1) == Some(&b'$');
        if escaped {
            parts.push(Part::Literal(text.get(at..start - 1).unwrap_or_default()));
            parts.push(Part::Literal("${"));
            at = start + 2;
            continue;
        }
        parts.push(Part::Literal(text.get(at..start).unwrap_or_default()));
        let body = text.get(start + 2..).unwrap_or_default();
        let Some(length) = body.find('}') else {
            parts.push(Part::Unterminated(start..text.len()));
            return parts;
        };
        at = start + 2 + length + 1;
        parts.push(Part::Expression(body.get(..length).unwrap_or_default(), start..at));
    }
    parts.push(Part::Literal(text.get(at..).unwrap_or_default()));
    parts
}

fn unknown_scheme(scheme: &str) -> (String, String) {
    let hint = match did_you_mean(scheme, ["env", "file"]) {
        Some(near) => format!("did you mean `${{{near}:...}}`?"),
        None => "write `${env:NAME}` or `${file:PATH}`, or `$${` for a literal `${`".to_owned(),
    };
    (format!("unknown source `{scheme}` of a value"), hint)
}

/// The place in the file of `range` of a string's text. `source` is the string as it was written, quotes included; where
/// escapes make the two differ so that the part cannot be found, the whole string stands for it.
pub(super) fn place_of(source: &str, text: &str, range: &Range<usize>) -> Range<usize> {
    let expression = text.get(range.clone()).unwrap_or_default();
    let earlier = text.get(..range.start).unwrap_or_default().matches(expression).count();
    match source.match_indices(expression).nth(earlier) {
        Some((start, _)) if !expression.is_empty() => start..start + expression.len(),
        _ => 0..source.len(),
    }
}
