//! Polls that fail: told once, tried again with patience, given up where somebody is refused.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::bench::{Bench, STATE, is_silent, next, state, stays_silent};
use crate::testkit::on_a_still_clock;

fn failed(code: &str, told: &str, status: &str) -> String {
    format!(
        r#"{{"data":{{"order":null}},"errors":[{{"message":"{told}","locations":[{{"line":1,"column":16}}],"path":["order"],"extensions":{{"code":"{code}"{status}}}}}]}}"#
    )
}

#[test]
fn a_failing_poll_is_told_once_and_the_poller_goes_on_with_patience() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut events = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut events).await, state("placed"));
        bench.set(|world| world.order_status = 500);
        bench.tick(2).await;
        let error = failed("CONNECTOR_FETCH", "Request failed", r#","http":{"status":500}"#);
        assert_eq!(next(&mut events).await, error);
        // Twice as long after the first failure, four times after the second.
        bench.tick(2).await;
        bench.tick(3).await;
        assert!(is_silent(&mut events));
        for _ in 0..3 {
            bench.tick(3).await;
        }
        bench.set(|world| world.order_status = 200);
        bench.tick(4).await;
        assert_eq!(next(&mut events).await, state("placed"));
        bench.tick(5).await;
        assert!(is_silent(&mut events));
        let metrics = bench.metrics();
        for (outcome, count) in [("changed", 2), ("unchanged", 1), ("failed", 2)] {
            let line = format!(
                r#"anabranch_polls_total{{upstream="shop",connector="Subscription.order",outcome="{outcome}"}} {count}"#
            );
            assert!(metrics.contains(&line), "{line}\n{metrics}");
        }
        let calls = |outcome, count| {
            format!(
                r#"anabranch_upstream_calls_total{{upstream="shop",connector="Subscription.order",outcome="{outcome}"}} {count}"#
            )
        };
        assert!(metrics.contains(&calls("ok", 3)) && metrics.contains(&calls("status", 2)), "{metrics}");
        assert!(metrics.contains(r#"anabranch_subscription_events_total{client="web"} 3"#), "{metrics}");
    });
}

#[test]
fn an_upstream_that_asks_for_time_gets_it() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| (world.order_status, world.retry_after) = (503, Some("30")));
        let mut events = bench.gateway.subscribe(STATE).await;
        next(&mut events).await;
        for _ in 0..14 {
            bench.tick(1).await;
        }
        // Who comes meanwhile is told what is known.
        let mut other = bench.gateway.subscribe(STATE).await;
        assert!(next(&mut other).await.contains("503"));
        bench.set(|world| (world.order_status, world.retry_after) = (200, None));
        bench.tick(2).await;
        assert_eq!(next(&mut events).await, state("placed"));
    });
}

#[test]
fn an_upstream_that_asks_for_more_than_ten_minutes_gets_ten() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| (world.order_status, world.retry_after) = (503, Some("86400")));
        let mut events = bench.gateway.subscribe(STATE).await;
        next(&mut events).await;
        tokio::time::advance(Duration::from_secs(599)).await;
        stays_silent(&mut events).await;
        bench.set(|world| (world.order_status, world.retry_after) = (200, None));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(next(&mut events).await, state("placed"));
        assert_eq!(bench.polls(), 2);
    });
}

#[test]
fn who_is_refused_is_told_and_the_subscription_ends() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut alice = bench.gateway.header("authorization", "alice").subscribe(STATE).await;
        next(&mut alice).await;
        bench.set(|world| world.order_status = 401);
        bench.tick(2).await;
        let error = failed("CONNECTOR_FETCH", "Request failed", r#","http":{"status":401}"#);
        assert_eq!(alice.next().await, Some(error));
        assert_eq!(alice.next().await, None);
        drop(alice);
        bench.until(|| bench.count("anabranch_pollers") == 0).await;
    });
}

#[test]
fn a_refusal_that_the_schema_takes_for_an_answer_ends_nothing() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.order_status = 403);
        let mut events = bench.gateway.subscribe("subscription { order: checked(id: 1) { state } }").await;
        assert_eq!(next(&mut events).await, state("placed"));
        bench.set(|world| (world.state, world.order_status) = ("paid".into(), 200));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(next(&mut events).await, state("paid"));
    });
}

#[test]
fn errors_below_the_polled_field_are_tried_again_less_and_less_often() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.person_status = 500);
        let mut events = bench.gateway.subscribe("subscription { order(id: 1) { buyer { name } } }").await;
        let partial = next(&mut events).await;
        assert!(partial.starts_with(r#"{"data":{"order":{"buyer":{"name":null}}},"errors":[{"#), "{partial}");
        let mut tries = Vec::new();
        for polls in 2..=9 {
            bench.tick(polls).await;
            assert!(is_silent(&mut events));
            tries.push(bench.calls("GET /people"));
        }
        assert_eq!(tries.last(), Some(&4), "after one, two and four polls: {tries:?}");
        bench.set(|world| world.person_status = 200);
        for polls in 10..=16 {
            assert_eq!((bench.calls("GET /people"), is_silent(&mut events)), (4, true), "before poll {polls}");
            bench.tick(polls).await;
        }
        assert!(is_silent(&mut events));
        bench.until(|| bench.calls("GET /people") == 5).await;
        // The body was the same all along.
        assert_eq!(next(&mut events).await, r#"{"data":{"order":{"buyer":{"name":"Ada"}}}}"#);
    });
}
