//! Schema files and operations in the official GraphQL language server.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{files, node, packages, root};

/// A file with a text, and what the server says of it: diagnostics as `LINE: MESSAGE`, and a hover.
pub(super) struct Opened {
    pub(super) diagnostics: Vec<String>,
    pub(super) hover: String,
}

/// Opens texts in a workspace, in order. The place of a hover is a part of the text.
pub(super) fn open(workspace: &Path, texts: &[(&str, &str, Option<&str>)]) -> Vec<Opened> {
    packages();
    let requests: Vec<Value> = texts
        .iter()
        .map(|(file, text, hover)| {
            let place = hover.map(|part| {
                let at = text.find(part).unwrap_or_else(|| panic!("{file} has no {part}"));
                let (before, _) = text.split_at(at);
                let character = before.rsplit('\n').next().unwrap().chars().count();
                json!([before.matches('\n').count(), character + 2])
            });
            json!({ "file": file, "text": text, "hover": place })
        })
        .collect();
    let input = serde_json::to_string(&requests).unwrap();
    let (out, err) = node(&root().join("tests/editors/graphql.mjs"), &[workspace.to_str().unwrap()], &input);
    let told: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}\n{out}\n{err}"));
    assert_eq!(told["complaints"], json!([]), "the server could not load the projects");
    let opened = |answer: &Value| Opened {
        diagnostics: serde_json::from_value(answer["diagnostics"].clone()).unwrap(),
        hover: answer["hover"].as_str().unwrap_or_default().to_owned(),
    };
    told["answers"].as_array().unwrap().iter().map(opened).collect()
}

fn nothing_is_underlined(workspace: &str, paths: &[String]) {
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(root().join(path)).unwrap()).collect();
    // A server without the schema would be silent too, so each file is also opened with a mistake.
    let wrong: Vec<String> = texts
        .iter()
        .map(|text| match ["selection:", "path:"].into_iter().find(|argument| text.contains(argument)) {
            Some(argument) => text.replacen(argument, &format!("{}n:", argument.trim_end_matches(':')), 1),
            // An operation.
            None => text.replacen(") {\n", ") {\n nope ", 1).replacen(" {\n", " {\n nope ", 1),
        })
        .collect();
    let absolute: Vec<String> = paths.iter().map(|path| root().join(path).display().to_string()).collect();
    let of_file = |at: usize| [(absolute[at].as_str(), texts[at].as_str(), None), (&absolute[at], &wrong[at], None)];
    let opened = open(&root().join(workspace), &(0..paths.len()).flat_map(of_file).collect::<Vec<_>>());
    for (path, pair) in paths.iter().zip(opened.chunks(2)) {
        assert_eq!(pair[0].diagnostics, [""; 0], "{path}");
        let told = pair[1].diagnostics.join("\n");
        let expected = [
            "Unknown argument \"selectionn\" on directive \"@connect\". Did you mean \"selection\"?",
            "Unknown argument \"pathn\" on directive \"@from\". Did you mean \"path\"?",
            "Cannot query field \"nope\"",
        ];
        assert!(expected.iter().any(|expected| told.contains(expected)), "{path} with a mistake: {told:?}");
    }
}

#[test]
fn nothing_is_underlined_in_the_demo() {
    let mut paths = files("schema", ".graphql");
    paths.extend(files("examples", ".graphql"));
    nothing_is_underlined(".", &paths);
}

#[test]
fn nothing_is_underlined_in_an_example_opened_by_itself() {
    nothing_is_underlined("examples/jsonplaceholder", &files("examples/jsonplaceholder", ".graphql"));
}

#[test]
fn directives_are_described_on_hover() {
    let catalog = fs::read_to_string(root().join("schema/graph/catalog.graphql")).unwrap();
    let mobile = fs::read_to_string(root().join("schema/clients/mobile.graphql")).unwrap();
    let opened = open(
        root(),
        &[
            ("schema/graph/catalog.graphql", &catalog, Some("@source(")),
            ("schema/clients/mobile.graphql", &mobile, Some("@from(type")),
        ],
    );
    assert!(opened[0].hover.contains("A REST service that connectors of this graph call."), "{}", opened[0].hover);
    assert!(opened[1].hover.contains("What of the graph this is."), "{}", opened[1].hover);
}
