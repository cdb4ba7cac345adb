//! All integration tests, in one binary.

mod diagnostics;
mod golden;
mod layering;
mod reference;
