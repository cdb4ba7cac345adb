//! From results to what people read: a report, tables for the README, and a picture for each mode.

mod chart;
mod markdown;
mod numbers;
mod summary;
mod svg;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::{
    error::{Error, Result},
    manifest::Mode,
    results::{Cell, Results},
};

pub use summary::console;

/// The peer that others are compared with.
const OURS: &str = "anabranch";

/// Writes `report.md`, `summary.md` and a picture for each mode that has cells.
pub fn write(results: &Results, folder: &Path) -> Result<()> {
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|source| Error::File { path, source })
    };
    std::fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
    write("report.md", markdown::report(results))?;
    write("summary.md", summary::markdown(results))?;
    for mode in Mode::ALL {
        let chart = chart::of_mode(results, mode);
        if !chart.groups.is_empty() {
            write(&format!("{}.svg", mode.name()), svg::render(&chart))?;
        }
    }
    Ok(())
}

/// What did not work, a line for each.
pub fn failures(results: &Results) -> Vec<String> {
    let cells = results.cells.iter().filter_map(|cell| {
        let failure = cell.failure.as_ref()?;
        Some(format!("{} {} {}: {failure}", cell.peer, cell.mode.name(), cell.workload))
    });
    cells.chain(results.extras.failures.iter().cloned()).collect()
}

/// The cells of one workload in one mode, the cheapest first and limits last.
fn cells<'a>(results: &'a Results, workload: &str, mode: Mode) -> Vec<&'a Cell> {
    let mut cells: Vec<&Cell> =
        results.cells.iter().filter(|cell| cell.workload == workload && cell.mode == mode).collect();
    cells.sort_by(|one, other| {
        let key = |cell: &Cell| (cell.limit, cost(cell).unwrap_or(f64::INFINITY));
        let (one, other) = (key(one), key(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    cells
}

/// The median of processor time for each request, of a cell that did not fail.
fn cost(cell: &Cell) -> Option<f64> {
    cell.failure.is_none().then(|| cell.spread(|round| round.cpu_micros)).flatten().map(|spread| spread.median)
}

/// How many times the cost of Anabranch a cell has.
fn ratio(results: &Results, cell: &Cell) -> Option<f64> {
    let ours = |other: &&Cell| other.peer == OURS && other.mode == cell.mode && other.workload == cell.workload;
    let ours = cost(results.cells.iter().find(ours)?).filter(|cost| *cost > 0.0)?;
    Some(cost(cell)? / ours)
}
