//! Which cells there are, in which order, and how long they take.

use std::path::PathBuf;

use super::WARM_UP;
use crate::{
    exchange::Message,
    manifest::{Manifest, Mode, Setup},
    results::Cell,
    workload::{Request, Workload},
    wrk,
};

/// Seconds that a cell takes beside its load: checks, counters, the start of its program.
const BESIDE: f64 = 0.35;
/// Seconds for what is found of Anabranch alone.
const EXTRAS: f64 = 60.0;
/// What a smoke run leaves out: more of the same.
const NOT_QUICK: [&str; 5] = ["keys-320", "keys-1000", "keys-3200", "keys-10000", "posts-users-5ms"];

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
        let quick = options.quick && options.workloads.is_empty() && NOT_QUICK.contains(&workload.name);
        if quick || !wanted(&options.workloads, workload.name) {
            continue;
        }
        for mode in Mode::ALL {
            if !options.modes.is_empty() && !options.modes.contains(&mode) {
                continue;
            }
            for (peer, entry) in manifest.peers.iter().enumerate() {
                let has = |setup: &Setup| setup.workloads.iter().any(|name| name == workload.name);
                if wanted(&options.peers, &entry.name) && entry.modes.get(&mode).is_some_and(has) {
                    tasks.push(Task { peer, mode, workload: index });
                }
            }
        }
    }
    tasks
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
pub(super) fn estimate(options: &Options, tasks: &[Task]) -> String {
    let warm_up = if options.quick { 1 } else { WARM_UP };
    let each = f64::from(options.rounds) * (options.seconds as f64 + BESIDE) + warm_up as f64;
    let minutes = (tasks.len() as f64 * each + EXTRAS) / 60.0;
    format!("{} cells, {} rounds of {} s: about {minutes:.0} min", tasks.len(), options.rounds, options.seconds)
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
