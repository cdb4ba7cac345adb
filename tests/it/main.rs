//! All integration tests, in one binary.

mod diagnostics;
mod execution;
mod golden;
mod layering;
mod reference;
mod testkit;
