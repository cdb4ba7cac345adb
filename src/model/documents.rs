//! The operations that a client trusts: read from manifests and GraphQL documents, checked against its view.
//!
//! What an id means is decided here, once. Never plans: that is for those who run.

mod files;
mod manifest;
mod place;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use super::{
    Bound, View,
    caps::beyond_bounds,
    report::{Explain, Report},
};
use crate::{
    config::{self, ByteSize, DocumentMode},
    diagnostic::{Diagnostic, SourceFile, Span},
    graphql::{
        ClientSchema, DocumentHash, DocumentLimits, ErrorCode, GraphqlError, Name, OperationKind, PreparedDocument,
    },
};
use place::Pieces;

/// More documents than this are a list gone wrong.
const MOST_DOCUMENTS: usize = 10_000;
/// Mistakes of one document that are told.
const MOST_MISTAKES: usize = 3;
/// Documents with mistakes that are told.
const MOST_MISTAKEN: usize = 50;

/// The documents of a client, each valid in its view.
#[derive(Debug)]
pub struct TrustedDocuments {
    /// Which others may run.
    pub mode: DocumentMode,
    /// In the order of the files; no two have an id in common. Empty once they are planned: [`TrustedDocuments::take`].
    pub list: Vec<TrustedDocument>,
}

/// A document that is known before anybody sends it.
#[derive(Debug)]
pub struct TrustedDocument {
    /// What requests may call it, besides its hashes.
    pub ids: Vec<Arc<str>>,
    /// SHA-256 of its text, and of the file that holds nothing else.
    pub hashes: Vec<DocumentHash>,
    /// Its text.
    pub text: Arc<str>,
    /// Its operations; at least one.
    pub operations: Vec<PreparedDocument>,
}

/// A document as a file gives it.
#[derive(Debug)]
struct Candidate {
    /// As the file declares it.
    id: Option<Arc<str>>,
    /// What the manifest says of its operation's name.
    name: Option<String>,
    /// What the manifest says that its operation is, and where.
    kind: Option<(String, Span)>,
    text: Arc<str>,
    hashes: Vec<DocumentHash>,
    /// Where its text stands.
    pieces: Pieces,
    /// Where its id stands.
    span: Span,
}

/// Compiles the documents of the client of `view`.
pub(super) fn compile_documents(
    view: &View,
    settings: &config::TrustedDocuments,
    body_limit: ByteSize,
    report: &mut Report,
) -> TrustedDocuments {
    let limits = view.document_limits(body_limit);
    let mut candidates = read(&settings.files, &limits, report);
    if candidates.is_empty() && report.errors() == 0 {
        report
            .warning("DOCUMENTS_NONE", "there is no operation in these files", Some(&settings.span))
            .hint("name files with operations, or remove `trusted_documents`");
    }
    if candidates.len() > MOST_DOCUMENTS {
        let message = format!("there are more than {MOST_DOCUMENTS} operations in these files");
        report.error("DOCUMENTS_TOO_MANY", message, Some(&settings.span)).hint("drop those of old versions");
        candidates.truncate(MOST_DOCUMENTS);
    }
    let mut list = List::default();
    let mut mistaken = 0usize;
    for candidate in &candidates {
        match check(view, candidate, &limits, report) {
            Ok(operations) => list.add(candidate, operations, report),
            Err(problems) => {
                mistaken += 1;
                if mistaken <= MOST_MISTAKEN {
                    problems.into_iter().for_each(|problem| report.add(problem));
                }
            }
        }
    }
    if mistaken > MOST_MISTAKEN {
        let message =
            format!("{} more operations do not fit the view of client `{}`", mistaken - MOST_MISTAKEN, view.name);
        report.error("DOCUMENT_INVALID", message, Some(&settings.span)).hint("mend those that are shown first");
    }
    TrustedDocuments { mode: settings.mode, list: list.documents }
}

// === impl TrustedDocuments ===

impl TrustedDocuments {
    /// Gives the documents away, to be planned: as they are prepared, they need not be held twice.
    pub fn take(&mut self) -> Vec<TrustedDocument> {
        std::mem::take(&mut self.list)
    }
}

// === impl TrustedDocument ===

