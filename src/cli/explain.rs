//! `anabranch explain`

use std::{io::Read as _, path::Path, sync::Arc};

use super::{
    Ending, Printer,
    args::{Explain, ExplainFormat},
    load,
};
use crate::{
    engine::{Engine, Explanation},
    graphql::GraphqlError,
    json::{Object, Value},
    telemetry::Metrics,
};

/// Largest operation that is read.
const MAX_OPERATION: u64 = 1 << 20;

pub(super) fn run(arguments: &Explain, printer: &Printer) -> Ending {
    explain(arguments, printer).err().unwrap_or(Ending::Fine)
}

fn explain(arguments: &Explain, printer: &Printer) -> Result<(), Ending> {
    let (config, model) = load::model(&arguments.config.config, printer)?;
    let name = load::view(&model, arguments.client.as_deref(), printer)?.name.clone();
    let query = read(&arguments.query).map_err(|reason| {
        printer.error(&format!("cannot read `{}`: {reason}", arguments.query.display()));
        Ending::Unusable
    })?;
    let variables = match &arguments.variables {
        None => Value::Null,
        Some(text) => variables(text).map_err(|reason| {
            printer.error(&format!("`--variables` {reason}"));
            Ending::Unusable
        })?,
    };
    let engine = Engine::new(model, &config, Arc::new(Metrics::new())).map_err(|error| {
        printer.error(&error.to_string());
        Ending::Problems
    })?;
    let Some(view) = engine.model().clients.get(&name) else { return Err(Ending::Unusable) };
    match engine.explain(view, &query, arguments.operation.as_deref(), &variables) {
        Ok(explanation) => match arguments.format {
            ExplainFormat::Text => printer.data(&explanation.to_string()),
            ExplainFormat::Json => printer.data(&format!("{}\n", json(&explanation))),
        },
        Err(errors) => {
            for error in &errors {
                printer.error(&describe(error, &arguments.query));
            }
            Err(Ending::Problems)
        }
    }
}

/// The explanation for machines.
fn json(explanation: &Explanation) -> Value {
    let fields = explanation.fields.iter().map(|field| {
        object([
            ("path", Value::from(field.path.clone())),
            ("field", Value::String(field.coordinate.clone())),
            ("graph", text(field.graph.as_deref())),
            ("step", field.step.map_or(Value::Null, number)),
            ("connector", text(field.connector.as_deref())),
            ("why", Value::from(field.why.clone())),
            ("if", text(field.condition.as_deref())),
        ])
    });
    let steps = explanation.steps.iter().map(|step| {
        object([
            ("step", number(step.number)),
            ("wave", number(step.wave)),
            ("connector", Value::String(step.connector.clone())),
            ("upstream", text(step.upstream.as_deref())),
            ("request", Value::from(step.request.clone())),
            ("at", Value::from(step.at.clone())),
            ("key", Value::Array(step.key.iter().map(|name| Value::from(name.clone())).collect())),
            ("batch", Value::Bool(step.batch.is_some())),
            ("maxSize", step.batch.flatten().map_or(Value::Null, |size| Value::from(i64::from(size)))),
            ("pollMs", step.poll.map_or(Value::Null, millis)),
            ("why", Value::from(step.why.clone())),
        ])
    });
    object([
        ("steps", Value::Array(steps.collect())),
        ("fields", Value::Array(fields.collect())),
        ("fieldsDropped", number(explanation.fields_dropped)),
        (
            "askedForNothing",
            Value::Array(explanation.remarks.iter().map(|remark| Value::from(remark.clone())).collect()),
        ),
    ])
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>())
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::String(text.into()))
}

fn millis(duration: std::time::Duration) -> Value {
    Value::from(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

fn number(number: usize) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

fn describe(error: &GraphqlError, path: &Path) -> String {
    match error.locations.first() {
        Some(place) => format!("{}\n  --> {}:{}:{}", error.message, path.display(), place.line, place.column),
        None => error.message.clone(),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_OPERATION).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_OPERATION).read_to_string(&mut text))
    };
    read.map(|_| text).map_err(|error| error.to_string())
}

fn variables(text: &str) -> Result<Value, String> {
    match Value::parse(text.as_bytes()) {
        Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
        Ok(other) => Err(format!("must be a JSON object, not {}", other.type_name())),
        Err(error) => Err(format!("is {error}")),
    }
}
