//! Subscriptions that are polled: one poller for all who ask the same, events that are changes, and an end.

mod freshness;

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use anabranch::engine::{Reply as Answer, ResponseKind};
use futures_util::{FutureExt as _, StreamExt as _, stream::BoxStream};

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "shop", http: { baseURL: "http://shop.test" })
  @source(name: "people", http: { baseURL: "http://people.test" })
type Query {
  order(id: ID!): Order
    @connect(source: "shop", http: { GET: "/orders/{$args.id}" }, selection: "id state buyer: { id: buyer }")
  checked(id: ID!): Order
    @connect(
      source: "shop"
      http: { GET: "/orders/{$args.id}" }
      selection: "id state buyer: { id: buyer }"
      isSuccess: "state->eq('broken for nobody')->not"
    )
}
type Mutation {
  ship(id: ID!): Order
    @connect(source: "shop", http: { POST: "/orders/{$args.id}/ship" }, selection: "id state buyer: { id: buyer }")
}
type Subscription {
  order(id: ID!): Order
    @connect(source: "shop", http: { GET: "/orders/{$args.id}" }, selection: "id state buyer: { id: buyer }")
    @poll(every: "2s")
  checked(id: ID!): Order
    @connect(
      source: "shop"
      http: { GET: "/orders/{$args.id}" }
      selection: "id state buyer: { id: buyer }"
      isSuccess: "state->eq('broken for nobody')->not"
    )
    @poll(every: "2s")
  people: [Person]
    @connect(source: "people", http: { GET: "/people?ids=7" }, selection: "id name")
    @poll(every: "2s")
  seen: String
    @connect(source: "shop", http: { GET: "/orders/9" }, selection: "$response.headers.'x-seen'->first")
    @poll(every: "2s")
}
type Order { id: ID! state: String! buyer: Person }
type Person
  @connect(source: "people", http: { GET: "/people?ids={$batch.id->joinNotNull(',')}" }, selection: "id name") {
  id: ID! name: String
}
"#;

const WEB: &str = "type Query { order(id: ID!): Order checked(id: ID!): Order } type Mutation { ship(id: ID!): Order } \
    type Subscription { order(id: ID!): Order checked(id: ID!): Order people: [Person] seen: String } \
    type Order { id: ID! state: String! buyer: Person } type Person { id: ID! name: String }";
const APP: &str = "type Query { order(id: ID!): Order } \
    type Subscription { state(id: ID!): String @from(path: \"order.state\") mine: Parcel @from(path: \"order\") @preset(arg: \"id\", from: \"header.x-order\") } \
    type Order { state: String } type Parcel @from(type: \"Order\") { state: String }";

/// What the upstreams say.
#[derive(Debug)]
struct World {
    state: String,
    name: String,
    /// A status in place of an answer, by upstream.
    order_status: u16,
    person_status: u16,
    retry_after: Option<&'static str>,
    set_cookie: bool,
    max_age: Option<&'static str>,
    person_age: Option<&'static str>,
    /// Orders are answered when it opens, with what was so when they were asked for.
    gate: Option<Arc<tokio::sync::Notify>>,
    seen: &'static str,
    /// An order that is never answered.
    stuck: &'static str,
}

impl Default for World {
    fn default() -> Self {
        Self {
            state: "placed".into(),
            name: "Ada".into(),
            order_status: 200,
            person_status: 200,
            retry_after: None,
            set_cookie: false,
            max_age: None,
            person_age: None,
            gate: None,
            seen: "once",
            stuck: "none",
        }
    }
}

struct Bench {
    world: Arc<Mutex<World>>,
    service: Service,
    gateway: Gateway,
}

impl Bench {
    async fn new() -> Self {
        Self::with("", "").await
    }

    /// With settings of the server, and of the clients.
    async fn with(server: &str, client: &str) -> Self {
        Self::build(server, client, "").await
    }

