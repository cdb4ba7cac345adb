//! All integration tests, in one binary.

mod diagnostics;
mod golden;
mod reference;
