//! The projecting reader beside serde_json, which reads everything into a tree or the wanted fields into a type.

use criterion::{Criterion, Throughput};
use serde::Deserialize;

use crate::workloads::{reading::Reading, upstream};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only read into")]
struct Post<'body> {
    id: u64,
    user_id: u64,
    #[serde(borrow)]
    title: std::borrow::Cow<'body, str>,
}

pub(crate) fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    let posts = upstream::posts();
    let rows = upstream::rows(10_000);
    let cases = [
        ("posts, 3 of 4 fields", Reading::three_of_four(), &posts),
        ("posts, 1 of 4 fields", Reading::one_of_four(), &posts),
        ("10,000 rows, 5 of 6 fields", Reading::many_rows(), &rows),
    ];
    for (name, case, body) in cases {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| case.run()));
    }

    group.throughput(Throughput::Bytes(posts.len() as u64));
    group.bench_function("posts, serde_json into types", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Vec<Post<'_>>>(&posts).unwrap());
    });
    group.bench_function("posts, serde_json into a tree", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde_json::Value>(&posts).unwrap());
    });
}
