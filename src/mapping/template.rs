//! URL and header templates: literal text with `{mapping}` expressions.

use std::ops::Range;

use super::{Mapping, MappingError, Problems, Scope, VariablePath, Version};
use crate::json::Value;

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
        let mut pieces = Vec::new();
        let mut errors = Vec::new();
        let mut literal_from = 0;
        while let Some(open) = text.get(literal_from..).and_then(|rest| rest.find('{')).map(|at| literal_from + at) {
            push_literal(&mut pieces, text.get(literal_from..open));
            let inner = open + 1;
            let Some(close) = closing_brace(text, inner) else {
                errors.push(MappingError {
                    range: open..inner,
                    message: "expression has no closing `}`".to_owned(),
                    hint: Some("close it: `{$args.id}`".to_owned()),
                });
                return Err(errors);
            };
            literal_from = close + 1;
            let expression = text.get(inner..close).unwrap_or_default();
            if expression.trim().is_empty() {
                errors.push(MappingError {
                    range: open..close + 1,
                    message: "the braces hold no expression".to_owned(),
                    hint: Some("write one: `{$args.id}`".to_owned()),
                });
                continue;
            }
            match Mapping::parse(expression, version) {
                Ok(mapping) => pieces.push(Piece::Expression(mapping, inner..close)),
                Err(found) => errors
                    .extend(found.into_iter().map(|error| MappingError { range: shift(&error.range, inner), ..error })),
            }
        }
        push_literal(&mut pieces, text.get(literal_from..));
        if errors.is_empty() { Ok(Self { pieces }) } else { Err(errors) }
    }

    /// Every use of a variable; ranges are in bytes of the template's text.
    #[must_use]
    pub fn variables(&self) -> Vec<VariablePath> {
        let mut all = Vec::new();
        for piece in &self.pieces {
            if let Piece::Expression(mapping, place) = piece {
                all.extend(
                    mapping
                        .variables()
                        .into_iter()
                        .map(|path| VariablePath { range: shift(&path.range, place.start), ..path }),
                );
            }
        }
        all
    }

    /// Renders without any encoding (headers): null and missing are empty, arrays and objects an error text.
    pub fn render_plain(&self, scope: &Scope<'_>, problems: &mut Problems) -> Result<String, String> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Expression(mapping, place) => {
                    let mut found = Problems::default();
                    let value = mapping.evaluate(&Value::Null, scope, &mut found);
                    for problem in found.as_slice() {
                        problems.push(problem.shifted(place.start));
                    }
                    match value.unwrap_or_default() {
                        Value::Null => {}
                        Value::String(text) => out.push_str(&text),
                        scalar @ (Value::Bool(_) | Value::Number(_)) => out.push_str(&scalar.to_string()),
                        other @ (Value::Array(_) | Value::Object(_)) => {
                            return Err(format!("expression must yield a scalar, not an {}", other.type_name()));
                        }
                    }
                }
            }
        }
        Ok(out)
    }
}

fn push_literal(pieces: &mut Vec<Piece>, text: Option<&str>) {
    if let Some(text) = text
        && !text.is_empty()
    {
        pieces.push(Piece::Literal(text.to_owned()));
    }
}

fn shift(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// The brace that closes the expression starting at `from`; braces in strings and comments don't count.
#[must_use]
pub fn closing_brace(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut bytes = text.bytes().enumerate().skip(from);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            quote @ (b'"' | b'\'') => loop {
                match bytes.next()?.1 {
                    b'\\' => {
                        bytes.next()?;
                    }
                    byte if byte == quote => break,
                    _ => {}
                }
            },
            b'#' => {
                bytes.by_ref().find(|&(_, byte)| byte == b'\n')?;
            }
            _ => {}
        }
    }
    None
}
