//! What is shared between operations, and with whom: identical requests in flight, and fresh answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anabranch::{model::CacheScope, telemetry::Identity, upstream::AnswerSource};
use futures_util::future::join_all;
use tokio::sync::Notify;

use super::bench::{Bench, bounded, headers, operation, operation_with, text};
use crate::testkit::{Call, Reply, Service};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query {
      item(id: ID!): JSON @connect(source: "api", http: { GET: "/items/{$args.id}" }, selection: "$")
      same(id: ID!): JSON @connect(source: "api", http: { GET: "/items/{$args.id}" }, selection: "$", isSuccess: "$status->eq(201)")
      hinted(id: ID!): JSON @connect(source: "api", http: { GET: "/items/{$args.id}" }, selection: "$") @cacheControl(maxAge: 30)
      mine(id: ID!): JSON @connect(source: "api", http: { GET: "/mine/{$args.id}" }, selection: "$") @cacheControl(maxAge: 30, scope: PRIVATE)
      judged(id: ID!): JSON @connect(source: "api", http: { GET: "/judged/{$args.id}" }, selection: "$", isSuccess: "$(error ?? 'none')->eq('none')") @cacheControl(maxAge: 30)
      search: JSON @connect(source: "api", http: { POST: "/search" }, selection: "$")
    }
"#;
const FORWARD: &str = "forward_headers = [\"authorization\"]";
const ONE: &str = r#"{"id":1}"#;

