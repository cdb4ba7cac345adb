//! Which cells there are, in which order, and how long they take.

use std::path::PathBuf;

use super::WARM_UP;
use crate::{
    exchange::Message,
    manifest::{Manifest, Mode, Setup},
    results::Cell,
    workload::{Request, Upstream, Workload},
    wrk,
};

/// Seconds that a cell takes beside its load: checks, counters, the start of its program.
const BESIDE: f64 = 0.3;
/// Seconds for what is found of Anabranch alone.
const EXTRAS: f64 = 60.0;
/// What every peer is measured with in every mode, for the full time; the rest gets two thirds of it.
const MAIN: [&str; 4] = ["posts-users", "posts-title", "post-user", "greet"];
/// What shows how Anabranch's cost grows, and is no comparison.
const GROWTH: [&str; 4] = ["keys-100", "keys-320", "keys-3200", "keys-10000"];
/// What a smoke run compares.
const SMOKE: [&str; 2] = ["posts-users", "post-user"];

/// What to run, and with what.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only these peers, if any are named.
    pub peers: Vec<String>,
    /// Only these workloads, if any are named.
    pub workloads: Vec<String>,
    /// Only these modes, if any are named.
    pub modes: Vec<Mode>,
    /// Counted runs of each cell.
    pub rounds: u32,
    /// Seconds of each.
    pub seconds: u64,
    /// Whether all cells are measured that the manifest has.
    pub all: bool,
    /// Whether this is a smoke run.
    pub quick: bool,
    /// Whether peers are installed first.
    pub install: bool,
    /// Where results, report and logs go.
    pub out: PathBuf,
    /// `benches/load`.
    pub folder: PathBuf,
    /// The gateway's program.
    pub gateway: PathBuf,
    /// The target folder of this workspace.
    pub target: PathBuf,
}

/// One cell: indices into the manifest and the workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Which peer.
    pub peer: usize,
    /// In which mode.
    pub mode: Mode,
    /// With which workload.
    pub workload: usize,
}

/// All cells that were asked for, by workload, then mode, then peer.
pub(super) fn tasks(options: &Options, manifest: &Manifest, workloads: &[Workload]) -> Vec<Task> {
    let wanted = |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one == name);
    let mut tasks = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        if !wanted(&options.workloads, workload.name) {
            continue;
        }
        for mode in Mode::ALL {
            if !options.modes.is_empty() && !options.modes.contains(&mode) {
                continue;
            }
            for (peer, entry) in manifest.peers.iter().enumerate() {
                let has = |setup: &Setup| setup.workloads.iter().any(|name| name == workload.name);
                let usual = options.all || !options.workloads.is_empty() || usual(options, workload, mode, &entry.name);
                if usual && wanted(&options.peers, &entry.name) && entry.modes.get(&mode).is_some_and(has) {
                    tasks.push(Task { peer, mode, workload: index });
                }
            }
        }
    }
    tasks
}

/// Whether a cell is measured where nothing else is asked for: all of them would take an hour.
fn usual(options: &Options, workload: &Workload, mode: Mode, peer: &str) -> bool {
    let name = workload.name;
    let ours = peer == "anabranch";
    if options.quick && !SMOKE.contains(&name) {
        return ours && mode == Mode::Honest;
    }
    match (MAIN.contains(&name), workload.upstream) {
        _ if GROWTH.contains(&name) => ours && mode == Mode::Honest,
        (true, _) => name != "greet" || mode == Mode::Honest,
        (false, Upstream::Shop) => true,
        (false, Upstream::Static) => mode == Mode::Honest,
    }
}

/// Seconds of a counted run and of the load before the first.
pub(super) fn seconds(options: &Options, workload: &str) -> (u64, u64) {
    match (options.quick, MAIN.contains(&workload)) {
        (true, _) => (options.seconds, 0),
        (false, true) => (options.seconds, WARM_UP),
        (false, false) => ((options.seconds * 2).div_ceil(3), WARM_UP / 2),
    }
}

/// The cells of one round: workload after workload, each mode beginning with another peer than in the round before.
pub(super) fn order(tasks: &[Task], round: u32) -> Vec<usize> {
    let mut order = Vec::with_capacity(tasks.len());
    let mut from = 0;
    while let Some(first) = tasks.get(from) {
        let group = |task: &&Task| task.workload == first.workload && task.mode == first.mode;
        let count = tasks[from..].iter().take_while(group).count();
        order.extend((0..count).map(|at| from + (at + round as usize) % count));
        from += count;
    }
    order
}

/// How much there is to do.
pub(super) fn estimate(options: &Options, tasks: &[Task], workloads: &[Workload]) -> String {
    let each = tasks.iter().map(|task| {
        let (counted, warm_up) = seconds(options, workloads[task.workload].name);
        f64::from(options.rounds) * (counted as f64 + BESIDE) + warm_up as f64
    });
    let minutes = (each.sum::<f64>() + EXTRAS) / 60.0;
    format!(
        "{} cells, {} rounds of {} s: about {minutes:.0} min on a quiet machine",
        tasks.len(),
        options.rounds,
        options.seconds
    )
}

/// A cell that has nothing yet.
pub(super) fn cell(task: &Task, manifest: &Manifest, workloads: &[Workload]) -> Cell {
    let peer = &manifest.peers[task.peer];
    Cell {
        peer: peer.name.clone(),
        version: peer.version.clone(),
        limit: peer.limit,
        mode: task.mode,
        workload: workloads[task.workload].name.to_owned(),
        note: peer.modes[&task.mode].note.clone(),
        rounds: Vec::new(),
        alone: None,
        failure: None,
    }
}

/// What is sent to a peer for a request.
pub(super) fn message(setup: &Setup, workload: &Workload, request: &Request) -> Message {
    let path = setup.path.replace("{workload}", workload.name).replace("{client}", request.client.unwrap_or(""));
    let mut message = match &setup.get {
        Some(path) => Message::get(path),
        None => Message::post(&path, request.body()),
    };
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    message.headers.extend(headers);
    if setup.unique_credentials {
        message.headers.push(("authorization".to_owned(), format!("Bearer {}", wrk::UNIQUE)));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{Mode, Task, order};

    #[test]
    fn each_round_begins_with_another_peer() {
        let task = |peer, workload| Task { peer, mode: Mode::Honest, workload };
        let tasks = [task(0, 0), task(1, 0), task(2, 0), task(0, 1), task(1, 1)];
        assert_eq!(order(&tasks, 0), [0, 1, 2, 3, 4]);
        assert_eq!(order(&tasks, 1), [1, 2, 0, 4, 3]);
        assert_eq!(order(&tasks, 2), [2, 0, 1, 3, 4]);
    }
}
