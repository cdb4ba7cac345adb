//! Which events there are: the first at once, then changes and nothing else.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::bench::{Bench, STATE, is_silent, next, state, stays_silent};
use crate::testkit::on_a_still_clock;

#[test]
fn the_first_event_comes_at_once_and_further_ones_are_changes() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut events = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut events).await, state("placed"));
        bench.tick(2).await;
        assert!(is_silent(&mut events));
        bench.set(|world| world.state = "paid".into());
        bench.tick(3).await;
        assert_eq!(next(&mut events).await, state("paid"));
        // Another body, the same answer.
        bench.set(|world| world.name = "Grace".into());
        bench.tick(4).await;
        assert!(is_silent(&mut events));
        assert_eq!(bench.service.calls(), ["GET /orders/1"; 4]);
    });
}

#[test]
fn headers_count_where_they_are_read() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut seen = bench.gateway.subscribe("subscription { seen }").await;
        let mut order = bench.gateway.subscribe("subscription { order(id: 9) { buyer { name } } }").await;
        assert_eq!(next(&mut seen).await, r#"{"data":{"seen":"once"}}"#);
        next(&mut order).await;
        // Those that tell the time are no change.
        bench.set(|world| world.age = "1");
        bench.tick(4).await;
        let changed = |count: usize| {
            let labels = r#"upstream="shop",connector="Subscription.seen",outcome="changed""#;
            bench.metrics().contains(&format!("anabranch_polls_total{{{labels}}} {count}\n"))
        };
        assert!(changed(1) && is_silent(&mut seen), "{}", bench.metrics());
        bench.set(|world| world.seen = "twice");
        bench.tick(6).await;
        assert_eq!(next(&mut seen).await, r#"{"data":{"seen":"twice"}}"#);
        assert!(changed(2), "{}", bench.metrics());
        assert!(is_silent(&mut order));
        assert_eq!(bench.calls("GET /people"), 1, "nothing was run for it");
    });
}

#[test]
fn an_upstream_that_is_slower_than_the_interval_has_a_moment_between_two_polls() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let gate = Arc::new(Notify::new());
        bench.set(|world| world.gate = Some(Arc::clone(&gate)));
        let mut events = bench.gateway.subscribe(STATE).await;
        assert!(is_silent(&mut events));
        bench.service.until_calls(1).await;
        tokio::time::advance(Duration::from_secs(3)).await;
        gate.notify_one();
        assert_eq!(next(&mut events).await, state("placed"));
        tokio::time::advance(Duration::from_millis(99)).await;
        stays_silent(&mut events).await;
        assert_eq!(bench.service.calls().len(), 1);
        tokio::time::advance(Duration::from_millis(1)).await;
        bench.service.until_calls(2).await;
    });
}

#[test]
fn who_does_not_listen_finds_the_latest_state() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut events = bench.gateway.subscribe("subscription { order(id: 1) { state buyer { name } } }").await;
        next(&mut events).await;
        for (polls, state) in [(2, "paid"), (3, "packed"), (4, "shipped")] {
            bench.set(|world| world.state = state.into());
            bench.tick(polls).await;
        }
        assert_eq!(bench.calls("GET /people"), 1, "nothing is made for who does not take it");
        assert!(next(&mut events).await.contains("shipped"));
        assert!(is_silent(&mut events));
    });
}

#[test]
fn a_trace_tells_what_was_polled() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut events = bench.gateway.trace().subscribe(STATE).await;
        let event = next(&mut events).await;
        for part in [r#""source":"polled""#, "polled  every 2s, once for all who subscribe to the same"] {
            assert!(event.contains(part), "{part} {event}");
        }
        bench.tick(2).await;
        assert!(is_silent(&mut events), "times alone are no change");
    });
}