async fn bench(settings: &str, answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (Service, Bench) {
    let api = Service::start(answer).await;
    let bench = Bench::new(GRAPH, &api.base_url, settings);
    (api, bench)
}

fn who(call: &Call) -> String {
    call.headers.get("authorization").map_or("nobody", |value| value.to_str().unwrap()).to_owned()
}

#[tokio::test]
async fn identical_gets_in_flight_are_one() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (api, bench) = bench("", move |_| Reply::json("{}").after(&held)).await;
    let all = join_all((0..50).map(|_| bench.ask("Query.item", ONE, None)));
    let release = async {
        api.until_calls(1).await;
        gate.notify_one();
    };
    let (answers, ()) = tokio::join!(all, release);
    let fetched = answers.iter().filter(|answer| answer.as_ref().unwrap().source == AnswerSource::Fetched).count();
    assert_eq!((fetched, api.calls().len()), (1, 1));
    assert!(bench.counted(r#"anabranch_upstream_shared_calls_total{upstream="api",connector="Query.item"} 49"#));
}

#[tokio::test]
async fn identical_gets_are_sent_one_by_one_where_sharing_is_off() {
    let (api, bench) = bench("[sharing]\nrequests = false", |_| Reply::json("{}")).await;
    let answers = join_all((0..5).map(|_| bench.ask("Query.item", ONE, None))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().source == AnswerSource::Fetched));
    assert_eq!(api.calls().len(), 5);
    assert!(bench.counted(r#"anabranch_upstream_shared_calls_total{upstream="api",connector="Query.item"} 0"#));
    // What was fetched alone is kept as any other answer.
    bench.ask("Query.hinted", ONE, None).await.unwrap();
    assert_eq!(bench.ask("Query.hinted", ONE, None).await.unwrap().source, AnswerSource::Cache);
}

#[tokio::test]
async fn a_cache_of_no_bytes_keeps_nothing() {
    let (api, bench) = bench("[cache]\nsize = \"0B\"", |_| Reply::json("{}")).await;
    for _ in 0..2 {
        assert_eq!(bench.ask("Query.hinted", ONE, None).await.unwrap().source, AnswerSource::Fetched);
    }
    assert_eq!(api.calls().len(), 2);
}

#[tokio::test]
async fn posts_are_never_shared() {
    let (api, bench) = bench("", |_| Reply::json("{}").header("cache-control", "max-age=60")).await;
    join_all((0..5).map(|_| bench.ask("Query.search", "{}", None))).await;
    assert_eq!(api.calls().len(), 5);
}

#[tokio::test]
async fn connectors_share_answers_and_judge_them_each() {
    let (api, bench) = bench("", |_| Reply::json("{}").header("cache-control", "max-age=60")).await;
    assert!(bench.ask("Query.item", ONE, None).await.is_ok());
    assert!(bench.ask("Query.same", ONE, None).await.is_err(), "it wants a 201");
    assert_eq!(api.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_never_share() {
    let (_api, bench) =
        bench(FORWARD, |call| Reply::json(format!("\"{}\"", who(call))).header("cache-control", "max-age=60")).await;
    let people = [Some("alice"), Some("bob"), None];
    let calls = (0..300).map(|round| {
        let (bench, who) = (bench.clone(), people[round % 3]);
        tokio::spawn(async move {
            let answer = bench.ask("Query.item", &format!(r#"{{"id":{}}}"#, round % 7), who).await;
            assert_eq!(text(&answer), format!("\"{}\"", who.unwrap_or("nobody")));
            assert_eq!(answer.unwrap().freshness.scope, CacheScope::Private);
        })
    });
    for done in join_all(calls).await {
        done.unwrap();
    }
}

#[tokio::test]
async fn ids_of_requests_do_not_keep_them_apart() {
    let (api, bench) = bench("", |_| Reply::json("{}").header("cache-control", "max-age=60")).await;
    for id in ["a", "b"] {
        let mut call = Arc::into_inner(operation(None)).unwrap();
        call.ids = (&Identity::fixed(id, id)).into();
        bench.send("Query.item", ONE, &Arc::new(call)).await.unwrap();
    }
    assert_eq!(api.calls().len(), 1);
}

#[tokio::test]
async fn answers_with_cookies_are_for_one_caller() {
    let (gate, count) = (Arc::new(Notify::new()), AtomicUsize::new(0));
    let held = gate.clone();
    let (api, bench) = bench("", move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let reply = Reply::json(number.to_string())
            .header("set-cookie", format!("session={number}"))
            .header("cache-control", "max-age=60");
        if number == 0 { reply.after(&held) } else { reply }
    })
    .await;
    let all = join_all((0..10).map(|_| bench.ask("Query.item", ONE, None)));
    let release = async {
        api.until_calls(1).await;
        gate.notify_one();
    };
    let (answers, ()) = tokio::join!(all, release);
    let mut seen: Vec<&str> = answers.iter().map(text).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 10, "everyone has an answer of their own");
    bench.ask("Query.item", ONE, None).await.unwrap();
    assert_eq!(api.calls().len(), 11, "nothing was kept");
}

#[tokio::test]
async fn fresh_answers_are_not_fetched_again() {
    let (api, bench) = bench("", |_| Reply::json("{}").header("cache-control", "max-age=60")).await;
    let first = bench.ask("Query.item", ONE, None).await.unwrap();
    assert!(first.freshness.remaining().unwrap() <= Duration::from_secs(60));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(29)).await;
    let second = bench.ask("Query.item", ONE, None).await.unwrap();
    assert_eq!(second.source, AnswerSource::Cache);
    assert!(second.freshness.remaining().unwrap() <= Duration::from_secs(31));
    assert_eq!(bench.ask("Query.hinted", ONE, None).await.unwrap().source, AnswerSource::Cache);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(bench.ask("Query.item", ONE, None).await.unwrap().source, AnswerSource::Cache);
    tokio::time::resume();
    let hinted = bench.ask("Query.hinted", ONE, None).await.unwrap();
    assert_eq!(hinted.source, AnswerSource::Fetched, "for this connector 30 seconds are the limit");
    assert_eq!(hinted.freshness.scope, CacheScope::Public);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    assert_eq!(bench.ask("Query.item", ONE, None).await.unwrap().source, AnswerSource::Fetched);
    assert_eq!(api.calls().len(), 3);
}

#[tokio::test]
async fn what_may_not_be_kept_is_not() {
    for (name, header, settings, kept) in [
        ("Query.item", None, "", false),
        ("Query.item", Some(("cache-control", "no-store, max-age=60")), "", false),
        ("Query.hinted", Some(("cache-control", "no-store")), "", false),
        ("Query.hinted", Some(("vary", "*")), "", false),
        ("Query.hinted", None, "", true),
        ("Query.hinted", Some(("vary", "accept-language")), "", true),
        ("Query.item", Some(("cache-control", "private, max-age=60")), "", false),
        ("Query.item", Some(("cache-control", "private, max-age=60")), FORWARD, true),
        ("Query.mine", None, "", false),
        ("Query.mine", None, FORWARD, true),
    ] {
        let (api, bench) = bench(settings, move |_| match header {
            Some((name, value)) => Reply::json("{}").header(name, value),
            None => Reply::json("{}"),
        })
        .await;
        for _ in 0..2 {
            bench.ask(name, ONE, Some("alice")).await.unwrap();
        }
        let expected = if kept { 1 } else { 2 };
        assert_eq!(api.calls().len(), expected, "{name} {header:?} {settings}");
    }
}

#[tokio::test]
async fn failures_are_not_kept() {
    for status in [404, 500, 206] {
        let (api, bench) = bench("", move |_| Reply::status(status, "{}").header("cache-control", "max-age=60")).await;
        for _ in 0..2 {
            drop(bench.ask("Query.item", ONE, None).await);
        }
        assert_eq!(api.calls().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn answers_that_the_schema_calls_failures_are_not_kept() {
    let (api, bench) = bench("", |call| match call.target.as_str() {
        "/judged/1" => Reply::json(r#"{"error":"yes"}"#),
        _ => Reply::json("{}"),
    })
    .await;
    for _ in 0..2 {
        assert!(bench.ask("Query.judged", ONE, None).await.is_err());
        assert!(bench.ask("Query.judged", r#"{"id":2}"#, None).await.is_ok());
    }
    assert_eq!(api.sorted_calls(), ["GET /judged/1", "GET /judged/1", "GET /judged/2"]);
}

#[tokio::test]
async fn a_refused_credential_loses_what_was_kept_for_it() {
    let (api, bench) = bench(FORWARD, |call| match call.target.as_str() {
        "/items/2" => Reply::status(401, "{}"),
        _ => Reply::json("{}").header("cache-control", "max-age=60"),
    })
    .await;
    for who in ["alice", "bob"] {
        bench.ask("Query.item", ONE, Some(who)).await.unwrap();
    }
    bench.ask("Query.item", r#"{"id":2}"#, Some("alice")).await.unwrap_err();
    let source = async |who: &str| bench.ask("Query.item", ONE, Some(who)).await.unwrap().source;
    assert_eq!(source("bob").await, AnswerSource::Cache);
    assert_eq!(source("alice").await, AnswerSource::Fetched);
    assert_eq!(source("alice").await, AnswerSource::Cache, "and starts anew");
    assert_eq!(api.calls().len(), 4);
}

#[tokio::test]
async fn one_that_leaves_does_not_fail_the_others_and_the_last_one_ends_the_call() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let (api, bench) = bench("", move |_| Reply::json("{}").after(&held)).await;
    let impatient = bounded(Duration::from_millis(50), 1, 1000);
    let patient = operation(None);
    let (first, second, ()) =
        tokio::join!(bench.send("Query.item", ONE, &impatient), bench.send("Query.item", ONE, &patient), async {
            api.until_calls(1).await;
            tokio::time::sleep_until(impatient.deadline + Duration::from_millis(1)).await;
            gate.notify_one();
        });
    assert!(first.is_err());
    assert!(second.is_ok());
    assert_eq!(api.calls().len(), 1);

    let leaving = tokio::spawn({
        let bench = bench.clone();
        async move { bench.ask("Query.item", r#"{"id":2}"#, None).await }
    });
    api.until_calls(2).await;
    leaving.abort();
    api.until_dropped(1).await;
}

#[tokio::test]
async fn every_forwarded_header_counts() {
    let settings = "forward_headers = [\"x-region\", \"x-user\"]";
    let (api, bench) = bench(settings, |_| Reply::json("{}").header("cache-control", "max-age=60")).await;
    let sets: [&[(&str, &str)]; 5] = [
        &[],
        &[("x-region", "")],
        &[("x-region", "eu")],
        &[("x-user", "eu")],
        &[("x-region", "eu"), ("x-region", "us")],
    ];
    for set in sets {
        let list: Vec<(&'static str, &str)> =
            set.iter().map(|(name, value)| (if *name == "x-region" { "x-region" } else { "x-user" }, *value)).collect();
        bench.send("Query.item", ONE, &operation_with(headers(&list))).await.unwrap();
    }
    assert_eq!(api.calls().len(), sets.len());
}