    async fn build(server: &str, client: &str, shop: &str) -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let answers = world.clone();
        let service = Service::start(move |call| answers.lock().unwrap().answer(call)).await;
        let gateway = GatewayBuilder::new(GRAPH)
            .upstream("shop", &service.base_url, &format!("forward_headers = [\"authorization\"]\n{shop}"))
            .upstream("people", &service.base_url, "")
            .toml(&format!("[server]\ntrusted_headers = [\"x-order\"]\n{server}"))
            .client("web", WEB)
            .client("app", APP)
            .client_settings(client)
            .build();
        Self { world, service, gateway }
    }

    fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    /// Moves the clock by one interval and waits until the poll of it is over; `polls` are all that there were.
    async fn tick(&self, polls: usize) {
        tokio::time::advance(Duration::from_secs(2)).await;
        self.polled(polls).await;
    }

    async fn polled(&self, polls: usize) {
        self.until(|| self.polls() >= polls).await;
        assert_eq!(self.polls(), polls);
        // Whoever was told has its turn.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    async fn until(&self, holds: impl Fn() -> bool) {
        for _ in 0..1_000_000 {
            if holds() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("did not come to pass: {:?}\n{}", self.service.calls(), self.metrics());
    }

    fn metrics(&self) -> String {
        self.gateway.engine.metrics().encode()
    }

    /// The sum of all lines of a metric.
    fn count(&self, name: &str) -> usize {
        let text = self.metrics();
        let lines = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap()).sum()
    }

    fn polls(&self) -> usize {
        self.count("anabranch_polls_total")
    }

    fn calls(&self, prefix: &str) -> usize {
        self.service.calls().iter().filter(|call| call.starts_with(prefix)).count()
    }
}

