//! Answers of `__schema` and `__type`.

mod one_of;

use std::collections::HashSet;

use apollo_compiler::{
    introspection::{check_max_depth, partial_execute},
    request::RequestError,
    response::{JsonMap, JsonValue},
    validation::Valid,
};

use super::{
    ErrorCode, GraphqlError, Location, Operation, Schema, Selection,
    client_schema::{Library, LibraryDocument},
};
use crate::json::{Number, Object, Value};

pub(super) use one_of::{define as define_is_one_of, stand_in};

/// Whether any root field introspects the schema.
pub(super) fn is_wanted(operation: &Operation) -> bool {
    !response_keys(operation).is_empty()
}

/// The introspection fields' values by response key.
pub(super) fn answer(
    schema: &Schema,
    library: &Library,
    document: &LibraryDocument,
    operation: &Operation,
    variables: &Value,
) -> Result<Value, Vec<GraphqlError>> {
    let request_error = |error: RequestError| {
        let mut problem = GraphqlError::new(ErrorCode::LimitExceeded, error.message().to_string());
        let range = error.location().and_then(|place| place.line_column_range(&document.executable.sources));
        problem.locations.extend(range.map(|range| location(range.start)));
        vec![problem]
    };
    let chosen = document
        .executable
        .operations
        .get(operation.name.as_deref())
        .map_err(|_| vec![GraphqlError::new(ErrorCode::Internal, "the operation is missing")])?;
    check_max_depth(&document.executable, chosen).map_err(request_error)?;
    let variables = Valid::assume_valid(match variables {
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.to_string().into(), to_library(value))).collect()
        }
        _ => JsonMap::new(),
    });
    let response = partial_execute(&library.schema, &library.implementers, &document.executable, chosen, &variables)
        .map_err(request_error)?;
    if !response.errors.is_empty() {
        return Err(response
            .errors
            .into_iter()
            .map(|error| {
                let mut problem = GraphqlError::new(ErrorCode::Internal, error.message);
                problem.locations = error.locations.into_iter().map(location).collect();
                problem
            })
            .collect());
    }
    let keys = response_keys(operation);
    let mut answer = Object::default();
    for (key, value) in response.data.into_iter().flatten().filter(|(key, _)| keys.contains(key.as_str())) {
        answer.insert(key.as_str().into(), from_library(schema, value));
    }
    Ok(Value::Object(answer))
}

fn location(place: apollo_compiler::parser::LineColumn) -> Location {
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Location { line: narrow(place.line), column: narrow(place.column) }
}

fn response_keys(operation: &Operation) -> HashSet<&str> {
    let mut keys = HashSet::new();
    let mut sets = vec![&operation.selections];
    let mut seen = HashSet::new();
    while let Some(selections) = sets.pop() {
        for selection in selections.iter() {
            match selection {
                Selection::Field(field) if matches!(&*field.name, "__schema" | "__type") => {
                    keys.insert(&*field.response_key);
                }
                Selection::Field(_) => {}
                Selection::Fragment(fragment) => {
                    if seen.insert(fragment.selections.as_ptr()) {
                        sets.push(&fragment.selections);
                    }
                }
            }
        }
    }
    keys
}

fn to_library(value: &Value) -> JsonValue {
    match value {
        Value::Null => JsonValue::Null,
        Value::Bool(value) => JsonValue::Bool(*value),
        Value::Number(number) => number.as_str().parse().map_or(JsonValue::Null, JsonValue::Number),
        Value::String(text) => JsonValue::String(text.to_string().into()),
        Value::Array(items) => JsonValue::Array(items.iter().map(to_library).collect()),
        Value::Object(members) => JsonValue::Object(
            members.iter().map(|(key, member)| (key.to_string().into(), to_library(member))).collect(),
        ),
    }
}

fn from_library(schema: &Schema, value: JsonValue) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Bool(value),
        JsonValue::Number(number) => Number::parse(&number.to_string()).map_or(Value::Null, Value::Number),
        JsonValue::String(text) => Value::String(text.as_str().into()),
        JsonValue::Array(items) => Value::Array(items.into_iter().map(|item| from_library(schema, item)).collect()),
        JsonValue::Object(members) => {
            let mut object = Object::default();
            for (key, member) in members {
                let (key, member) = one_of::member(schema, key.as_str(), from_library(schema, member));
                object.insert(key, member);
            }
            Value::Object(object)
        }
    }
}
