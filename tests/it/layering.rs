//! The imports of `src/` are exactly the edges of `ARCHITECTURE.md`, and they have no circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

type Edges = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn imports_are_the_documented_edges() {
    let documented = documented_edges();
    let found = found_edges();
    let modules: Vec<&String> = found.keys().collect();
    assert_eq!(modules, documented.keys().collect::<Vec<_>>(), "modules of src/ and rows of ARCHITECTURE.md differ");
    for (module, imports) in &found {
        let allowed = &documented[module];
        let forbidden: Vec<_> = imports.difference(allowed).collect();
        assert!(forbidden.is_empty(), "`{module}` imports {forbidden:?}, which ARCHITECTURE.md does not allow");
        let unused: Vec<_> = allowed.difference(imports).collect();
        assert!(unused.is_empty(), "ARCHITECTURE.md lets `{module}` import {unused:?}, which it does not need");
    }
}

#[test]
fn modules_have_no_circle() {
    let mut edges = found_edges();
    // Take away modules without imports until none is left; what stays is a circle.
    while let Some(leaf) = edges.iter().find(|(_, imports)| imports.is_empty()).map(|(module, _)| module.clone()) {
        edges.remove(&leaf);
        for imports in edges.values_mut() {
            imports.remove(&leaf);
        }
    }
    assert!(edges.is_empty(), "these modules import each other in a circle: {edges:?}");
}

#[test]
fn libraries_stay_with_their_owner() {
    let owners: [(&str, &[&str]); 8] = [
        ("apollo_compiler", &["graphql"]),
        ("reqwest", &["upstream"]),
        ("async_graphql", &["server"]),
        ("async_graphql_axum", &["server"]),
        ("axum", &["server", "demo"]),
        ("hyper", &["server", "upstream"]),
        ("clap", &["cli"]),
        ("toml", &["config"]),
    ];
    for (module, text) in sources() {
        for (library, modules) in owners {
            let named =
                text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).any(|line| {
                    line.starts_with(&format!("use {library}::")) || line.contains(&format!(" {library}::"))
                });
            assert!(
                !named || modules.contains(&module.as_str()),
                "`{module}` names `{library}`, which is for {modules:?}"
            );
        }
    }
}

#[test]
fn planning_is_synchronous() {
    for (module, text) in sources() {
        if ["model", "planner", "mapping", "json", "graphql", "config", "diagnostic"].contains(&module.as_str()) {
            for word in ["async fn", ".await", "std::net::Tcp", "tokio::"] {
                assert!(!text.contains(word), "`{module}` must be synchronous, but has `{word}`");
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 600, "{} has more than 600 lines; split it by idea", path.display());
        assert!(text.starts_with("//!"), "{} does not open with what it is for", path.display());
    }
}

#[test]
fn nested_imports_are_read() {
    let text = "use crate::{\n    a::{B, c::D},\n    e,\n    f::g,\n};\nuse crate::h::i;\ncrate::j::k();";
    assert_eq!(crate_paths(text), ["a", "e", "f", "h", "j"]);
}

/// Rows of the layer table: module, and what it may import.
fn documented_edges() -> Edges {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = text.split("| module | holds | imports |\n").nth(1).expect("the layer table");
    let mut edges = Edges::new();
    for line in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let names = |cell: &str| {
            cell.split(',')
                .map(|name| name.trim().trim_matches('`').to_owned())
                .filter(|name| !name.is_empty())
                .collect()
        };
        edges.insert(cells[1].trim_matches('`').to_owned(), names(cells[3]));
    }
    edges
}

fn found_edges() -> Edges {
    let sources = sources();
    let mut edges: Edges = sources.iter().map(|(module, _)| (module.clone(), BTreeSet::new())).collect();
    let modules: BTreeSet<String> = edges.keys().cloned().collect();
    for (module, text) in sources {
        for name in crate_paths(&text) {
            if modules.contains(&name) && name != module {
                edges.get_mut(&module).unwrap().insert(name);
            }
        }
    }
    edges
}

/// First segments after `crate::`, also of `crate::{a::x, b}`.
fn crate_paths(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => names.extend(top_level(list).iter().map(|item| first_word(item))),
            None => names.push(first_word(rest)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Items of a brace list, up to its closing brace.
fn top_level(list: &str) -> Vec<String> {
    let (mut items, mut depth) = (vec![String::new()], 0);
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => items.push(String::new()),
            '{' => depth += 1,
            '}' => depth -= 1,
            c if depth == 0 => items.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    items
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Every file of `src/` but `lib.rs` and `main.rs`, without its unit tests, under its top module.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    rust_files(&src)
        .into_iter()
        .filter_map(|path| {
            let relative = path.strip_prefix(&src).unwrap();
            let module = relative.iter().next()?.to_str()?.trim_end_matches(".rs").to_owned();
            let is_test = relative.iter().any(|part| part == "tests" || part == "tests.rs");
            if is_test || module == "lib" || module == "main" {
                return None;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
            Some((module, code))
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
