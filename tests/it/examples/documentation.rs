//! What the documentation shows holds: its schemas compile, its mappings give what it says.

use std::{fmt::Write as _, fs, path::Path};

use anabranch::{
    config,
    diagnostic::{Diagnostic, Severity},
    json::Value,
    mapping::{Mapping, Problems, Scope, Version},
    model,
};

use super::NoEnvironment;

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
    for block in blocks("docs/connectors.md", "graphql") {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("graph.graphql"), &block.text).unwrap();
        let problems = problems(&toml, folder.path());
        assert!(problems.is_empty(), "docs/connectors.md, line {}: {problems:#?}", block.line);
    }
}

#[test]
fn the_views_of_views_compile() {
    let graph = root().join("schema/graph");
    let toml = format!(
        "[server]\ntrusted_headers = [\"x-customer-id\"]\n\
         [graph]\nschema = [\"{}/**/*.graphql\"]\n\
         [clients.view]\nschema = \"view.graphql\"\n\
         [upstreams.orders]\nconfig = {{ channel = \"docs\" }}\n",
        graph.display()
    );
    for block in blocks("docs/views.md", "graphql") {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("view.graphql"), &block.text).unwrap();
        let problems = problems(&toml, folder.path());
        assert!(problems.is_empty(), "docs/views.md, line {}: {problems:#?}", block.line);
    }
}

#[test]
fn mappings_give_what_the_page_says() {
    let answer = blocks("docs/connectors.md", "json").remove(0).text;
    let answer = Value::parse(answer.as_bytes()).unwrap();
    let page = fs::read_to_string(root().join("docs/connectors.md")).unwrap();
    let section = page.split_once("## The mapping language").unwrap().1;
    let rows = section.lines().skip_while(|line| !line.contains("| gives |")).skip(2);
    let mut count = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (mapping, expected) = (cells[2].trim_matches('`'), cells[3].trim_matches('`'));
        let parsed = Mapping::parse(mapping, Version::V0_3).unwrap_or_else(|errors| panic!("{mapping}: {errors:#?}"));
        let given = parsed.evaluate(&answer, &Scope::default(), &mut Problems::default());
        assert_eq!(given.map(|value| value.to_string()).as_deref(), Some(expected), "{mapping}");
        count += 1;
    }
    assert!(count > 10, "the table of mappings has moved: {count} rows");
}
