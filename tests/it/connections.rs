//! Connections over services that count pages in every way: random walks give the whole list, in order, each row once.

mod hostile;
mod walks;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

/// Most rows of a page.
const MAX: usize = 7;

/// One list, paged in every way. The names of the fields are the paths of the service.
const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test/v1" })
type Query {
  pageTotal: [Row!]!
    @connect(source: "api", http: { GET: "/pageTotal", queryParams: "page: $page.number size: $page.size" }
      selection: "$.items { id }")
    @connection(style: PAGE, first: 3, max: 7, total: "$.meta.total")
  pageZero: [Row!]!
    @connect(source: "api", http: { GET: "/pageZero?page={$page.number}&size={$page.size}" }, selection: "$.items { id }")
    @connection(style: PAGE, start: 0, first: 3, max: 7, hasNext: "more")
  pageBare: [Row!]!
    @connect(source: "api", http: { GET: "/pageBare?page={$page.number}&size={$page.size}" }, selection: "id")
    @connection(style: PAGE, first: 3, max: 7)
  pageFixed: [Row!]!
    @connect(source: "api", http: { GET: "/pageFixed?page={$page.number}" }, selection: "$.items { id }")
    @connection(style: PAGE, size: 4, first: 3, max: 7, total: "$.meta.total")
  offsetTotal: [Row!]!
    @connect(source: "api", http: { GET: "/offsetTotal?offset={$page.offset}&size={$page.size}" }, selection: "id")
    @connection(style: OFFSET, first: 3, max: 7, total: "$response.headers.'x-total'->first")
  offsetBare: [Row!]!
    @connect(source: "api", http: { POST: "/offsetBare", body: "offset: $page.offset size: $page.size" }, selection: "$.items { id }")
    @connection(style: OFFSET, first: 3, max: 7)
  keys: [Row!]!
    @connect(source: "api", http: { GET: "/keys", queryParams: "after: $page.after before: $page.before size: $page.size" }
      selection: "$.items { id }")
    @connection(style: CURSOR, cursor: "key", first: 3, max: 7)
  tokens: [Row!]!
    @connect(source: "api", http: { GET: "/tokens", queryParams: "token: $($page.after ?? $page.before) size: $page.size" }
      selection: "$.items { id }")
    @connection(style: CURSOR, next: "$.meta.next", previous: "$.meta.previous", first: 3, max: 7)
  starts: [Row!]!
    @connect(source: "api", http: { GET: "/starts", queryParams: "token: $($page.after ?? $page.before) size: $page.size" }
      selection: "$.items { id }")
    @connection(style: CURSOR, next: "$.meta.next", previous: "$.meta.pageBefore", first: 3, max: 7)
  lying: [Row!]!
    @connect(source: "api", http: { GET: "/lying?offset={$page.offset}&size={$page.size}" }, selection: "$.items { id }")
    @connection(style: OFFSET, first: 3, max: 7, total: "$.meta.lie")
  links: [Row!]!
    @connect(source: "api", http: { GET: "/links", queryParams: "page: $page.link.page size: $page.size" }, selection: "id")
    @connection(style: LINK, previous: "$response.headers.link?", first: 3, max: 7)
  urls: [Row!]!
    @connect(source: "api", http: { GET: "/urls", queryParams: "page: $page.link.page size: $page.size" }, selection: "$.items { id }")
    @connection(style: LINK, next: "$.meta.nextUrl", first: 3, max: 7)
}
type Row { id: ID! }
"#;

/// What a service does beyond what it is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    Exact,
    /// Sends rows that nobody asked for.
    Generous,
}

/// A service with so many rows: `0`, `1`, ...
async fn service(rows: &Arc<Mutex<usize>>, manner: Manner) -> Service {
    let rows = rows.clone();
    Service::start(move |call| answer(call, *rows.lock().unwrap(), manner)).await
}

fn gateway(service: &Service) -> Gateway {
    let address = format!("{}/v1", service.base_url.trim_end_matches('/'));
    GatewayBuilder::new(GRAPH).upstream("api", &address, "").toml("[cache]\nsize = \"0B\"").build()
}

