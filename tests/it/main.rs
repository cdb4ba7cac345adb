//! All integration tests, in one binary.
#![cfg(test)]

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod diagnostics;
mod examples;
mod execution;
mod golden;
mod layering;
mod plans;
mod reference;
mod testkit;
mod upstream;
