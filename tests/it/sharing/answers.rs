//! Answers that are kept whole: an engine that keeps them answers as one that does not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anabranch::engine::AnswerOrigin;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{World, counted, gateway, service};
use crate::testkit::{Gateway, GatewayBuilder, Reply, Service, on_a_still_clock};

/// Clients and what they ask.
const QUERIES: [(&str, &str); 14] = [
    ("web", "{ items { id text owner { text } } }"),
    ("web", "{ items { id owner { id } } }"),
    ("web", "query($id: ID!) { item(id: $id) { text } }"),
    ("web", "query($id: ID!) { item(id: $id) { text owner { text } } long }"),
    ("web", "{ short }"),
    ("web", "{ long }"),
    ("web", "{ short long }"),
    ("web", "{ never items { text } }"),
    ("web", "{ mine }"),
    ("web", "{ mine long greet }"),
    ("web", "{ region version }"),
    ("web", "query($id: ID!) { said(word: $id) greet __typename }"),
    ("app", "{ items { id } }"),
    ("app", "{ mine }"),
];

#[derive(Debug, Clone)]
enum Step {
    /// Query, variable, credential, region.
    Ask(usize, usize, usize, usize),
    /// Both sides of the world are told of it.
    Mutate(bool, usize),
    /// Nobody is told.
    Change,
    Refuse(usize),
    Allow(usize),
    Third(bool),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        16 => (0..QUERIES.len(), 0..2usize, 0..3usize, 0..2usize).prop_map(|(q, v, c, r)| Step::Ask(q, v, c, r)),
        1 => (any::<bool>(), 0..3usize).prop_map(|(own, who)| Step::Mutate(own, who)),
        3 => Just(Step::Change),
        1 => (0..3usize).prop_map(Step::Refuse),
        1 => (0..3usize).prop_map(Step::Allow),
        1 => any::<bool>().prop_map(Step::Third),
        2 => (1..25u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..120)
}

/// The first one sends no credential.
const WHO: [&str; 3] = ["none", "alice", "bob"];

fn asking(gateway: &Gateway, client: &str, variable: usize, who: usize, region: usize) -> Gateway {
    let mut asking = gateway.client(client).variables(["{\"id\":\"a\"}", "{\"id\":\"b\"}"][variable]);
    if who > 0 {
        asking = asking.header("authorization", WHO[who]);
    }
    if region > 0 {
        asking = asking.header("x-region", "north").header("graphql-client-version", "7");
    }
    asking
}

/// Runs a history against both; how many answers came whole out of memory.
async fn run(history: Vec<Step>) -> usize {
    let world = Arc::new(Mutex::new(World::default()));
    let service = service(&world).await;
    let (keeping, other) = (gateway(&service, ""), gateway(&service, "[cache]\nanswers = \"0B\""));
    for step in history {
        match step {
            Step::Ask(query, variable, who, region) => {
                let (client, query) = QUERIES[query];
                let kept = asking(&keeping, client, variable, who, region).response(query).await;
                let fresh = asking(&other, client, variable, who, region).response(query).await;
                assert_eq!(fresh.origin, AnswerOrigin::Own);
                assert_eq!(kept.body, fresh.body, "{query} of {}", WHO[who]);
                assert_eq!(
                    (kept.cache_control, kept.upstream_calls, kept.errors, kept.operation_kind),
                    (fresh.cache_control, fresh.upstream_calls, fresh.errors, fresh.operation_kind),
                    "{query} of {}",
                    WHO[who]
                );
            }
            Step::Mutate(own, who) => {
                world.lock().unwrap().version += 1;
                for gateway in [&keeping, &other] {
                    let text = if own { "mutation { changeOwn }" } else { "mutation { change }" };
                    asking(gateway, "web", 0, who, 0).response(text).await;
                }
            }
            Step::Change => world.lock().unwrap().version += 1,
            Step::Refuse(who) => {
                world.lock().unwrap().refused.insert(WHO[who].to_owned());
            }
            Step::Allow(who) => {
                world.lock().unwrap().refused.remove(WHO[who]);
            }
            Step::Third(exists) => world.lock().unwrap().third = exists,
            Step::Wait(seconds) => tokio::time::advance(Duration::from_secs(seconds)).await,
        }
    }
    counted(&keeping, "anabranch_answer_cache_hits")
}

