//! Mutations: what began before them is neither joined nor kept, and what was sent goes on.

use std::sync::Arc;

use anabranch::upstream::AnswerSource;
use tokio::sync::Notify;

use super::bench::Bench;
use crate::testkit::{Call, Reply, Service};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query { item: JSON @connect(source: "api", http: { GET: "/item" }, selection: "$") }
    type Mutation {
      put: JSON @connect(source: "api", http: { PUT: "/item" }, selection: "$")
      touch: JSON @connect(source: "api", http: { GET: "/touch" }, selection: "$")
      fail: JSON @connect(source: "api", http: { POST: "/fail" }, selection: "$")
    }
"#;

async fn bench_with(settings: &str, answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, Bench) {
    let api = Service::start(answer).await;
    let bench = Bench::new(GRAPH, &api.base_url, settings);
    (api, bench)
}

async fn bench(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, Bench) {
    bench_with("", answer).await
}

fn fresh(call: &Call) -> Reply {
    match call.target.as_str() {
        "/fail" => Reply::status(500, "{}"),
        _ => Reply::json("{}").header("cache-control", "max-age=60"),
    }
}

#[tokio::test]
async fn a_mutation_hides_what_was_kept_whatever_came_of_it() {
    let (_api, bench) = bench(fresh).await;
    let source = async || bench.ask("Query.item", "{}", None).await.unwrap().source;
    for mutation in ["Mutation.put", "Mutation.touch", "Mutation.fail"] {
        assert_eq!(source().await, AnswerSource::Fetched, "before {mutation}");
        assert_eq!(source().await, AnswerSource::Cache);
        drop(bench.ask(mutation, "{}", None).await);
    }
    assert_eq!(source().await, AnswerSource::Fetched);
}

#[tokio::test]
async fn mutations_are_never_shared_or_kept() {
    let (api, bench) = bench(fresh).await;
    for _ in 0..2 {
        let (one, two) = tokio::join!(bench.ask("Mutation.touch", "{}", None), bench.ask("Mutation.touch", "{}", None));
        for answer in [one, two] {
            let answer = answer.unwrap();
            assert_eq!((answer.source, answer.freshness.remaining()), (AnswerSource::Fetched, None));
        }
    }
    assert_eq!(api.calls().len(), 4);
}

#[tokio::test]
async fn a_flight_is_not_joined_or_kept_across_a_fence() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (api, bench) = bench(move |call| match call.method.as_str() {
        "GET" => Reply::json("{}").header("cache-control", "max-age=60").after(&held),
        _ => Reply::json("{}"),
    })
    .await;
    let ask = || {
        let bench = bench.clone();
        tokio::spawn(async move { bench.ask("Query.item", "{}", None).await.unwrap().source })
    };
    let before = ask();
    api.until_calls(1).await;
    bench.ask("Mutation.put", "{}", None).await.unwrap();
    let after = ask();
    api.until_calls(3).await;
    gate.notify_waiters();
    assert_eq!(before.await.unwrap(), AnswerSource::Fetched);
    assert_eq!(after.await.unwrap(), AnswerSource::Fetched);
    assert_eq!(bench.ask("Query.item", "{}", None).await.unwrap().source, AnswerSource::Cache, "the second one's");
    bench.ask("Mutation.put", "{}", None).await.unwrap();
    let last = ask();
    api.until_calls(5).await;
    gate.notify_waiters();
    assert_eq!(last.await.unwrap(), AnswerSource::Fetched);
}

#[tokio::test]
async fn a_mutation_that_was_sent_goes_on_and_fences_when_it_ends() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (api, bench) = bench(move |call| match call.method.as_str() {
        "PUT" => Reply::json("{}").after(&held),
        _ => Reply::json("{}").header("cache-control", "max-age=60"),
    })
    .await;
    let leaving = tokio::spawn({
        let bench = bench.clone();
        async move { bench.ask("Mutation.put", "{}", None).await }
    });
    api.until_calls(1).await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    // Kept while the mutation is on its way: perhaps of before it.
    bench.ask("Query.item", "{}", None).await.unwrap();
    assert_eq!(bench.ask("Query.item", "{}", None).await.unwrap().source, AnswerSource::Cache);
    gate.notify_one();
    // When it is over, what was kept meanwhile counts no more.
    loop {
        if bench.ask("Query.item", "{}", None).await.unwrap().source == AnswerSource::Fetched {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(api.calls().iter().filter(|call| *call == "PUT /item").count(), 1);
}

#[tokio::test]
async fn a_mutation_that_times_out_fences_too() {
    let (_api, bench) = bench_with("timeout = \"300ms\"", |call| match call.method.as_str() {
        "PUT" => Reply::never(),
        _ => Reply::json("{}").header("cache-control", "max-age=60"),
    })
    .await;
    let mutation = tokio::spawn({
        let bench = bench.clone();
        async move { bench.ask("Mutation.put", "{}", None).await }
    });
    bench.ask("Query.item", "{}", None).await.unwrap();
    assert!(mutation.await.unwrap().is_err());
    assert_eq!(bench.ask("Query.item", "{}", None).await.unwrap().source, AnswerSource::Fetched);
}
