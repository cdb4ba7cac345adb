//! `examples/` and `docs/`: the demo shop, the JSONPlaceholder API run locally by json-server, and what the pages show.
//!
//! Whole answers and exact numbers of calls. Fails, rather than passes over anything, where Node's packages are missing.

mod documentation;
mod jsonplaceholder;
mod mapping;
mod shop;

use std::path::Path;

use crate::testkit::{Gateway, compiled};

/// A gateway of a configuration as text, which must be without any complaint.
fn gateway(folder: &Path, toml: &str) -> Gateway {
    let (config, model, complaints) = compiled(folder, toml);
    assert!(complaints.is_empty(), "{complaints:#?}");
    Gateway::of(model, &config)
}
