//! The generated manual is the one in the repository.

use std::path::Path;

use crate::golden;

#[test]
fn the_configuration_reference_is_up_to_date() {
    let result = golden::compare(Path::new("docs/configuration.md"), &anabranch::config::reference());
    if let Err(difference) = result {
        panic!("{difference}");
    }
}
