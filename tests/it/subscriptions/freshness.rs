//! A query after an event does not find something older than the event told.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::bench::{Bench, STATE, is_silent, next, state, stays_silent};
use crate::testkit::on_a_still_clock;

const ORDER: &str = "{ order(id: 1) { state } }";
const CHECKED: &str = "{ checked(id: 1) { state } }";

fn checked(text: &str) -> String {
    state(text).replace("order", "checked")
}

#[test]
fn who_subscribes_after_a_mutation_is_not_told_what_was_before() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut early = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut early).await, state("placed"));
        bench.set(|world| world.state = "shipped".into());
        assert_eq!(
            bench.gateway.ask("mutation { ship(id: 1) { state } }").await,
            r#"{"data":{"ship":{"state":"shipped for nobody"}}}"#
        );
        let mut late = bench.gateway.subscribe(STATE).await;
        tokio::time::advance(Duration::from_millis(99)).await;
        stays_silent(&mut late).await;
        // Not at the next interval, but after the least time between two polls.
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(next(&mut late).await, state("shipped"));
        assert_eq!(next(&mut early).await, state("shipped"));
        assert_eq!(bench.calls("GET /orders/1"), 2);
    });
}

#[test]
fn queries_do_not_answer_polls_and_polls_do_not_wait_for_the_cache() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.max_age = Some("max-age=60"));
        let ask = || bench.gateway.ask("{ order(id: 1) { state } }");
        assert_eq!(ask().await, state("placed"));
        bench.set(|world| world.state = "paid".into());
        let mut events = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut events).await, state("paid"));
        // Whoever is told of a change and asks for more is not given what was before.
        assert_eq!(ask().await, state("paid"));
        bench.set(|world| world.state = "shipped".into());
        bench.tick(2).await;
        assert_eq!(next(&mut events).await, state("shipped"));
        assert_eq!(bench.calls("GET /orders/1"), 3);
    });
}

#[test]
fn what_a_poll_outdates_is_gone_also_where_the_new_answer_is_not_kept() {
    for (max_age, set_cookie) in [(Some("no-store"), None), (None, None), (Some("max-age=60"), Some("/orders"))] {
        on_a_still_clock(async {
            let bench = Bench::new().await;
            bench.set(|world| world.max_age = Some("max-age=60"));
            let mut events = bench.gateway.subscribe(STATE).await;
            assert_eq!(next(&mut events).await, state("placed"));
            // The answer of the poll, and then the whole answer that is kept of it.
            for _ in 0..3 {
                assert_eq!(bench.gateway.ask(ORDER).await, state("placed"));
            }
            assert_eq!(bench.calls("GET /orders/1"), 1);
            bench.set(|world| {
                (world.state, world.max_age, world.set_cookie) = ("paid".into(), max_age, set_cookie);
            });
            bench.tick(2).await;
            assert_eq!(next(&mut events).await, state("paid"));
            assert_eq!(bench.gateway.ask(ORDER).await, state("paid"), "{max_age:?} {set_cookie:?}");
            assert_eq!(bench.calls("GET /orders/1"), 3);
        });
    }
}

#[test]
fn a_poll_outdates_what_queries_have_kept_and_nothing_of_others() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let alice = bench.gateway.header("authorization", "alice");
        bench.set(|world| world.max_age = Some("max-age=60"));
        for _ in 0..3 {
            assert_eq!(bench.gateway.ask(ORDER).await, state("placed"));
            assert!(alice.ask(ORDER).await.contains("placed for alice"));
        }
        bench.set(|world| (world.state, world.max_age) = ("paid".into(), Some("no-store")));
        let mut events = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut events).await, state("paid"));
        assert_eq!(bench.gateway.ask(ORDER).await, state("paid"));
        // Another credential is another request: nobody has told it anything.
        assert!(alice.ask(ORDER).await.contains("placed for alice"));
        assert_eq!(bench.calls("GET /orders/1"), 4);
    });
}

