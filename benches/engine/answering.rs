//! Whole operations: with all their calls, from the caches, with many keys, and over the demo shop's services.

use std::sync::Arc;

use anabranch::{
    demo::{self, DemoOptions, SERVICES},
    engine::Engine,
    telemetry::Metrics,
};
use criterion::{BenchmarkId, Criterion, Throughput};
use tokio::runtime::Runtime;

use crate::workloads::{
    answering::{Answering, GREET, POST_USER, POSTS_TITLE, POSTS_USERS, ask, rows},
    compile, root,
};

/// Operations of the demo shop and the clients that ask them.
const OPERATIONS: [(&str, &str); 3] = [("web", "catalog-page"), ("web", "web-home"), ("mobile", "mobile-home")];

pub(crate) fn honest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer, honest");
    let rows = rows(10_000);
    let queries = [
        ("greet", GREET),
        ("posts-title", POSTS_TITLE),
        ("posts-users", POSTS_USERS),
        ("post-user", POST_USER),
        ("rows-10000", &rows),
    ];
    for (name, query) in queries {
        let case = Answering::honest(query);
        group.bench_function(name, |bencher| bencher.iter(|| case.run()));
    }
}

pub(crate) fn cached(criterion: &mut Criterion) {
    let rows = rows(10_000);
    let queries =
        [("posts-title", POSTS_TITLE), ("posts-users", POSTS_USERS), ("post-user", POST_USER), ("rows-10000", &rows)];
    for (mode, set_up) in [("cached", Answering::cached as fn(&str) -> Answering), ("completed", Answering::completed)]
    {
        let mut group = criterion.benchmark_group(format!("answer, {mode}"));
        for (name, query) in queries {
            let case = set_up(query);
            group.bench_function(name, |bencher| bencher.iter(|| case.run()));
        }
    }
}

/// Ten times as many keys should take ten times as long.
pub(crate) fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer, distinct keys");
    for count in [100, 320, 1_000, 3_200, 10_000] {
        let case = Answering::keys(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| bencher.iter(|| case.run()));
    }
}

/// The demo shop's operations against its own services, on the threads of a usual runtime.
pub(crate) fn shop(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let services = runtime.block_on(demo::start(DemoOptions::free_ports())).unwrap();
    let mut text = std::fs::read_to_string(root().join("upstreams.toml")).unwrap();
    for service in SERVICES {
        let base_url = services.base_url(service).unwrap();
        let table = format!("[upstreams.{service}]");
        assert!(text.contains(&table), "upstreams.toml has no {table}");
        text = text.replace(&table, &format!("{table}\nbase_url = \"{base_url}\"\n#"));
    }
    let (config, model) = compile(root(), &text);
    let engine = runtime.block_on(async { Engine::new(model, &config, Arc::new(Metrics::new())).unwrap() });

    let mut group = criterion.benchmark_group("answer, shop");
    for (client, name) in OPERATIONS {
        let document = std::fs::read_to_string(root().join(format!("examples/shop/{name}.graphql"))).unwrap();
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(async || ask(&engine, client, &document).await);
        });
    }
    group.finish();
    runtime.block_on(services.shutdown());
}
