//! Documents in JSON: Apollo's persisted query manifest, Apollo Kotlin's operation output, maps of ids to documents.

use std::{borrow::Cow, ops::Range, sync::Arc};

use super::{Candidate, place::Pieces};
use crate::{
    diagnostic::{Diagnostic, SourceFile, Span},
    graphql::DocumentHash,
    json::{InvalidJson, Kind, Reader, unescape},
};

/// What `format` says in Apollo's manifest.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// A string, by its bytes between the quotes.
type Text = Range<usize>;

/// An operation as it is declared.
#[derive(Debug, Default)]
struct Entry {
    id: Option<Text>,
    name: Option<Text>,
    body: Option<Text>,
    /// `type`
    kind: Option<Text>,
    /// Whether it is a member of Apollo Kotlin's operation output, which speaks of `source`.
    is_output: bool,
    /// The whole of it.
    place: Range<usize>,
}

/// What a manifest holds.
#[derive(Debug, Default)]
struct Manifest {
    format: Option<Text>,
    /// As it is written.
    version: Option<Range<usize>>,
    /// Those of `operations`.
    listed: Option<Vec<Entry>>,
    /// Members whose name is an id.
    mapped: Vec<Entry>,
    /// The first member that is none of it.
    strange: Option<Range<usize>>,
}

