//! Two users with different credentials, interleaved under load, never see each other's data: batched, coalesced, cached
//! whole or by row, or pinned by a header.

mod context;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::testkit::{Answer, Call, Front, GatewayBuilder, Reply, Service};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
enum CacheControlScope { PUBLIC PRIVATE }
directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
type Query {
  rows(first: Int): [Row]
    @connect(source: "api", http: { GET: "/rows", queryParams: "first: $args.first?" }, selection: "id owner: { id: ownerId }")
  shared: Card @connect(source: "api", http: { GET: "/shared" }, selection: "who turn region")
  hinted: Card
    @connect(source: "api", http: { GET: "/hinted" }, selection: "who turn region")
    @cacheControl(maxAge: 60, scope: PUBLIC)
  fresh: Card @connect(source: "api", http: { GET: "/fresh" }, selection: "who turn region")
  pinned(region: String!): Card
    @connect(source: "api", http: { GET: "/regions/{$args.region}" }, selection: "who turn region")
    @cacheControl(maxAge: 60)
  locked: Card @connect(source: "api", http: { GET: "/locked" }, selection: "who turn region")
}
type Mutation {
  change: Card @connect(source: "api", http: { POST: "/change" }, selection: "who turn region")
}
type Card { who: String turn: Int region: String }
type Row { id: ID! owner: Owner }
type Owner
  @connect(
    source: "api"
    http: { GET: "/owners", queryParams: "ids: $batch.id->joinNotNull(',')" }
    batch: { maxSize: 4 }
    selection: "id who"
  ) {
  id: ID!
  who: String
}
"#;

const VIEW: &str = r#"
type Query {
  rows(first: Int): [Row]
  shared: Card
  hinted: Card
  fresh: Card
  pinned: Card @preset(arg: "region", from: "header.x-region")
  locked: Card
}
type Mutation { change: Card }
type Card { who: String turn: Int region: String }
type Row { id: ID! owner: Owner }
type Owner { id: ID! who: String }
"#;

