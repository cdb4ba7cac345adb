//! Reading files that the configuration names: bounded, regular files only, with paths as a user would write them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use crate::diagnostic::{Diagnostic, SourceFile, Span, did_you_mean};

/// Largest `upstreams.toml`.
pub(super) const LARGEST_CONFIGURATION: u64 = 1 << 20;
/// Largest schema file.
pub(super) const LARGEST_SCHEMA: u64 = 8 << 20;

/// Why a file cannot be read; a predicate after its path.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("does not exist")]
    Missing,
    #[error("is a directory")]
    Directory,
    #[error("is not a regular file")]
    Special,
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}

// === impl FileError ===

impl FileError {
    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Unreadable(error),
        }
    }

    /// What to do, if the file system tells more than that the file is not there. `shown` is the path as it was written.
    pub(super) fn hint(&self, path: &Path, shown: &Path) -> Option<String> {
        match self {
            Self::Missing => {
                let name = path.file_name()?.to_str()?;
                let siblings = names_beside(path);
                let near = did_you_mean(name, &siblings)?;
                Some(format!("did you mean `{}`?", shown.with_file_name(near).display()))
            }
            Self::Directory => Some("give the path of a file".to_owned()),
            Self::Special => Some("give the path of a file, not of a device or pipe".to_owned()),
            Self::TooLarge(_) => Some("is this the right file?".to_owned()),
            Self::Unreadable(_) => Some("check the file's permissions".to_owned()),
        }
    }
}

/// `written`, relative to `base`, without needless `./`.
pub(super) fn join(base: &Path, written: &str) -> PathBuf {
    base.join(written).components().filter(|component| !matches!(component, Component::CurDir)).collect()
}

/// The whole file, if it is a regular one of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let metadata = std::fs::metadata(path).map_err(FileError::of)?;
    if metadata.is_dir() {
        return Err(FileError::Directory);
    }
    if !metadata.is_file() {
        return Err(FileError::Special);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(FileError::of)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(FileError::of)?;
    if bytes.len() as u64 > limit { Err(FileError::TooLarge(limit)) } else { Ok(bytes) }
}

/// Bytes as a source file, without a byte order mark. What is not UTF-8 is replaced, and told with its place.
pub(super) fn source(path: PathBuf, bytes: Vec<u8>) -> (Arc<SourceFile>, Option<Diagnostic>) {
    let (text, invalid_at) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(at))
        }
    };
    let (text, mark) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest.to_owned(), '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    let file = Arc::new(SourceFile { path, text });
    let diagnostic = invalid_at.map(|at| {
        let start = at.saturating_sub(mark);
        let span = Span { file: Arc::clone(&file), range: start..start + char::REPLACEMENT_CHARACTER.len_utf8() };
        Diagnostic::error("FILE_NOT_UTF8", "this file is not UTF-8 from here on", span).with_hint("save it as UTF-8")
    });
    (file, diagnostic)
}

fn names_beside(path: &Path) -> Vec<String> {
    const MOST_NAMES: usize = 1000;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let names = entries.take(MOST_NAMES).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