impl TrustedDocument {
    /// The names of its operations that have one.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.operations.iter().filter_map(|prepared| prepared.operation.name.as_ref())
    }
}

/// A document of the files, whatever it is worth.
#[derive(Debug, Clone)]
pub struct UncheckedDocument {
    /// Its operation's name, or its id, or its hash.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
}

/// The documents of manifests and GraphQL files, as a client's trusted documents are read, and what is wrong with the files.
#[must_use]
pub fn read_documents(files: &[Arc<SourceFile>], limits: &DocumentLimits) -> (Vec<UncheckedDocument>, Vec<Diagnostic>) {
    let mut report = Report::default();
    let candidates = read(files, limits, &mut report);
    let mut documents: Vec<UncheckedDocument> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for candidate in candidates.into_iter().take(MOST_DOCUMENTS) {
        if seen.insert(Arc::clone(&candidate.text)) {
            let name = match (candidate.name, candidate.id) {
                (Some(name), _) => name,
                (None, Some(id)) => id.to_string(),
                (None, None) => DocumentHash::of(&candidate.text).to_string(),
            };
            documents.push(UncheckedDocument { name, text: candidate.text });
        }
    }
    (documents, report.into_list())
}

/// What all files hold.
fn read(files: &[Arc<SourceFile>], limits: &DocumentLimits, report: &mut Report) -> Vec<Candidate> {
    let (manifests, documents): (Vec<_>, Vec<_>) = files
        .iter()
        .partition(|file| file.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")));
    let mut candidates = Vec::new();
    for file in manifests {
        match manifest::read(file) {
            Ok(found) => candidates.extend(found),
            Err(problem) => report.add(*problem),
        }
    }
    candidates.extend(files::read(&documents, limits, report));
    candidates
}

/// Why a document cannot run, or gives errors whatever happens.
#[derive(Debug)]
pub struct Misfit {
    /// What clients are told.
    pub error: GraphqlError,
    /// Whose bound a written value goes beyond, if it is that.
    pub bound: Option<Bound>,
}

/// The operations of a document, if all of them may run: they fit `schema`, and nothing that is written in them is beyond what
/// `bounded` allows.
pub fn prepare_operations(
    document: &str,
    schema: &ClientSchema,
    bounded: Option<&View>,
    limits: &DocumentLimits,
) -> Result<Vec<PreparedDocument>, Vec<Misfit>> {
    let invalid = |error| Misfit { error, bound: None };
    let operations =
        schema.prepare_all(document, limits).map_err(|errors| errors.into_iter().map(invalid).collect::<Vec<_>>())?;
    let Some(view) = bounded else { return Ok(operations) };
    for prepared in &operations {
        let beyond = beyond_bounds(view, &prepared.operation);
        if !beyond.is_empty() {
            return Err(beyond.into_iter().map(|(error, bound)| Misfit { error, bound: Some(bound) }).collect());
        }
    }
    Ok(operations)
}

/// A document's operations, if it is valid in the view.
fn check(
    view: &View,
    candidate: &Candidate,
    limits: &DocumentLimits,
    report: &mut Report,
) -> Result<Vec<PreparedDocument>, Vec<Diagnostic>> {
    let told = |misfits: Vec<Misfit>| -> Vec<Diagnostic> {
        misfits.iter().take(MOST_MISTAKES).map(|misfit| mistake(view, candidate, misfit)).collect()
    };
    let operations = prepare_operations(&candidate.text, &view.schema, Some(view), limits).map_err(told)?;
    check_kind(candidate, &operations, report);
    let has = |name: &str| operations.iter().any(|prepared| prepared.operation.name.as_deref() == Some(name));
    match &candidate.name {
        Some(name) if !has(name) => {
            let id = candidate.id.as_deref().unwrap_or_default();
            let message = format!("the document `{id}` has no operation `{name}`");
            let problem = Diagnostic::error("DOCUMENT_NAME_MISMATCH", message, candidate.span.clone())
                .with_hint("write the manifest anew: its `name` must be that of the operation in its document");
            Err(vec![problem])
        }
        _ => Ok(operations),
    }
}

/// Warns of a manifest that takes its operation for one of another kind.
fn check_kind(candidate: &Candidate, operations: &[PreparedDocument], report: &mut Report) {
    let (Some((said, span)), [prepared]) = (&candidate.kind, operations) else { return };
    let is = match prepared.operation.kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    };
    if said != is {
        let message = format!("{} is a {is}, though its `type` is `{said}`", candidate.subject());
        report
            .warning("DOCUMENT_TYPE_MISMATCH", message, Some(span))
            .hint("the document counts; was the manifest changed by hand?");
    }
}