fn answer(call: &Call, rows: usize, manner: Manner) -> Reply {
    let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
    let name = path.strip_prefix("/v1/").expect("every call is below the base URL");
    let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
    let number = |key: &str| {
        query.get(key).and_then(|text| text.parse::<usize>().ok()).or_else(|| Some(body.get(key)?.as_u64()? as usize))
    };
    let size = number("size").unwrap_or(4);
    assert!((1..=MAX).contains(&size), "{}", call.target);
    let extra = if manner == Manner::Generous { 3 } else { 0 };
    let token = query.get("token").map(String::as_str).unwrap_or_default();
    let (start, end) = match name {
        "pageZero" => (number("page").unwrap() * size, size + extra),
        "pageTotal" | "pageBare" | "pageFixed" => ((number("page").unwrap() - 1) * size, size + extra),
        "links" | "urls" => ((number("page").unwrap_or(1) - 1) * size, size),
        "offsetTotal" | "offsetBare" | "lying" => (number("offset").unwrap(), size + extra),
        "keys" => match (query.get("after"), query.get("before")) {
            (Some(after), None) => (after.trim_start_matches('k').parse().unwrap_or(0_usize) + 1, size + extra),
            (None, Some(before)) => {
                let end = before.trim_start_matches('k').parse::<usize>().unwrap();
                let start = end.saturating_sub(size);
                (start, end - start)
            }
            _ => (0, size + extra),
        },
        // Both directions by the row that a page starts with.
        "starts" => (token.get(1..).and_then(|start| start.parse().ok()).unwrap_or(0), size),
        "tokens" => match token.split_at_checked(1) {
            Some(("n", start)) => (start.parse().unwrap(), size + extra),
            Some(("p", end)) => {
                let end: usize = end.parse().unwrap();
                let start = end.saturating_sub(size);
                (start, end - start)
            }
            _ => (0, size + extra),
        },
        other => panic!("no such path: {other}"),
    };
    let end = (start + end).min(rows);
    let items: Vec<Value> = (start..end.max(start)).map(|id| json!({ "id": id, "key": format!("k{id}") })).collect();
    let next = (end < rows).then(|| format!("n{end}"));
    let previous = (start > 0 && rows > 0).then(|| format!("p{start}"));
    let page_before = (start > 0).then(|| format!("n{}", start.saturating_sub(size)));
    let page = start / size + 1;
    let url = |page: usize| format!("https://elsewhere.example/secret/rows?token=hidden&size={size}&page={page}");
    let next_url = (end < rows).then(|| url(page + 1));
    let mut links: Vec<String> = next_url.iter().map(|url| format!("<{url}>; rel=\"next\"")).collect();
    if page > 1 {
        links.insert(0, format!("<{}>; title=\"a, b\"; rel=\"prev\"", url(page - 1)));
    }
    let bare = matches!(name, "pageBare" | "offsetTotal" | "links");
    let answer = match bare {
        true => Value::Array(items),
        false => json!({
            "items": items, "more": end < rows,
            "meta": { "total": rows, "lie": rows + 50, "pageBefore": page_before, "next": next, "previous": previous, "nextUrl": next_url }
        }),
    };
    let reply = Reply::json(answer.to_string()).header("x-total", rows.to_string());
    if links.is_empty() { reply } else { reply.header("link", links.join(", ")) }
}

/// A page as a client sees it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Page {
    ids: Vec<usize>,
    cursors: Vec<String>,
    has_next: bool,
    has_previous: bool,
    start: Option<String>,
    end: Option<String>,
}

async fn page(gateway: &Gateway, field: &str, arguments: &str) -> Page {
    // The cursor goes into a variable: most walks then ask what was planned before.
    let mut parts = arguments.splitn(3, '"');
    let (head, cursor, tail) = (parts.next().unwrap_or_default(), parts.next(), parts.next().unwrap_or_default());
    let (definition, variable) = if cursor.is_some() { ("($cursor: String)", "$cursor") } else { ("", "") };
    let arguments = format!("{head}{variable}{tail}");
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let query =
        format!("query Page{definition} {{ {field}{arguments} {{ edges {{ cursor node {{ id }} }} {info} }} }}");
    let answer = gateway.variables(&json!({ "cursor": cursor }).to_string()).ask(&query).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer.get("errors"), None, "{field}{arguments}");
    let found = &answer["data"][field];
    let edges = found["edges"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let info = &found["pageInfo"];
    Page {
        ids: edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().parse().unwrap()).collect(),
        cursors: edges.iter().map(|edge| text(&edge["cursor"]).unwrap()).collect(),
        has_next: info["hasNextPage"].as_bool().unwrap(),
        has_previous: info["hasPreviousPage"].as_bool().unwrap(),
        start: text(&info["startCursor"]),
        end: text(&info["endCursor"]),
    }
}
