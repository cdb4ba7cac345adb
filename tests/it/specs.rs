//! Runs every story of `tests/specs/<topic>/<case>.md`: configuration, schema, upstreams, requests and expected answers in one file.
//!
//! A story is prose with fenced blocks; the words after the backticks say what a block is:
//!
//! * `toml file=upstreams.toml`, `graphql file=schema/graph/shop.graphql`: files. `http://upstream` in them is the mock upstream,
//!   `http://nowhere` an address where nobody listens.
//! * `http upstream`: `METHOD /path?query`, then `STATUS` (headers may follow, a line each), an empty line, the body. Several answers
//!   to one request are given in turn, the last one for ever. `times out` instead of a status never answers, `200 after GET /other`
//!   waits until that request has come. A request without an answer fails the story.
//! * `graphql request client=web` (`operation=Name`, `method=GET`), with `json headers` and `json variables` before it when it has some.
//! * `json request client=web` (`method=GET`): the whole body of a request that is more than a query, or its parameters.
//! * `json answer`: the whole answer, key order included. `http answer`: its status, and headers, a line each; one without a value
//!   must be absent. `json event`: the events of a subscription, one after another; then its client leaves. `text calls`: the upstream calls since the last request, sorted, or as they came with `ordered`;
//!   `with=x-tenant,accept` tells those headers of each.
//!
//! Paths of the story's files in an answer are as in the story.
//!
//! `SPECS=caching` runs the stories whose path holds that.

mod story;
mod upstream;

use std::path::{Path, PathBuf};

use anabranch::{
    config::{self, ProcessEnvironment},
    diagnostic::{self, Color},
    engine::Engine,
    json::Value,
    model,
    server::{App, Listener, public_routes},
    telemetry::Metrics,
};
use story::{Exchange, Head, Story};
use upstream::Upstream;

/// Every part of this page that begins with `## ` and has a request is a story, told by those of its blocks that say what
/// they are; the others are for comparison.
#[test]
fn the_page_for_those_who_come_from_elsewhere_holds() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coming-from.md");
    let page = std::fs::read_to_string(page).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(sections.len(), 3, "one for each of what people come from");
    for section in sections {
        let name = section.lines().next().unwrap_or_default();
        let story = Story::parse_some(section).unwrap_or_else(|error| panic!("{name}: {error}"));
        runtime.block_on(run(&story)).unwrap_or_else(|failure| panic!("{name}: {failure}"));
    }
}

#[test]
fn every_story_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let mut paths = stories(&root);
    if let Some(part) = std::env::var_os("SPECS") {
        paths.retain(|path| path.display().to_string().contains(&*part.to_string_lossy()));
    }
    assert!(!paths.is_empty(), "there are no stories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut failures = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let story =
            Story::parse(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Err(failure) = runtime.block_on(run(&story)) {
            failures.push(format!("--- {name}\n{failure}"));
        }
    }
    assert!(failures.is_empty(), "{} of {} stories fail\n{}", failures.len(), paths.len(), failures.join("\n"));
}

async fn run(story: &Story) -> Result<(), String> {
    let upstream = Upstream::start(story.answers.clone()).await;
    let nowhere = nowhere().map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in &story.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).map_err(|error| error.to_string())?;
        std::fs::write(
            &path,
            text.replace("http://upstream", &upstream.base_url()).replace("http://nowhere", &nowhere),
        )
        .map_err(|error| error.to_string())?;
    }
    let loaded = config::load(&folder.path().join("upstreams.toml"), &ProcessEnvironment);
    let mut problems = loaded.diagnostics;
    let config = loaded.config.ok_or_else(|| diagnostic::render(&problems, Color::Never))?;
    let compiled = model::compile(&config, &ProcessEnvironment);
    problems.extend(compiled.diagnostics);
    let model = compiled.model.ok_or_else(|| diagnostic::render(&problems, Color::Never))?;
    let metrics = std::sync::Arc::new(Metrics::new());
    let engine = Engine::new(model, &config, metrics.clone()).map_err(|error| error.to_string())?;
    let app = App::new(std::sync::Arc::new(engine), metrics, &config);
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.map_err(|error| error.to_string())?;
    let address = listener.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = async {
        stopped.await.unwrap_or_default();
    };
    let server = tokio::spawn(listener.serve(public_routes(&app), ended, std::time::Duration::from_secs(1)));
    let mut failures = Vec::new();
    for (number, exchange) in story.exchanges.iter().enumerate() {
        if let Err(text) = check(exchange, &format!("http://{address}"), &upstream, folder.path()).await {
            failures.push(format!("request {}: {text}", number + 1));
        }
    }
    drop(stop);
    server.await.map_err(|error| error.to_string())?;
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// An address where nobody listens.
fn nowhere() -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(format!("http://{}", listener.local_addr()?))
}

