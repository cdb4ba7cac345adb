//! Counts of requests for each endpoint, so that a test can tell how many calls an operation made.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
    routing::MethodRouter,
};

/// How often each endpoint was called. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// By service and endpoint. Only registered endpoints occur, so this cannot grow.
    counts: Arc<Mutex<BTreeMap<(&'static str, &'static str), u64>>>,
}

// === impl Calls ===

impl Calls {
    /// All calls of all services.
    pub fn total(&self) -> u64 {
        self.lock().values().sum()
    }

    /// All calls of one service, such as `catalog`.
    pub fn of(&self, service: &str) -> u64 {
        self.lock().iter().filter(|(key, _)| key.0 == service).map(|(_, count)| count).sum()
    }

    /// All endpoints that were called, such as `catalog GET /products`, with their counts.
    pub fn endpoints(&self) -> BTreeMap<String, u64> {
        self.lock().iter().map(|((service, endpoint), count)| (format!("{service} {endpoint}"), *count)).collect()
    }

    /// Starts counting from zero.
    pub fn reset(&self) {
        self.lock().clear();
    }

    /// The same route, counted under its service and endpoint.
    pub(super) fn counted(&self, service: &'static str, endpoint: &'static str, route: MethodRouter) -> MethodRouter {
        let calls = self.clone();
        route.route_layer(from_fn(move |request: Request, next: Next| {
            *calls.lock().entry((service, endpoint)).or_default() += 1;
            next.run(request)
        }))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(&'static str, &'static str), u64>> {
        self.counts.lock().expect("nothing panics while it counts")
    }
}
