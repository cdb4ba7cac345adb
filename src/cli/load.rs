//! From a configuration file to a model, as every command does it.

use std::path::Path;

use super::{Ending, Printer};
use crate::{
    config::{self, Config, ProcessEnvironment},
    diagnostic::{self, Diagnostic},
    model::{self, Model, View},
};

/// A configuration and its model, with every problem found on the way.
#[derive(Debug)]
pub(super) struct Checked {
    /// Both, if they can be used.
    pub(super) usable: Option<(Config, Model)>,
    /// Sorted.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Loads and compiles; reports all problems of both stages.
pub(super) fn check(path: &Path) -> Checked {
    check_with(path, |_| {})
}

fn check_with(path: &Path, amend: impl FnOnce(&mut Config)) -> Checked {
    let loaded = config::load(path, &ProcessEnvironment);
    let mut diagnostics = loaded.diagnostics;
    let mut usable = None;
    if let Some(mut config) = loaded.config {
        amend(&mut config);
        let compiled = model::compile(&config, &ProcessEnvironment);
        diagnostics.extend(compiled.diagnostics);
        usable = compiled.model.map(|model| (config, model));
    }
    diagnostic::sort_and_dedupe(&mut diagnostics);
    if diagnostic::has_errors(&diagnostics) {
        usable = None;
    }
    Checked { usable, diagnostics }
}

/// For commands that need a model: prints what is wrong with it.
pub(super) fn model(path: &Path, printer: &Printer) -> Result<(Config, Model), Ending> {
    model_with(path, printer, |_| {})
}

/// The same of a configuration that the command line changes.
pub(super) fn model_with(
    path: &Path,
    printer: &Printer,
    amend: impl FnOnce(&mut Config),
) -> Result<(Config, Model), Ending> {
    readable(path, printer)?;
    let checked = check_with(path, amend);
    printer.diagnostics(&checked.diagnostics);
    checked.usable.ok_or_else(|| {
        printer.error("the configuration cannot be used; nothing was started");
        Ending::Problems
    })
}

/// Whether the configuration file is there at all: its absence is wrong usage rather than a problem in it.
pub(super) fn readable(path: &Path, printer: &Printer) -> Result<(), Ending> {
    let problem = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => format!("`{}` is a directory", path.display()),
        // Anything else is opened once only, by whoever reads it: it may be a pipe.
        Ok(metadata) if !metadata.is_file() => return Ok(()),
        Ok(_) => match std::fs::File::open(path) {
            Ok(_) => return Ok(()),
            Err(error) => format!("cannot read `{}`: {error}", path.display()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            format!("there is no file `{}`", path.display())
        }
        Err(error) => format!("cannot read `{}`: {error}", path.display()),
    };
    printer.error(&problem);
    printer.talk("  = help: run this where your `upstreams.toml` is (for `demo`: where this project's own is), or name it with `--config FILE`");
    Err(Ending::Unusable)
}

/// The view of `--client`, or of the only client.
pub(super) fn view<'a>(model: &'a Model, client: Option<&str>, printer: &Printer) -> Result<&'a View, Ending> {
    let names = || model.clients.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match client {
        Some(name) => model.clients.get(name).ok_or_else(|| {
            printer.error(&format!("there is no client `{name}`"));
            let near = diagnostic::did_you_mean(name, model.clients.keys().map(|name| &**name));
            printer.talk(&match near {
                Some(near) => format!("  = help: did you mean `{near}`?"),
                None => format!("  = help: the clients are {}", names()),
            });
            Ending::Unusable
        }),
        None if model.clients.len() == 1 => model.clients.values().next().ok_or(Ending::Unusable),
        None => {
            printer.error("there are several clients; name one with `--client NAME`");
            printer.talk(&format!("  = help: the clients are {}", names()));
            Err(Ending::Unusable)
        }
    }
}
