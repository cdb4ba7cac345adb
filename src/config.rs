//! `upstreams.toml`: from text with spans to typed, complete values. The only place that reads the environment.
//!
//! Collects every problem; knows nothing of GraphQL or HTTP clients.

mod defaults;
mod primitives;
mod types;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::diagnostic::{Diagnostic, SourceFile};

pub use primitives::{ByteSize, Millis, Secret};
pub use types::{
    Admin, Cache, Client, Config, Cors, Declared, Graph, Introspection, Limits, OnProblem, Server, Trace, Upstream,
};

/// Where `${env:NAME}` comes from; tests give a map.
pub trait Environment {
    /// The variable's value, if it is set and UTF-8.
    fn get(&self, name: &str) -> Option<String>;
}

/// The process environment.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        todo!()
    }
}

/// A configuration as far as it could be read, and every problem found.
#[derive(Debug)]
pub struct Loaded {
    /// `None` when an error makes it unusable.
    pub config: Option<Config>,
    /// Errors and warnings in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks `upstreams.toml` at `path`, with the files that it names by `${file:}`; schema globs are expanded,
/// schema files read (`Config::graph.files`, `Client::file`).
pub fn load(path: &Path, environment: &dyn Environment) -> Loaded {
    todo!()
}
