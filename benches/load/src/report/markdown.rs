//! The report: a table for each workload in each mode, and everything that is needed to judge it.

use std::fmt::Write;

use super::{
    OURS, cells, failures,
    numbers::{calls, count, memory, time, times},
    ratio,
};
use crate::{
    manifest::Mode,
    results::{Cell, Extras, Results, WorkloadFacts},
};

/// The whole report.
pub(super) fn report(results: &Results) -> String {
    let mut text = String::from("# Load bench: results\n\n");
    if results.settings.quick {
        text.push_str("**A smoke run: one short round. Its numbers mean nothing.**\n\n");
    }
    let failures = failures(results);
    if !failures.is_empty() {
        text.push_str("**Not everything worked:**\n\n");
        text.extend(failures.iter().map(|failure| format!("* {failure}\n")));
        text.push('\n');
    }
    text.push_str(&machine(results));
    text.push_str(&ceilings(results));
    text.push_str(&skipped(results));
    for mode in Mode::ALL {
        if results.cells.iter().any(|cell| cell.mode == mode) {
            text.push_str(&format!("## Mode {}: {}\n\n", mode.name(), meaning(mode)));
            for workload in &results.workloads {
                text.push_str(&table(results, workload, mode));
            }
            text.push_str(&keys(results, mode));
        }
    }
    text.push_str(&alone(&results.extras));
    text.push_str(&configurations(results));
    text.push_str(&queries(results));
    text
}

/// What a mode allows, in a few words.
pub(super) fn meaning(mode: Mode) -> &'static str {
    match mode {
        Mode::Honest => "nothing is shared between requests",
        Mode::InFlight => "what is under way may be shared, nothing is kept",
        Mode::Cached => "what the upstream calls fresh may be kept",
    }
}

fn machine(results: &Results) -> String {
    let machine = &results.machine;
    let settings = &results.settings;
    let mut rows = vec![
        ("date", format!("{} UTC", machine.date)),
        ("processor", format!("{}, {} of them", machine.processor, machine.processors)),
        ("memory", format!("{} MiB", count(machine.memory_mib as f64))),
        ("system", format!("{}, kernel {}", machine.system, machine.kernel)),
        ("commit", format!("`{}`", machine.commit)),
        ("placement", settings.placement.clone()),
        ("runs", format!("{} of {} s for each cell, interleaved; medians", settings.rounds, settings.seconds)),
    ];
    rows.extend(machine.tools.iter().map(|(tool, version)| (tool.as_str(), version.clone())));
    let rows: String = rows.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!(
        "| | |\n|---|---|\n{rows}\n\
         *Processor time* is what all processes of the peer used, in user and kernel code, divided by the answered \
         requests. *×* compares it with Anabranch's. *Calls* are upstream calls for each request. *Alone* is the median \
         latency with one connection. Ranges are the smallest and the largest round.\n\n"
    )
}

fn ceilings(results: &Results) -> String {
    let mut text = String::from(
        "## The upstream alone\n\nThe load generator against the static upstream itself, on the processors that both \
         have in the runs.\n\n| request | requests/s | its processor time |\n|---|--:|--:|\n",
    );
    for ceiling in &results.ceilings {
        // Writing to a string cannot fail, here and below.
        writeln!(text, "| `GET {}` | {} | {} |", ceiling.path, count(ceiling.rate), time(ceiling.cpu_micros)).ok();
    }
    text + "\n"
}

fn skipped(results: &Results) -> String {
    if results.skipped.is_empty() {
        return String::new();
    }
    let lines: String = results.skipped.iter().map(|peer| format!("* **{}**: {}\n", peer.peer, peer.reason)).collect();
    format!("## Not run on this machine\n\n{lines}\n")
}

fn table(results: &Results, workload: &WorkloadFacts, mode: Mode) -> String {
    let cells = cells(results, &workload.name, mode);
    if cells.is_empty() {
        return String::new();
    }
    let mut text = format!("### {}, {}\n\n{}; ", workload.name, mode.name(), workload.title);
    let connections = if workload.connections == 1 { "connection" } else { "connections" };
    writeln!(text, "{} {connections}.\n", workload.connections).ok();
    text.push_str("| peer | processor time | | × | requests/s | p50 | p99 | alone | calls | memory |\n");
    text.push_str("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for cell in cells {
        text.push_str(&row(results, cell));
    }
    text + "\n"
}

