//! An order and its buyer at services that say what the test wants, and a gateway that polls them.

use std::{
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
  seldom(id: ID!): Order
    @connect(source: "shop", http: { GET: "/orders/{$args.id}" }, selection: "id state buyer: { id: buyer }")
    @poll(every: "5s")
  people: [Person]
    @connect(source: "people", http: { GET: "/people?ids=7" }, selection: "id name")
    @poll(every: "2s")
  open(id: ID!): Order
    @connect(source: "people", http: { GET: "/open/{$args.id}" }, selection: "id state buyer: { id: buyer }")
    @poll(every: "2s")
  seen: String
    @connect(source: "shop", http: { GET: "/orders/9" }, selection: "$response.headers.'x-seen'->first")
    @poll(every: "2s")
}
type Order {
  id: ID! state: String! buyer: Person
  note: String @connect(source: "shop", http: { GET: "/notes/{$this.id}" }, selection: "$.state")
}
type Person
  @connect(source: "people", http: { GET: "/people?ids={$batch.id->joinNotNull(',')}" }, selection: "id name") {
  id: ID! name: String
}
"#;

const WEB: &str = "type Query { order(id: ID!): Order checked(id: ID!): Order } type Mutation { ship(id: ID!): Order } \
    type Subscription { order(id: ID!): Order checked(id: ID!): Order seldom(id: ID!): Order people: [Person] open(id: ID!): Order seen: String } \
    type Order { id: ID! state: String! buyer: Person note: String } type Person { id: ID! name: String }";
const APP: &str = "type Query { order(id: ID!): Order } \
    type Subscription { state(id: ID!): String @from(path: \"order.state\") mine: Parcel @from(path: \"order\") @preset(arg: \"id\", from: \"header.x-order\") } \
    type Order { state: String } type Parcel @from(type: \"Order\") { state: String }";

/// What the upstreams say.
#[derive(Debug)]
pub(super) struct World {
    pub(super) state: String,
    pub(super) name: String,
    /// A status in place of an answer, by upstream.
    pub(super) order_status: u16,
    pub(super) person_status: u16,
    pub(super) retry_after: Option<&'static str>,
    /// Answers of paths that start so come with a cookie.
    pub(super) set_cookie: Option<&'static str>,
    pub(super) max_age: Option<&'static str>,
    pub(super) person_age: Option<&'static str>,
    /// Orders are answered when it opens, with what was so when they were asked for.
    pub(super) gate: Option<Arc<tokio::sync::Notify>>,
    pub(super) seen: &'static str,
    pub(super) age: &'static str,
    /// An order that is never answered.
    pub(super) stuck: &'static str,
}

impl Default for World {
    fn default() -> Self {
        Self {
            state: "placed".into(),
            name: "Ada".into(),
            order_status: 200,
            person_status: 200,
            retry_after: None,
            set_cookie: None,
            max_age: None,
            person_age: None,
            gate: None,
            seen: "once",
            age: "0",
            stuck: "none",
        }
    }
}

/// Services, and a gateway before them with the clients `web` and `app`.
pub(super) struct Bench {
    pub(super) service: Service,
    pub(super) gateway: Gateway,
    world: Arc<Mutex<World>>,
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::with("", "").await
    }

    /// With settings of the server, and of the clients.
    pub(super) async fn with(server: &str, client: &str) -> Self {
        Self::build(server, client, "").await
    }

    pub(super) async fn build(server: &str, client: &str, shop: &str) -> Self {
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
        Self { service, gateway, world }
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    /// Moves the clock by one interval and waits until the poll of it is over; `polls` are all that there were.
    pub(super) async fn tick(&self, polls: usize) {
        tokio::time::advance(Duration::from_secs(2)).await;
        self.polled(polls).await;
    }

    pub(super) async fn polled(&self, polls: usize) {
        self.until(|| self.polls() >= polls).await;
        assert_eq!(self.polls(), polls);
        // Whoever was told has its turn.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn until(&self, holds: impl Fn() -> bool) {
        for _ in 0..1_000_000 {
            if holds() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("did not come to pass: {:?}\n{}", self.service.calls(), self.metrics());
    }

    pub(super) fn metrics(&self) -> String {
        self.gateway.engine.metrics().encode()
    }

    /// The sum of all lines of a metric.
    pub(super) fn count(&self, name: &str) -> usize {
        let text = self.metrics();
        let lines = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap()).sum()
    }

    pub(super) fn polls(&self) -> usize {
        self.count("anabranch_polls_total")
    }

    pub(super) fn calls(&self, prefix: &str) -> usize {
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
        let order = format!(r#"{{"id":"{id}","state":"{state} for {who}","buyer":"7"}}"#);
        let reply = match self.order_status {
            200 => Reply::json(order),
            403 => Reply::status(403, order),
            status => Reply::status(status, "{}"),
        };
        let reply = reply.header("x-seen", self.seen).header("age", self.age);
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
        match self.set_cookie {
            Some(start) if path.starts_with(start) => reply.header("set-cookie", "a=b"),
            _ => reply,
        }
    }
}

pub(super) type Events = BoxStream<'static, String>;

/// The next event, which comes without the clock: what does not come fails, and holds nobody up.
pub(super) async fn next(events: &mut Events) -> String {
    for _ in 0..100_000 {
        if let Some(told) = events.next().now_or_never() {
            return told.expect("there is one more event");
        }
        tokio::task::yield_now().await;
    }
    panic!("no event comes");
}

/// Nothing new is told, however long others have their turn meanwhile.
pub(super) async fn stays_silent(events: &mut Events) {
    for _ in 0..1_000 {
        assert!(is_silent(events));
        tokio::task::yield_now().await;
    }
}

/// Nothing new was told.
pub(super) fn is_silent(events: &mut Events) -> bool {
    events.next().now_or_never().is_none()
}

pub(super) const STATE: &str = "subscription { order(id: 1) { state } }";

pub(super) fn state(text: &str) -> String {
    format!(r#"{{"data":{{"order":{{"state":"{text} for nobody"}}}}}}"#)
}

/// The kind and the text of what is answered instead of a stream.
pub(super) async fn refused(gateway: &Gateway, query: &str) -> (ResponseKind, String) {
    match gateway.reply(query).await {
        Answer::Whole(answer) => (answer.kind, String::from_utf8(answer.body.to_vec()).unwrap()),
        Answer::Stream(_) => panic!("a stream"),
    }
}
