//! From a configuration file to a model, as every command does it.

use std::path::Path;

use super::{Ending, Printer};
use crate::{
    config::{self, Config, ProcessEnvironment},
    diagnostic::{self, Diagnostic},
    model::{self, DocumentMistakes, Model, View},
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

/// The same for those who only read views: mistakes of trusted documents are warnings, and those documents are left out.
fn check_views(path: &Path) -> Checked {
    let loaded = config::load(path, &ProcessEnvironment);
    let mut diagnostics = loaded.diagnostics;
    // Whoever writes the documents may need the schema first.
    for problem in diagnostics.iter_mut().filter(|problem| problem.code == config::DOCUMENTS_MISSING) {
        problem.severity = diagnostic::Severity::Warning;
    }
    let mut usable = None;
    if let Some(config) = loaded.config {
        let compiled = model::compile_with(&config, &ProcessEnvironment, DocumentMistakes::Warnings);
        diagnostics.extend(compiled.diagnostics);
        usable = compiled.model.map(|model| (config, model));
    }
    diagnostic::sort_and_dedupe(&mut diagnostics);
    usable = usable.filter(|_| !diagnostic::has_errors(&diagnostics));
    Checked { usable, diagnostics }
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

/// For commands that read a view, and run nothing: what is wrong with trusted documents does not keep it from them.
pub(super) fn views(path: &Path, printer: &Printer) -> Result<(Config, Model), Ending> {
    readable(path, printer)?;
    usable(check_views(path), "the configuration cannot be used", printer)
}

/// For commands that run a model, of a configuration that the command line changes: prints what is wrong with it.
pub(super) fn model_with(
    path: &Path,
    printer: &Printer,
    amend: impl FnOnce(&mut Config),
) -> Result<(Config, Model), Ending> {
    readable(path, printer)?;
    usable(check_with(path, amend), "the configuration cannot be used; nothing was started", printer)
}

fn usable(checked: Checked, problem: &str, printer: &Printer) -> Result<(Config, Model), Ending> {
    printer.diagnostics(&checked.diagnostics);
    checked.usable.ok_or_else(|| {
        printer.error(problem);
        Ending::Problems
    })
}

/// Whether the configuration file is there at all: its absence is wrong usage rather than a problem in it.
pub(super) fn readable(path: &Path, printer: &Printer) -> Result<(), Ending> {
    const HELP: &str = "run this where your `upstreams.toml` is (for `demo`: where this project's own is), or name it with `--config FILE`";
    readable_or(path, HELP, printer)
}

/// The same, with what to do if it is not.
pub(super) fn readable_or(path: &Path, help: &str, printer: &Printer) -> Result<(), Ending> {
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
    printer.talk(&format!("  = help: {help}"));
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
