//! The graph of a suite, compiled once for each set of `$config` and `$env` that its tests give.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use glob::MatchOptions;

use super::suite::{Suite, Variables, resolve};
use crate::{
    config::{self, Config, Environment, ProcessEnvironment, Upstream},
    diagnostic::{Diagnostic, SourceFile, Span, has_errors},
    json::{Object, Value},
    model::{self, Model},
};

/// Largest schema file.
const LARGEST_SCHEMA: u64 = 8 << 20;
/// Most files of one graph.
const MOST_FILES: usize = 10_000;
/// Compiled graphs that are kept.
const MOST_VARIANTS: usize = 32;
/// What is used where a suite names no graph and there is such a file.
const USUAL_CONFIGURATION: &str = "upstreams.toml";

/// What the command line says of graphs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overrides<'a> {
    pub(super) schema: &'a [PathBuf],
    pub(super) config: Option<&'a Path>,
}

/// Models of one graph.
#[derive(Debug)]
pub(super) struct Graph {
    config: Config,
    /// The graph with the values of all tests together: for what does not depend on one test's.
    whole: Arc<Model>,
    /// By `$config` and `$env`; `None` where it does not compile with them.
    variants: HashMap<(String, String), Option<Arc<Model>>>,
}

/// The environment of a test: what it gives, else the process's.
struct Given<'v>(&'v Object);

/// Reads and compiles the graph of `suite`. Without one there is an error among the diagnostics.
pub(super) fn load(suite: &Suite, overrides: Overrides<'_>) -> (Option<Graph>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let Some(config) = configuration(suite, overrides, &mut diagnostics) else { return (None, diagnostics) };
    if has_errors(&diagnostics) {
        return (None, diagnostics);
    }
    let (mut values, mut environment) = (Object::default(), Object::default());
    for case in &suite.cases {
        add_missing(&mut values, case.variables.config.as_ref());
        add_missing(&mut environment, case.variables.env.as_ref());
    }
    let compiled = compile(&config, Some(&values), &environment);
    diagnostics.extend(compiled.diagnostics);
    let graph = compiled.model.map(|whole| Graph { config, whole: Arc::new(whole), variants: HashMap::new() });
    (graph.filter(|_| !has_errors(&diagnostics)), diagnostics)
}

// === impl Graph ===

impl Graph {
    /// The model for places and ids, which are the same with any values.
    pub(super) fn whole(&self) -> &Model {
        &self.whole
    }

    /// The model with a test's own values. Where the graph needs more of them than the test gives (a base URL of another
    /// source), those of the other tests stand in.
    pub(super) fn model(&mut self, variables: &Variables) -> Arc<Model> {
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        let key = (text(&variables.config), text(&variables.env));
        if self.variants.len() >= MOST_VARIANTS {
            self.variants.clear();
        }
        let Self { config, whole, variants } = self;
        let variant = variants.entry(key).or_insert_with(|| {
            let values = variables.config.as_ref().and_then(Value::as_object);
            let environment = variables.env.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
            compile(config, values, &environment).model.map(Arc::new)
        });
        Arc::clone(variant.as_ref().unwrap_or(whole))
    }
}

impl Environment for Given<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match self.0.get(name) {
            Some(value) => value.as_str().map(str::to_owned),
            None => ProcessEnvironment.get(name),
        }
    }
}

fn add_missing(all: &mut Object, more: Option<&Value>) {
    for (name, value) in more.and_then(Value::as_object).into_iter().flatten() {
        all.entry(Arc::clone(name)).or_insert_with(|| value.clone());
    }
}

/// Compiles with `values` over every `$config`.
fn compile(config: &Config, values: Option<&Object>, environment: &Object) -> model::Compiled {
    let mut config = config.clone();
    let with_values = |upstream: &mut Upstream| {
        let mut own = upstream.config.as_object().cloned().unwrap_or_default();
        own.extend(values.into_iter().flatten().map(|(name, value)| (Arc::clone(name), value.clone())));
        upstream.config = Value::Object(own);
    };
    config.upstreams.values_mut().chain([&mut config.other_upstreams]).for_each(with_values);
    model::compile(&config, &Given(environment))
}

