//! `[graph]`: globs, expanded and read.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use glob::{MatchOptions, Pattern};

use crate::{
    config::{
        Graph, files, keys,
        raw::RawKind,
        reader::{Field, Fields, Reader, Text},
    },
    diagnostic::{Diagnostic, Related, SourceFile},
};

/// More files than this are a glob gone wrong.
const MOST_FILES: usize = 10_000;
/// Bytes of all files together.
const LARGEST_SUM: usize = 64 << 20;

const FILES_OF_GRAPH: Wanted = Wanted {
    example: "name at least one file, as in `\"schema/graph/**/*.graphql\"`",
    missing: "CONFIG_FILE_NOT_FOUND",
    question: None,
};

/// The graph's files, and which value of `schema` named each (by its canonical path).
pub(super) struct ReadGraph {
    pub(super) graph: Graph,
    pub(super) origins: BTreeMap<PathBuf, Range<usize>>,
}

/// `None` after an error.
pub(super) fn read(reader: &mut Reader<'_>, root: &Fields<'_>) -> Option<ReadGraph> {
    const HINT: &str = "add `[graph]` with `schema = [\"schema/graph/**/*.graphql\"]`";
    let Some(field) = root.get("graph") else {
        let end = reader.file.text.trim_end().len();
        reader.missing("there is no `[graph]`".to_owned(), &(end..end), HINT);
        return None;
    };
    let table = reader.table(&field)?;
    let fields = reader.fields("graph", Some(table), &keys::GRAPH);
    let Some(schema) = fields.get("schema") else {
        reader.missing(
            "`[graph]` has no `schema`".to_owned(),
            &field.key_span,
            "add `schema = [\"schema/graph/**/*.graphql\"]`",
        );
        return None;
    };
    let read = read_globs(reader, &schema, &FILES_OF_GRAPH)?;
    let graph = Graph { patterns: read.patterns, files: read.files, span: reader.span(&schema.value.span) };
    Some(ReadGraph { graph, origins: read.origins })
}

/// The files that globs match.
pub(super) struct ReadFiles {
    patterns: Vec<String>,
    pub(super) files: Vec<Arc<SourceFile>>,
    origins: BTreeMap<PathBuf, Range<usize>>,
}

/// What globs are for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// What to write where nothing is named.
    pub(super) example: &'static str,
    /// The code of a file that is not there.
    pub(super) missing: &'static str,
    /// What to ask oneself then.
    pub(super) question: Option<&'static str>,
}

/// Reads all files that a list of globs, or one glob, matches; `None` after an error.
pub(super) fn read_globs(reader: &mut Reader<'_>, field: &Field<'_>, wanted: &Wanted) -> Option<ReadFiles> {
    let errors_before = reader.errors;
    let elements = match field.value.kind {
        RawKind::Text(_) => vec![field.clone()],
        _ => reader.list(field, "globs")?,
    };
    if elements.is_empty() {
        reader.missing(format!("`{}` is empty", field.path), &field.value.span, wanted.example);
    }
    let mut found = Found::default();
    for element in &elements {
        expand_glob(reader, element, wanted, &mut found);
    }
    let mut files = Vec::new();
    let mut sum = 0;
    for (path, origin) in &found.paths {
        let Some(file) = read_file(reader, path, origin) else { continue };
        sum += file.text.len();
        files.push(file);
        if sum > LARGEST_SUM {
            let message = format!("the files of `{}` have more than {} MiB together", field.path, LARGEST_SUM >> 20);
            reader.error("CONFIG_FILE_UNREADABLE", message, &field.value.span).hint =
                Some("are these the right files?".to_owned());
            break;
        }
    }
    // An unreadable file would make everything that refers to its types look wrong.
    let complete = reader.errors == errors_before;
    complete.then_some(ReadFiles { patterns: found.patterns, files, origins: found.origins })
}

#[derive(Default)]
struct Found {
    /// As a user would write them, and what named each.
    paths: BTreeMap<PathBuf, Range<usize>>,
    origins: BTreeMap<PathBuf, Range<usize>>,
    patterns: Vec<String>,
}

fn expand_glob(reader: &mut Reader<'_>, element: &Field<'_>, wanted: &Wanted, found: &mut Found) {
    let Some(text) = reader.text(element) else { return };
    if !text.secret {
        found.patterns.push(text.value.clone());
    }
    if text.value.contains(['*', '?', '[']) {
        let matched = matching_files(reader, &text);
        let Some(matched) = matched else { return };
        if matched.is_empty() {
            let hint = nearest_directory(&reader.base, &text, wanted);
            reader.error(wanted.missing, format!("{} matches no file", text.subject()), &text.span).hint = Some(hint);
        }
        add(reader, &text, matched, found);
    } else {
        let path = files::join(&reader.base, &text.value);
        if path.is_dir() {
            let message = format!("{} is a directory", text.subject());
            let hint = format!("for all files in it, write `\"{}/**/*.graphql\"`", text.value.trim_end_matches('/'));
            reader.error("CONFIG_FILE_NOT_FOUND", message, &text.span).hint =
                Some(if text.secret { "write a glob for the files in it".to_owned() } else { hint });
            return;
        }
        if let Err(error) = std::fs::metadata(&path) {
            let message = match error.kind() {
                std::io::ErrorKind::NotFound => format!("{} does not exist", text.subject()),
                _ => format!("{} cannot be read: {error}", text.subject()),
            };
            let near = files::FileError::Missing.hint(&path, Path::new(&text.value)).filter(|_| !text.secret);
            let base = shown_base(&reader.base);
            let hint = near.unwrap_or_else(|| wanted.asked(&format!("paths are relative to {base}")));
            reader.error(wanted.missing, message, &text.span).hint = Some(hint);
            return;
        }
        add(reader, &text, vec![path], found);
    }
}