#[test]
fn a_poll_that_fails_outdates_nothing() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.max_age = Some("max-age=60"));
        let mut events = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut events).await, state("placed"));
        bench.set(|world| world.order_status = 500);
        bench.tick(2).await;
        assert!(next(&mut events).await.contains("500"));
        assert_eq!(bench.gateway.ask(ORDER).await, state("placed"));
        // Unless it tells that there is nothing any more.
        bench.set(|world| world.order_status = 404);
        tokio::time::advance(Duration::from_secs(2)).await;
        bench.tick(3).await;
        assert_eq!(next(&mut events).await, r#"{"data":{"order":null}}"#);
        assert_eq!(bench.gateway.ask(ORDER).await, r#"{"data":{"order":null}}"#);
    });
}

#[test]
fn an_answer_that_was_begun_before_an_event_is_neither_joined_nor_kept_after_it() {
    for sharing in ["", "[sharing]\noperations = true"] {
        on_a_still_clock(begun_before_an_event(sharing));
    }
}

async fn begun_before_an_event(sharing: &str) {
    let bench = Bench::with(sharing, "").await;
    let mut events = bench.gateway.subscribe(STATE).await;
    assert_eq!(next(&mut events).await, state("placed"));
    let gate = Arc::new(Notify::new());
    bench.set(|world| (world.max_age, world.gate) = (Some("max-age=60"), Some(Arc::clone(&gate))));
    let gateway = bench.gateway.clone();
    let early = tokio::spawn(async move { gateway.ask(ORDER).await });
    bench.service.until_calls(2).await;
    bench.set(|world| (world.state, world.max_age, world.gate) = ("paid".into(), Some("no-store"), None));
    bench.tick(2).await;
    assert_eq!(next(&mut events).await, state("paid"));
    assert_eq!(bench.gateway.ask(ORDER).await, state("paid"));
    gate.notify_one();
    assert_eq!(early.await.unwrap(), state("placed"));
    assert_eq!(bench.gateway.ask(ORDER).await, state("paid"));
}

#[test]
fn what_one_poller_is_late_with_is_not_kept_in_place_of_what_another_one_has_told() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.max_age = Some("max-age=60"));
        let mut often = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut often).await, state("placed"));
        let mut seldom = bench.gateway.subscribe("subscription { order: seldom(id: 1) { state } }").await;
        assert_eq!(next(&mut seldom).await, state("placed"));
        bench.tick(3).await;
        bench.tick(4).await;
        let gate = Arc::new(Notify::new());
        bench.set(|world| (world.state, world.gate) = ("paid".into(), Some(Arc::clone(&gate))));
        tokio::time::advance(Duration::from_secs(1)).await;
        bench.service.until_calls(5).await;
        bench.set(|world| (world.state, world.gate) = ("shipped".into(), None));
        tokio::time::advance(Duration::from_secs(1)).await;
        bench.polled(5).await;
        assert_eq!(next(&mut often).await, state("shipped"));
        gate.notify_one();
        bench.polled(6).await;
        assert_eq!(next(&mut seldom).await, state("paid"));
        assert_eq!(bench.gateway.ask(ORDER).await, state("shipped"));
    });
}

