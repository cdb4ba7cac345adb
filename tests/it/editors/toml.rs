//! `upstreams.toml` in Taplo, which the TOML plug-ins of editors are made of.

use std::{collections::BTreeMap, fs, path::Path};

use anabranch::{
    config::{self, Environment},
    diagnostic::has_errors,
};

use super::{files, node, packages, root};

struct Variables;

// === impl Variables ===

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "ADDRESS" => Some("127.0.0.1:4000".to_owned()),
            "TIME" => Some("5s".to_owned()),
            "WORD" => Some("error".to_owned()),
            "HOST" => Some("catalog.example".to_owned()),
            _ => None,
        }
    }
}

/// What Taplo says of each invalid file, by path.
fn lint(arguments: &[&str]) -> BTreeMap<String, String> {
    let taplo = packages().join("@taplo/cli/dist/cli.js");
    let (out, err) = node(&taplo, &[&["lint", "--colors", "never"], arguments].concat(), "");
    assert!(err.contains("found files total="), "{out}\n{err}");
    assert!(!err.contains("total=0"), "nothing was checked: {err}");
    let (mut invalid, mut told) = (BTreeMap::new(), String::new());
    for line in err.lines() {
        if let Some(message) = line.strip_prefix("error: ") {
            told.push_str(message);
            told.push('\n');
        } else if line.contains("invalid file") {
            let path = line.split("path=\"").nth(1).unwrap().trim_end_matches('"');
            invalid.insert(path.to_owned(), std::mem::take(&mut told));
        }
    }
    assert!(!err.contains("failed to load"), "{err}");
    invalid
}

/// What Taplo says of each text, empty if it is valid.
fn lint_texts(texts: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let schema = root().join(".anabranch/upstreams.schema.json");
    let path = |at: usize| folder.path().join(format!("{at}.toml")).display().to_string();
    for (at, text) in texts.iter().enumerate() {
        fs::write(path(at), format!("#:schema {}\n{text}", schema.display())).unwrap();
    }
    let mut told = lint(&[&format!("{}/*.toml", folder.path().display())]);
    (0..texts.len()).map(|at| told.remove(&path(at)).unwrap_or_default()).collect()
}

/// Whether Anabranch itself takes a configuration.
fn loads(folder: &Path, text: &str) -> bool {
    let loaded = config::load_text(&folder.join("upstreams.toml"), text, folder, &Variables);
    !has_errors(&loaded.diagnostics)
}

fn with_graph(text: &str) -> String {
    if text.contains("[graph]") { text.to_owned() } else { format!("{text}\n[graph]\nschema = \"g.graphql\"\n") }
}

#[test]
fn the_repositorys_own_files_name_the_schema_and_are_valid() {
    let mut paths = files("examples", "/upstreams.toml");
    paths.push("upstreams.toml".to_owned());
    for path in &paths {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let name =
            text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).expect("a schema is named first");
        let schema = root().join(path).parent().unwrap().join(name);
        assert!(schema.is_file(), "{path} names {name}");
    }
    let paths: Vec<String> = paths.iter().map(|path| root().join(path).display().to_string()).collect();
    assert_eq!(lint(&paths.iter().map(String::as_str).collect::<Vec<_>>()), BTreeMap::new());
}

#[test]
fn every_configuration_of_stories_and_pages_is_valid() {
    let mut texts = BTreeMap::new();
    let pages = [files("tests/specs", ".md"), files("docs", ".md"), vec!["README.md".to_owned()]].concat();
    for page in pages {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for (number, block) in text.split("```toml").skip(1).enumerate() {
            let (info, block) = block.split_once('\n').unwrap();
            let block = block.split("\n```").next().unwrap();
            if info.is_empty() || info.ends_with("file=upstreams.toml") {
                texts.insert(format!("{page}, block {number}"), with_graph(block));
            }
        }
    }
    assert!(texts.len() > 50, "{} configurations", texts.len());
    let told = lint_texts(&texts.values().cloned().collect::<Vec<_>>());
    for (name, told) in texts.keys().zip(told) {
        assert_eq!(told, "", "{name}");
    }
}

