//! A miss of the plan cache: parsing, validating, planning.

use criterion::Criterion;

use crate::workloads::planning::Planning;

pub(crate) fn planning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    let operations = [
        ("catalog-page", Planning::shop("web", "catalog-page")),
        ("web-home", Planning::shop("web", "web-home")),
        ("mobile-home", Planning::shop("mobile", "mobile-home")),
        ("300-fields", Planning::wide()),
    ];
    for (name, operation) in operations {
        group.bench_function(name, |bencher| bencher.iter(|| operation.run()));
    }
}
