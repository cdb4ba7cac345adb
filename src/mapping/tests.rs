//! Tests of the mapping language. `language` has tables of mappings and results, `differential` compares the two ways to run one.

pub(super) mod differential;
mod language;
mod mistakes;
mod programs;
mod templates;
mod versions;
