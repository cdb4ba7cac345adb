//! Test suites: what a `*.connector.yaml` file says, read whole.

mod answer;
mod common;
mod expectation;
mod variables;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) use expectation::{Expectation, ExpectedBody, ExpectedError, ExpectedProblem, ExpectedRequest};
pub(super) use variables::Variables;

use super::{
    reader::{Located, Reader},
    yaml::{self, Node},
};
use crate::{
    config,
    diagnostic::{Diagnostic, SourceFile, Span},
    upstream::RecordedAnswer,
};

/// Largest file of tests.
const LARGEST_SUITE: u64 = 4 << 20;
/// Largest recorded body.
const LARGEST_BODY: u64 = 16 << 20;

/// A file of tests.
#[derive(Debug)]
pub(super) struct Suite {
    pub(super) file: Arc<SourceFile>,
    /// `config.name`, else the file's path.
    pub(super) name: String,
    /// `config.schema`
    pub(super) schema: Vec<Located>,
    /// `config.upstreams`
    pub(super) upstreams: Option<Located>,
    pub(super) cases: Vec<Case>,
}

/// One test.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: Located,
    pub(super) target: Located,
    pub(super) skip: bool,
    pub(super) variables: Variables,
    /// The answer of the service; `None` where the test says nothing of it.
    pub(super) answer: Option<RecordedAnswer>,
    pub(super) expect: Expectation,
}

/// Reads a file. Without a suite there is an error among the diagnostics.
pub(super) fn load(path: &Path) -> (Option<Suite>, Vec<Diagnostic>) {
    let file = match config::read_source(path, LARGEST_SUITE) {
        Ok(file) => file,
        Err(error) => {
            let diagnostic = Diagnostic::without_place("TEST_FILE_UNREADABLE", error.message);
            let hint = error.hint.unwrap_or_else(|| "give the path of a `*.connector.yaml` file".to_owned());
            return (None, vec![diagnostic.with_hint(hint)]);
        }
    };
    read(file)
}

fn read(file: Arc<SourceFile>) -> (Option<Suite>, Vec<Diagnostic>) {
    const EMPTY: &str = "write `config:` with the schema, and `tests:` with a list of tests";
    let root = match yaml::parse(&file.text) {
        Ok(Some(root)) => root,
        Ok(None) => {
            let span = Span { file, range: 0..0 };
            return (None, vec![Diagnostic::error("TEST_MISSING_KEY", "there are no tests", span).with_hint(EMPTY)]);
        }
        Err(mistake) => {
            let at = |range| Span { file: Arc::clone(&file), range };
            let diagnostic = Diagnostic::error("TEST_INVALID_YAML", mistake.message, at(mistake.range));
            let diagnostic = match mistake.related {
                Some((range, message)) => diagnostic.with_related(at(range), message),
                None => diagnostic,
            };
            return (None, vec![diagnostic.with_hint(mistake.hint)]);
        }
    };
    let mut reader = Reader::new(Arc::clone(&file));
    let suite = read_suite(&mut reader, &root, &file);
    let diagnostics = reader.into_diagnostics();
    (suite.filter(|_| diagnostics.is_empty()), diagnostics)
}

fn read_suite(reader: &mut Reader, root: &Node, file: &Arc<SourceFile>) -> Option<Suite> {
    reader.members(root, "a file of tests", &["config", "tests"])?;
    let mut suite = Suite {
        file: Arc::clone(file),
        name: file.path.display().to_string(),
        schema: Vec::new(),
        upstreams: None,
        cases: Vec::new(),
    };
    let mut common = None;
    if let Some(config) = root.get("config") {
        reader.members(&config.value, "`config`", &["schema", "name", "upstreams", "common"]);
        if let Some(name) = config.value.get("name") {
            suite.name = reader.text(&name.value, "`name`").map_or(suite.name, |name| name.text.to_string());
        }
        if let Some(schema) = config.value.get("schema") {
            suite.schema = reader.texts(&schema.value, "`schema`").unwrap_or_default();
        }
        suite.upstreams = config.value.get("upstreams").and_then(|entry| reader.text(&entry.value, "`upstreams`"));
        common = config.value.get("common").and_then(|entry| common::read(reader, &entry.value));
    }
    let Some(tests) = root.get("tests") else {
        let end = file.text.trim_end().len();
        reader.mistake("TEST_MISSING_KEY", "there are no `tests`", &(end..end), "add `tests:` with a list of tests");
        return None;
    };
    let elements = reader.list(&tests.value, "`tests`")?;
    if elements.is_empty() {
        reader.mistake("TEST_MISSING_KEY", "`tests` is empty", &tests.key_range, "add a test: `- name: ...`");
    }
    let shared = config_weight(root).saturating_mul(elements.len());
    if common.is_some() && shared > yaml::LARGEST_TREE {
        let message = "the tests and what they have in common are too much together";
        reader.mistake("TEST_INVALID_VALUE", message, &tests.key_range, "make several files of it");
        return None;
    }
    for element in elements {
        let merged = common.as_ref().map(|common| common.apply(element));
        let case = read_case(reader, merged.as_ref().unwrap_or(element), element, &file.path);
        suite.cases.extend(case);
    }
    check_names(reader, &suite);
    Some(suite)
}