#[test]
fn any_history_is_answered_as_without_memory() {
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let hits = std::cell::Cell::new(0);
    runner
        .run(&steps(), |history| {
            hits.set(hits.get() + on_a_still_clock(run(history)));
            Ok(())
        })
        .unwrap();
    assert!(hits.get() > 50, "histories meet kept answers: {}", hits.get());
}

/// The third time it is known, since the second one was made of kept parts alone.
#[test]
fn the_age_of_a_kept_answer_is_told() {
    on_a_still_clock(async {
        let world = Arc::new(Mutex::new(World::default()));
        let service = service(&world).await;
        let gateway = gateway(&service, "");
        let mut seen = Vec::new();
        for _ in 0..4 {
            let response = gateway.response("{ items { id owner { text } } }").await;
            seen.push((response.origin, response.cache_control.unwrap().max_age.as_secs()));
            tokio::time::advance(Duration::from_secs(10)).await;
        }
        let own = AnswerOrigin::Own;
        assert_eq!(seen, [(own, 30), (own, 20), (AnswerOrigin::Kept, 10), (own, 10)]);
        assert_eq!(service.calls(), ["GET /items", "GET /people?ids=1,2", "GET /items"]);
    });
}

#[test]
fn traces_and_problems_are_of_one_request_alone() {
    on_a_still_clock(async {
        let world = Arc::new(Mutex::new(World::default()));
        let service = service(&world).await;
        let gateway = gateway(&service, "");
        for _ in 0..3 {
            gateway.ask("{ long }").await;
        }
        assert_eq!(gateway.response("{ long }").await.origin, AnswerOrigin::Kept);
        assert_eq!(gateway.trace().response("{ long }").await.origin, AnswerOrigin::Own);
        assert_eq!(gateway.problems().response("{ long }").await.origin, AnswerOrigin::Own);
    });
}

#[tokio::test]
async fn what_needs_no_upstream_is_kept_too_and_switched_off_with_the_rest() {
    let gateway = |toml: &str| {
        GatewayBuilder::new(super::GRAPH)
            .upstream("shop", "http://127.0.0.1:9", "")
            .upstream("own", "http://127.0.0.1:9", "")
            .toml(toml)
            .build()
    };
    for (toml, expected) in [("", AnswerOrigin::Kept), ("[cache]\nanswers = \"0B\"", AnswerOrigin::Own)] {
        let gateway = gateway(toml);
        for query in ["{ greet }", "{ __schema { queryType { name } } }", "{ __typename @skip(if: true) }"] {
            let first = gateway.response(query).await;
            let second = gateway.response(query).await;
            assert_eq!((first.origin, second.origin), (AnswerOrigin::Own, expected), "{query}");
            assert_eq!((first.body, first.cache_control), (second.body, second.cache_control));
        }
        assert_eq!(gateway.response("{ greet nothing }").await.origin, AnswerOrigin::Own);
    }
}

#[tokio::test]
async fn answers_are_bounded_in_bytes() {
    let api = Service::start(|_| Reply::json(format!(r#"{{"text":"{}"}}"#, "x".repeat(2_000)))).await;
    let gateway = super::gateway(&api, "[cache]\nanswers = \"64KiB\"");
    for at in 0..500 {
        let query = format!("{{ a{at}: long }}");
        gateway.ask(&query).await;
        gateway.ask(&query).await;
    }
    let kept = gateway.engine.kept_answers();
    assert!(kept.bytes > 0 && kept.bytes <= 64 << 10 && kept.entries < 40, "{kept:?}");
}
