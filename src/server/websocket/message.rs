//! Messages of `graphql-transport-ws`: read strictly, written from bytes that are JSON already.
//!
//! Never keeps more of a message than the operation that it asks for.

use std::sync::Arc;

use super::super::params;
use crate::{
    engine::GraphqlRequest,
    json::{InvalidJson, Kind, Object, Reader, Value, unescape, write_string},
};

/// Longest id of an operation, in bytes.
pub(super) const LONGEST_ID: usize = 1024;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Message<'a> {
    ConnectionInit(Object),
    /// With its payload, which is JSON.
    Ping(Option<&'a str>),
    Pong,
    Subscribe(Arc<str>, Box<GraphqlRequest<'a>>),
    Complete(Arc<str>),
}

/// Why a message is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Invalid(pub(super) String);

/// The members of a message; others are ignored.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    kind: Option<(Kind, &'a str)>,
    id: Option<(Kind, &'a str)>,
    payload: Option<(Kind, &'a str)>,
}

impl<'a> Message<'a> {
    pub(super) fn read(text: &'a [u8]) -> Result<Self, Invalid> {
        let members = Members::read(text).map_err(|error| Invalid(error.to_string()))?;
        match &*members.kind()? {
            "connection_init" => Ok(Self::ConnectionInit(match members.object()? {
                Some(payload) => object(payload)?,
                None => Object::default(),
            })),
            "ping" => Ok(Self::Ping(members.object()?)),
            "pong" => members.object().map(|_| Self::Pong),
            "complete" => Ok(Self::Complete(members.id()?)),
            "subscribe" => Ok(Self::Subscribe(members.id()?, Box::new(members.request()?))),
            _ => Err(invalid("`type` is not a message of a client")),
        }
    }
}

impl<'a> Members<'a> {
    pub(super) fn read(text: &'a [u8]) -> Result<Self, InvalidJson> {
        let mut members = Self::default();
        let mut reader = Reader::new(text)?;
        reader.enter_object()?;
        let mut first = true;
        while let Some(key) = reader.next_key(first)? {
            first = false;
            let kind = reader.peek()?;
            let span = reader.skip_value()?;
            let value = Some((kind, reader.text(span)));
            match &*unescape(key) {
                "type" => members.kind = value,
                "id" => members.id = value,
                "payload" => members.payload = value,
                _ => {}
            }
        }
        reader.finish()?;
        Ok(members)
    }

    pub(super) fn kind(&self) -> Result<std::borrow::Cow<'a, str>, Invalid> {
        match self.kind {
            Some((Kind::String, kind)) => Ok(string(kind)),
            _ => Err(invalid("`type` must be a string")),
        }
    }

    /// The request of an operation.
    pub(super) fn request(&self) -> Result<GraphqlRequest<'a>, Invalid> {
        let payload = self.object()?.ok_or_else(|| invalid("`payload` must be an object"))?;
        params::from_body(payload.as_bytes()).map_err(|refusal| Invalid(refusal.message))
    }

    pub(super) fn id(&self) -> Result<Arc<str>, Invalid> {
        let Some((Kind::String, id)) = self.id else { return Err(invalid("`id` must be a string")) };
        match string(id) {
            id if id.is_empty() => Err(invalid("`id` must not be empty")),
            id if id.len() > LONGEST_ID => Err(Invalid(format!("`id` is longer than {LONGEST_ID} bytes"))),
            id => Ok(id.into()),
        }
    }

    /// The payload; `null` is as good as none.
    pub(super) fn object(&self) -> Result<Option<&'a str>, Invalid> {
        match self.payload {
            None | Some((Kind::Null, _)) => Ok(None),
            Some((Kind::Object, payload)) => Ok(Some(payload)),
            Some(_) => Err(invalid("`payload` must be an object")),
        }
    }
}

pub(super) fn invalid(reason: &str) -> Invalid {
    Invalid(reason.to_owned())
}

/// What a string with its quotes stands for.
fn string(quoted: &str) -> std::borrow::Cow<'_, str> {
    unescape(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default())
}

pub(super) fn object(text: &str) -> Result<Object, Invalid> {
    match Value::parse(text.as_bytes()) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(invalid("`payload` must be an object")),
        Err(error) => Err(Invalid(error.to_string())),
    }
}