#[test]
fn what_loads_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["g.graphql", "web.graphql"] {
        fs::write(folder.path().join(name), "type Query { a: Int }").unwrap();
    }
    let texts = [
        "[server]\nlisten = \"[::1]:0\"\nbody_limit = 65536\ndeadline = \"24h\"\ntrace = \"loopback\"\ntrusted_headers = [\"x-a\"]",
        "[server]\nlisten = \"${env:ADDRESS}\"\ndeadline = \"${env:TIME}\"\ntrace = \"0123456789abcdef\"",
        "[admin]\nlisten = \"0.0.0.0:4001\"\ntoken = \"0123456789abcdef\"",
        "[cache]\nsize = 0\nanswers = \"1KiB\"\nplans = \"0B\"\n[sharing]\nrequests = false\noperations = true",
        "[clients.web]\nschema = \"web.graphql\"\ncors = \"off\"\nlimits = { aliases = 0, response_bytes = \"1GiB\" }",
        "[clients.a-B_3]\nschema = \"web.graphql\"\ncors = [\"https://shop.example\", \"capacitor://localhost\"]\ncsrf = false",
        "[upstreams.a]\nbase_url = \"HTTPS://${env:HOST}/v1?x=1\"\nproxy = \"http://user:secret@127.0.0.1:3128\"",
        "[upstreams.a]\nbase_url = \"http://[::1]:80/a@b\"\nhttp2 = true\nqueue = 0\non_problem = \"${env:WORD}\"",
        "[upstreams.a]\nheaders = { \"X-Tenant\" = \"acme\" }\nforward_headers = [\"authorization\"]",
        "[upstreams.a]\nconfig = { list = [1, 2.5, \"x\"], nested = { since = 2026-01-01 } }",
    ]
    .map(with_graph);
    for text in &texts {
        assert!(loads(folder.path(), text), "{text}");
    }
    for (text, told) in texts.iter().zip(lint_texts(&texts)) {
        assert_eq!(told, "", "{text}");
    }
}

#[test]
fn typical_mistakes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["g.graphql", "web.graphql"] {
        fs::write(folder.path().join(name), "type Query { a: Int }").unwrap();
    }
    let mistakes = [
        ("[server]\nlisen = \"127.0.0.1:4000\"", "('lisen' was unexpected)"),
        ("[sever]\nlisten = \"127.0.0.1:4000\"", "('sever' was unexpected)"),
        ("[server]\nlisten = 4000", "4000 is not of type \"string\""),
        ("[server]\nlisten = \"localhost:4000\"", "\"localhost:4000\" does not match"),
        ("[server]\ncompression = \"on\"", "\"on\" is not of type \"boolean\""),
        ("[server]\ntrace = \"loopbak\"", "\"loopbak\" is not valid under any of"),
        ("[upstreams.a]\ntimeout = 800", "800 is not of type \"string\""),
        ("[upstreams.a]\ntimeout = \"800\"", "\"800\" does not match"),
        ("[upstreams.a]\ntimeout = \"0ms\"", "\"0ms\" does not match"),
        ("[upstreams.a]\ntimeout = \"1.5s\"", "\"1.5s\" does not match"),
        ("[upstreams.a]\nmax_response = \"8MB\"", "\"8MB\" does not match"),
        ("[upstreams.a]\nmax_response = 0", "0 is less than the minimum of 1"),
        ("[upstreams.a]\nconcurrency = 0", "0 is less than the minimum of 1"),
        ("[upstreams.a]\nconcurrency = \"64\"", "\"64\" is not of type \"integer\""),
        ("[upstreams.a]\non_problem = \"wran\"", "\"wran\" is not valid under any of"),
        ("[upstreams.a]\nbase_url = \"catalog.example\"", "\"catalog.example\" does not match"),
        ("[upstreams.a]\nheaders = { connection = \"close\" }", "is not allowed for"),
        ("[upstreams.a]\nforward_headers = \"authorization\"", "is not of type \"array\""),
        ("[upstreams.a]\nretries = 3", "('retries' was unexpected)"),
        ("[clients.web]\nconsole = true", "\"schema\" is a required property"),
        ("[clients.graphql]\nschema = \"web.graphql\"", "is not allowed for"),
        ("[clients.web]\nschema = \"web.graphql\"\ncors = [\"https://shop.example/\"]", "is not valid under any of"),
        ("[clients.web]\nschema = \"web.graphql\"\nlimits = { dept = 3 }", "('dept' was unexpected)"),
        ("[graph]\nschema = []", "[] has less than 1 item"),
        ("# [graph] is not there", "\"graph\" is a required property"),
    ];
    let texts: Vec<String> = mistakes.iter().map(|(text, _)| with_graph(text)).collect();
    for text in &texts {
        assert!(!loads(folder.path(), text), "this is no mistake to Anabranch: {text}");
    }
    for ((text, expected), told) in mistakes.iter().zip(lint_texts(&texts)) {
        assert!(told.contains(expected), "{text}\nexpected {expected}\nfound    {told:?}");
    }
}
