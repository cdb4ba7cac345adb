//! Whole answers that are kept, and whole operations that are shared while they run: never anything but what running the
//! query would give at that time.

mod answers;
mod operations;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

/// Items that are the same for everyone, batches of their owners, and texts of whoever asks.
const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.4", import: ["@connect", "@source"])
  @source(name: "shop", http: { baseURL: "http://shop.test" })
  @source(name: "own", http: { baseURL: "http://own.test" })
type Query {
  items: [Item] @cacheControl(maxAge: 30)
    @connect(source: "shop", http: { GET: "/items" }, selection: "id text owner: { id: owner }")
  item(id: ID!): Item @cacheControl(maxAge: 20)
    @connect(source: "shop", http: { GET: "/items/{$args.id}" }, selection: "id text owner: { id: owner }")
  short: String @cacheControl(maxAge: 5) @connect(source: "shop", http: { GET: "/text" }, selection: "$.text")
  long: String @cacheControl(maxAge: 50) @connect(source: "shop", http: { GET: "/text" }, selection: "$.text")
  never: String @connect(source: "shop", http: { GET: "/never" }, selection: "$.text")
  mine: String @cacheControl(maxAge: 30, scope: PRIVATE)
    @connect(source: "own", http: { GET: "/mine" }, selection: "$.text")
  region: String @cacheControl(maxAge: 30)
    @connect(source: "shop", http: { GET: "/region", headers: [{ name: "x-region", from: "x-region" }] }, selection: "$.text")
  version: String @connect(selection: "$context.client.version")
  said(word: ID!): String @cacheControl(maxAge: 9) @connect(selection: "$args.word")
  greet: String @connect(selection: "$('hello')")
}
type Item { id: ID! text: String owner: Person }
type Person @cacheControl(maxAge: 40)
  @connect(source: "shop", http: { GET: "/people?ids={$batch.id->joinNotNull(',')}" }, selection: "id text") {
  id: ID! text: String
}
type Mutation {
  change: String @connect(source: "shop", http: { POST: "/change" }, selection: "$.text")
  changeOwn: String @connect(source: "own", http: { POST: "/change-own" }, selection: "$.text")
}
"#;

/// What the upstream says: each answer tells when it was made and for whom.
#[derive(Debug, Default)]
struct World {
    /// Counts changes that no gateway is told of, and mutations.
    version: usize,
    /// Credentials that are answered with 401.
    refused: BTreeSet<String>,
    /// Whether person 3 exists.
    third: bool,
}

fn header<'c>(call: &'c Call, name: &str) -> &'c str {
    call.headers.get(name).map_or("none", |value| value.to_str().unwrap())
}

impl World {
    fn answer(&self, call: &Call) -> Reply {
        let (version, who) = (self.version, header(call, "authorization"));
        if self.refused.contains(who) {
            return Reply::status(401, "{}");
        }
        let item = |id: &str, owner: usize| format!(r#"{{"id":"{id}","text":"{id} v{version}","owner":"{owner}"}}"#);
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        Reply::json(match path {
            "/items" => format!("[{},{},{}]", item("a", 1), item("b", 2), item("c", 1 + version % 3)),
            "/people" => {
                let ids = query.trim_start_matches("ids=").split(',').filter(|id| *id != "3" || self.third);
                let people = ids.map(|id| format!(r#"{{"id":"{id}","text":"{id} v{version}"}}"#));
                format!("[{}]", people.collect::<Vec<_>>().join(","))
            }
            "/text" | "/never" | "/change" | "/change-own" => format!(r#"{{"text":"v{version}"}}"#),
            "/mine" => format!(r#"{{"text":"{who} v{version}"}}"#),
            "/region" => format!(r#"{{"text":"{} v{version}"}}"#, header(call, "x-region")),
            _ => item(path.trim_start_matches("/items/"), 3),
        })
    }
}

async fn service(world: &Arc<Mutex<World>>) -> Service {
    let world = world.clone();
    Service::start(move |call| world.lock().unwrap().answer(call)).await
}

fn gateway(service: &Service, toml: &str) -> Gateway {
    GatewayBuilder::new(GRAPH)
        .upstream("shop", &service.base_url, "")
        .upstream("own", &service.base_url, "forward_headers = [\"authorization\"]")
        .toml(toml)
        .client("web", "type Query { items: [Item] item(id: ID!): Item short: String long: String never: String mine: String region: String version: String said(word: ID!): String greet: String } type Item { id: ID! text: String owner: Person } type Person { id: ID! text: String } type Mutation { change: String changeOwn: String }")
        .client("app", "type Query { items: [Card] mine: String } type Card @from(type: \"Item\") { id: String @from(path: \"text\") }")
        .build()
}

/// The value of a counter in the metrics text.
fn counted(gateway: &Gateway, name: &str) -> usize {
    let text = gateway.engine.metrics().encode();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("_total "));
    line.unwrap_or_else(|| panic!("no counter `{name}`")).parse().unwrap()
}
