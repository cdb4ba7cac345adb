//! What a picture shows of the results: one mode, the workloads that several peers ran.

use super::{
    OURS, cells,
    markdown::meaning,
    numbers::{calls, time},
};
use crate::{
    manifest::Mode,
    results::{Cell, Results},
    statistics::Spread,
};

/// What pictures show, in this order.
const PICTURED: [&str; 7] =
    ["posts-users", "posts-title", "post-user", "greet", "rotation-50", "rows-10000", "keys-1000"];

/// Bars in groups.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chart {
    /// What is shown.
    pub(super) title: String,
    /// How to read it.
    pub(super) caption: String,
    /// Where it was measured.
    pub(super) source: String,
    /// One for each workload.
    pub(super) groups: Vec<Group>,
}

/// The bars of one workload.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// Its name and what it is.
    pub(super) title: String,
    /// The shortest first.
    pub(super) bars: Vec<Bar>,
}

/// One peer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    /// Its name.
    pub(super) label: String,
    /// The text at its end.
    pub(super) value: String,
    /// Its length and whiskers, in microseconds.
    pub(super) spread: Spread,
    /// How it looks.
    pub(super) kind: Kind,
}

/// Who a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anabranch.
    Ours,
    /// A peer.
    Peer,
    /// What is no GraphQL server.
    Limit,
}

/// The picture of a mode; without groups where it has nothing to compare.
pub(super) fn of_mode(results: &Results, mode: Mode) -> Chart {
    let groups = PICTURED.iter().filter_map(|name| {
        let facts = results.workloads.iter().find(|workload| workload.name == *name)?;
        let bars: Vec<Bar> = cells(results, name, mode).into_iter().filter_map(bar).collect();
        let title = match facts.requests {
            1 if facts.query.len() < 80 => format!("{name}:  {}", facts.query),
            _ => format!("{name}:  {}", facts.title),
        };
        (bars.len() > 1).then_some(Group { title, bars })
    });
    let machine = &results.machine;
    Chart {
        title: format!("Processor time for each request, {}: {}", mode.name(), meaning(mode)),
        caption: "medians, from the smallest to the largest round; logarithmic; shorter is better".to_owned(),
        source: format!("{}, {}; {}", machine.processor, machine.system, machine.date),
        groups: groups.collect(),
    }
}

fn bar(cell: &Cell) -> Option<Bar> {
    let spread = cell.spread(|round| round.cpu_micros).filter(|_| cell.failure.is_none())?;
    let calls = calls(cell.spread(|round| round.calls)?.median);
    Some(Bar {
        label: cell.peer.clone(),
        value: format!("{}, {calls} calls", time(spread.median)),
        spread,
        kind: match cell.peer.as_str() {
            OURS => Kind::Ours,
            _ if cell.limit => Kind::Limit,
            _ => Kind::Peer,
        },
    })
}
