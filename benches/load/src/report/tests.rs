//! Small results, rendered.

use serde_json::Value;

use super::{chart, failures, markdown, summary, svg};
use crate::{
    machine::Machine,
    manifest::Mode,
    results::{Cell, Extras, Results, Round, Settings, Skipped, WorkloadFacts},
};

fn cell(peer: &str, cpu: [f64; 3], limit: bool) -> Cell {
    let round = |cpu_micros| Round {
        rate: 1e6 / cpu_micros,
        cpu_micros,
        calls: 2.0,
        p50: 900.0,
        p99: 1_500.0,
        bytes: 17_500.0,
        resident_bytes: 20_971_520.0,
    };
    Cell {
        peer: peer.to_owned(),
        version: "1.0".to_owned(),
        limit,
        mode: Mode::Honest,
        workload: "posts-users".to_owned(),
        note: Some("as documented".to_owned()),
        rounds: cpu.map(round).to_vec(),
        alone: None,
        failure: None,
    }
}

fn results() -> Results {
    let failed = Cell {
        failure: Some("12 timeouts".to_owned()),
        rounds: Vec::new(),
        ..cell("stumbler", [1.0, 1.0, 1.0], false)
    };
    Results {
        machine: Machine { processor: "A <fast> one".to_owned(), processors: 2, ..Machine::default() },
        settings: Settings { rounds: 3, seconds: 3, quick: false, placement: "apart".to_owned() },
        ceilings: Vec::new(),
        workloads: vec![WorkloadFacts {
            name: "posts-users".to_owned(),
            title: "100 posts".to_owned(),
            query: "{ posts { id } }".to_owned(),
            variables: Value::Null,
            requests: 1,
            connections: 50,
            delay_ms: 0,
        }],
        cells: vec![
            cell("peer", [510.0, 500.0, 490.0], false),
            failed,
            cell("fixed", [7.0, 8.0, 9.0], true),
            cell("anabranch", [50.0, 52.0, 48.0], false),
        ],
        skipped: vec![Skipped { peer: "old".to_owned(), reason: "too old".to_owned() }],
        extras: Extras::default(),
    }
}

#[test]
fn tables_order_peers_by_cost_and_compare_them_with_ours() {
    let report = markdown::report(&results());
    let rows: Vec<&str> = report
        .lines()
        .skip_while(|line| !line.starts_with("| peer"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(
        rows,
        [
            "| **anabranch** | 50.0 µs | 48.0 µs to 52.0 µs | 1.00× | 20,000 | 900 µs | 1.50 ms |  | 2.00 | 20.0 MiB |",
            "| peer | 500 µs | 490 µs to 510 µs | 10.0× | 2,000 | 900 µs | 1.50 ms |  | 2.00 | 20.0 MiB |",
            "| stumbler | **failed** | | | | | | | | |",
            "| *fixed* (limit) | 8.00 µs | 7.00 µs to 9.00 µs | 0.16× | 125,000 | 900 µs | 1.50 ms |  | 2.00 | 20.0 MiB |",
        ]
    );
    assert!(report.contains("* **old**: too old"), "{report}");
    assert!(report.contains("```graphql\n{ posts { id } }\n```"), "{report}");
}

#[test]
fn failures_are_told_loudly() {
    assert_eq!(failures(&results()), ["stumbler honest posts-users: 12 timeouts"]);
    assert!(markdown::report(&results()).contains("**Not everything worked:**"));
}

#[test]
fn summaries_have_a_row_for_each_peer_ours_first() {
    let summary = summary::markdown(&results());
    let rows: Vec<&str> = summary.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(
        rows,
        [
            "| | `posts-users` |",
            "| **anabranch** | 50.0 µs<br>2.00 calls |",
            "| peer | 500 µs (10.0×)<br>2.00 calls |",
            "| stumbler | failed |",
            "| fixed | 8.00 µs (0.16×)<br>2.00 calls |",
        ]
    );
}

#[test]
fn pictures_have_a_bar_and_whiskers_for_each_peer_that_did_not_fail() {
    let results = results();
    let picture = svg::render(&chart::of_mode(&results, Mode::Honest));
    assert_eq!(picture.matches("<rect ").count(), 3);
    assert_eq!(picture.matches(r#"<path class="whisker""#).count(), 3);
    assert!(picture.contains("A &lt;fast&gt; one"));
    assert!(picture.contains("prefers-color-scheme: dark"));
    assert!(chart::of_mode(&results, Mode::Cached).groups.is_empty());
}
