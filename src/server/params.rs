//! A GraphQL request out of a JSON body or a query string.

use std::borrow::Cow;

use super::respond::Refusal;
use crate::{
    engine::GraphqlRequest,
    json::{InvalidJson, Kind, Reader, Value, unescape},
};

/// The members that count, as far as they are there.
#[derive(Debug, Default)]
struct Members<'a> {
    query: Text<'a>,
    document_id: Text<'a>,
    /// `doc_id` or `id`, as network layers of Relay send them.
    relay_id: Text<'a>,
    operation_name: Text<'a>,
    variables: Value,
    extensions: Value,
}

/// A member that should be a string.
#[derive(Debug, Default)]
enum Text<'a> {
    #[default]
    Absent,
    Given(Cow<'a, str>),
    Other(Kind),
}

/// Reads the body of a POST: unknown members are ignored, clients send them; of a member that is there twice the last counts.
pub(super) fn from_body(body: &[u8]) -> Result<GraphqlRequest<'_>, Refusal> {
    let invalid = |error| Refusal::bad_request(format!("the request body is {error}"));
    let mut reader = Reader::new(body).map_err(invalid)?;
    let kind = reader.peek().map_err(invalid)?;
    if kind == Kind::Object {
        return Members::read(&mut reader).map_err(invalid)?.into_request();
    }
    reader.skip_value().and_then(|_| reader.finish()).map_err(invalid)?;
    Err(Refusal::bad_request(match kind {
        Kind::Array => "batches of requests are not supported here; send one request at a time".to_owned(),
        _ => format!("the request body must be a JSON object with a `query`, not {}", kind.name()),
    }))
}

/// Whether a body is an array of requests, if it is JSON at all.
pub(super) fn is_array(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
}

/// Reads an array of at most so many requests. One that is no request has its refusal in its place.
pub(super) fn from_array(body: &[u8], most: usize) -> Result<Vec<Result<GraphqlRequest<'_>, Refusal>>, Refusal> {
    let invalid = |error| Refusal::bad_request(format!("the request body is {error}"));
    let mut reader = Reader::new(body).map_err(invalid)?;
    let mut elements = Vec::new();
    reader.enter_array().map_err(invalid)?;
    while reader.next_element(elements.is_empty()).map_err(invalid)? {
        let element = reader.skip_value().map_err(invalid)?;
        if elements.len() == most {
            return Err(Refusal::bad_request(format!("a batch may have at most {most} requests")));
        }
        elements.push(reader.text(element).as_bytes());
    }
    reader.finish().map_err(invalid)?;
    match elements.is_empty() {
        true => Err(Refusal::bad_request("the batch has no request")),
        false => Ok(elements.into_iter().map(from_body).collect()),
    }
}

/// Reads the query string of a GET.
pub(super) fn from_query(query: &str) -> Result<GraphqlRequest<'_>, Refusal> {
    let mut members = Members::default();
    let mut seen = [false; 6];
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match &*key {
            "query" => {
                members.query = Text::Given(value);
                0
            }
            "operationName" => {
                members.operation_name = Text::Given(value);
                1
            }
            "variables" => {
                members.variables = parameter(&key, &value)?;
                2
            }
            "extensions" => {
                members.extensions = parameter(&key, &value)?;
                3
            }
            "documentId" => {
                members.document_id = Text::Given(value);
                4
            }
            "doc_id" | "id" => {
                members.relay_id = Text::Given(value);
                5
            }
            _ => continue,
        };
        if std::mem::replace(&mut seen[place], true) {
            return Err(Refusal::bad_request(format!("the parameter `{key}` is there twice")));
        }
    }
    members.into_request()
}

fn parameter(key: &str, text: &str) -> Result<Value, Refusal> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Value::parse(text.as_bytes()).map_err(|error| Refusal::bad_request(format!("the parameter `{key}` is {error}")))
}

// === impl Members ===

impl<'a> Members<'a> {
    /// Reads an object to the document's end.
    fn read(reader: &mut Reader<'a>) -> Result<Self, InvalidJson> {
        let mut members = Self::default();
        reader.enter_object()?;
        let mut first = true;
        while let Some(key) = reader.next_key(first)? {
            first = false;
            match &*unescape(key) {
                "query" => members.query = Text::read(reader)?,
                "operationName" => members.operation_name = Text::read(reader)?,
                "variables" => members.variables = Value::read(reader)?,
                "extensions" => members.extensions = Value::read(reader)?,
                "documentId" => members.document_id = Text::read(reader)?,
                "doc_id" | "id" => members.relay_id = Text::read_id(reader)?,
                _ => {
                    reader.skip_value()?;
                }
            }
        }
        reader.finish()?;
        Ok(members)
    }

    fn into_request(self) -> Result<GraphqlRequest<'a>, Refusal> {
        let query = self.query.given("query")?;
        let operation_name = self.operation_name.given("operationName")?.filter(|name| !name.is_empty());
        let document_id = self.document_id.given("documentId")?;
        let without_query = query.as_ref().is_none_or(|query| query.is_empty());
        let document_id = match (document_id, self.relay_id) {
            // Some send an id with every query, for their own logs.
            (None, Text::Given(id)) if without_query && !id.is_empty() => Some(id),
            (document_id, _) => document_id,
        };
        for (key, value) in [("variables", &self.variables), ("extensions", &self.extensions)] {
            if !matches!(value, Value::Null | Value::Object(_)) {
                return Err(wrong_type(key, "an object", value.kind()));
            }
        }
        let (variables, extensions) = (self.variables, self.extensions);
        let request = GraphqlRequest { query, document_id, operation_name, variables, extensions };
        if request.query.is_none() && !request.names_a_document() {
            return Err(Refusal::bad_request("`query` is missing: send the GraphQL document there"));
        }
        Ok(request)
    }
}

impl<'a> Text<'a> {
    /// `null` is as good as nothing.
    fn read(reader: &mut Reader<'a>) -> Result<Self, InvalidJson> {
        let kind = reader.peek()?;
        let span = reader.skip_value()?;
        Ok(match kind {
            Kind::Null => Self::Absent,
            Kind::String => Self::Given(unescape(reader.text(span.start + 1..span.end - 1))),
            other => Self::Other(other),
        })
    }

    /// An id, which may be a number; what is neither is none.
    fn read_id(reader: &mut Reader<'a>) -> Result<Self, InvalidJson> {
        let kind = reader.peek()?;
        let span = reader.skip_value()?;
        Ok(match kind {
            Kind::String => Self::Given(unescape(reader.text(span.start + 1..span.end - 1))),
            Kind::Number => Self::Given(Cow::Borrowed(reader.text(span))),
            _ => Self::Absent,
        })
    }

    fn given(self, key: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Given(text) => Ok(Some(text)),
            Self::Other(kind) => Err(wrong_type(key, "a string", kind)),
        }
    }
}

fn wrong_type(key: &str, expected: &str, found: Kind) -> Refusal {
    Refusal::bad_request(format!("`{key}` must be {expected}, not {}", found.name()))
}

#[cfg(test)]
mod tests;
