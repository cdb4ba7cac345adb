//! Messages of the older subprotocol: a client's are read here before async-graphql sees any, and its own are read when it has
//! written them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::message::{Invalid, Members, invalid};
use crate::engine::GraphqlRequest;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Message<'a> {
    /// With its payload, an object.
    Init(Option<&'a str>),
    Start(Arc<str>, Box<GraphqlRequest<'a>>),
    Stop(Arc<str>),
    Terminate,
}

/// What the carrier says.
#[derive(Debug, Deserialize)]
pub(super) struct Said<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    /// The number that an operation was begun with.
    pub(super) id: Option<&'a str>,
    #[serde(borrow)]
    pub(super) payload: Option<Payload<'a>>,
}

/// One answer: as its `data` the whole payload that the engine wrote, or errors of what did not begin.
#[derive(Debug, Deserialize)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    pub(super) fn read(text: &'a [u8]) -> Result<Self, Invalid> {
        let members = Members::read(text).map_err(|error| Invalid(error.to_string()))?;
        match &*members.kind()? {
            "connection_init" => members.object().map(Self::Init),
            "start" => Ok(Self::Start(members.id()?, Box::new(members.request()?))),
            "stop" => members.id().map(Self::Stop),
            "connection_terminate" => Ok(Self::Terminate),
            _ => Err(invalid("`type` is not a message of a client")),
        }
    }
}

impl Payload<'_> {
    /// The answer as GraphQL has it.
    pub(super) fn answer(&self) -> String {
        match (self.data, self.errors) {
            (Some(data), _) => data.get().to_owned(),
            (None, Some(errors)) => format!(r#"{{"errors":{}}}"#, errors.get()),
            (None, None) => format!(r#"{{"errors":{}}}"#, super::super::message::INTERNAL),
        }
    }
}

/// A message for the carrier about an operation, by number. What the operation asks for goes another way.
pub(super) fn for_carrier(kind: &str, serial: u64) -> String {
    format!(r#"{{"type":"{kind}","id":"{serial}","payload":{{}}}}"#)
}

/// `connection_init` for the carrier.
pub(super) fn init_for_carrier(payload: Option<&str>) -> String {
    format!(r#"{{"type":"connection_init","payload":{}}}"#, payload.unwrap_or("{}"))
}

#[cfg(test)]
mod tests {
    use super::{Message, Said};

    fn told(text: &str) -> String {
        match Message::read(text.as_bytes()) {
            Ok(Message::Start(id, request)) => format!("start {id} {}", request.query.unwrap_or_default()),
            Ok(message) => format!("{message:?}"),
            Err(problem) => format!("no: {problem}"),
        }
    }

    #[test]
    fn messages_are_read_as_the_older_protocol_has_them() {
        let cases = [
            (r#"{"type":"connection_init"}"#, "Init(None)"),
            (r#"{"type":"connection_init","payload":null}"#, "Init(None)"),
            (r#"{"type":"connection_init","payload":{}}"#, r#"Init(Some("{}"))"#),
            (r#"{"type":"connection_init","payload":[]}"#, "no: `payload` must be an object"),
            (r#"{"id":"1","type":"start","payload":{"query":"{a}","more":1}}"#, "start 1 {a}"),
            (r#"{"id":1,"type":"start","payload":{"query":"{a}"}}"#, "no: `id` must be a string"),
            (r#"{"id":"1","type":"start"}"#, "no: `payload` must be an object"),
            (r#"{"id":"1","type":"start","payload":{"query":1}}"#, "no: `query` must be a string, not number"),
            (r#"{"id":"1","type":"stop","payload":null}"#, r#"Stop("1")"#),
            (r#"{"type":"stop"}"#, "no: `id` must be a string"),
            (r#"{"type":"connection_terminate"}"#, "Terminate"),
            (r#"{"id":"1","type":"subscribe","payload":{"query":"{a}"}}"#, "no: `type` is not a message of a client"),
            (r#"{"id":"1","type":"complete"}"#, "no: `type` is not a message of a client"),
            ("[]", "no: not valid JSON at byte 0"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn answers_are_the_bytes_of_the_engine() {
        let cases = [
            (r#"{"data":{"data":{"n":1.50}, "errors": []}}"#, r#"{"data":{"n":1.50}, "errors": []}"#),
            (r#"{"data":null,"errors":[{"message":"no"}]}"#, r#"{"errors":[{"message":"no"}]}"#),
            (r#"{"data":null}"#, r#"{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}"#),
        ];
        for (payload, expected) in cases {
            let said = format!(r#"{{"type":"data","id":"1","payload":{payload}}}"#);
            let said: Said<'_> = serde_json::from_str(&said).unwrap();
            assert_eq!((said.kind, said.id, said.payload.unwrap().answer()), ("data", Some("1"), expected.to_owned()));
        }
    }
}
