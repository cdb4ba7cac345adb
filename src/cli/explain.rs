//! `anabranch explain`

use std::{io::Read as _, path::Path, sync::Arc};

use super::{Ending, Printer, args::Explain, load};
use crate::{engine::Engine, graphql::GraphqlError, json::Value, telemetry::Metrics};

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
        Ok(text) => printer.data(&text),
        Err(errors) => {
            for error in &errors {
                printer.error(&describe(error, &arguments.query));
            }
            Err(Ending::Problems)
        }
    }
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