/// The command line before the file, and a whole configuration where no schema is named.
fn configuration(suite: &Suite, overrides: Overrides<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Config> {
    let path = &suite.file.path;
    let upstreams = match (overrides.config, &suite.upstreams) {
        (Some(path), _) => Some(path.to_owned()),
        (None, Some(named)) => Some(resolve(path, &named.text)),
        (None, None) => None,
    };
    let files = schema(suite, overrides, diagnostics);
    let upstreams = match (upstreams, &files) {
        (None, None) if has_errors(diagnostics) => return None,
        (None, None) => Path::new(USUAL_CONFIGURATION).exists().then(|| PathBuf::from(USUAL_CONFIGURATION)),
        (upstreams, _) => upstreams,
    };
    match (upstreams, files) {
        (Some(upstreams), files) => {
            let loaded = config::load(&upstreams, &ProcessEnvironment);
            diagnostics.extend(loaded.diagnostics);
            let mut config = loaded.config?;
            if let Some((files, span)) = files {
                config.graph = config::Graph { files, span, patterns: Vec::new() };
                config.clients.clear();
            }
            Some(config)
        }
        (None, Some((files, span))) => Some(Config::of_graph(files, span)),
        (None, None) => {
            let span = Span { file: Arc::clone(&suite.file), range: 0..0 };
            let hint = "add `config: { schema: schema.graphql }`, or give `--schema FILE` or `--config upstreams.toml`";
            diagnostics.push(Diagnostic::error("TEST_MISSING_KEY", "no schema is named", span).with_hint(hint));
            None
        }
    }
}

/// The files of a bare schema, and where they are named.
fn schema(
    suite: &Suite,
    overrides: Overrides<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Vec<Arc<SourceFile>>, Span)> {
    let at = |range| Span { file: Arc::clone(&suite.file), range };
    let named: Vec<(PathBuf, Option<Span>)> = if overrides.schema.is_empty() {
        suite
            .schema
            .iter()
            .map(|named| (resolve(&suite.file.path, &named.text), Some(at(named.range.clone()))))
            .collect()
    } else if overrides.config.is_none() || suite.upstreams.is_none() {
        overrides.schema.iter().map(|path| (path.clone(), None)).collect()
    } else {
        Vec::new()
    };
    let first = named.first()?.1.clone().unwrap_or_else(|| at(0..0));
    let mut files: Vec<Arc<SourceFile>> = Vec::new();
    for (path, span) in named {
        let told = |diagnostic: Diagnostic| Diagnostic { span: span.clone(), ..diagnostic };
        for path in matching(&path) {
            if files.iter().any(|file| file.path == path) {
                continue;
            }
            match config::read_source(&path, LARGEST_SCHEMA) {
                Ok(file) if files.len() < MOST_FILES => files.push(file),
                Ok(_) => {
                    let message = format!("a graph of more than {MOST_FILES} files");
                    diagnostics.push(told(Diagnostic::without_place("TEST_FILE_UNREADABLE", message)));
                    return None;
                }
                Err(error) => {
                    let hint = error.hint.unwrap_or_else(|| {
                        "paths are relative to the file of the tests, or to the working directory".to_owned()
                    });
                    diagnostics
                        .push(told(Diagnostic::without_place("TEST_FILE_UNREADABLE", error.message).with_hint(hint)));
                }
            }
        }
    }
    (!has_errors(diagnostics)).then_some((files, first))
}

/// Files of a glob; a path without wildcards is itself, and so is a glob without matches.
fn matching(path: &Path) -> Vec<PathBuf> {
    let text = path.to_string_lossy();
    if !text.contains(['*', '?', '[']) || path.exists() {
        return vec![path.to_owned()];
    }
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let found: Vec<PathBuf> = glob::glob_with(&text, options)
        .map(|paths| paths.flatten().filter(|path| path.is_file()).take(MOST_FILES + 1).collect())
        .unwrap_or_default();
    if found.is_empty() { vec![path.to_owned()] } else { found }
}