/// Every answer says who asked; `turn` counts the changes.
fn api(turn: &Arc<AtomicUsize>) -> impl Fn(&Call) -> Reply + Send + Sync + 'static {
    let turn = turn.clone();
    move |call| {
        let who = call.headers.get("authorization").map_or("nobody", |value| value.to_str().unwrap());
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        let region = path.strip_prefix("/regions/").unwrap_or("none");
        let turn = match path {
            "/change" => turn.fetch_add(1, Ordering::SeqCst) + 1,
            _ => turn.load(Ordering::SeqCst),
        };
        let card = format!(r#"{{"who":"{who}","turn":{turn},"region":"{region}"}}"#);
        match path {
            "/rows" => {
                let rows = (1..=6).map(|id| format!(r#"{{"id":{id},"ownerId":{}}}"#, id % 5));
                Reply::json(format!("[{}]", rows.collect::<Vec<_>>().join(",")))
            }
            "/owners" => {
                let ids = query.trim_start_matches("ids=").split(',');
                let rows = ids.map(|id| format!(r#"{{"id":{id},"who":"{who}"}}"#));
                Reply::json(format!("[{}]", rows.collect::<Vec<_>>().join(","))).header("cache-control", "max-age=60")
            }
            "/fresh" => Reply::json(card).header("cache-control", "public, max-age=60"),
            "/locked" => Reply::status(401, "{}"),
            _ => Reply::json(card),
        }
    }
}

async fn front() -> (Service, Front) {
    let api = Service::start(api(&Arc::default())).await;
    let front = GatewayBuilder::new(GRAPH)
        .toml("[server]\ntrusted_headers = [\"x-region\"]")
        .upstream("api", &api.base_url, "forward_headers = [\"authorization\"]")
        .client("web", VIEW)
        .client("phone", VIEW)
        .serve()
        .await;
    (api, front)
}

fn ask(front: &Front, client: &str, who: &str, region: &str, query: &str) -> impl Future<Output = Answer> + 'static {
    let request = front.post(client, query).header("x-region", region);
    Answer::of(if who == "nobody" { request } else { request.header("authorization", who) })
}

const USERS: [&str; 3] = ["alice", "bob", "nobody"];
const REGIONS: [&str; 2] = ["north", "south"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_users_never_see_each_other() {
    let (api, front) = front().await;
    let queries = [
        "{ rows { id owner { id who } } shared { who } hinted { who } fresh { who } pinned { who region } }",
        "{ rows(first: 9) { owner { who } } }",
        "{ a: shared { who } b: fresh { who } c: pinned { region who } }",
        "mutation { change { who } }",
    ];
    let mut running = tokio::task::JoinSet::new();
    for round in 0..2_400 {
        // One of a hundred changes something, so that caches are used as well as fenced.
        let query = if round % 100 == 99 { queries[3] } else { queries[round / 2 % 3] };
        let (who, region) = (USERS[round % 3], REGIONS[round / 3 % 2]);
        let answer = ask(&front, ["web", "phone"][round / 5 % 2], who, region, query);
        running.spawn(async move { (who, region, answer.await) });
        if running.len() >= 48 {
            check(running.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(done) = running.join_next().await {
        check(done.unwrap());
    }
    // It was a test of sharing only if something was shared.
    assert!(api.calls().len() < 8_000, "{} calls", api.calls().len());
    let metrics = front.admin("/metrics").await;
    for used in ["anabranch_upstream_cache_hits_total", "anabranch_upstream_shared_calls_total"] {
        let total: u64 = metrics.text().lines().filter(|line| line.starts_with(used)).map(value).sum();
        assert!(total > 100, "{used}: {total}");
    }
}

fn value(line: &str) -> u64 {
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

fn check((who, region, answer): (&str, &str, Answer)) {
    let text = answer.text();
    assert!(answer.status == 200 && !text.contains("errors") && text.contains(who), "{who}: {text}");
    for other in USERS.into_iter().filter(|other| *other != who) {
        assert!(!text.contains(other), "{who} sees {other}: {text}");
    }
    for other in REGIONS.into_iter().filter(|other| *other != region) {
        assert!(!text.contains(other), "{region} sees {other}: {text}");
    }
    assert!(!answer.header("cache-control").contains("public"), "{}", answer.header("cache-control"));
}

#[tokio::test]
async fn a_change_is_seen_by_whoever_asks_after_it() {
    let (api, front) = front().await;
    let query = "{ hinted { turn } fresh { turn } pinned { turn } }";
    let turns = |turn: u8| {
        format!(r#"{{"data":{{"hinted":{{"turn":{turn}}},"fresh":{{"turn":{turn}}},"pinned":{{"turn":{turn}}}}}}}"#)
    };
    for turn in 0..3 {
        for who in USERS {
            assert_eq!(ask(&front, "web", who, "north", query).await.text(), turns(turn), "{who}");
            assert_eq!(ask(&front, "phone", who, "north", query).await.text(), turns(turn), "{who}");
        }
        assert_eq!(api.calls().len(), 9, "three kept answers for each of three users, and both clients share them");
        ask(&front, "web", "alice", "north", "mutation { change { turn } }").await;
        api.forget();
    }
}

#[tokio::test]
async fn a_refused_credential_loses_what_was_kept_for_it() {
    let (api, front) = front().await;
    let query = "{ hinted { who } rows { owner { who } } }";
    for who in ["alice", "bob", "alice", "bob"] {
        ask(&front, "web", who, "north", query).await;
    }
    let kept =
        |calls: Vec<String>| calls.iter().filter(|call| call.contains("hinted") || call.contains("owners")).count();
    assert_eq!(kept(api.calls()), 2 * (1 + 2), "one answer and two batches for each");
    let refused = ask(&front, "web", "alice", "north", "{ locked { who } }").await;
    assert!(refused.text().contains(r#""http":{"status":401}"#), "{}", refused.text());
    api.forget();
    ask(&front, "web", "bob", "north", query).await;
    assert_eq!(kept(api.calls()), 0, "nobody else loses anything");
    ask(&front, "web", "alice", "north", query).await;
    assert_eq!(kept(api.calls()), 3);
}

#[tokio::test]
async fn a_pinned_header_that_is_missing_makes_no_call() {
    let (api, front) = front().await;
    let answer = Answer::of(front.post("web", "{ pinned { who } }").header("authorization", "alice")).await;
    assert!(answer.text().starts_with(r#"{"data":{"pinned":null},"errors":["#), "{}", answer.text());
    assert!(api.calls().is_empty());
}
