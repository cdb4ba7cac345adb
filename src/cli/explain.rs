//! `anabranch explain`

use std::{io::Read as _, path::Path, sync::Arc};

use super::{
    Ending, Printer,
    args::{Explain, ExplainFormat},
    load,
};
use crate::{
    diagnostic::did_you_mean,
    engine::{Engine, Explanation},
    graphql::{DocumentHash, GraphqlError},
    json::{Object, Value},
    model::{TrustedDocument, View},
    telemetry::Metrics,
};

/// Largest operation that is read.
const MAX_OPERATION: u64 = 1 << 20;

/// Documents of one name that are told.
const MOST_NAMED: usize = 10;

pub(super) fn run(arguments: &Explain, printer: &Printer) -> Ending {
    explain(arguments, printer).err().unwrap_or(Ending::Fine)
}

fn explain(arguments: &Explain, printer: &Printer) -> Result<(), Ending> {
    let (config, model) = load::views(&arguments.config.config, printer)?;
    let name = load::view(&model, arguments.client.as_deref(), printer)?.name.clone();
    let (query, path, operation) = match &arguments.query {
        Some(path) => {
            let query = read(path).map_err(|reason| {
                printer.error(&format!("cannot read `{}`: {reason}", path.display()));
                Ending::Unusable
            })?;
            (query, path.display().to_string(), arguments.operation.clone())
        }
        None => trusted(&model.clients[&name], arguments.operation.as_deref(), printer)?,
    };
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
    match engine.explain(view, &query, operation.as_deref(), &variables) {
        Ok(explanation) => match arguments.format {
            ExplainFormat::Text => printer.data(&explanation.to_string()),
            ExplainFormat::Json => printer.data(&format!("{}\n", json(&explanation))),
        },
        Err(errors) => {
            for error in &errors {
                printer.error(&describe(error, &path));
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

/// A trusted document, by an id or the name of its operation.
fn trusted(view: &View, wanted: Option<&str>, printer: &Printer) -> Result<(String, String, Option<String>), Ending> {
    let wanted = wanted.unwrap_or_default();
    let list = view.documents.as_ref().map_or(&[][..], |documents| &documents.list);
    let hash = DocumentHash::parse(wanted.strip_prefix("sha256:").unwrap_or(wanted));
    let known = list.iter().find(|document| {
        document.ids.iter().any(|id| **id == *wanted) || hash.is_some_and(|hash| document.hashes.contains(&hash))
    });
    let named = |document: &&TrustedDocument| document.names().any(|name| **name == *wanted);
    let by_name: Vec<&TrustedDocument> = list.iter().filter(named).collect();
    if let (None, [first, _, ..]) = (known, by_name.as_slice()) {
        printer.talk(&format!(
            "note: {} trusted documents have an operation `{wanted}`; this is that of {}",
            by_name.len(),
            id(first)
        ));
        let others = by_name.iter().skip(1).take(MOST_NAMED).map(|document| id(document)).collect::<Vec<_>>();
        printer.talk(&format!("  = help: for another one, give its id: {}", others.join(", ")));
    }
    let Some(document) = known.or_else(|| by_name.first().copied()) else {
        printer.error(&format!("client `{}` has no trusted document `{wanted}`", view.name));
        let names = list.iter().flat_map(TrustedDocument::names);
        printer.talk(&match did_you_mean(wanted, names) {
            Some(near) => format!("  = help: did you mean `{near}`?"),
            None => "  = help: give the id or the name of one of its operations, or a file with `--query`".to_owned(),
        });
        return Err(Ending::Unusable);
    };
    let operation = Some(wanted.to_owned()).filter(|_| named(&document));
    Ok((document.text.to_string(), wanted.to_owned(), operation))
}

/// An id of a document, or its hash.
fn id(document: &TrustedDocument) -> String {
    match (document.ids.first(), document.hashes.first()) {
        (Some(id), _) => format!("`{id}`"),
        (None, Some(hash)) => format!("`{hash}`"),
        (None, None) => "no id".to_owned(),
    }
}

fn describe(error: &GraphqlError, path: &str) -> String {
    match error.locations.first() {
        Some(place) => format!("{}\n  --> {path}:{}:{}", error.message, place.line, place.column),
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
