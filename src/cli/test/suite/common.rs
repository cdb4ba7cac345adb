//! `config.common`: parts that all tests of a file share. A test's own parts replace them; headers are put together.

use std::sync::Arc;

use crate::cli::test::{
    reader::Reader,
    yaml::{Entry, Node, NodeKind},
};

/// The shared parts, as members of a test.
#[derive(Debug)]
pub(super) struct Common {
    members: Vec<Entry>,
    /// Members of `expect.connectorRequest`, under the names that they have there.
    request: Vec<Entry>,
    /// `connectorResponse` or `connectorResponseFile`.
    response: Option<Entry>,
}

/// Names that differ from those of a test.
const EXPECTED: [(&str, &str); 8] = [
    ("expectedRequestMethod", "method"),
    ("expectedRequestScheme", "scheme"),
    ("expectedRequestOrigin", "origin"),
    ("expectedRequestPath", "path"),
    ("expectedRequestQueryParams", "queryParams"),
    ("expectedRequestUrl", "url"),
    ("expectedResponse", "connectorResponse"),
    ("expectedResponseFile", "connectorResponseFile"),
];
/// Names that are those of a test.
const SAME: [&str; 8] = [
    "target",
    "connector",
    "variables",
    "apiResponseBody",
    "apiResponseBodyFile",
    "apiResponseHeaders",
    "status",
    "apiResponseStatusCode",
];
/// A test that has one of a group takes none of it from here.
const EITHER: [&[&str]; 3] =
    [&["target", "connector"], &["apiResponseBody", "apiResponseBodyFile"], &["status", "apiResponseStatusCode"]];
const PARTS_OF_URL: [&str; 4] = ["scheme", "origin", "path", "queryParams"];

pub(super) fn read(reader: &mut Reader, node: &Node) -> Option<Common> {
    let known: Vec<&str> = SAME.into_iter().chain(EXPECTED.map(|(name, _)| name)).collect();
    let mut common = Common { members: Vec::new(), request: Vec::new(), response: None };
    for entry in reader.members(node, "`common`", &known)? {
        match EXPECTED.iter().find(|(name, _)| *name == &*entry.key) {
            None => common.members.push(entry.clone()),
            Some((_, name)) => {
                let renamed = Entry { key: Arc::from(*name), ..entry.clone() };
                match name.starts_with("connectorResponse") {
                    true => common.response = Some(renamed),
                    false => common.request.push(renamed),
                }
            }
        }
    }
    Some(common)
}

// === impl Common ===

impl Common {
    /// A test with what it does not say itself.
    pub(super) fn apply(&self, test: &Node) -> Node {
        let NodeKind::Mapping(own) = &test.kind else { return test.clone() };
        let mut entries = own.clone();
        for member in &self.members {
            let group = EITHER.iter().find(|group| group.contains(&&*member.key));
            let taken = |key: &str| own.iter().any(|entry| &*entry.key == key);
            let replaced = match group {
                Some(group) => group.iter().any(|key| taken(key)),
                None => taken(&member.key),
            };
            match entries.iter_mut().find(|entry| entry.key == member.key) {
                Some(entry) if matches!(&*member.key, "variables" | "apiResponseHeaders") => {
                    add_missing(&mut entry.value, &member.value);
                }
                _ if replaced => {}
                _ => entries.push(member.clone()),
            }
        }
        if let Some(expect) = entries.iter_mut().find(|entry| &*entry.key == "expect") {
            self.expect(&mut expect.value);
        }
        Node::mapping(entries, test.range.clone())
    }

    fn expect(&self, expect: &mut Node) {
        let has = |key: &str| expect.get(key).is_some();
        let fails = ["error", "errors", "requestError"].into_iter().any(has);
        let answers = ["connectorResponse", "connectorResponseFile"].into_iter().any(has);
        let range = expect.range.clone();
        let NodeKind::Mapping(entries) = &mut expect.kind else { return };
        entries.extend(self.response.clone().filter(|_| !fails && !answers));
        if self.request.is_empty() || fails && !entries.iter().any(|entry| &*entry.key == "connectorRequest") {
            return;
        }
        let at = match entries.iter().position(|entry| &*entry.key == "connectorRequest") {
            Some(at) => at,
            None => {
                let value = Node::mapping(Vec::new(), range.clone());
                entries.push(Entry { key: Arc::from("connectorRequest"), key_range: range, value });
                entries.len() - 1
            }
        };
        let request = &mut entries[at].value;
        let (whole, parts) =
            (request.get("url").is_some(), PARTS_OF_URL.iter().any(|part| request.get(part).is_some()));
        let wanted = self.request.iter().filter(|entry| match &*entry.key {
            "url" => !parts,
            key => !whole || !PARTS_OF_URL.contains(&key),
        });
        let wanted: Vec<Entry> = wanted.cloned().collect();
        add_missing(request, &Node::mapping(wanted, 0..0));
    }
}

fn add_missing(own: &mut Node, more: &Node) {
    let NodeKind::Mapping(more) = &more.kind else { return };
    let missing: Vec<Entry> = more.iter().filter(|entry| own.get(&entry.key).is_none()).cloned().collect();
    if own.is_null() {
        own.kind = NodeKind::Mapping(missing);
    } else if let NodeKind::Mapping(entries) = &mut own.kind {
        entries.extend(missing);
    }
}
