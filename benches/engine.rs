//! How long the engine's work takes, topic by topic.
//!
//! `cargo bench --bench engine` measures; `cargo test --benches` runs each once. What must not become slower is counted
//! by `instructions`: times are noisy.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has to stop")]

#[path = "engine/answering.rs"]
mod answering;
#[path = "engine/planning.rs"]
mod planning;
#[path = "engine/reading.rs"]
mod reading;
#[path = "engine/rendering.rs"]
mod rendering;
mod workloads;

use criterion::{criterion_group, criterion_main};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion_group!(
    benches,
    planning::planning,
    reading::reading,
    rendering::rendering,
    answering::honest,
    answering::cached,
    answering::keys,
    answering::shop
);
criterion_main!(benches);