/// The errors of an operation whose errors cannot be written.
pub(super) const INTERNAL: &str = r#"[{"message":"internal error","extensions":{"code":"INTERNAL"}}]"#;
pub(super) const ACKNOWLEDGED: &str = r#"{"type":"connection_ack"}"#;

/// `pong`, with the payload of the ping.
pub(super) fn pong(payload: Option<&str>) -> String {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

/// `next` or `error` with a payload, or `complete`.
pub(super) fn of_operation(kind: &str, id: &str, payload: Option<&str>) -> String {
    let mut text = Vec::with_capacity(id.len() + payload.map_or(0, str::len) + 48);
    text.extend_from_slice(b"{\"id\":");
    write_string(&mut text, id);
    text.extend_from_slice(b",\"type\":\"");
    text.extend_from_slice(kind.as_bytes());
    text.push(b'"');
    if let Some(payload) = payload {
        text.extend_from_slice(b",\"payload\":");
        text.extend_from_slice(payload.as_bytes());
    }
    text.push(b'}');
    String::from_utf8(text).expect("it was written from strings")
}

#[cfg(test)]
mod tests {
    use super::{Message, of_operation, pong};

    fn told(text: &str) -> String {
        match Message::read(text.as_bytes()) {
            Ok(Message::Subscribe(id, request)) => format!("subscribe {id} {}", request.query.unwrap_or_default()),
            Ok(Message::Complete(id)) => format!("complete {id}"),
            Ok(message) => format!("{message:?}"),
            Err(problem) => format!("no: {problem}"),
        }
    }

    #[test]
    fn messages_are_read_as_the_protocol_has_them() {
        let cases = [
            (r#"{"type":"connection_init"}"#, "ConnectionInit({})"),
            (r#"{"type":"connection_init","payload":null,"more":[1]}"#, "ConnectionInit({})"),
            (r#"{"type":"connection_init","payload":{"a":1}}"#, r#"ConnectionInit({"a": Number(Number("1"))})"#),
            (r#"{"type":"connection_init","payload":[]}"#, "no: `payload` must be an object"),
            (r#"{"type":"ping"}"#, "Ping(None)"),
            (r#"{"type":"ping","payload":{"a":1}}"#, r#"Ping(Some("{\"a\":1}"))"#),
            (r#"{"type":"ping","payload":1}"#, "no: `payload` must be an object"),
            (r#"{"type":"pong","payload":{}}"#, "Pong"),
            (r#"{"payload":{"query":"{a}"},"id":"\u0031","type":"subscribe"}"#, "subscribe 1 {a}"),
            (r#"{"type":"subscribe","id":"1"}"#, "no: `payload` must be an object"),
            (r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#, "no: `id` must be a string"),
            (r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, "no: `id` must not be empty"),
            (r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#, "no: `query` must be a string, not number"),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
                "no: `variables` must be an object, not array",
            ),
            (r#"{"type":"complete","id":"1"}"#, "complete 1"),
            (r#"{"type":"complete"}"#, "no: `id` must be a string"),
            (r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#, "no: `type` is not a message of a client"),
            (r#"{"type":1}"#, "no: `type` must be a string"),
            ("{}", "no: `type` must be a string"),
            ("[]", "no: not valid JSON at byte 0"),
            (r#"{"type":"ping"} x"#, "no: not valid JSON at byte 16"),
            ("", "no: not valid JSON at byte 0"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
        let id = "a".repeat(super::LONGEST_ID + 1);
        assert_eq!(told(&format!(r#"{{"type":"complete","id":"{id}"}}"#)), "no: `id` is longer than 1024 bytes");
    }

    #[test]
    fn ids_are_written_as_json() {
        assert_eq!(of_operation("complete", "a\"\n", None), r#"{"id":"a\"\n","type":"complete"}"#);
        assert_eq!(of_operation("next", "1", Some("{}")), r#"{"id":"1","type":"next","payload":{}}"#);
        assert_eq!(pong(Some("{\"a\":1}")), r#"{"type":"pong","payload":{"a":1}}"#);
    }
}
