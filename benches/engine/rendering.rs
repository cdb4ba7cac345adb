//! Requests from templates and values.

use criterion::Criterion;

use crate::workloads::rendering::Rendering;

pub(crate) fn rendering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    for (name, case) in [("path", Rendering::path()), ("search", Rendering::search()), ("batch", Rendering::batch())] {
        group.bench_function(name, |bencher| bencher.iter(|| case.run()));
    }
}
