//! What clients are told of values that cannot stand where they are. Says what was found, never the value.

use crate::{
    executor::{failure::ClientError, leaf::WrongLeaf},
    graphql::ErrorCode,
    json::Object,
    mapping::Problem,
};

const NO_VALUE: &str = "the service gave no value for a field that is never null";

/// The object that a field needs does not exist.
pub(super) fn absent() -> ClientError {
    error(ErrorCode::NotFound, "not found", None)
}

pub(super) fn unexpected_null() -> ClientError {
    invalid(NO_VALUE, "null")
}

/// Not even null stands there: the mapping tells so, unless it says that this is no problem.
pub(super) fn missing() -> ClientError {
    invalid(NO_VALUE, Problem::MISSING)
}

pub(super) fn wrong_shape(found: &'static str) -> ClientError {
    invalid("the service gave a value of another shape than this field has (object, list or scalar)", found)
}

/// `found`: what stands in place of the name of a type, `string` for a name that the graph does not have here.
pub(super) fn unknown_type(found: &'static str) -> ClientError {
    invalid("the service gave an object of an unknown type", found)
}

pub(super) fn wrong_leaf(type_name: &str, wrong: WrongLeaf) -> ClientError {
    invalid(format!("expected a value of type `{type_name}`, found {}", wrong.found), wrong.json)
}

fn invalid(message: impl Into<String>, found: &'static str) -> ClientError {
    error(ErrorCode::ConnectorResponseInvalid, message, Some(found))
}

fn error(code: ErrorCode, message: impl Into<String>, found: Option<&'static str>) -> ClientError {
    ClientError { message: message.into(), code, extensions: Object::default(), found }
}
