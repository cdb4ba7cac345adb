//! The URL: base path, `source.path`, the connector's URL, `connect.path`; and the query in the order base,
//! `source.queryParams`, the connector's URL, `connect.queryParams`. Fragments are dropped.

use std::ops::Range;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use url::Position;

use super::scalar;
use crate::{
    json::Value,
    mapping::{Mapping, Piece, Scope, Template},
    model::{BaseUrl, ConnectorText, RequestTemplate},
    upstream::{TextProblems, request::RenderError},
};

/// Longest URL that is sent. The HTTP library's own bound is 65534; services take less, and say so with a status.
pub(in crate::upstream) const MAX_URL: usize = 60_000;

/// Values: everything but RFC 3986's unreserved characters.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Literal text: only what no URL may hold. Reserved characters and `%` stand as written.
const LITERAL: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// How often a value is decoded to look for dot segments; one that is wrapped deeper is refused.
const DECODINGS: usize = 5;

/// A URL being built: origin and path in `text`, the query beside it.
struct Building {
    text: String,
    path_from: usize,
    query: String,
}

/// The connector's own URL, rendered.
#[derive(Default)]
struct Own {
    path: String,
    /// Where values stand in `path`, in order; empty ones too.
    values: Vec<Range<usize>>,
    query: String,
}

/// Which part of a URL a piece of its template belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Query,
    Fragment,
}

pub(super) fn render(
    template: &RequestTemplate,
    scope: &Scope<'_>,
    problems: &mut TextProblems,
) -> Result<String, RenderError> {
    let mut own = Own::render(&template.url, scope, problems)?;
    let mut url = match &template.base_url {
        BaseUrl::Source(base) => Building::on(base),
        BaseUrl::Absolute => Building::absolute(&mut own)?,
    };
    if let Some(path) = &template.source_path {
        let value = evaluate(path, ConnectorText::SourcePath, scope, problems);
        url.add_path_list(value).map_err(|error| error.of(ConnectorText::SourcePath))?;
    }
    own.check_segments()?;
    url.add_path(&own.path);
    if let Some(path) = &template.path {
        let value = evaluate(path, ConnectorText::Path, scope, problems);
        url.add_path_list(value).map_err(|error| error.of(ConnectorText::Path))?;
    }
    if let Some(query) = &template.source_query {
        let value = evaluate(query, ConnectorText::SourceQuery, scope, problems);
        url.add_query_object(value).map_err(|error| error.of(ConnectorText::SourceQuery))?;
    }
    url.add_query(&own.query);
    if let Some(query) = &template.query {
        let value = evaluate(query, ConnectorText::Query, scope, problems);
        url.add_query_object(value).map_err(|error| error.of(ConnectorText::Query))?;
    }
    let url = url.finish();
    if url.len() > MAX_URL { Err(RenderError::too_long(url.len(), MAX_URL)) } else { Ok(url) }
}

/// The value of `path` or `queryParams`.
fn evaluate(mapping: &Mapping, text: ConnectorText, scope: &Scope<'_>, problems: &mut TextProblems) -> Option<Value> {
    let value = mapping.evaluate(&empty_object(), scope, &mut problems.current);
    problems.end(|| text, 0);
    value
}

// === impl Own ===

impl Own {
    fn render(template: &Template, scope: &Scope<'_>, problems: &mut TextProblems) -> Result<Self, RenderError> {
        let mut own = Self::default();
        let mut part = Part::Path;
        let last = template.pieces.len().saturating_sub(1);
        for (at, piece) in template.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(text) => part = own.add_literal(&without_line_breaks(text, at == 0, at == last), part),
                Piece::Expression(mapping, place) if part != Part::Fragment => {
                    let value = mapping.evaluate(&Value::Null, scope, &mut problems.current);
                    problems.end(|| ConnectorText::Url, place.start);
                    own.add_value(value.as_ref(), part)?;
                }
                Piece::Expression(..) => {}
            }
        }
        Ok(own)
    }

    fn add_literal(&mut self, text: &str, mut part: Part) -> Part {
        let mut rest = text;
        while part != Part::Fragment {
            let ends: &[char] = if part == Part::Path { &['?', '#'] } else { &['#'] };
            let (here, after) = match rest.find(ends) {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let out = if part == Part::Path { &mut self.path } else { &mut self.query };
            out.extend(utf8_percent_encode(here, LITERAL));
            let Some(end) = after.chars().next() else { break };
            part = if end == '?' { Part::Query } else { Part::Fragment };
            rest = after.get(1..).unwrap_or_default();
        }
        part
    }

    fn add_value(&mut self, value: Option<&Value>, part: Part) -> Result<(), RenderError> {
        let text = scalar(value.unwrap_or(&Value::Null))?.unwrap_or_default();
        if part == Part::Query {
            self.query.extend(utf8_percent_encode(&text, VALUE));
        } else {
            let from = self.path.len();
            self.path.extend(utf8_percent_encode(&text, VALUE));
            self.values.push(from..self.path.len());
        }
        Ok(())
    }

    /// Refuses segments with values that are empty or dots.
    fn check_segments(&self) -> Result<(), RenderError> {
        let mut values = self.values.iter().peekable();
        let mut start = 0;
        for segment in self.path.split('/') {
            let end = start + segment.len();
            let mut has_value = false;
            while values.next_if(|value| value.start <= end).is_some() {
                has_value = true;
            }
            if has_value {
                check_segment(segment)?;
            }
            start = end + 1;
        }
        Ok(())
    }
}

