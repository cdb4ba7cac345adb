//! What was measured, as `results.json` keeps it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    machine::Machine,
    manifest::Mode,
    statistics::{Spread, spread},
};

/// Everything that one run found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    /// Where and with what.
    pub machine: Machine,
    /// How.
    pub settings: Settings,
    /// What the upstream can do without a gateway.
    pub ceilings: Vec<Ceiling>,
    /// What was asked.
    pub workloads: Vec<WorkloadFacts>,
    /// In the order of the tables.
    pub cells: Vec<Cell>,
    /// Peers that cannot run here, and why.
    pub skipped: Vec<Skipped>,
    /// What was found of Anabranch alone.
    pub extras: Extras,
}

/// How the run was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Measured runs of each cell.
    pub rounds: u32,
    /// Seconds of each.
    pub seconds: u64,
    /// A smoke run: its numbers mean nothing.
    pub quick: bool,
    /// On which processors.
    pub placement: String,
}

/// The upstream's own speed for one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ceiling {
    /// Path and query.
    pub path: String,
    /// Requests in a second.
    pub rate: f64,
    /// Processor time of each, in microseconds.
    pub cpu_micros: f64,
}

/// A workload, for readers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkloadFacts {
    /// As tables name it.
    pub name: String,
    /// What it is.
    pub title: String,
    /// The document, or the first of several.
    pub query: String,
    /// Variables of that one.
    pub variables: serde_json::Value,
    /// How many different requests there are.
    pub requests: usize,
    /// Connections of the load generator.
    pub connections: u32,
    /// How long the upstream waits before each answer.
    pub delay_ms: u64,
}

/// One peer in one mode with one workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cell {
    /// Name of the peer.
    pub peer: String,
    /// Its version.
    pub version: String,
    /// Whether it only shows a limit.
    pub limit: bool,
    /// What may be shared.
    pub mode: Mode,
    /// Name of the workload.
    pub workload: String,
    /// What a reader should know.
    pub note: Option<String>,
    /// The counted runs.
    pub rounds: Vec<Round>,
    /// A run with one connection: latency without waiting for others.
    pub alone: Option<Round>,
    /// Why there are no more rounds.
    pub failure: Option<String>,
}

/// One counted run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Answered requests in a second.
    pub rate: f64,
    /// Processor time of each, in microseconds.
    pub cpu_micros: f64,
    /// Upstream calls of each.
    pub calls: f64,
    /// Median of the latency, in microseconds.
    pub p50: f64,
    /// What one of a hundred requests exceeds, in microseconds.
    pub p99: f64,
    /// Bytes received for each.
    pub bytes: f64,
    /// Resident memory at the end.
    pub resident_bytes: f64,
}

/// A peer that cannot run here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Skipped {
    /// Which.
    pub peer: String,
    /// Why.
    pub reason: String,
}

/// What was found of Anabranch alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Extras {
    /// From the start of the process to the first answer, in milliseconds.
    pub first_answer_ms: Option<Spread>,
    /// Resident memory after the start, before any request.
    pub idle_bytes: Option<f64>,
    /// Memory under operations that are all different.
    pub operations: Option<DistinctOperations>,
    /// A graph much larger than usual.
    pub large_graph: Option<LargeGraph>,
    /// Latency beside what the upstream takes.
    pub latency: Option<AddedLatency>,
    /// What did not work.
    pub failures: Vec<String>,
}

/// Resident memory while operations come that were never seen before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DistinctOperations {
    /// Operations sent so far and resident bytes then.
    pub samples: Vec<(u64, f64)>,
}

/// A generated graph, checked and served.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LargeGraph {
    /// Object types.
    pub types: usize,
    /// Connectors.
    pub connectors: usize,
    /// Milliseconds of `anabranch check`.
    pub check_ms: f64,
    /// Milliseconds from the start to the first answer.
    pub first_answer_ms: f64,
    /// Resident memory after it.
    pub resident_bytes: f64,
}

/// The gateway's share of the latency while it is half busy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddedLatency {
    /// Connections that make it half busy.
    pub connections: u32,
    /// Share of its processor that was used.
    pub busy: f64,
    /// Median of one upstream call, in microseconds.
    pub upstream_p50: f64,
    /// The slowest of a hundred upstream calls.
    pub upstream_p99: f64,
    /// Calls in sequence that an answer needs.
    pub chain: u32,
    /// Median through the gateway.
    pub p50: f64,
    /// The slowest of a hundred through the gateway.
    pub p99: f64,
}

// === impl Results ===

impl Results {
    /// Reads what `write` wrote.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        serde_json::from_str(&text).map_err(|source| Error::Results { path: path.to_owned(), source })
    }

    /// Writes all of it.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text =
            serde_json::to_string_pretty(self).map_err(|source| Error::Results { path: path.to_owned(), source })?;
        std::fs::write(path, text + "\n").map_err(|source| Error::File { path: path.to_owned(), source })
    }
}

// === impl Cell ===

impl Cell {
    /// The spread of one measure over the rounds, if there are any.
    pub fn spread(&self, measure: impl Fn(&Round) -> f64) -> Option<Spread> {
        spread(self.rounds.iter().map(measure))
    }
}

// === impl AddedLatency ===

impl AddedLatency {
    /// What the gateway adds to the median of its chain of calls.
    pub fn added_p50(&self) -> f64 {
        self.p50 - self.upstream_p50 * f64::from(self.chain)
    }

    /// The slowest of a hundred beside a chain of median calls: all that an upstream call varies counts as added, too.
    pub fn added_p99(&self) -> f64 {
        self.p99 - self.upstream_p50 * f64::from(self.chain)
    }
}
