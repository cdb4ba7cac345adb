//! The generated files are those in the repository.

use std::path::Path;

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
