//! Which events there are: the first at once, then changes and nothing else.

use super::bench::{Bench, STATE, is_silent, next, state};
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
        bench.set(|world| world.seen = "twice");
        bench.tick(4).await;
        assert_eq!(next(&mut seen).await, r#"{"data":{"seen":"twice"}}"#);
        assert!(is_silent(&mut order));
        assert_eq!(bench.calls("GET /people"), 1, "nothing was run for it");
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
