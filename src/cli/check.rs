//! `anabranch check`

use super::{
    Ending, Printer,
    args::{Check, CheckFormat},
    load,
};
use crate::diagnostic;

/// Name and version in SARIF logs.
const TOOL: (&str, &str) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

pub(super) fn run(arguments: &Check, printer: &Printer) -> Ending {
    let path = &arguments.config.config;
    if let Err(ending) = load::readable(path, printer) {
        return ending;
    }
    let checked = load::check(path);
    let report = match arguments.format {
        CheckFormat::Text => None,
        CheckFormat::Json => Some(diagnostic::render_json(&checked.diagnostics)),
        CheckFormat::Sarif => Some(diagnostic::render_sarif(&checked.diagnostics, TOOL)),
    };
    match report {
        None => printer.diagnostics(&checked.diagnostics),
        Some(report) => {
            if let Err(ending) = printer.data(&format!("{}\n", report.trim_end())) {
                return ending;
            }
        }
    }
    match checked.usable {
        Some((_, model)) => {
            let clients: Vec<&str> = model.clients.keys().map(|name| &**name).collect();
            let connectors = counted(model.connectors.len(), "connector");
            let upstreams = counted(model.upstreams.len(), "upstream");
            let documents: usize = model
                .clients
                .values()
                .filter_map(|view| view.documents.as_ref())
                .map(|documents| documents.list.len())
                .sum();
            let documents = match documents {
                0 => String::new(),
                count => format!(", {}", counted(count, "trusted document")),
            };
            let denied = arguments.deny_warnings && !checked.diagnostics.is_empty();
            let verdict = if denied { "works, but has warnings" } else { "is fine" };
            printer.talk(&format!(
                "{} {verdict}: {connectors} over {upstreams}, clients: {}{documents}",
                path.display(),
                clients.join(", ")
            ));
            if denied { Ending::Problems } else { Ending::Fine }
        }
        None => Ending::Problems,
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
