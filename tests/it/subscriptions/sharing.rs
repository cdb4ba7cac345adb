//! One poller for all who ask the same, and nothing across those who do not.

use std::time::Duration;

use anabranch::engine::{AnswerOrigin, Reply};
use futures_util::{StreamExt as _, future::join};

use super::bench::{Bench, STATE, is_silent, next, state};
use crate::testkit::on_a_still_clock;

#[test]
fn one_poller_serves_every_client_and_selection() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let (web, app) = (&bench.gateway, bench.gateway.client("app"));
        let mut first = web.subscribe(STATE).await;
        assert_eq!(next(&mut first).await, state("placed"));
        let mut others = vec![
            web.subscribe("subscription { order(id: 1) { id buyer { name } } }").await,
            web.variables(r#"{"id":"1"}"#).subscribe("subscription($id: ID!) { order(id: $id) { s: state } }").await,
            app.subscribe("subscription { state(id: 1) }").await,
        ];
        let mut told = Vec::new();
        for events in &mut others {
            told.push(next(events).await);
        }
        assert_eq!(
            told,
            [
                r#"{"data":{"order":{"id":"1","buyer":{"name":"Ada"}}}}"#,
                r#"{"data":{"order":{"s":"placed for nobody"}}}"#,
                r#"{"data":{"state":"placed for nobody"}}"#,
            ]
        );
        assert_eq!(bench.service.calls(), ["GET /orders/1", "GET /people?ids=7"]);
        assert_eq!((bench.count("anabranch_subscriptions"), bench.count("anabranch_pollers")), (4, 1));
        bench.set(|world| world.state = "paid".into());
        bench.tick(2).await;
        assert_eq!(next(&mut others[2]).await, r#"{"data":{"state":"paid for nobody"}}"#);
        assert!(is_silent(&mut others[2]));
        assert_eq!(bench.calls("GET /orders/1"), 2);
    });
}

#[test]
fn fields_that_poll_the_same_less_often_keep_their_own_pace() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut seldom = bench.gateway.subscribe("subscription { order: seldom(id: 1) { state } }").await;
        assert_eq!(next(&mut seldom).await, state("placed"));
        let mut order = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut order).await, state("placed"));
        assert_eq!(bench.gateway.engine.upstreams().pollers(), 2);
        bench.set(|world| world.state = "paid".into());
        bench.tick(3).await;
        assert_eq!(next(&mut order).await, state("paid"));
        bench.tick(4).await;
        assert!(is_silent(&mut seldom));
        tokio::time::advance(Duration::from_secs(1)).await;
        bench.polled(5).await;
        assert_eq!(next(&mut seldom).await, state("paid"));
    });
}

#[test]
fn a_poller_ends_with_its_last_subscriber() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let mut one = bench.gateway.subscribe(STATE).await;
        let mut other = bench.gateway.subscribe(STATE).await;
        next(&mut one).await;
        next(&mut other).await;
        drop(one);
        bench.tick(2).await;
        drop(other);
        bench.until(|| bench.count("anabranch_pollers") == 0).await;
        assert_eq!((bench.gateway.engine.subscriptions(), bench.gateway.engine.upstreams().pollers()), (0, 0));
        tokio::time::advance(Duration::from_secs(60)).await;
        bench.polled(2).await;
        assert_eq!(bench.service.calls().len(), 2);
        // Who comes now begins anew.
        let mut again = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut again).await, state("placed"));
    });
}

#[test]
fn credentials_and_arguments_are_not_shared() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let asked = [
            bench.gateway.header("authorization", "alice"),
            bench.gateway.header("authorization", "bob"),
            bench.gateway.clone(),
        ];
        // All of them stay: who comes later finds the pollers of the others at work.
        let mut subscribed = Vec::new();
        for (gateway, who) in asked.iter().zip(["alice", "bob", "nobody"]) {
            let mut events = gateway.subscribe(STATE).await;
            let expected = format!(r#"{{"data":{{"order":{{"state":"placed for {who}"}}}}}}"#);
            assert_eq!(next(&mut events).await, expected);
            let mut other = gateway.subscribe("subscription { order(id: 2) { id } }").await;
            assert_eq!(next(&mut other).await, r#"{"data":{"order":{"id":"2"}}}"#);
            subscribed.extend([events, other]);
            assert_eq!(bench.gateway.engine.upstreams().pollers(), subscribed.len());
        }
        assert_eq!(bench.service.calls().len(), 6);
    });
}