fn mistake(view: &View, candidate: &Candidate, Misfit { error, bound }: &Misfit) -> Diagnostic {
    let place = error.locations.first().copied();
    let line = place.map_or_else(String::new, |place| format!(" (line {} of it)", place.line));
    let message = format!(
        "{} does not fit the view of client `{}`: {}{line}",
        candidate.subject(),
        view.name,
        error.message.trim_end_matches('.')
    );
    let span = place.map_or_else(|| candidate.span.clone(), |place| candidate.pieces.place(&candidate.text, place));
    let hint = match (bound, &error.code) {
        (Some(Bound::View), _) => {
            "requests with it are refused: mend the document, or raise `@max` in the client's view"
        }
        (Some(Bound::Connection), _) => {
            "such a field is an error: mend the document, or raise `max` of `@connection` if the service gives more on one page"
        }
        // Nothing that a view could do about it.
        (None, ErrorCode::GraphqlParseFailed) => {
            "it is the document that is wrong: write it anew from the app's operations"
        }
        (None, _) if error.message.starts_with("Unknown fragment ") => {
            "no document has this fragment: add what defines it, or mend its name"
        }
        (None, _) => {
            "apps that are out there send it: keep what it needs in the client's view, or remove it from the list"
        }
    };
    Diagnostic::error("DOCUMENT_INVALID", message, span).with_hint(hint)
}

/// The documents so far.
#[derive(Debug, Default)]
struct List<'a> {
    documents: Vec<TrustedDocument>,
    by_text: HashMap<&'a str, usize>,
    by_id: HashMap<&'a str, (usize, &'a Span)>,
}

// === impl List ===

impl<'a> List<'a> {
    /// Adds a document, or its id to one with the same text: manifests of several versions of an app have much in common.
    fn add(&mut self, candidate: &'a Candidate, operations: Vec<PreparedDocument>, report: &mut Report) {
        let at = *self.by_text.entry(&candidate.text).or_insert(self.documents.len());
        if at == self.documents.len() {
            let text = Arc::clone(&candidate.text);
            self.documents.push(TrustedDocument { ids: Vec::new(), hashes: Vec::new(), text, operations });
        }
        let document = &mut self.documents[at];
        for hash in &candidate.hashes {
            if !document.hashes.contains(hash) {
                document.hashes.push(*hash);
            }
        }
        let Some(id) = &candidate.id else { return };
        match self.by_id.entry(id) {
            Entry::Vacant(vacant) => {
                vacant.insert((at, &candidate.span));
                document.ids.push(Arc::clone(id));
            }
            Entry::Occupied(known) if known.get().0 != at => {
                report
                    .error("DOCUMENT_DUPLICATE_ID", format!("`{id}` is the id of two documents"), Some(&candidate.span))
                    .hint("an id must mean the same for ever: give one of them another id")
                    .related(Some(known.get().1), "the other one is here");
            }
            Entry::Occupied(_) => {}
        }
        let own_hash = candidate.hashes.first();
        let looks_like_a_hash = DocumentHash::parse(id.strip_prefix("sha256:").unwrap_or(id));
        if looks_like_a_hash.is_some() && looks_like_a_hash.as_ref() != own_hash {
            report
                .warning(
                    "DOCUMENT_HASH_MISMATCH",
                    format!("`{id}` looks like a SHA-256, but is not that of its document"),
                    Some(&candidate.span),
                )
                .hint("apps that hash their documents themselves do not find it; was the manifest changed by hand?");
        }
    }
}

// === impl Candidate ===

impl Candidate {
    /// How messages name it: by its id, and by its operation's name if it has another one.
    fn subject(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), Some(id)) if **name != **id => format!("operation `{name}` (`{id}`)"),
            (Some(name), _) => format!("operation `{name}`"),
            (None, Some(id)) => format!("document `{id}`"),
            (None, None) => "the document".to_owned(),
        }
    }
}
