//! How many instructions the engine's work takes: the same in each run, so that CI can tell when it becomes more.
//!
//! `scripts/instructions` runs it under Valgrind and compares with `limits.toml`.

mod workloads;

use std::hint::black_box;

use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use workloads::{
    answering::{Answering, GREET, POST_USER, POSTS_TITLE, POSTS_USERS, rows},
    planning::Planning,
    reading::Reading,
    rendering::Rendering,
};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Each function gives its case back, so that what it costs to drop one is not counted.

#[library_benchmark]
#[bench::catalog_page(Planning::shop("web", "catalog-page"))]
#[bench::web_home(Planning::shop("web", "web-home"))]
#[bench::mobile_home(Planning::shop("mobile", "mobile-home"))]
#[bench::fields_300(Planning::wide())]
fn plan(case: Planning) -> Planning {
    black_box(case.run());
    case
}

#[library_benchmark]
#[bench::posts_3_of_4(Reading::three_of_four())]
#[bench::posts_1_of_4(Reading::one_of_four())]
#[bench::rows_10000(Reading::many_rows())]
fn read(case: Reading) -> Reading {
    black_box(case.run());
    case
}

#[library_benchmark]
#[bench::path(Rendering::path())]
#[bench::search(Rendering::search())]
#[bench::batch(Rendering::batch())]
fn render(case: Rendering) -> Rendering {
    black_box(case.run());
    case
}

#[library_benchmark]
#[bench::greet(Answering::honest(GREET))]
#[bench::posts_title(Answering::honest(POSTS_TITLE))]
#[bench::posts_users(Answering::honest(POSTS_USERS))]
#[bench::post_user(Answering::honest(POST_USER))]
#[bench::rows_10000(Answering::honest(&rows(10_000)))]
#[bench::keys_100(Answering::keys(100))]
#[bench::keys_1000(Answering::keys(1_000))]
#[bench::keys_10000(Answering::keys(10_000))]
fn honest(case: Answering) -> Answering {
    black_box(case.run());
    case
}

#[library_benchmark]
#[bench::posts_title(Answering::cached(POSTS_TITLE))]
#[bench::posts_users(Answering::cached(POSTS_USERS))]
#[bench::post_user(Answering::cached(POST_USER))]
#[bench::rows_10000(Answering::cached(&rows(10_000)))]
fn cached(case: Answering) -> Answering {
    black_box(case.run());
    case
}

#[library_benchmark]
#[bench::posts_title(Answering::completed(POSTS_TITLE))]
#[bench::posts_users(Answering::completed(POSTS_USERS))]
#[bench::rows_10000(Answering::completed(&rows(10_000)))]
fn completed(case: Answering) -> Answering {
    black_box(case.run());
    case
}

library_benchmark_group!(name = engine, benchmarks = [plan, read, render, honest, completed, cached]);

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = engine
);
