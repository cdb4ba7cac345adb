//! `upstreams.toml`: from text with spans to typed, complete values. The only place that reads the environment.
//!
//! Collects every problem; knows nothing of GraphQL or HTTP clients.

mod bare;
mod defaults;
mod duplicates;
mod expand;
mod files;
mod json_schema;
mod keys;
mod kinds;
mod primitives;
mod raw;
mod reader;
mod reference;
mod syntax;
mod tables;
#[cfg(test)]
mod tests;
mod types;
mod values;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::diagnostic::{Diagnostic, SourceFile, has_errors, sort_and_dedupe};

pub use bare::{UnreadableFile, read_file, read_source};
pub use json_schema::json_schema;
pub use primitives::{ByteSize, Millis, Secret};
pub use reference::reference;
pub use tables::DOCUMENTS_MISSING;
pub use types::{
    Admin, Cache, Client, Config, Cors, Declared, DocumentMode, Graph, Introspection, Limits, OnProblem, Server,
    Sharing, Trace, TrustedDocuments, Upstream, WebSocket,
};
pub use values::{CONNECTION_HEADERS, REQUEST_HEADERS};

/// Where `${env:NAME}` comes from; tests give a map.
pub trait Environment {
    /// The variable's value, if it is set and UTF-8.
    fn get(&self, name: &str) -> Option<String>;
}

/// The process environment.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnvironment;

/// A configuration as far as it could be read, and every problem found.
#[derive(Debug)]
pub struct Loaded {
    /// There in spite of errors if later stages can check it usefully (wrong values stand as their defaults); `None` if they
    /// cannot. Only `usable` says whether it may be served.
    pub config: Option<Config>,
    /// Errors and warnings in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks `upstreams.toml` at `path`, with the files that it names by `${file:}`; schema globs are expanded,
/// schema files read (`Config::graph.files`, `Client::file`).
#[must_use]
pub fn load(path: &Path, environment: &dyn Environment) -> Loaded {
    let path = relative_to_working_directory(path);
    let bytes = match files::read(&path, files::LARGEST_CONFIGURATION) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("`{}` {error}", path.display());
            let hint = error
                .hint(&path, &path)
                .unwrap_or_else(|| "give the path of the configuration with `--config`".to_owned());
            let diagnostic = Diagnostic::without_place("CONFIG_UNREADABLE", message).with_hint(hint);
            return Loaded { config: None, diagnostics: vec![diagnostic] };
        }
    };
    let base = path.parent().map(Path::to_owned).unwrap_or_default();
    let (file, problem) = files::source(path, bytes);
    match problem {
        Some(problem) => Loaded { config: None, diagnostics: vec![problem] },
        None => check(file, &base, environment),
    }
}

/// Checks a configuration that is in memory. Paths in it are relative to `base`.
#[must_use]
pub fn load_text(path: &Path, text: &str, base: &Path, environment: &dyn Environment) -> Loaded {
    let file = Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() });
    check(file, base, environment)
}

fn check(file: Arc<SourceFile>, base: &Path, environment: &dyn Environment) -> Loaded {
    let parsed = syntax::parse(&file);
    let mut reader = reader::Reader::new(file, base, environment);
    let config = tables::read(&mut reader, &parsed.root);
    let mut diagnostics = reader.into_diagnostics();
    let well_formed = parsed.diagnostics.is_empty();
    if !well_formed {
        parsed.retain_trustworthy(&mut diagnostics);
    }
    diagnostics.extend(parsed.diagnostics);
    sort_and_dedupe(&mut diagnostics);
    Loaded { config: config.filter(|_| well_formed), diagnostics }
}

// === impl Loaded ===

impl Loaded {
    /// The configuration if nothing is wrong with it, and the warnings; or every problem.
    ///
    /// # Errors
    ///
    /// All diagnostics, if any of them is an error.
    pub fn usable(self) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
        match self.config {
            Some(config) if !has_errors(&self.diagnostics) => Ok((config, self.diagnostics)),
            _ => Err(self.diagnostics),
        }
    }
}

// === impl ProcessEnvironment ===

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

fn relative_to_working_directory(path: &Path) -> PathBuf {
    let inside =
        std::env::current_dir().ok().and_then(|directory| path.strip_prefix(directory).ok().map(Path::to_owned));
    inside.unwrap_or_else(|| files::join(Path::new(""), &path.to_string_lossy()))
}
