//! The problems extension: what mappings met otherwise than the schema says, for people who may know.

use super::trace::{count, object};
use crate::{
    executor::{FieldProblem, Told},
    json::Value,
};

/// `extensions.problems`.
pub(super) fn problems(told: &Told) -> Value {
    Value::Array(told.list.iter().map(problem).collect())
}

fn problem(problem: &FieldProblem) -> Value {
    let text = |text: &Option<std::sync::Arc<str>>| text.clone().map_or(Value::Null, Value::String);
    let path = problem.path.iter().map(|part| Value::String(part.clone())).collect();
    let source = object([
        ("file", Value::from(problem.file.display().to_string())),
        ("line", count(problem.place.line)),
        ("column", count(problem.place.column)),
    ]);
    object([
        ("message", Value::from(problem.message.clone())),
        ("path", Value::Array(path)),
        ("connector", Value::String(problem.connector.clone())),
        ("upstream", text(&problem.upstream)),
        ("source", source),
        ("found", text(&problem.found)),
        ("expected", text(&problem.expected)),
        ("count", Value::from(i64::try_from(problem.count).unwrap_or(i64::MAX))),
    ])
}