/// Files that match, or `None` after a diagnostic.
fn matching_files(reader: &mut Reader<'_>, text: &Text) -> Option<Vec<PathBuf>> {
    // A `*` in the name of the base directory is no wildcard.
    let base = Pattern::escape(&reader.base.to_string_lossy());
    let written = text.value.trim_start_matches("./");
    let pattern = match (base.is_empty(), Path::new(written).is_absolute()) {
        (true, _) | (_, true) => written.to_owned(),
        (false, false) => format!("{base}/{written}"),
    };
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let paths = match glob::glob_with(&pattern, options) {
        Ok(paths) => paths,
        Err(error) => {
            let message = format!("{} is not a glob: {}", text.subject(), error.msg);
            reader.error("CONFIG_INVALID_VALUE", message, &text.span).hint =
                Some("`*` stands for part of a name, `**` for directories, as in `schema/**/*.graphql`".to_owned());
            return None;
        }
    };
    let mut matched = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_file() => matched.push(files::join(Path::new(""), &path.to_string_lossy())),
            Ok(_) => {}
            Err(error) => {
                let message = format!("`{}` cannot be read: {}", error.path().display(), error.error());
                reader.error("CONFIG_FILE_UNREADABLE", message, &text.span).hint =
                    Some("check its permissions".to_owned());
            }
        }
        if matched.len() > MOST_FILES {
            let message = format!("{} matches more than {MOST_FILES} files", text.subject());
            reader.error("CONFIG_INVALID_VALUE", message, &text.span).hint =
                Some("name the directory that holds the right ones".to_owned());
            return None;
        }
    }
    Some(matched)
}

/// Adds files; those that another value named already are told, once for each value.
fn add(reader: &mut Reader<'_>, text: &Text, matched: Vec<PathBuf>, found: &mut Found) {
    let mut again: Option<(PathBuf, Range<usize>)> = None;
    for path in matched {
        let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
        match found.origins.get(&canonical) {
            Some(origin) => {
                again.get_or_insert((path, origin.clone()));
            }
            None => {
                found.origins.insert(canonical, text.span.clone());
                found.paths.insert(path, text.span.clone());
            }
        }
    }
    let Some((path, origin)) = again else { return };
    let message = format!("`{}` is named twice", path.display());
    let related = Related { span: reader.span(&origin), message: "first named here".to_owned() };
    let mut warning = Diagnostic::warning("CONFIG_FILE_TWICE", message, reader.span(&text.span))
        .with_hint("it is read once; remove one, or make the globs tell different files");
    warning.related.push(related);
    reader.tell(warning);
}

fn read_file(reader: &mut Reader<'_>, path: &Path, origin: &Range<usize>) -> Option<Arc<SourceFile>> {
    match files::read(path, files::LARGEST_SCHEMA) {
        Ok(bytes) => {
            let (file, problem) = files::source(path.to_owned(), bytes);
            let readable = problem.is_none();
            problem.into_iter().for_each(|problem| reader.tell(problem));
            readable.then_some(file)
        }
        Err(error) => {
            let message = format!("`{}` {error}", path.display());
            reader.error("CONFIG_FILE_UNREADABLE", message, origin).hint = error.hint(path, path);
            None
        }
    }
}

/// What to do about a glob without a match: how far its directories exist.
fn nearest_directory(base: &Path, text: &Text, wanted: &Wanted) -> String {
    if text.secret {
        return format!("paths are relative to {}", shown_base(base));
    }
    let fixed: PathBuf = Path::new(&text.value)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
        .collect();
    let fixed = if fixed.components().count() < Path::new(&text.value).components().count() {
        fixed
    } else {
        fixed.parent().map(Path::to_owned).unwrap_or_default()
    };
    let mut known = PathBuf::new();
    for part in fixed.components() {
        let next = known.join(part);
        let full = files::join(base, &next.to_string_lossy());
        if !full.is_dir() {
            return match files::FileError::Missing.hint(&full, &next) {
                Some(hint) => hint,
                None => wanted.asked(&format!("there is no directory `{}` in {}", next.display(), shown_base(base))),
            };
        }
        known = next;
    }
    let directory = files::join(base, &known.to_string_lossy());
    match wanted.question {
        Some(_) => wanted.asked(&format!("`{}` has no such file", directory.display())),
        None => format!("`{}` has no such file; files of GraphQL mostly end with `.graphql`", directory.display()),
    }
}

fn shown_base(base: &Path) -> String {
    if base.as_os_str().is_empty() { "the directory of this file".to_owned() } else { format!("`{}`", base.display()) }
}

// === impl Wanted ===

impl Wanted {
    fn asked(&self, hint: &str) -> String {
        match self.question {
            Some(question) => format!("{hint}; {question}"),
            None => hint.to_owned(),
        }
    }
}
