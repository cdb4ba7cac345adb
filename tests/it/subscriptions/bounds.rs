//! How many subscriptions there may be, and what each of them and all of them may take.

use std::time::Duration;

use anabranch::engine::ResponseKind;

use super::bench::{Bench, STATE, is_silent, next, refused};
use crate::testkit::on_a_still_clock;

#[test]
fn there_are_so_many_subscriptions_and_no_more() {
    on_a_still_clock(async {
        let bench = Bench::with("subscriptions = 3", "limits = { subscriptions = 2 }").await;
        let (web, app) = (&bench.gateway, bench.gateway.client("app"));
        let first = web.subscribe(STATE).await;
        let _second = web.subscribe(STATE).await;
        let (kind, text) = refused(web, STATE).await;
        assert_eq!(kind, ResponseKind::RequestError);
        assert_eq!(
            text,
            r#"{"errors":[{"message":"this client has 2 subscriptions, which is the limit","extensions":{"code":"LIMIT_EXCEEDED"}}]}"#
        );
        let _of_app = app.subscribe("subscription { state(id: 1) }").await;
        let (_, text) = refused(&app, "subscription { state(id: 1) }").await;
        assert!(text.contains("the server has as many subscriptions as it can take"), "{text}");
        drop(first);
        assert_eq!(bench.gateway.engine.subscriptions(), 2);
        drop(web.subscribe(STATE).await);
    });
}

#[test]
fn bounds_of_an_operation_hold_for_each_event() {
    on_a_still_clock(async {
        // One call is for the buyer: the poll's own is not the subscriber's.
        for (limit, fails) in [("upstream_calls = 1", false), ("upstream_calls = 0", true)] {
            let bench = Bench::with("", &format!("limits = {{ {limit} }}")).await;
            let mut events = bench.gateway.subscribe("subscription { order(id: 1) { state buyer { name } } }").await;
            for (polls, state) in [(1, "placed"), (2, "paid"), (3, "shipped")] {
                bench.set(|world| world.state = state.into());
                if polls > 1 {
                    bench.tick(polls).await;
                }
                let event = next(&mut events).await;
                assert!(event.contains(state), "{event}");
                assert_eq!((event.contains("LIMIT_EXCEEDED"), event.contains("errors")), (fails, fails), "{event}");
            }
        }
    });
}

#[test]
fn pollers_leave_half_of_an_upstream_to_operations() {
    on_a_still_clock(async {
        let bench = Bench::build("", "", "concurrency = 2\ntimeout = \"1s\"").await;
        bench.set(|world| world.stuck = "1");
        let mut stuck = bench.gateway.subscribe(STATE).await;
        assert!(is_silent(&mut stuck));
        bench.service.until_calls(1).await;
        let mut waits = bench.gateway.subscribe("subscription { order(id: 2) { id } }").await;
        assert!(is_silent(&mut waits));
        assert_eq!(bench.gateway.ask("{ order(id: 3) { id } }").await, r#"{"data":{"order":{"id":"3"}}}"#);
        assert_eq!(bench.service.calls(), ["GET /orders/1", "GET /orders/3"]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(next(&mut stuck).await.contains("UPSTREAM_TIMEOUT"));
        assert_eq!(next(&mut waits).await, r#"{"data":{"order":{"id":"2"}}}"#);
    });
}
