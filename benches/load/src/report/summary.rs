//! The tables that a README can show, and what the command prints in the end.

use std::fmt::Write;

use super::{
    OURS, cells, cost,
    markdown::meaning,
    numbers::{calls, time, times},
    ratio,
};
use crate::{
    manifest::Mode,
    results::{Cell, Results},
};

/// What a summary shows, in this order.
const SHOWN: [&str; 6] = ["posts-users", "posts-title", "post-user", "greet", "rotation-50", "rows-10000"];

/// A table for each mode: peers by workloads, the processor time and how many times Anabranch's it is.
pub(super) fn markdown(results: &Results) -> String {
    let machine = &results.machine;
    let mut text =
        String::from("Processor time for each request (× Anabranch's), upstream calls for each request.\n\n");
    for mode in Mode::ALL {
        let workloads: Vec<&str> =
            SHOWN.into_iter().filter(|workload| !cells(results, workload, mode).is_empty()).collect();
        if workloads.is_empty() {
            continue;
        }
        // Writing to a string cannot fail, here and below.
        writeln!(text, "**{}**: {}\n", mode.name(), meaning(mode)).ok();
        let heads: Vec<String> = workloads.iter().map(|workload| format!("`{workload}`")).collect();
        writeln!(text, "| | {} |\n|---|{}", heads.join(" | "), "--:|".repeat(heads.len())).ok();
        for peer in peers(results, mode, &workloads) {
            let columns: Vec<String> = workloads
                .iter()
                .map(|workload| {
                    let cell = cells(results, workload, mode).into_iter().find(|cell| cell.peer == peer);
                    cell.map_or_else(|| "–".to_owned(), |cell| column(results, cell))
                })
                .collect();
            let name = if peer == OURS { format!("**{peer}**") } else { peer.to_owned() };
            writeln!(text, "| {name} | {} |", columns.join(" | ")).ok();
        }
        text.push('\n');
    }
    for skipped in &results.skipped {
        writeln!(text, "{} did not run on this machine: {}\n", skipped.peer, skipped.reason).ok();
    }
    writeln!(
        text,
        "{}, {} processors, {}, kernel {}; {}. {} runs of {} s for each cell, interleaved; medians. `scripts/bench-load`",
        machine.processor,
        machine.processors,
        machine.system,
        machine.kernel,
        machine.date,
        results.settings.rounds,
        results.settings.seconds
    )
    .ok();
    text
}

/// Processor times of each workload in each mode, in plain text.
pub fn console(results: &Results) -> String {
    let mut text = String::new();
    for mode in Mode::ALL {
        for workload in &results.workloads {
            let cells = cells(results, &workload.name, mode);
            if cells.is_empty() {
                continue;
            }
            writeln!(text, "{} {}", workload.name, mode.name()).ok();
            for cell in cells {
                let cost = cost(cell).map_or_else(|| "failed".to_owned(), time);
                let ratio = ratio(results, cell).map_or_else(String::new, times);
                let limit = if cell.limit { " (limit)" } else { "" };
                writeln!(text, "  {:<32} {cost:>10} {ratio:>8}", format!("{}{limit}", cell.peer)).ok();
            }
        }
    }
    text
}

/// Ours first, then the others as the first workload orders them, limits last.
fn peers<'a>(results: &'a Results, mode: Mode, workloads: &[&str]) -> Vec<&'a str> {
    let mut peers: Vec<(bool, &str)> = Vec::new();
    for workload in workloads {
        for cell in cells(results, workload, mode) {
            if !peers.iter().any(|(_, peer)| *peer == cell.peer) {
                peers.push((cell.limit, &cell.peer));
            }
        }
    }
    peers.sort_by_key(|(limit, peer)| (*peer != OURS, *limit));
    peers.into_iter().map(|(_, peer)| peer).collect()
}

fn column(results: &Results, cell: &Cell) -> String {
    let Some(cost) = cost(cell) else { return "failed".to_owned() };
    let calls = calls(cell.spread(|round| round.calls).map_or(0.0, |spread| spread.median));
    match ratio(results, cell).filter(|_| cell.peer != OURS) {
        Some(ratio) => format!("{} ({})<br>{calls} calls", time(cost), times(ratio)),
        None => format!("{}<br>{calls} calls", time(cost)),
    }
}
