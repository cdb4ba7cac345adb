//! Documents in GraphQL files: each operation with the fragments that it needs, from whichever of the files.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    ops::Range,
    sync::Arc,
};

use super::{Candidate, place::Pieces};
use crate::{
    diagnostic::{Diagnostic, SourceFile, Span},
    graphql::{
        DefinitionKind, DocumentHash, DocumentLimits, ExecutableDefinition, Name, executable_definitions, normal_form,
        offset_of,
    },
    model::report::{Explain, Report},
};

/// What stands between the definitions of a document.
const BETWEEN: &str = "\n\n";

/// A file and what it defines.
#[derive(Debug)]
struct Parsed<'a> {
    file: &'a Arc<SourceFile>,
    definitions: Vec<ExecutableDefinition>,
}

/// A fragment and its file.
#[derive(Debug, Clone, Copy)]
struct Fragment<'a> {
    file: &'a Arc<SourceFile>,
    definition: &'a ExecutableDefinition,
}

/// A document for each operation of the files. It goes by its operation's name, if it has one.
pub(super) fn read(files: &[&Arc<SourceFile>], limits: &DocumentLimits, report: &mut Report) -> Vec<Candidate> {
    // A file is no document that anybody sends: only its operations are bound by the limits.
    let whole = DocumentLimits { bytes: usize::MAX, tokens: usize::MAX, ..*limits };
    let mut parsed = Vec::new();
    for file in files {
        match executable_definitions(&file.text, &whole) {
            Ok(definitions) => parsed.push(Parsed { file, definitions }),
            Err(errors) => {
                for error in errors.iter().take(super::MOST_MISTAKES) {
                    let at = error.locations.first().map_or(0, |place| offset_of(&file.text, *place));
                    let end = file.text.ceil_char_boundary((at + 1).min(file.text.len()));
                    let span = Span { file: Arc::clone(file), range: at..end };
                    let message = error.message.trim_end_matches('.');
                    report.add(
                        Diagnostic::error("DOCUMENT_SYNTAX", message, span)
                            .with_hint("these files hold operations and fragments, in GraphQL or in JSON manifests"),
                    );
                }
            }
        }
    }
    let fragments = fragments(&parsed, report);
    let mut candidates = Vec::new();
    for parsed in &parsed {
        let is_operation = |found: &&ExecutableDefinition| found.kind != DefinitionKind::Fragment;
        for operation in parsed.definitions.iter().filter(is_operation) {
            candidates.push(candidate(parsed, operation, &fragments));
        }
    }
    candidates
}

/// All fragments by name. One that stands twice must say the same.
fn fragments<'a>(parsed: &'a [Parsed<'a>], report: &mut Report) -> HashMap<&'a str, Fragment<'a>> {
    let mut fragments: HashMap<&str, Fragment<'_>> = HashMap::new();
    for parsed in parsed {
        for definition in &parsed.definitions {
            let (DefinitionKind::Fragment, Some(name)) = (definition.kind, &definition.name) else { continue };
            let fragment = Fragment { file: parsed.file, definition };
            match fragments.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(fragment);
                }
                Entry::Occupied(known) if normal_form(known.get().text()) != normal_form(fragment.text()) => {
                    report
                        .error(
                            "DOCUMENT_DUPLICATE_FRAGMENT",
                            format!("there are two fragments `{name}`"),
                            Some(&span(parsed.file, definition.range.clone())),
                        )
                        .hint("give one of them another name: operations of all files may spread it")
                        .related(Some(&span(known.get().file, known.get().definition.range.clone())), "one is here");
                }
                Entry::Occupied(_) => {}
            }
        }
    }
    fragments
}

/// An operation, and the fragments that it needs in the order in which they are first spread.
fn candidate(
    parsed: &Parsed<'_>,
    operation: &ExecutableDefinition,
    fragments: &HashMap<&str, Fragment<'_>>,
) -> Candidate {
    let needed = needed(operation, fragments);
    let of_this_file = |fragment: &Fragment<'_>| Arc::ptr_eq(fragment.file, parsed.file);
    let name = operation.name.as_deref().map(str::to_owned);
    let id = operation.name.clone();
    let place = span(parsed.file, operation.range.clone());
    // A file that holds this document and nothing else is the document.
    if parsed.definitions.len() == needed.len() + 1 && needed.iter().all(of_this_file) {
        let text = parsed.file.text.trim();
        let start = parsed.file.text.len() - parsed.file.text.trim_start().len();
        let pieces = Pieces::of_files([(0, span(parsed.file, start..start + text.len()))]);
        let hashes = vec![DocumentHash::of(text), DocumentHash::of(&parsed.file.text)];
        return Candidate { id, name, kind: None, text: text.into(), hashes, pieces, span: place };
    }
    let (mut text, mut parts) = (String::new(), Vec::new());
    let all = std::iter::once((parsed.file, operation)).chain(needed.iter().map(|f| (f.file, f.definition)));
    for (file, definition) in all {
        if !text.is_empty() {
            text.push_str(BETWEEN);
        }
        parts.push((text.len(), span(file, definition.range.clone())));
        text.push_str(file.text.get(definition.range.clone()).unwrap_or_default());
    }
    let hashes = vec![DocumentHash::of(&text)];
    Candidate { id, name, kind: None, hashes, text: text.into(), pieces: Pieces::of_files(parts), span: place }
}

/// Fragments that an operation needs; those that nobody defines are left to validation.
fn needed<'a>(operation: &'a ExecutableDefinition, fragments: &HashMap<&str, Fragment<'a>>) -> Vec<Fragment<'a>> {
    let mut found: Vec<Fragment<'a>> = Vec::new();
    let mut seen: HashSet<&Name> = HashSet::new();
    let mut waiting: Vec<&Name> = operation.spreads.iter().rev().collect();
    while let Some(name) = waiting.pop() {
        if !seen.insert(name) {
            continue;
        }
        if let Some(fragment) = fragments.get(&**name) {
            found.push(*fragment);
            waiting.extend(fragment.definition.spreads.iter().rev());
        }
    }
    found
}

fn span(file: &Arc<SourceFile>, range: Range<usize>) -> Span {
    Span { file: Arc::clone(file), range }
}

// === impl Fragment ===

impl Fragment<'_> {
    fn text(&self) -> &str {
        self.file.text.get(self.definition.range.clone()).unwrap_or_default()
    }
}
