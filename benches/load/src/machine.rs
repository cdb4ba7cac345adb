//! Where a run was made: a number without its machine means nothing.

use std::{path::Path, process::Command, thread::available_parallelism};

use serde::{Deserialize, Serialize};

use crate::process::Cpu;

/// The machine, the day and the programs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Machine {
    /// Day and time, in UTC.
    pub date: String,
    /// Model of the processor.
    pub processor: String,
    /// How many of them the bench sees.
    pub processors: usize,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Version of the kernel.
    pub kernel: String,
    /// The distribution.
    pub system: String,
    /// The commit that was measured.
    pub commit: String,
    /// Names and versions of the tools.
    pub tools: Vec<(String, String)>,
}

/// Who runs where.
#[derive(Debug, Clone, Copy)]
pub struct Placement {
    /// What is measured.
    pub peer: Cpu,
    /// The static upstream and the shop.
    pub upstream: Cpu,
    /// The load generator.
    pub generator: Cpu,
}

/// Looks at this machine.
pub fn look(repository: &Path) -> Machine {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or("");
        line.split_once([':', '=']).map_or("", |(_, value)| value).trim().trim_matches('"').to_owned()
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let kib: u64 = memory.trim_end_matches("kB").trim().parse().unwrap_or_default();
    let tools = [("wrk", "-v"), ("node", "--version"), ("nginx", "-v"), ("rustc", "--version")];
    Machine {
        date: ask("date", &["-u", "+%Y-%m-%d %H:%M"]),
        processor: field(&read("/proc/cpuinfo"), "model name"),
        processors: processors(),
        memory_mib: kib / 1024,
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        system: field(&read("/etc/os-release"), "PRETTY_NAME"),
        commit: ask("git", &["-C", &repository.display().to_string(), "rev-parse", "--short=10", "HEAD"]),
        tools: tools.iter().map(|(tool, option)| ((*tool).to_owned(), ask(tool, &[option]))).collect(),
    }
}

/// One processor for each where there are four; otherwise the upstream and the generator share the second.
pub fn placement() -> Placement {
    match processors() {
        0 | 1 => Placement { peer: Cpu(0), upstream: Cpu(0), generator: Cpu(0) },
        2 | 3 => Placement { peer: Cpu(0), upstream: Cpu(1), generator: Cpu(1) },
        _ => Placement { peer: Cpu(0), upstream: Cpu(1), generator: Cpu(2) },
    }
}

// === impl Placement ===

impl Placement {
    /// In words.
    pub fn describe(&self) -> String {
        let Self { peer, upstream, generator } = self;
        if upstream == generator {
            format!("the peer on processor {}, upstream and load generator on processor {}", peer.0, upstream.0)
        } else {
            format!(
                "the peer on processor {}, the upstream on {}, the load generator on {}",
                peer.0, upstream.0, generator.0
            )
        }
    }
}

fn processors() -> usize {
    available_parallelism().map_or(1, Into::into)
}

/// The first line that a program prints, wherever it prints it.
fn ask(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(arguments).output() else { return "not installed".to_owned() };
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned()
}
