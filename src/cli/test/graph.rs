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
    /// `$config` and `$env` of all tests together: what stands in where a graph needs more than a test gives.
    shared: Given,
    /// The graph with those values: for what does not depend on one test's.
    whole: Arc<Model>,
    /// By `$config` and `$env`.
    variants: HashMap<(String, String), Arc<Model>>,
}

/// `$config` and `$env` of a test, or of several.
#[derive(Debug, Clone, Default)]
struct Given {
    config: Object,
    env: Object,
}

/// The environment of a test: what it gives, else the process's, else what other tests give.
struct TestEnvironment<'v> {
    own: &'v Object,
    others: &'v Object,
}

/// Reads and compiles the graph of `suite`. Without one there is an error among the diagnostics.
pub(super) fn load(suite: &Suite, overrides: Overrides<'_>) -> (Option<Graph>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let Some(config) = configuration(suite, overrides, &mut diagnostics) else { return (None, diagnostics) };
    if has_errors(&diagnostics) {
        return (None, diagnostics);
    }
    let mut shared = Given::default();
    for case in &suite.cases {
        let given = Given::of(&case.variables);
        add_missing(&mut shared.config, given.config);
        add_missing(&mut shared.env, given.env);
    }
    let compiled = compile(&config, &Given::default(), &shared);
    diagnostics.extend(compiled.diagnostics);
    let graph = compiled.model.map(|whole| Graph { config, shared, whole: Arc::new(whole), variants: HashMap::new() });
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
        let Self { config, shared, whole, variants } = self;
        let variant = variants.entry(key).or_insert_with(|| {
            let own = Given::of(variables);
            let alone = compile(config, &own, &Given::default()).model;
            alone.or_else(|| compile(config, &own, shared).model).map_or_else(|| Arc::clone(whole), Arc::new)
        });
        Arc::clone(variant)
    }
}

// === impl Given ===

impl Given {
    fn of(variables: &Variables) -> Self {
        let object = |value: &Option<Value>| value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        Self { config: object(&variables.config), env: object(&variables.env) }
    }
}

impl Environment for TestEnvironment<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let text = |object: &Object| object.get(name).and_then(Value::as_str).map(str::to_owned);
        text(self.own).or_else(|| ProcessEnvironment.get(name)).or_else(|| text(self.others))
    }
}

fn add_missing(all: &mut Object, more: Object) {
    for (name, value) in more {
        all.entry(name).or_insert(value);
    }
}

/// Compiles with a test's `$config` before that of each upstream, and that of other tests after it.
fn compile(config: &Config, own: &Given, others: &Given) -> model::Compiled {
    let mut config = config.clone();
    let with_values = |upstream: &mut Upstream| {
        let mut values = own.config.clone();
        add_missing(&mut values, upstream.config.as_object().cloned().unwrap_or_default());
        add_missing(&mut values, others.config.clone());
        upstream.config = Value::Object(values);
    };
    config.upstreams.values_mut().chain([&mut config.other_upstreams]).for_each(with_values);
    model::compile(&config, &TestEnvironment { own: &own.env, others: &others.env })
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