#[test]
fn what_is_made_of_a_shared_poll_is_not_shared_across_credentials() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let subscribe = async |who| {
            bench.gateway.header("authorization", who).subscribe("subscription { open(id: 1) { note } }").await
        };
        let (mut alice, mut bob) = (subscribe("alice").await, subscribe("bob").await);
        let note = |text: &str| format!(r#"{{"data":{{"open":{{"note":"{text}"}}}}}}"#);
        let told = join(next(&mut alice), next(&mut bob)).await;
        assert_eq!(told, (note("placed for alice"), note("placed for bob")));
        bench.set(|world| world.state = "paid".into());
        bench.tick(2).await;
        let told = join(next(&mut alice), next(&mut bob)).await;
        assert_eq!(told, (note("paid for alice"), note("paid for bob")));
        assert_eq!((bench.calls("GET /open/1"), bench.calls("GET /notes/1")), (2, 4));
    });
}

#[test]
fn events_of_those_who_ask_the_same_are_made_once_unless_they_tell_of_one_alone() {
    const NOTE: &str = "subscription { open(id: 1) { note } }";
    for (cookies, trace, expected) in [
        (None, false, [AnswerOrigin::Own, AnswerOrigin::Shared]),
        (Some("/notes"), false, [AnswerOrigin::Own; 2]),
        (None, true, [AnswerOrigin::Own; 2]),
    ] {
        on_a_still_clock(async {
            let bench = Bench::new().await;
            bench.set(|world| world.set_cookie = cookies);
            let gateway = if trace { bench.gateway.trace() } else { bench.gateway.clone() };
            let subscribe = async || match gateway.reply(NOTE).await {
                Reply::Stream(stream) => stream.answers,
                Reply::Whole(_) => panic!("no stream"),
            };
            let (mut one, mut other) = (subscribe().await, subscribe().await);
            let (one, other) = join(one.next(), other.next()).await;
            let told = [one.unwrap(), other.unwrap()];
            assert_eq!(told.map(|answer| answer.origin), expected, "{cookies:?} {trace}");
            assert_eq!(bench.calls("GET /open/1"), 1);
            let calls = if cookies.is_some() { 2 } else { 1 };
            assert_eq!(bench.calls("GET /notes/1"), calls, "{cookies:?} {trace}");
        });
    }
}

#[test]
fn answers_with_cookies_are_for_one_subscriber_alone() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.set_cookie = Some("/orders"));
        let mut one = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut one).await, state("placed"));
        assert_eq!(bench.calls("GET /orders/1"), 1);
        let mut other = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut other).await, state("placed"));
        assert_eq!(bench.calls("GET /orders/1"), 2, "the other one has asked for itself");
    });
}

#[test]
fn a_thousand_equal_subscribers_are_one_poll_and_one_run_for_each_event() {
    on_a_still_clock(async {
        let bench = Bench::with("", "limits = { subscriptions = 2000 }").await;
        let query = "subscription { order(id: 1) { state buyer { name } } }";
        let mut told = futures_util::stream::FuturesUnordered::new();
        for _ in 0..1_000 {
            let mut events = bench.gateway.subscribe(query).await;
            told.push(tokio::spawn(async move { (next(&mut events).await, next(&mut events).await) }));
        }
        bench.until(|| bench.count("anabranch_subscription_events_total") == 1_000).await;
        assert_eq!((bench.polls(), bench.calls("GET /people")), (1, 1));
        bench.set(|world| world.state = "paid".into());
        bench.tick(2).await;
        while let Some(events) = told.next().await {
            let (first, second) = events.unwrap();
            assert!(first.contains("placed") && second.contains("paid"), "{first} {second}");
        }
        assert_eq!((bench.polls(), bench.calls("GET /people")), (2, 2));
        assert_eq!(bench.count("anabranch_upstream_shared_calls_total"), 0, "nobody else has asked for the buyer");
    });
}
