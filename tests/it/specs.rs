//! Runs every story of `tests/specs/<topic>/<case>.md`: configuration, schema, upstreams, requests and expected answers in one file.
//!
//! A story is prose with fenced blocks; the words after the backticks say what a block is:
//!
//! * `toml file=upstreams.toml`, `graphql file=schema/graph/shop.graphql`: files. `http://upstream` in them is the mock upstream.
//! * `http upstream`: `METHOD /path?query`, then `STATUS` (headers may follow, a line each), an empty line, the body. Several answers
//!   to one request are given in turn, the last one for ever. `times out` instead of a status never answers.
//! * `graphql request client=web` (`operation=Name`), with `json headers` and `json variables` before it when it has some.
//! * `json answer`: the whole answer, key order included. `text calls`: the upstream calls since the last request, sorted.

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
use story::{Exchange, Story};
use upstream::Upstream;

#[test]
fn every_story_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let paths = stories(&root);
    assert!(!paths.is_empty(), "there are no stories");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut failures = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let story = Story::parse(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Err(failure) = runtime.block_on(run(&story)) {
            failures.push(format!("--- {name}\n{failure}"));
        }
    }
    assert!(failures.is_empty(), "{} of {} stories fail\n{}", failures.len(), paths.len(), failures.join("\n"));
}

async fn run(story: &Story) -> Result<(), String> {
    let upstream = Upstream::start(story.answers.clone()).await;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in &story.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).map_err(|error| error.to_string())?;
        std::fs::write(&path, text.replace("http://upstream", &upstream.base_url())).map_err(|error| error.to_string())?;
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
    let mut failure = Ok(());
    for (number, exchange) in story.exchanges.iter().enumerate() {
        if let Err(text) = check(exchange, &format!("http://{address}"), &upstream).await {
            failure = Err(format!("request {}: {text}", number + 1));
            break;
        }
    }
    drop(stop);
    server.await.map_err(|error| error.to_string())?;
    failure
}

async fn check(exchange: &Exchange, base: &str, upstream: &Upstream) -> Result<(), String> {
    let mut body = format!("{{\"query\":{}", serde_json::to_string(&exchange.query).unwrap());
    if let Some(name) = &exchange.operation {
        body.push_str(&format!(",\"operationName\":{}", serde_json::to_string(name).unwrap()));
    }
    if let Some(variables) = &exchange.variables {
        body.push_str(&format!(",\"variables\":{variables}"));
    }
    body.push('}');
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let mut request = client
        .post(format!("{base}/{}/graphql", exchange.client))
        .header("content-type", "application/json")
        .header("accept", "application/graphql-response+json");
    for (name, value) in &exchange.headers {
        request = request.header(name, value);
    }
    let response = request.body(body).send().await.map_err(|error| error.to_string())?;
    let answer = read(response).await?;
    let answer = Value::parse(&answer).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let expected = Value::parse(exchange.answer.as_bytes()).map_err(|error| format!("the expected answer: {error}"))?;
    if answer.to_string() != expected.to_string() {
        return Err(format!("the answer differs\nexpected {expected}\nfound    {answer}"));
    }
    let calls = upstream.take_calls();
    match &exchange.calls {
        Some(expected) if *expected != calls => {
            Err(format!("the upstream calls differ\nexpected {expected:#?}\nfound    {calls:#?}"))
        }
        _ => Ok(()),
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
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
