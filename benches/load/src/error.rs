//! What can go wrong in the driver. A failed cell is a result and not one of these.

use std::{io, path::PathBuf};

/// Why the bench cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program does not start.
    #[error("cannot run `{program}`: {source}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{program}` failed: {output}")]
    Failed {
        /// Which.
        program: String,
        /// What it said last.
        output: String,
    },
    /// The list of peers is not what the driver reads.
    #[error("peers.toml: {0}")]
    Manifest(String),
    /// A file of results is not what this version writes.
    #[error("{path}: {source}")]
    Results {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// No answer over HTTP.
    #[error("no answer from port {port}: {reason}")]
    Exchange {
        /// Where.
        port: u16,
        /// Why.
        reason: String,
    },
    /// An answer is not what was expected.
    #[error("{0}")]
    Answer(String),
    /// A load generator's output has no summary.
    #[error("wrk gave no summary: {0}")]
    Summary(String),
}

/// `Result` with the driver's error.
pub type Result<T> = std::result::Result<T, Error>;