impl World {
    fn answer(&self, call: &Call) -> Reply {
        let who = call.headers.get("authorization").map_or("nobody", |value| value.to_str().unwrap());
        let path = call.target.split('?').next().unwrap();
        if path == "/people" {
            return match self.person_status {
                200 => Reply::json(format!(r#"[{{"id":"7","name":"{}"}}]"#, self.name))
                    .header("cache-control", self.person_age.unwrap_or_default()),
                status => Reply::status(status, "{}"),
            };
        }
        let id = path.split('/').nth(2).unwrap();
        if id == self.stuck {
            return Reply::never();
        }
        let state = if call.method == "POST" { "shipped" } else { &self.state };
        let reply = match self.order_status {
            200 => Reply::json(format!(r#"{{"id":"{id}","state":"{state} for {who}","buyer":"7"}}"#)),
            status => Reply::status(status, "{}"),
        };
        let reply = reply.header("x-seen", self.seen);
        let reply = match self.retry_after {
            Some(seconds) => reply.header("retry-after", seconds),
            None => reply,
        };
        let reply = match self.max_age {
            Some(text) => reply.header("cache-control", text),
            None => reply,
        };
        let reply = match &self.gate {
            Some(gate) => reply.after(gate),
            None => reply,
        };
        if self.set_cookie { reply.header("set-cookie", "a=b") } else { reply }
    }
}

/// Runs with a clock that only the test moves: while something blocks, tokio's paused clock does not move by itself.
fn on_a_still_clock<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let value = runtime.block_on(async {
        let blocking = tokio::task::spawn_blocking(move || released.recv());
        let value = test.await;
        drop(release);
        assert!(blocking.await.unwrap().is_err());
        value
    });
    runtime.shutdown_background();
    value
}

type Events = BoxStream<'static, String>;

async fn next(events: &mut Events) -> String {
    events.next().await.expect("there is one more event")
}

/// Nothing new was told.
fn is_silent(events: &mut Events) -> bool {
    events.next().now_or_never().is_none()
}

const STATE: &str = "subscription { order(id: 1) { state } }";

fn state(text: &str) -> String {
    format!(r#"{{"data":{{"order":{{"state":"{text} for nobody"}}}}}}"#)
}

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
        for (gateway, who) in asked.iter().zip(["alice", "bob", "nobody"]) {
            let mut events = gateway.subscribe(STATE).await;
            let expected = format!(r#"{{"data":{{"order":{{"state":"placed for {who}"}}}}}}"#);
            assert_eq!(next(&mut events).await, expected);
            let mut other = gateway.subscribe("subscription { order(id: 2) { id } }").await;
            assert_eq!(next(&mut other).await, r#"{"data":{"order":{"id":"2"}}}"#);
            assert_eq!(bench.gateway.engine.upstreams().pollers(), 2);
        }
        assert_eq!(bench.service.calls().len(), 6);
    });
}

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
            bench.until(|| true).await;
            tries.push(bench.calls("GET /people"));
        }
        assert_eq!(tries.last(), Some(&4), "after one, two and four polls: {tries:?}");
        bench.set(|world| world.person_status = 200);
        for polls in 10..=16 {
            bench.tick(polls).await;
            let told = events.next().now_or_never();
            if told.is_some() {
                break;
            }
        }
        bench.until(|| bench.calls("GET /people") == 5).await;
        // The body was the same all along.
        assert_eq!(next(&mut events).await, r#"{"data":{"order":{"buyer":{"name":"Ada"}}}}"#);
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

/// The kind and the text of what is answered instead of a stream.
async fn refused(gateway: &Gateway, query: &str) -> (ResponseKind, String) {
    match gateway.reply(query).await {
        Answer::Whole(answer) => (answer.kind, String::from_utf8(answer.body.to_vec()).unwrap()),
        Answer::Stream(_) => panic!("a stream"),
    }
}

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
fn what_is_wrong_with_a_request_is_told_before_any_stream() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let app = bench.gateway.client("app");
        for (gateway, query, code) in [
            (&bench.gateway, "subscription { order(id: 1) { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
            (
                &bench.gateway,
                "subscription { a: order(id: 1) { id } b: order(id: 1) { id } }",
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (&bench.gateway, "subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
            (
                &bench.gateway,
                "subscription($on: Boolean! = false) { order(id: 1) @include(if: $on) { id } }",
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (&bench.gateway, "subscription($id: ID!) { order(id: $id) { id } }", "BAD_USER_INPUT"),
            // A preset without a value.
            (&app, "subscription { mine { state } }", "BAD_USER_INPUT"),
            // A request that cannot be made.
            (&bench.gateway, "subscription { order(id: \"..\") { id } }", "CONNECTOR_FETCH"),
        ] {
            let (kind, text) = refused(gateway, query).await;
            assert_eq!(kind, ResponseKind::RequestError, "{query} {text}");
            assert!(text.contains(code) && !text.contains(r#""data""#), "{query} {text}");
        }
        assert!(bench.service.calls().is_empty());
        assert_eq!((bench.gateway.engine.subscriptions(), bench.count("anabranch_pollers")), (0, 0));
        let mut mine = app.header("x-order", "9").subscribe("subscription { mine { state } }").await;
        assert_eq!(next(&mut mine).await, r#"{"data":{"mine":{"state":"placed for nobody"}}}"#);
    });
}

#[test]
fn one_answer_alone_is_no_answer_to_a_subscription() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let answer = bench.gateway.response(STATE).await;
        assert_eq!((answer.kind, answer.operation_kind), (ResponseKind::NeedsStream, "subscription"));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains("graphql-transport-ws") && text.contains("text/event-stream"), "{text}");
        assert!(bench.service.calls().is_empty());
    });
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
        assert!(is_silent(&mut late));
        // Not at the next interval, but after the least time between two polls.
        tokio::time::advance(Duration::from_millis(100)).await;
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
fn answers_with_cookies_are_for_one_subscriber_alone() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        bench.set(|world| world.set_cookie = true);
        let mut one = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut one).await, state("placed"));
        assert_eq!(bench.calls("GET /orders/1"), 1);
        let mut other = bench.gateway.subscribe(STATE).await;
        assert_eq!(next(&mut other).await, state("placed"));
        assert_eq!(bench.calls("GET /orders/1"), 2, "the other one has asked for itself");
    });
}

#[test]
fn bounds_of_an_operation_hold_for_each_event() {
    on_a_still_clock(async {
        let bench = Bench::with("", "limits = { upstream_calls = 1 }").await;
        let mut events = bench.gateway.subscribe("subscription { order(id: 1) { state buyer { name } } }").await;
        for (polls, state) in [(1, "placed"), (2, "paid"), (3, "shipped")] {
            bench.set(|world| world.state = state.into());
            if polls > 1 {
                bench.tick(polls).await;
            }
            let event = next(&mut events).await;
            assert!(event.contains(state) && !event.contains("errors"), "{event}");
        }
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