// === impl Building ===

impl Building {
    fn on(base: &url::Url) -> Self {
        let mut text = String::with_capacity(base.as_str().len() + 64);
        text.push_str(&base[..Position::BeforePath]);
        let path_from = text.len();
        text.push_str(base.path());
        Self { text, path_from, query: base.query().unwrap_or_default().to_owned() }
    }

    /// Takes the origin, which no value may be part of, off the connector's own URL.
    fn absolute(own: &mut Own) -> Result<Self, RenderError> {
        let authority = own.path.find("://").map(|at| at + 3).ok_or_else(|| RenderError::new("URL is not absolute"))?;
        let rest = own.path.get(authority..).unwrap_or_default();
        let path_from = authority + rest.find('/').unwrap_or(rest.len());
        if own.values.first().is_some_and(|value| value.start < path_from) {
            return Err(RenderError::new("URL has a value in its origin"));
        }
        let path = own.path.split_off(path_from);
        for value in &mut own.values {
            *value = value.start - path_from..value.end - path_from;
        }
        Ok(Self { text: std::mem::replace(&mut own.path, path), path_from, query: String::new() })
    }

    /// Adds a path with one `/` between.
    fn add_path(&mut self, path: &str) {
        let path = path.strip_prefix('/').unwrap_or(path);
        if !path.is_empty() {
            self.open_segment();
            self.text.push_str(path);
        }
    }

    /// Adds the elements of a list; null adds nothing but its separator.
    fn add_path_list(&mut self, list: Option<Value>) -> Result<(), RenderError> {
        match list {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Array(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    if index == 0 {
                        self.open_segment();
                    } else {
                        self.text.push('/');
                    }
                    if let Some(text) = scalar(element)? {
                        let from = self.text.len();
                        self.text.extend(utf8_percent_encode(&text, VALUE));
                        check_segment(self.text.get(from..).unwrap_or_default())?;
                    }
                }
                Ok(())
            }
            Some(other) => Err(RenderError::new(format!("`path` must be a list, not {}", other.type_name()))),
        }
    }

    fn add_query(&mut self, query: &str) {
        let query = query.trim_matches('&');
        if !query.is_empty() {
            if !self.query.is_empty() {
                self.query.push('&');
            }
            self.query.push_str(query);
        }
    }

    fn add_query_object(&mut self, object: Option<Value>) -> Result<(), RenderError> {
        let members = match object {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Object(members)) => members,
            Some(other) => {
                return Err(RenderError::new(format!("`queryParams` must be an object, not {}", other.type_name())));
            }
        };
        for (name, value) in &members {
            match value {
                Value::Null => {}
                Value::Array(elements) => {
                    for element in elements {
                        self.add_parameter(name, scalar(element)?.as_deref().unwrap_or_default());
                    }
                }
                one => self.add_parameter(name, scalar(one)?.as_deref().unwrap_or_default()),
            }
        }
        Ok(())
    }

    fn add_parameter(&mut self, name: &str, value: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.extend(utf8_percent_encode(name, VALUE));
        self.query.push('=');
        self.query.extend(utf8_percent_encode(value, VALUE));
    }

    /// Ends the path with exactly one `/` more than its last segment.
    fn open_segment(&mut self) {
        if self.text.len() == self.path_from || !self.text.ends_with('/') {
            self.text.push('/');
        }
    }

    fn finish(mut self) -> String {
        if self.text.len() == self.path_from {
            self.text.push('/');
        }
        if !self.query.is_empty() {
            self.text.push('?');
            self.text.push_str(&self.query);
        }
        self.text
    }
}

fn empty_object() -> Value {
    Value::Object(crate::json::Object::default())
}

fn check_segment(segment: &str) -> Result<(), RenderError> {
    if segment.is_empty() {
        return Err(RenderError::new("path segment made by an expression is empty"));
    }
    if segment.contains(['.', '%']) && may_be_dots(segment) {
        return Err(RenderError::new("path segment made by an expression is a dot segment"));
    }
    Ok(())
}

/// Whether a server could read the segment as `.` or `..`, or as a path with such a segment, however often it decodes.
fn may_be_dots(segment: &str) -> bool {
    let mut bytes = segment.as_bytes().to_vec();
    for _ in 0..DECODINGS {
        let decoded: Vec<u8> = percent_decode(&bytes).collect();
        let done = decoded.len() == bytes.len();
        bytes = decoded;
        if has_dots(&bytes) {
            return true;
        }
        if done {
            return false;
        }
    }
    true
}

fn has_dots(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| {
        // Some servers take what follows `;` for parameters of the segment.
        let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
        matches!(name, b"." | b"..")
    })
}

/// Drops tabs and line breaks, with the spaces around them and at both ends of the template, so that templates may be
/// multi-line.
fn without_line_breaks(text: &str, first: bool, last: bool) -> std::borrow::Cow<'_, str> {
    if !text.contains(['\t', '\n', '\r', '\u{c}', ' ']) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut line_start = first;
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\u{c}' => {
                out.truncate(out.trim_end_matches(' ').len());
                line_start = true;
            }
            '\t' => {}
            ' ' if line_start => {}
            other => {
                out.push(other);
                line_start = false;
            }
        }
    }
    if last {
        out.truncate(out.trim_end_matches(' ').len());
    }
    out.into()
}
