//! Small configurations, compiled from a directory as `check` does it.

mod connectors;
mod federation;
mod links;
mod resolvability;
mod rules;
mod views;

use std::{collections::BTreeMap, fs};

use super::{Compiled, Connector, Model, compile};
use crate::{
    config::{self, Environment},
    diagnostic::Severity,
};

/// An environment of given variables.
struct Variables(BTreeMap<&'static str, &'static str>);

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }
}

/// Files by path; `upstreams.toml` is made of `toml` and the files under `schema/`.
fn compile_files(toml: &str, files: &[(&str, &str)]) -> Compiled {
    let directory = tempfile::tempdir().unwrap();
    let mut text = format!("graph.schema = [\"schema/*.graphql\"]\n{toml}\n");
    for (path, content) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        if let Some(client) = path.strip_prefix(directory.path().join("clients")).ok().and_then(|path| path.file_stem())
        {
            let name = client.to_str().unwrap();
            text.push_str(&format!("[clients.{name}]\nschema = \"clients/{name}.graphql\"\n"));
        }
    }
    let path = directory.path().join("upstreams.toml");
    fs::write(&path, text).unwrap();
    let environment = Variables(BTreeMap::from([("REGION", "eu")]));
    let loaded = config::load(&path, &environment);
    let config = loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    compile(&config, &environment)
}

/// Upstream `shop`, and trusted headers for presets.
const TOML: &str = "\
[server]\n\
trusted_headers = [\"x-region\"]\n\
[upstreams.shop]\n\
base_url = \"http://127.0.0.1:4101/v1\"\n\
forward_headers = [\"authorization\"]\n\
config = { key = \"k\" }\n";

fn compile_graph(graph: &str) -> Compiled {
    compile_files(TOML, &[("schema/graph.graphql", graph)])
}

fn compile_view(graph: &str, view: &str) -> Compiled {
    compile_files(TOML, &[("schema/graph.graphql", graph), ("clients/web.graphql", view)])
}

/// The model of a configuration without errors.
fn model(compiled: Compiled) -> Model {
    let problems = problems(&compiled);
    compiled.model.unwrap_or_else(|| panic!("{problems:#?}"))
}

fn graph_model(graph: &str) -> Model {
    model(compile_graph(graph))
}

fn connector<'m>(model: &'m Model, name: &str) -> &'m Connector {
    let found = model.connectors.iter().find(|connector| &*connector.name == name);
    found
        .unwrap_or_else(|| panic!("{:?}", model.connectors.iter().map(|connector| &connector.name).collect::<Vec<_>>()))
}

/// Problems as `CODE: message`, warnings as `warning CODE: message`.
fn problems(compiled: &Compiled) -> Vec<String> {
    let told = |diagnostic: &crate::diagnostic::Diagnostic| {
        let prefix = if diagnostic.severity == Severity::Warning { "warning " } else { "" };
        format!("{prefix}{}: {}", diagnostic.code, diagnostic.message)
    };
    compiled.diagnostics.iter().map(told).collect()
}

/// All codes but that of `shop` being unused, which is beside the point of most cases.
fn codes(compiled: &Compiled) -> Vec<&'static str> {
    compiled.diagnostics.iter().map(|diagnostic| diagnostic.code).filter(|code| *code != "UNUSED_UPSTREAM").collect()
}
