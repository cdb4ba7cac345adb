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
        Kind::Array => "batches of requests are not supported; send one request at a time".to_owned(),
        _ => format!("the request body must be a JSON object with a `query`, not {}", kind.name()),
    }))
}

/// Reads the query string of a GET.
pub(super) fn from_query(query: &str) -> Result<GraphqlRequest<'_>, Refusal> {
    let mut members = Members::default();
    let mut seen = [false; 4];
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
                _ => {
                    reader.skip_value()?;
                }
            }
        }
        reader.finish()?;
        Ok(members)
    }

    fn into_request(self) -> Result<GraphqlRequest<'a>, Refusal> {
        let query = match self.query {
            Text::Given(text) => text,
            Text::Absent => return Err(Refusal::bad_request("`query` is missing: send the GraphQL document there")),
            Text::Other(kind) => return Err(wrong_type("query", "a string", kind)),
        };
        let operation_name = match self.operation_name {
            Text::Absent => None,
            Text::Given(name) => Some(name).filter(|name| !name.is_empty()),
            Text::Other(kind) => return Err(wrong_type("operationName", "a string", kind)),
        };
        for (key, value) in [("variables", &self.variables), ("extensions", &self.extensions)] {
            if !matches!(value, Value::Null | Value::Object(_)) {
                return Err(wrong_type(key, "an object", value.kind()));
            }
        }
        Ok(GraphqlRequest { query, operation_name, variables: self.variables, extensions: self.extensions })
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
}

fn wrong_type(key: &str, expected: &str, found: Kind) -> Refusal {
    Refusal::bad_request(format!("`{key}` must be {expected}, not {}", found.name()))
}

#[cfg(test)]
mod tests;
