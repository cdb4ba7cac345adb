//! What connectors read of `$context` is part of whatever they share: two clients in two versions, interleaved, batched,
//! coalesced and cached, each get their own.

use crate::testkit::{Answer, Front, GatewayBuilder, Reply, Service};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
enum CacheControlScope { PUBLIC PRIVATE }
directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
type Query {
  rows: [Row] @connect(source: "api", http: { GET: "/rows" }, selection: "id sent: { id } mapped: { id } both: { id }")
  mapped: Card
    @connect(source: "api", http: { GET: "/mapped" }, selection: "client: $context.client.name version: $context.client.version")
    @cacheControl(maxAge: 60, scope: PUBLIC)
  sent: Card
    @connect(
      source: "api"
      http: { GET: "/sent", headers: [{ name: "x-of", value: "{$context.client.name} {$context.client.version}" }] }
      selection: "client version"
    )
    @cacheControl(maxAge: 60, scope: PUBLIC)
  judged: Card
    @connect(
      source: "api"
      http: { GET: "/judged" }
      isSuccess: "$context.client.version->eq('never')"
      errors: { message: "$context.client.version", extensions: "code: $context.client.name" }
      selection: "client version"
    )
    @cacheControl(maxAge: 60, scope: PUBLIC)
}
type Card { client: String version: String }
type Row { id: ID! sent: Sent mapped: Mapped both: Both }
"#;

/// A batch loader whose request, mapping or both read the context.
fn loader(name: &str, url: &str, selection: &str) -> String {
    format!(
        r#"type {name}
             @connect(
               source: "api"
               http: {{ GET: "/{url}", queryParams: "ids: $batch.id->joinNotNull(',')" }}
               batch: {{ maxSize: 4 }}
               selection: "id {selection}"
             )
             @cacheControl(maxAge: 60, scope: PUBLIC)
           {{ id: ID! client: String version: String }}
        "#
    )
}

async fn front() -> (Service, Front) {
    let api = Service::start(|call| {
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        let of = call.headers.get("x-of").map(|value| value.to_str().unwrap().to_owned());
        let of = of.or_else(|| path.strip_prefix("/rows-of/").map(|of| of.replace('/', " "))).unwrap_or_default();
        let (client, version) = of.split_once(' ').unwrap_or((&of, ""));
        let said = format!(r#""client":"{client}","version":"{version}""#);
        let ids = query.trim_start_matches("ids=").split(',');
        let rows: Vec<String> =
            ids.map(|id| format!(r#"{{"id":{},{said}}}"#, if id.is_empty() { "0" } else { id })).collect();
        match path {
            "/rows" => {
                let rows = (1..=6).map(|id| format!(r#"{{"id":{id}}}"#));
                Reply::json(format!("[{}]", rows.collect::<Vec<_>>().join(",")))
            }
            "/sent" => Reply::json(format!("{{{said}}}")),
            "/mapped" | "/judged" => Reply::json("{}"),
            _ => Reply::json(format!("[{}]", rows.join(","))),
        }
    })
    .await;
    let read = "client: $context.client.name version: $context.client.version";
    let url = "rows-of/{$context.client.name}/{$context.client.version}";
    let graph =
        [GRAPH, &loader("Sent", url, "client version"), &loader("Mapped", "plain", read), &loader("Both", url, read)];
    let view = "type Query { rows: [Row] mapped: Card sent: Card judged: Card }
        type Card { client: String version: String }
        type Row { id: ID! sent: Sent mapped: Mapped both: Both }
        type Sent { id: ID! client: String version: String }
        type Mapped { id: ID! client: String version: String }
        type Both { id: ID! client: String version: String }";
    let front = GatewayBuilder::new(&graph.concat())
        .upstream("api", &api.base_url, "")
        .client("web", view)
        .client("phone", view)
        .serve()
        .await;
    (api, front)
}

const CLIENTS: [&str; 2] = ["web", "phone"];
const VERSIONS: [&str; 2] = ["v-one", "v-two"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_clients_and_versions_are_never_mixed() {
    let (api, front) = front().await;
    let queries = [
        "{ rows { sent { client version } mapped { client version } both { version client } } }",
        "{ mapped { client version } sent { version client } }",
        "{ a: judged { client } b: sent { client version } rows { mapped { version client } } }",
    ];
    let mut running = tokio::task::JoinSet::new();
    for round in 0..600 {
        let (client, version) = (CLIENTS[round % 2], VERSIONS[round / 2 % 2]);
        let request = front.post(client, queries[round % 3]).header("graphql-client-version", version);
        let answer = Answer::of(request);
        running.spawn(async move { (client, version, answer.await) });
        if running.len() >= 32 {
            check(running.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(done) = running.join_next().await {
        check(done.unwrap());
    }
    // It was a test of sharing only if something was shared.
    assert!(api.calls().len() < 1_200, "{} calls", api.calls().len());
}

fn check((client, version, answer): (&str, &str, Answer)) {
    let text = answer.text();
    assert!(answer.status == 200 && text.contains(client) && text.contains(version), "{client} {version}: {text}");
    for other in CLIENTS.into_iter().chain(VERSIONS).filter(|other| ![client, version].contains(other)) {
        assert!(!text.contains(other), "{client} {version} sees {other}: {text}");
    }
    assert!(!answer.header("cache-control").contains("public"), "{}", answer.header("cache-control"));
}

#[tokio::test]
async fn nothing_that_a_client_sends_changes_its_name() {
    let (api, front) = front().await;
    let names = ["graphql-client-name", "apollographql-client-name", "x-client-name"];
    let request =
        names.iter().fold(front.post("web", "{ sent { client } }"), |request, name| request.header(*name, "phone"));
    assert_eq!(Answer::of(request).await.text(), r#"{"data":{"sent":{"client":"web"}}}"#);
    assert_eq!(api.calls(), ["GET /sent"]);
}
