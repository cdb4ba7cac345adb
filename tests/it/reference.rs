//! The generated files are those in the repository.

use std::{collections::BTreeSet, path::Path};

use crate::golden;

fn check(path: &str, actual: &str) {
    if let Err(difference) = golden::compare(Path::new(path), actual) {
        panic!("{difference}");
    }
}

#[test]
fn the_configuration_reference_is_up_to_date() {
    check("docs/configuration.md", &anabranch::config::reference());
}

#[test]
fn the_json_schema_of_the_configuration_is_up_to_date() {
    check(".anabranch/upstreams.schema.json", &anabranch::config::json_schema());
}

#[test]
fn the_definitions_of_directives_are_up_to_date() {
    check(".anabranch/graph-directives.graphql", &anabranch::model::graph_definitions());
    check(".anabranch/view-directives.graphql", &anabranch::model::view_definitions());
}

/// Both ways: nothing that is measured is missing there, and nothing there is missing.
#[test]
fn the_page_of_operations_names_all_metrics() {
    let read = |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut counter = false;
    let mut measured = BTreeSet::new();
    for line in read("src/telemetry/names.rs").lines() {
        if line.starts_with("///") {
            counter = line.starts_with("/// Counter");
        } else if let Some(name) = line.split('"').nth(1) {
            measured.insert(format!("{name}{}", if counter { "_total" } else { "" }));
        }
    }
    assert!(measured.contains("anabranch_polls_total") && measured.contains("anabranch_pollers"), "{measured:?}");
    let page = read("docs/operations.md");
    let rows = page.lines().filter(|line| line.starts_with("| `anabranch_"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let told: BTreeSet<String> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    assert_eq!(told, measured);
}
