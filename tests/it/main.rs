//! All integration tests, in one binary.
#![cfg(test)]

mod diagnostics;
mod examples;
mod execution;
mod golden;
mod layering;
mod plans;
mod reference;
mod specs;
mod testkit;
mod upstream;