fn row(results: &Results, cell: &Cell) -> String {
    let name = match cell.peer.as_str() {
        OURS => format!("**{OURS}**"),
        name if cell.limit => format!("*{name}* (limit)"),
        name => name.to_owned(),
    };
    let median = |measure: fn(&crate::results::Round) -> f64| cell.spread(measure).map_or(0.0, |spread| spread.median);
    let Some(cost) = cell.spread(|round| round.cpu_micros).filter(|_| cell.failure.is_none()) else {
        return format!("| {name} | **failed** | | | | | | | | |\n");
    };
    let columns = [
        name,
        time(cost.median),
        format!("{} to {}", time(cost.min), time(cost.max)),
        ratio(results, cell).map_or_else(String::new, times),
        count(median(|round| round.rate)),
        time(median(|round| round.p50)),
        time(median(|round| round.p99)),
        cell.alone.as_ref().map_or_else(String::new, |alone| time(alone.p50)),
        calls(median(|round| round.calls)),
        memory(median(|round| round.resident_bytes)),
    ];
    format!("| {} |\n", columns.join(" | "))
}

/// How the cost of a batch grows with its keys.
fn keys(results: &Results, mode: Mode) -> String {
    let sizes: Vec<(&str, f64)> = results
        .workloads
        .iter()
        .filter_map(|workload| Some((workload.name.as_str(), workload.name.strip_prefix("keys-")?.parse().ok()?)))
        .collect();
    let mut peers: Vec<&str> = Vec::new();
    for cell in results.cells.iter().filter(|cell| cell.mode == mode && cell.workload.starts_with("keys-")) {
        if !peers.contains(&cell.peer.as_str()) {
            peers.push(&cell.peer);
        }
    }
    if peers.is_empty() || sizes.len() < 2 {
        return String::new();
    }
    let mut text = format!("### Processor time for each key, {}\n\n| peer |", mode.name());
    text.extend(sizes.iter().map(|(_, size)| format!(" {} keys |", count(*size))));
    text.push_str("\n|---|");
    text.extend(sizes.iter().map(|_| "--:|"));
    text.push('\n');
    for peer in peers {
        write!(text, "| {peer} |").ok();
        for (workload, size) in &sizes {
            let cell = cells(results, workload, mode).into_iter().find(|cell| cell.peer == peer);
            let cost = cell.and_then(super::cost).map_or_else(String::new, |cost| time(cost / size));
            write!(text, " {cost} |").ok();
        }
        text.push('\n');
    }
    text + "\n"
}

fn alone(extras: &Extras) -> String {
    let mut rows = Vec::new();
    if let Some(start) = extras.first_answer_ms {
        let range = format!("{:.0} to {:.0} ms", start.min, start.max);
        rows.push(("first answer after the start", format!("{:.0} ms ({range})", start.median)));
    }
    if let Some(idle) = extras.idle_bytes {
        rows.push(("memory before any request", memory(idle)));
    }
    if let Some((first, last)) =
        extras.operations.as_ref().and_then(|found| Some((found.samples.first()?, found.samples.last()?)))
    {
        let half = extras.operations.as_ref().map_or(0.0, |found| found.samples[found.samples.len() / 2].1);
        let found =
            format!("{} before, {} after half of them, {} after all", memory(first.1), memory(half), memory(last.1));
        rows.push(("memory under different operations", format!("{found}: {} operations", count(last.0 as f64))));
    }
    if let Some(graph) = &extras.large_graph {
        let found = format!(
            "checked in {:.0} ms, first answer after {:.0} ms, {}",
            graph.check_ms,
            graph.first_answer_ms,
            memory(graph.resident_bytes)
        );
        rows.push(("2,000 types, 3,000 connectors", found));
    }
    if let Some(latency) = &extras.latency {
        let found = format!(
            "{} at the median, {} at p99 over {} upstream calls of {} (p99 {}), one after the other, with {} connections",
            time(latency.added_p50()),
            time(latency.added_p99()),
            latency.chain,
            time(latency.upstream_p50),
            time(latency.upstream_p99),
            latency.connections
        );
        rows.push(("added latency", format!("{found} ({:.0} % of its processor)", latency.busy * 100.0)));
    }
    if rows.is_empty() {
        return String::new();
    }
    let rows: String = rows.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!("## Anabranch alone\n\n| | |\n|---|---|\n{rows}\n")
}

fn configurations(results: &Results) -> String {
    let mut lines: Vec<String> = Vec::new();
    for cell in &results.cells {
        let note = cell.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        let line = format!("* **{}** {}, {}{note}\n", cell.peer, cell.version, cell.mode.name());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.sort();
    format!("## Versions and settings\n\n{}\n", lines.concat())
}

fn queries(results: &Results) -> String {
    let mut text = String::from("## Queries\n");
    for workload in &results.workloads {
        if !results.cells.iter().any(|cell| cell.workload == workload.name) {
            continue;
        }
        let several = match workload.requests {
            1 => String::new(),
            count => format!(" (the first of {count})"),
        };
        write!(text, "\n### {}{several}\n\n```graphql\n{}\n```\n", workload.name, workload.query.trim()).ok();
        if !workload.variables.is_null() {
            write!(text, "\nVariables: `{}`\n", workload.variables).ok();
        }
    }
    text
}