/// Why it is no manifest.
enum Problem {
    Json(usize),
    Other { message: String, place: Range<usize>, hint: &'static str },
}

/// The documents of a manifest.
pub(super) fn read(file: &Arc<SourceFile>) -> Result<Vec<Candidate>, Box<Diagnostic>> {
    let entries = manifest(&file.text).and_then(|manifest| manifest.entries(&file.text));
    let candidates = entries.and_then(|entries| entries.into_iter().map(|entry| candidate(file, entry)).collect());
    candidates.map_err(|problem| {
        let (message, range, hint) = match problem {
            Problem::Json(at) => {
                let before = file.text.get(..at).unwrap_or_default().trim_end();
                let trailing =
                    before.ends_with(',') && file.text.get(at..).is_some_and(|rest| rest.starts_with(['}', ']']));
                let hint = match trailing {
                    true => "JSON has no comma after the last member: remove it",
                    false => "let the app's build write it anew, and look whether it was cut off or changed by hand",
                };
                ("this file is not JSON from here on".to_owned(), at..at + 1, hint)
            }
            Problem::Other { message, place, hint } => (message, place, hint),
        };
        let span = Span { file: Arc::clone(file), range };
        Box::new(Diagnostic::error("DOCUMENT_MANIFEST", message, span).with_hint(hint))
    })
}

fn candidate(file: &Arc<SourceFile>, entry: Entry) -> Result<Candidate, Problem> {
    const LISTED: &str = "an operation has `id`, `name`, `type` and `body`";
    const OUTPUT: &str = "an operation has `name` and `source`";
    let (hint, text_is) = if entry.is_output { (OUTPUT, "source") } else { (LISTED, "body") };
    let missing = |what: &str| Problem::Other {
        message: format!("an operation without `{what}`"),
        place: entry.place.clone(),
        hint,
    };
    let text = |range: Text| unescape(file.text.get(range).unwrap_or_default());
    let id = entry.id.clone().ok_or_else(|| missing("id"))?;
    let body = entry.body.clone().ok_or_else(|| missing(text_is))?;
    let span = |range: Text| Span { file: Arc::clone(file), range };
    let document: Arc<str> = text(body.clone()).into();
    if text(id.clone()).is_empty() {
        return Err(Problem::Other { message: "an empty id".to_owned(), place: entry.place, hint });
    }
    Ok(Candidate {
        id: Some(text(id.clone()).into()),
        name: entry.name.map(|name| text(name).into_owned()),
        kind: entry.kind.map(|kind| (text(kind.clone()).into_owned(), span(kind))),
        hashes: vec![DocumentHash::of(&document)],
        text: document,
        pieces: Pieces::of_json(span(body)),
        span: span(id),
    })
}

fn manifest(text: &str) -> Result<Manifest, Problem> {
    let mut reader = Reader::new(text.as_bytes())?;
    if reader.peek()? != Kind::Object {
        return Err(Problem::Other {
            message: "a list of documents must be a JSON object".to_owned(),
            place: 0..text.len().min(1),
            hint: "write Apollo's persisted query manifest, or a map of ids to documents",
        });
    }
    let mut manifest = Manifest::default();
    reader.enter_object()?;
    let mut first = true;
    while let Some(key) = reader.next_key(first)? {
        first = false;
        let place = within(text, key);
        match (key, reader.peek()?) {
            ("format", Kind::String) => manifest.format = Some(string(&mut reader)?),
            ("version", Kind::Number) => manifest.version = Some(reader.skip_value()?),
            ("operations", Kind::Array) => manifest.listed = Some(listed(&mut reader)?),
            (_, Kind::String) => {
                let body = Some(string(&mut reader)?);
                manifest.mapped.push(Entry { id: Some(place.clone()), body, place, ..Entry::default() });
            }
            (_, Kind::Object) => {
                // Apollo Kotlin's: `{"name": ..., "source": ...}` by id.
                let described = entry(&mut reader)?;
                manifest.mapped.push(Entry { id: Some(place), is_output: true, ..described });
            }
            _ => {
                reader.skip_value()?;
                manifest.strange.get_or_insert(place);
            }
        }
    }
    reader.finish()?;
    Ok(manifest)
}

fn listed(reader: &mut Reader<'_>) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    reader.enter_array()?;
    let mut first = true;
    while reader.next_element(first)? {
        first = false;
        if reader.peek()? != Kind::Object {
            let place = reader.skip_value()?;
            return Err(Problem::Other {
                message: "an operation that is no object".to_owned(),
                place,
                hint: "an operation has `id`, `name`, `type` and `body`",
            });
        }
        entries.push(entry(reader)?);
    }
    Ok(entries)
}

/// An object that describes an operation; members that are not known are ignored.
fn entry(reader: &mut Reader<'_>) -> Result<Entry, Problem> {
    let start = reader.position();
    let mut entry = Entry::default();
    reader.enter_object()?;
    entry.place = start..reader.position();
    let mut first = true;
    while let Some(key) = reader.next_key(first)? {
        first = false;
        let is_string = reader.peek()? == Kind::String;
        let place = match key {
            "id" => &mut entry.id,
            "name" => &mut entry.name,
            "body" | "source" => &mut entry.body,
            "type" if is_string => &mut entry.kind,
            _ => {
                reader.skip_value()?;
                continue;
            }
        };
        let value = reader.skip_value()?;
        if !is_string {
            return Err(Problem::Other {
                message: format!("`{key}` must be a string"),
                place: value,
                hint: "write the manifest anew",
            });
        }
        *place = Some(value.start + 1..value.end - 1);
    }
    Ok(entry)
}

fn string(reader: &mut Reader<'_>) -> Result<Text, InvalidJson> {
    let span = reader.skip_value()?;
    Ok(span.start + 1..span.end - 1)
}

/// The place of a part of the text.
fn within(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

// === impl Manifest ===

impl Manifest {
    fn entries(self, text: &str) -> Result<Vec<Entry>, Problem> {
        let written = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        let Some(format) = self.format else {
            return match (self.strange, self.listed) {
                (Some(place), _) => Err(Problem::Other {
                    message: format!("`{}` is neither a document nor an operation", written(&place)),
                    place,
                    hint: "a map has a document for each id; Apollo's manifest says so in `format`",
                }),
                (None, Some(_)) => Err(Problem::Other {
                    message: "a list of operations that does not say its format".to_owned(),
                    place: 0..1,
                    hint: "add `\"format\": \"apollo-persisted-query-manifest\", \"version\": 1`",
                }),
                (None, None) => Ok(self.mapped),
            };
        };
        let problem = |message: String, place: Range<usize>, hint| Err(Problem::Other { message, place, hint });
        if unescape(written(&format)) != Cow::Borrowed(APOLLO) {
            let message = format!("`{}` is no format that is known", written(&format));
            return problem(message, format, "the format of Apollo's manifest is `apollo-persisted-query-manifest`");
        }
        match self.version.as_ref().map(written) {
            Some("1") => {}
            _ => {
                let place = self.version.unwrap_or(format);
                return problem("only version 1 of the manifest is known".to_owned(), place, "write `\"version\": 1`");
            }
        }
        match self.listed {
            Some(entries) => Ok(entries),
            None => problem("a manifest without `operations`".to_owned(), format, "add a list of them"),
        }
    }
}

impl From<InvalidJson> for Problem {
    fn from(invalid: InvalidJson) -> Self {
        Self::Json(invalid.at)
    }
}
