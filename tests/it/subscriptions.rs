//! Subscriptions that are polled: one poller for all who ask the same, events that are changes, and an end.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

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
}
type Mutation {
  ship(id: ID!): Order
    @connect(source: "shop", http: { POST: "/orders/{$args.id}/ship" }, selection: "id state buyer: { id: buyer }")
}
type Subscription {
  order(id: ID!): Order
    @connect(source: "shop", http: { GET: "/orders/{$args.id}" }, selection: "id state buyer: { id: buyer }")
    @poll(every: "2s")
}
type Order { id: ID! state: String! buyer: Person }
type Person
  @connect(source: "people", http: { GET: "/people?ids={$batch.id->joinNotNull(',')}" }, selection: "id name") {
  id: ID! name: String
}
"#;

const WEB: &str = "type Query { order(id: ID!): Order } type Mutation { ship(id: ID!): Order } \
    type Subscription { order(id: ID!): Order } \
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
        let world = Arc::new(Mutex::new(World::default()));
        let answers = world.clone();
        let service = Service::start(move |call| answers.lock().unwrap().answer(call)).await;
        let gateway = GatewayBuilder::new(GRAPH)
            .upstream("shop", &service.base_url, "forward_headers = [\"authorization\"]")
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
                200 => Reply::json(format!(r#"[{{"id":"7","name":"{}"}}]"#, self.name)),
                status => Reply::status(status, "{}"),
            };
        }
        let id = path.split('/').nth(2).unwrap();
        let state = if call.method == "POST" { "shipped" } else { &self.state };
        let reply = match self.order_status {
            200 => Reply::json(format!(r#"{{"id":"{id}","state":"{state} for {who}","buyer":"7"}}"#)),
            status => Reply::status(status, "{}"),
        };
        let reply = match self.retry_after {
            Some(seconds) => reply.header("retry-after", seconds),
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