#[test]
fn an_event_that_is_being_made_is_joined_by_nobody_who_knows_better() {
    const NOTE: &str = "subscription { open(id: 1) { state note } }";
    let told = |state: &str, note: &str| {
        format!(r#"{{"data":{{"open":{{"state":"{state} for nobody","note":"{note} for nobody"}}}}}}"#)
    };
    for mutation in [true, false] {
        on_a_still_clock(async {
            let bench = Bench::new().await;
            let mut known = bench.gateway.subscribe("subscription { open(id: 1) { id } }").await;
            next(&mut known).await;
            let gate = Arc::new(Notify::new());
            bench.set(|world| world.gate = Some(Arc::clone(&gate)));
            let mut first = bench.gateway.subscribe(NOTE).await;
            assert!(is_silent(&mut first));
            bench.service.until_calls(2).await;
            bench.set(|world| (world.gate, world.state) = (None, "shipped".into()));
            if mutation {
                // Whoever has changed something is told of nothing from before.
                bench.gateway.ask("mutation { ship(id: 1) { state } }").await;
                let mut second = bench.gateway.subscribe(NOTE).await;
                assert_eq!(next(&mut second).await, told("placed", "shipped"));
                gate.notify_one();
            } else {
                // The call below is shared; what it is below is not.
                bench.tick(2).await;
                let mut second = bench.gateway.subscribe(NOTE).await;
                assert!(is_silent(&mut second));
                gate.notify_one();
                assert_eq!(next(&mut second).await, told("shipped", "placed"));
            }
            assert_eq!(next(&mut first).await, told("placed", "placed"));
        });
    }
}

#[test]
fn polled_answers_that_the_schema_lets_pass_are_kept() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.max_age = Some("max-age=3"));
        let mut events = bench.gateway.subscribe("subscription { checked(id: 1) { state } }").await;
        assert_eq!(next(&mut events).await, checked("placed"));
        assert_eq!(bench.gateway.ask(CHECKED).await, checked("placed"));
        bench.tick(2).await;
        // Fresh by the second poll, and not by the first.
        tokio::time::advance(Duration::from_millis(1_500)).await;
        assert_eq!(bench.gateway.ask(CHECKED).await, checked("placed"));
        assert_eq!(bench.calls("GET /orders/1"), 2);
        bench.set(|world| (world.state, world.max_age) = ("paid".into(), Some("max-age=60")));
        bench.tick(3).await;
        assert_eq!(next(&mut events).await, checked("paid"));
        assert_eq!(bench.gateway.ask(CHECKED).await, checked("paid"));
        assert_eq!(bench.calls("GET /orders/1"), 3);
        // What does not pass is not kept, and neither is what it replaces.
        bench.set(|world| world.state = "broken".into());
        bench.tick(4).await;
        assert!(next(&mut events).await.contains("errors"));
        bench.set(|world| world.state = "paid".into());
        assert_eq!(bench.gateway.ask(CHECKED).await, checked("paid"));
        assert_eq!(bench.calls("GET /orders/1"), 5);
    });
}

#[test]
fn what_the_schema_lets_pass_is_not_kept_across_a_mutation() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.max_age = Some("max-age=60"));
        let mut events = bench.gateway.subscribe("subscription { checked(id: 1) { state } }").await;
        // The poll is over, and nobody has judged it yet.
        bench.polled(1).await;
        bench.set(|world| world.state = "shipped".into());
        bench.gateway.ask("mutation { ship(id: 1) { state } }").await;
        assert!(!next(&mut events).await.is_empty());
        assert_eq!(bench.gateway.ask(CHECKED).await, checked("shipped"));
    });
}

#[test]
fn kept_rows_of_a_batch_go_with_the_answer_that_they_are_from() {
    for age in ["max-age=60", "no-store"] {
        on_a_still_clock(async {
            let bench = Bench::new().await;
            bench.set(|world| (world.max_age, world.person_age) = (Some("max-age=60"), Some("max-age=60")));
            let ask = || bench.gateway.ask("{ order(id: 1) { buyer { name } } }");
            let named = |name: &str| format!(r#"{{"data":{{"order":{{"buyer":{{"name":"{name}"}}}}}}}}"#);
            let mut events = bench.gateway.subscribe("subscription { people { name } }").await;
            assert_eq!(next(&mut events).await, r#"{"data":{"people":[{"name":"Ada"}]}}"#);
            for _ in 0..3 {
                assert_eq!(ask().await, named("Ada"));
            }
            bench.set(|world| (world.name, world.person_age) = ("Grace".into(), Some(age)));
            bench.tick(2).await;
            assert_eq!(next(&mut events).await, r#"{"data":{"people":[{"name":"Grace"}]}}"#);
            assert_eq!(ask().await, named("Grace"), "{age}");
            assert_eq!(bench.calls("GET /orders/1"), 1);
        });
    }
}
