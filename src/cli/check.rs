//! `anabranch check`

use super::{
    Ending, Printer,
    args::{Check, Format},
    load,
};
use crate::diagnostic;

pub(super) fn run(arguments: &Check, printer: &Printer) -> Ending {
    let path = &arguments.config.config;
    if let Err(ending) = load::readable(path, printer) {
        return ending;
    }
    let checked = load::check(path);
    match arguments.format {
        Format::Json => {
            let text = format!("{}\n", diagnostic::render_json(&checked.diagnostics).trim_end());
            if let Err(ending) = printer.data(&text) {
                return ending;
            }
        }
        Format::Text => printer.diagnostics(&checked.diagnostics),
    }
    match checked.usable {
        Some((_, model)) => {
            let clients: Vec<&str> = model.clients.keys().map(|name| &**name).collect();
            let connectors = counted(model.connectors.len(), "connector");
            let upstreams = counted(model.upstreams.len(), "upstream");
            printer.talk(&format!(
                "{} is fine: {connectors} over {upstreams}, clients: {}",
                path.display(),
                clients.join(", ")
            ));
            Ending::Fine
        }
        None => Ending::Problems,
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
