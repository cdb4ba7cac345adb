//! What the documentation shows holds: its schemas compile.

use std::{fmt::Write as _, fs, path::Path};

use anabranch::{
    config,
    diagnostic::{Color, Diagnostic, Severity, render},
    graphql::DocumentLimits,
    model, planner,
};

use crate::testkit::{NoEnvironment, compiled};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block and the line that it starts on.
struct Block {
    line: usize,
    text: String,
}

/// The blocks of a page whose fence says `language`.
fn blocks(page: &str, language: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if let Some(info) = line.strip_prefix("```") {
            blocks.extend(open.take());
            fenced = !fenced;
            if fenced && info.trim() == language {
                open = Some(Block { line: number + 2, text: String::new() });
            }
        } else if let Some(block) = &mut open {
            writeln!(block.text, "{line}").unwrap();
        }
    }
    assert!(!blocks.is_empty(), "{page} has no block of {language}");
    blocks
}

/// What is wrong with a configuration, unused upstreams aside.
fn problems(toml: &str, folder: &Path) -> Vec<Diagnostic> {
    let loaded = config::load_text(&folder.join("upstreams.toml"), toml, folder, &NoEnvironment);
    let mut problems = loaded.diagnostics;
    if let Some(config) = loaded.config {
        problems.extend(model::compile(&config, &NoEnvironment).diagnostics);
    }
    problems.retain(|problem| problem.severity == Severity::Error || problem.code != "UNUSED_UPSTREAM");
    problems
}

#[test]
fn the_schemas_of_connectors_compile() {
    let mut toml = String::from("[graph]\nschema = [\"graph.graphql\"]\n");
    for upstream in ["shop", "reviews", "people", "orders", "loyalty"] {
        writeln!(toml, "[upstreams.{upstream}]\nbase_url = \"http://127.0.0.1:1\"").unwrap();
    }
    for page in ["docs/connectors.md", "docs/pagination.md", "docs/subscriptions.md"] {
        for block in blocks(page, "graphql") {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("graph.graphql"), &block.text).unwrap();
            let problems = problems(&toml, folder.path());
            assert!(problems.is_empty(), "{page}, line {}: {problems:#?}", block.line);
        }
    }
}

#[test]
fn the_views_of_views_compile() {
    for (page, language) in [("docs/views.md", "graphql"), ("docs/subscriptions.md", "graphql view")] {
        for block in blocks(page, language) {
            let problems = demo_with_view(&block.text);
            assert!(problems.is_empty(), "{page}, line {}: {problems:#?}", block.line);
        }
    }
}

/// The model of a demo graph with one view, or what is wrong.
fn demo_with_view(view: &str) -> Vec<Diagnostic> {
    demo_with("", view)
}

/// The same of the demo's graph and something more.
fn demo_with(more: &str, view: &str) -> Vec<Diagnostic> {
    let graph = root().join("schema/graph");
    let toml = format!(
        "[server]\ntrusted_headers = [\"x-customer-id\"]\n\
         [graph]\nschema = [\"{}/**/*.graphql\", \"more.graphql\"]\n\
         [clients.view]\nschema = \"view.graphql\"\n\
         [upstreams.orders]\nconfig = {{ channel = \"docs\" }}\n",
        graph.display()
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("view.graphql"), view).unwrap();
    fs::write(folder.path().join("more.graphql"), more).unwrap();
    problems(&toml, folder.path())
}

#[test]
fn the_node_of_clients_compiles_in_the_demo() {
    let view = "type Query { node(id: ID!): Node }\n\
                interface Node { id: ID! @from(path: \"nodeId\") }\n\
                type Product implements Node { id: ID! @from(path: \"nodeId\") key: ID! @from(path: \"id\") }\n\
                type Seller implements Node { id: ID! @from(path: \"nodeId\") name: String! }\n";
    for block in blocks("docs/clients.md", "graphql") {
        let problems = demo_with(&block.text, view);
        assert!(problems.is_empty(), "docs/clients.md, line {}: {problems:#?}", block.line);
    }
}

#[test]
fn the_demo_parts_of_the_readme_hold() {
    let blocks = blocks("README.md", "graphql");
    let (operation, view) = (&blocks[0].text, &blocks[1].text);
    let plan = explain(&root().join("upstreams.toml"), None, "web", operation);
    assert!(plan.starts_with("plan: 4 steps"), "the README says four calls:\n{plan}");
    let problems = demo_with_view(view);
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn the_walk_of_the_readme_holds() {
    let folder = tempfile::tempdir().unwrap();
    let schemas = blocks("README.md", "graphql");
    for (name, block) in ["graph.graphql", "web.graphql", "mobile.graphql"].into_iter().zip(&schemas[2..]) {
        fs::write(folder.path().join(name), &block.text).unwrap();
    }
    let toml = &blocks("README.md", "toml")[0].text;
    let path = folder.path().join("upstreams.toml");
    let shown = blocks("README.md", "text");
    let (check, plan) = (&shown[0].text, &shown[1].text);
    assert!(problems(toml, folder.path()).is_empty(), "{:#?}", problems(toml, folder.path()));
    assert_eq!(&explain(&path, Some(toml), "mobile", "{ shelf { title by } }"), plan);

    let graph = schemas[2].text.replace("source: \"people\"", "source: \"poeple\"");
    fs::write(folder.path().join("graph.graphql"), graph).unwrap();
    let rendered = render(&problems(toml, folder.path()), Color::Never);
    let rendered = rendered.replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(rendered.trim_end(), check.trim_end());
}

/// What `explain` prints.
fn explain(path: &Path, toml: Option<&str>, client: &str, operation: &str) -> String {
    let text = toml.map_or_else(|| fs::read_to_string(path).unwrap(), str::to_owned);
    let (_, model, _) = compiled(path.parent().unwrap(), &text);
    let view = &model.clients[client];
    let limits = DocumentLimits {
        bytes: 1 << 20,
        tokens: 15_000,
        nesting: 100,
        depth: 15,
        aliases: 50,
        root_fields: 20,
        fields: 5_000,
    };
    let document = view.schema.prepare(operation, None, &limits).unwrap();
    let plan = planner::plan(&model, view, &document.operation).unwrap();
    planner::explain(&model, &document.operation, &plan).to_string()
}
