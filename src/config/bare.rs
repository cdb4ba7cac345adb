//! Graphs without an `upstreams.toml`, and other files that a command is given: read under the same bounds.

use std::{path::Path, sync::Arc};

use indexmap::IndexMap;

use super::{Cache, Config, Graph, Server, Sharing, Upstream, files};
use crate::diagnostic::{SourceFile, Span};

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnreadableFile {
    /// Which and why.
    pub message: String,
    /// What to do, if more is known than that.
    pub hint: Option<String>,
}

/// The bytes of a regular file of at most `limit` bytes.
///
/// # Errors
///
/// It is not there, no regular file, too large or unreadable.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, UnreadableFile> {
    files::read(path, limit).map_err(|error| UnreadableFile {
        message: format!("`{}` {error}", path.display()),
        hint: error.hint(path, path),
    })
}

/// A text file of at most `limit` bytes, for diagnostics to point into.
///
/// # Errors
///
/// As [`read_file`], and where the text is not UTF-8.
pub fn read_source(path: &Path, limit: u64) -> Result<Arc<SourceFile>, UnreadableFile> {
    let bytes = read_file(path, limit)?;
    match files::source(path.to_owned(), bytes) {
        (file, None) => Ok(file),
        (file, Some(problem)) => {
            let place = problem.span.map_or(1, |span| file.position(span.range.start).line);
            let message = format!("`{}` is not UTF-8 from line {place} on", path.display());
            Err(UnreadableFile { message, hint: Some("save it as UTF-8".to_owned()) })
        }
    }
}

impl Config {
    /// Nothing but a graph, with defaults for all else. `span` is where its files are named.
    #[must_use]
    pub fn of_graph(files: Vec<Arc<SourceFile>>, span: Span) -> Self {
        Self {
            server: Server::default(),
            admin: None,
            file: Arc::clone(&span.file),
            graph: Graph { patterns: Vec::new(), files, span },
            clients: IndexMap::new(),
            cache: Cache::default(),
            sharing: Sharing::default(),
            upstreams: IndexMap::new(),
            other_upstreams: Upstream::default(),
        }
    }
}