/// `node` has the common parts merged in; `written` is the test as it stands.
fn read_case(reader: &mut Reader, node: &Node, written: &Node, path: &Path) -> Option<Case> {
    const KEYS: [&str; 11] = [
        "name",
        "target",
        "connector",
        "skip",
        "variables",
        "apiResponseBody",
        "apiResponseBodyFile",
        "apiResponseHeaders",
        "status",
        "apiResponseStatusCode",
        "expect",
    ];
    let entries = reader.members(node, "a test", &KEYS)?;
    // Where it begins is where it lacks something.
    let place = entries.first().map_or_else(|| written.range.clone(), |entry| entry.key_range.clone());
    let name = required(reader, node, &["name"], &place, "name: \"what it shows\"");
    let target = required(reader, node, &["target", "connector"], &place, "target: Query.field");
    let skip = node.get("skip").and_then(|entry| reader.boolean(&entry.value, "`skip`")).unwrap_or(false);
    let variables = node.get("variables").map(|entry| variables::read(reader, &entry.value)).unwrap_or_default();
    let answer = answer::read(reader, node, path);
    let Some(expect) = node.get("expect") else {
        let hint = "add `expect:` with `connectorRequest`, `connectorResponse`, `error` or `problems`";
        reader.mistake("TEST_MISSING_KEY", "a test without `expect` shows nothing", &place, hint);
        return None;
    };
    let expect = expectation::read(reader, expect, path);
    Some(Case { name: name?, target: target?, skip, variables, answer, expect: expect? })
}

/// What `config` weighs, which bounds what tests have in common.
fn config_weight(root: &Node) -> usize {
    root.get("config").map_or(0, |config| config.value.weight())
}

/// A text under one of two names.
fn required(
    reader: &mut Reader,
    node: &Node,
    keys: &[&str],
    place: &std::ops::Range<usize>,
    example: &str,
) -> Option<Located> {
    let entries: Vec<_> = keys.iter().filter_map(|key| node.get(key)).collect();
    if let [_, second, ..] = &*entries {
        let message = format!("`{}` and `{}` are two names for one thing", keys[0], second.key);
        reader.mistake("TEST_UNKNOWN_KEY", message, &second.key_range, "keep one of them");
    }
    match entries.first() {
        Some(entry) => reader.text(&entry.value, &format!("`{}`", entry.key)),
        None => {
            let message = format!("a test needs a `{}`", keys[0]);
            reader.mistake("TEST_MISSING_KEY", message, place, format!("add `{example}`"));
            None
        }
    }
}

fn check_names(reader: &mut Reader, suite: &Suite) {
    let mut seen: HashMap<&str, &Located> = HashMap::new();
    for name in suite.cases.iter().map(|case| &case.name) {
        if let Some(first) = seen.get(&*name.text) {
            let message = format!("two tests are named `{}`", name.text);
            let diagnostic = Diagnostic::error("TEST_DUPLICATE_NAME", message, reader.span(&name.range))
                .with_hint("reports and `--filter` go by name: give each its own")
                .with_related(reader.span(&first.range), "the first one stands here");
            reader.push(diagnostic);
        } else {
            seen.insert(&name.text, name);
        }
    }
}

/// A path of a test file: relative to the file, or else to the working directory.
pub(super) fn resolve(file: &Path, written: &str) -> PathBuf {
    let beside = file.parent().unwrap_or(Path::new("")).join(written);
    let here = Path::new(written);
    let path = if !beside.exists() && here.exists() { here.to_owned() } else { beside };
    tidy(&path)
}

/// Without `.`, and without `..` after a name.
fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            component => out.push(component),
        }
    }
    out
}

/// A file that a test names.
fn read_body_file(reader: &mut Reader, named: &Located, path: &Path) -> Option<Vec<u8>> {
    match config::read_file(&resolve(path, &named.text), LARGEST_BODY) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let hint = error.hint.unwrap_or_else(|| "paths are relative to the file of the test".to_owned());
            reader.mistake("TEST_FILE_UNREADABLE", error.message, &named.range, hint);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAMPLE: &str = r#"config:
  schema: [a.graphql, b.graphql]
  common: { variables: { $args: &a { x: 1 } }, expectedRequestUrl: "http://a/" }
tests:
  - name: one
    target: Query.a
    variables: { $this: *a, $batch: [*a], $env: { A: b }, $requestHeaders: { a: [b, c] } }
    status: 404
    apiResponseBody: |
      {"a": [1, 2]}
    expect:
      connectorRequest: { method: GET, queryParams: { a: [1, 2] }, headers: { a: ~ }, body: "x" }
      connectorResponse: '{"a": 1}'
      problems: [{ message: é, path: a.*.b, count: 2 }]
"#;
    const PARTS: [&str; 24] = [
        "[", "]", "{", "}", ":", ": ", "- ", "\n", "\n  ", "? ", "|", ">", "&a ", "*a", "!x ", "!!str ", "---\n", "\t",
        "\"", "'", "#", "<<: ", "\u{0}", "é",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_file_makes_it_panic(edits in prop::collection::vec((0..700_usize, 0..12_usize, 0..PARTS.len()), 1..12)) {
            let mut characters: Vec<char> = SAMPLE.chars().collect();
            for (at, length, part) in edits {
                let at = at.min(characters.len());
                let end = (at + length).min(characters.len());
                characters.splice(at..end, PARTS[part].chars());
            }
            let text: String = characters.into_iter().collect();
            let file = Arc::new(SourceFile { path: "t.connector.yaml".into(), text });
            let (suite, diagnostics) = read(file);
            prop_assert_eq!(suite.is_none(), !diagnostics.is_empty());
            let shown = crate::diagnostic::render(&diagnostics, crate::diagnostic::Color::Never);
            prop_assert_eq!(shown.is_empty(), diagnostics.is_empty());
        }
    }

    #[test]
    fn the_sample_is_well_formed() {
        let file = Arc::new(SourceFile { path: "t.connector.yaml".into(), text: SAMPLE.to_owned() });
        let (suite, diagnostics) = read(file);
        assert!(diagnostics.is_empty(), "{diagnostics:#?}");
        assert_eq!(suite.unwrap().cases.len(), 1);
    }
}