async fn check(exchange: &Exchange, base: &str, upstream: &Upstream, folder: &Path) -> Result<(), String> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let url = format!("{base}/{}/graphql", exchange.client);
    let mut request = if exchange.by_get {
        let mut url = reqwest::Url::parse(&url).map_err(|error| error.to_string())?;
        url.query_pairs_mut().extend_pairs(parameters(exchange)?);
        // What browsers cannot send without a preflight.
        client.get(url).header("x-requested-with", "story")
    } else {
        client.post(url).header("content-type", "application/json").body(body(exchange))
    };
    let accept = if exchange.events.is_empty() { "application/graphql-response+json" } else { "text/event-stream" };
    request = request.header("accept", accept);
    for (name, value) in &exchange.headers {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(|error| error.to_string())?;
    let head = exchange.head.as_ref().map_or(Ok(()), |head| check_head(head, &response));
    let answers = match exchange.events.len() {
        0 => vec![read(response).await?],
        count => read_events(response, count).await?,
    };
    let expected = if exchange.events.is_empty() { std::slice::from_ref(&exchange.answer) } else { &exchange.events };
    let mut problems: Vec<String> = head.err().into_iter().collect();
    for (answer, expected) in answers.iter().zip(expected) {
        let answer = String::from_utf8_lossy(answer).replace(&format!("{}/", folder.display()), "");
        let answer = Value::parse(answer.as_bytes()).map_err(|error| format!("the answer is not JSON: {error}"))?;
        let expected = Value::parse(expected.as_bytes()).map_err(|error| format!("the expected answer: {error}"))?;
        if answer.to_string() != expected.to_string() {
            problems.push(format!("the answer differs\nexpected {expected}\nfound    {answer}"));
        }
    }
    let calls = upstream.take_calls(exchange.calls.as_ref());
    if let Some(expected) = &exchange.calls
        && expected.lines != calls
    {
        problems.push(format!("the upstream calls differ\nexpected {:#?}\nfound    {calls:#?}", expected.lines));
    }
    for line in upstream.take_unknown() {
        problems.push(format!("the story has no answer for `{line}`"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The parameters of a GET.
fn parameters(exchange: &Exchange) -> Result<Vec<(String, String)>, String> {
    if let Some(body) = &exchange.body {
        let Value::Object(members) = Value::parse(body.as_bytes()).map_err(|error| error.to_string())? else {
            return Err("the request is no object".to_owned());
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return Ok(members.iter().map(|(name, value)| (name.to_string(), text(value))).collect());
    }
    let members = [("operationName", &exchange.operation), ("variables", &exchange.variables)];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    Ok(std::iter::once(("query".to_owned(), exchange.query.clone())).chain(members).collect())
}

fn body(exchange: &Exchange) -> String {
    if let Some(body) = &exchange.body {
        return body.clone();
    }
    let text = |text: &String| serde_json::to_string(text).unwrap();
    let mut body = format!("{{\"query\":{}", text(&exchange.query));
    if let Some(name) = &exchange.operation {
        body.push_str(&format!(",\"operationName\":{}", text(name)));
    }
    if let Some(variables) = &exchange.variables {
        body.push_str(&format!(",\"variables\":{variables}"));
    }
    body.push('}');
    body
}

fn check_head(expected: &Head, response: &reqwest::Response) -> Result<(), String> {
    let status = response.status().as_u16();
    if status != expected.status {
        return Err(format!("the status differs\nexpected {}\nfound    {status}", expected.status));
    }
    for (name, value) in &expected.headers {
        let found = response.headers().get(name).map_or("", |found| found.to_str().unwrap_or("?"));
        if found != value && !is_a_little_older(found, value) {
            return Err(format!("the header `{name}` differs\nexpected {value}\nfound    {found}"));
        }
    }
    Ok(())
}

/// `max-age=38, public` where `max-age=40, public` is expected: time has passed since.
fn is_a_little_older(found: &str, expected: &str) -> bool {
    fn parts(text: &str) -> Option<(u32, &str)> {
        let (age, rest) = text.strip_prefix("max-age=")?.split_once(',')?;
        Some((age.parse().ok()?, rest))
    }
    let (Some(found), Some(expected)) = (parts(found), parts(expected)) else { return false };
    found.1 == expected.1 && found.0 < expected.0 && expected.0 - found.0 <= 5
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The first events of an event stream, as many as these.
async fn read_events(mut response: reqwest::Response, count: usize) -> Result<Vec<Vec<u8>>, String> {
    let (mut events, mut rest) = (Vec::new(), String::new());
    while events.len() < count {
        let chunk = response.chunk().await.map_err(|error| error.to_string())?;
        let chunk = chunk.ok_or_else(|| format!("the stream ended after {events:?}"))?;
        rest.push_str(&String::from_utf8_lossy(&chunk));
        while let Some((event, later)) = rest.split_once("\n\n") {
            events.extend(
                event.lines().find_map(|line| line.strip_prefix("data: ")).map(|data| data.as_bytes().to_vec()),
            );
            rest = later.to_owned();
        }
    }
    Ok(events)
}

fn stories(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(stories(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}
