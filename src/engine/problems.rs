//! The problems extension: what mappings met otherwise than the schema says, for people who may know.

use crate::{
    executor::{FieldProblem, Told},
    json::{Object, Value},
};

/// `extensions.problems`.
pub(super) fn problems(told: &Told) -> Value {
    Value::Array(told.list.iter().map(problem).collect())
}

fn problem(problem: &FieldProblem) -> Value {
    let number = |number: usize| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &Option<std::sync::Arc<str>>| text.clone().map_or(Value::Null, Value::String);
    let path = problem.path.iter().map(|part| Value::String(part.clone())).collect();
    let source = object([
        ("file", Value::from(problem.file.display().to_string())),
        ("line", number(problem.place.line)),
        ("column", number(problem.place.column)),
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

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>())
}
