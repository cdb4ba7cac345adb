//! The serving process from its start to its end.

use std::{net::TcpListener, sync::Arc};

use tempfile::TempDir;
use tokio::sync::Notify;

use crate::{
    cli::project,
    testkit::{Answer, Reply, Service, Serving, Socket, anabranch, http_client, run},
};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://127.0.0.1:9" })
type Query {
  hello: String @connect(source: "api", http: { GET: "/hello" }, selection: "$.text")
  bye(name: String): String @connect(source: "api", http: { GET: "/bye" }, selection: "$.text")
}
type Subscription {
  news: String @connect(source: "api", http: { GET: "/news" }, selection: "$.text") @poll(every: "24h")
}
"#;

/// One client, `default`.
fn folder(server: &str, upstream: &str) -> TempDir {
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n{server}\n[admin]\nlisten = \"127.0.0.1:0\"\n[graph]\nschema = [\"graph.graphql\"]\n\
         [upstreams.api]\nbase_url = \"{upstream}\"\n"
    );
    project(&config, GRAPH)
}

fn serving(folder: &TempDir, more: &[&str]) -> Serving {
    let arguments = [&["serve"], more].concat();
    Serving::start(&mut anabranch(folder.path(), &arguments))
}

fn get(url: String) -> reqwest::RequestBuilder {
    http_client().get(url)
}

fn hello(serving: &Serving) -> reqwest::RequestBuilder {
    get(format!("http://{}/graphql?query=query%20Greeting%7Bhello%7D", serving.public))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_running_requests_finish_and_takes_no_others() {
    let gate = Arc::new(Notify::new());
    let held = gate.clone();
    let api = Service::start(move |_| Reply::json(r#"{"text":"hi"}"#).after(&held)).await;
    let folder = folder("", &api.base_url);
    for signal in ["TERM", "INT"] {
        let mut serving = serving(&folder, &[]);
        api.forget();
        let ready = format!("http://{}/health/ready", serving.admin);
        assert_eq!(Answer::of(get(ready.clone())).await.status, 200);
        let running = tokio::spawn(Answer::of(hello(&serving)));
        // The readiness probe connects only, so this is the request.
        api.until_calls(1).await;
        serving.signal(signal);
        serving.read_until("stopping");
        while hello(&serving).send().await.is_ok() {}
        let draining = Answer::of(get(ready)).await;
        assert_eq!((draining.status, draining.text()), (503, "draining\n"));
        gate.notify_one();
        assert_eq!(running.await.unwrap().text(), r#"{"data":{"hello":"hi"}}"#);
        let end = serving.ended();
        assert_eq!((end.code, end.out.as_str()), (Some(0), ""), "{}", end.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draining_has_an_end() {
    let api = Service::start(|_| Reply::never()).await;
    let short = folder("shutdown = \"200ms\"", &api.base_url);
    let patient = folder("shutdown = \"60s\"", &api.base_url);
    for (folder, signals, code) in [(short, 1, 0), (patient, 2, 1)] {
        let mut serving = serving(&folder, &[]);
        api.forget();
        let running = tokio::spawn(hello(&serving).send());
        api.until_calls(1).await;
        serving.signal("TERM");
        serving.read_until("stopping");
        if signals == 2 {
            serving.signal("INT");
        }
        let end = serving.ended();
        assert_eq!(end.code, Some(code), "{}", end.err);
        assert!(running.await.unwrap().is_err());
    }
}

/// One line for each operation, also for those that the end of the process cuts off, whatever carries them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_that_are_cut_off_are_logged() {
    let api = Service::start(|_| Reply::never()).await;
    let short = folder("shutdown = \"200ms\"", &api.base_url);
    let patient = folder("shutdown = \"60s\"", &api.base_url);
    for (folder, signals) in [(short, 1), (patient, 2)] {
        let mut serving = serving(&folder, &["--log-format", "json"]);
        api.forget();
        let plain = tokio::spawn(hello(&serving).header("x-request-id", "plain").send());
        let mut socket = Socket::acknowledged(serving.public, "/graphql", Socket::NEWER, "null").await;
        // Another query, so that it does not share the request of the first one.
        socket.subscribe("1", "query Greeting($name: String) { bye(name: $name) }").await;
        api.until_calls(2).await;
        serving.signal("TERM");
        serving.read_until("stopping");
        if signals == 2 {
            serving.signal("TERM");
        }
        let end = serving.ended();
        let lines: Vec<serde_json::Value> = end.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut access: Vec<_> = lines
            .iter()
            .filter(|line| line["target"] == "access")
            .map(|line| {
                [&line["transport"], &line["outcome"], &line["end"]].map(|text| text.as_str().unwrap_or_default())
            })
            .collect();
        access.sort_unstable();
        assert_eq!(access, [["http", "abandoned", ""], ["websocket", "abandoned", "drain"]], "{}", end.err);
        assert!(lines.iter().any(|line| line["request_id"] == "plain"), "{}", end.err);
        let told =
            lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains("still running")));
        assert_eq!(told.map(|line| &line["connections"]), (signals == 1).then_some(&2.into()), "{}", end.err);
        assert!(plain.await.unwrap().is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_that_the_end_of_the_server_ends_are_told_alike_over_each_transport() {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let folder = folder("", &api.base_url);
    let mut serving = serving(&folder, &["--log-format", "json"]);
    let mut bodies = Vec::new();
    for accept in ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"] {
        let request = http_client().post(format!("http://{}/graphql", serving.public));
        let request = request.header("content-type", "application/json").header("accept", accept);
        let mut response = request.body(r#"{"query":"subscription News { news }"}"#).send().await.unwrap();
        let mut text = Vec::new();
        while !String::from_utf8_lossy(&text).contains("hi") {
            text.extend(response.chunk().await.unwrap().unwrap());
        }
        bodies.push(response);
    }
    let mut socket = Socket::acknowledged(serving.public, "/graphql", Socket::NEWER, "null").await;
    socket.subscribe("1", "subscription News { news }").await;
    while !socket.text().await.contains("hi") {}
    serving.signal("TERM");
    serving.read_until("stopping");
    assert_eq!(socket.closed().await, Some(1012));
    drop((socket, bodies));
    let end = serving.ended();
    let lines: Vec<serde_json::Value> = end.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut access: Vec<_> = lines
        .iter()
        .filter(|line| line["target"] == "access")
        .map(|line| ["transport", "operation", "outcome", "end"].map(|key| line[key].as_str().unwrap_or_default()))
        .collect();
    access.sort_unstable();
    let told = ["multipart", "sse", "websocket"].map(|transport| [transport, "News", "ok", "drain"]);
    assert_eq!(access, told, "{}", end.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_taken_for_a_while_after_the_signal() {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    for (delay, signals, code) in [("24h", 2, 1), ("100ms", 1, 0)] {
        let folder = folder(&format!("drain_delay = \"{delay}\""), &api.base_url);
        let mut serving = serving(&folder, &[]);
        serving.signal("TERM");
        serving.read_until("stopping");
        if signals == 2 {
            while Answer::of(get(format!("http://{}/health/ready", serving.admin))).await.status != 503 {}
            assert_eq!(Answer::of(hello(&serving)).await.text(), r#"{"data":{"hello":"hi"}}"#);
            serving.signal("TERM");
        }
        let end = serving.ended();
        assert_eq!(end.code, Some(code), "{}", end.err);
    }
}

#[test]
fn a_busy_port_is_told_in_plain_words() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let folder = folder("", "http://127.0.0.1:9");
    for option in ["--listen", "--admin-listen"] {
        let run = run(&mut anabranch(folder.path(), &["serve", option, &address]));
        let expected = format!(
            "error: cannot listen on {address}: another program uses this port\n  = help: choose another address with \
             `{option}`, or port 0 for any free one\n"
        );
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(2), "", expected.as_str()));
    }
}

#[test]
fn an_unreachable_upstream_is_told_once_and_serving_goes_on() {
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = folder("", &format!("http://{nowhere}"));
    let mut serving = serving(&folder, &[]);
    serving.read_until("an upstream cannot be reached; fields that need it will be errors until it can");
    let line = serving.told.lines().last().unwrap();
    assert!(line.contains("upstream=\"api\"") && line.contains("WARN"), "{line}");
    serving.signal("TERM");
    let end = serving.ended();
    assert_eq!((end.code, end.err.matches("cannot be reached").count()), (Some(0), 1), "{}", end.err);
}

#[test]
fn an_admin_listener_can_be_asked_for() {
    let folder = project("[server]\nlisten = \"127.0.0.1:0\"\n[graph]\nschema = [\"graph.graphql\"]\n", GRAPH);
    let serving = serving(&folder, &["--admin-listen", "127.0.0.1:0"]);
    assert_ne!(serving.admin.port(), 0);
}

/// Sends operations whose names and ids would like to break a log.
async fn ask_badly(serving: &Serving) {
    let id = "x\tfake=\"1\" outcome=ok";
    assert!(hello(serving).header("x-request-id", id).send().await.unwrap().status().is_success());
    hello(serving).header("x-request-id", "mine-1").send().await.unwrap();
    let bodies = [
        r#"{"query":"query A { hello }","operationName":"A\n2026-01-01 ERROR forged"}"#,
        "{\"query\":\"{ \\n \\u001b[31m }\"}",
        r#"{"query":1}"#,
        "\n\n{",
    ];
    for body in bodies {
        let request = http_client().post(format!("http://{}/graphql", serving.public));
        request.header("content-type", "application/json").body(body).send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_logs_are_one_object_a_line_whatever_clients_send() {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let folder = folder("", &api.base_url);
    let serving = serving(&folder, &["--log-format", "json"]);
    ask_badly(&serving).await;
    serving.signal("TERM");
    let end = serving.ended();
    let lines: Vec<serde_json::Value> = end.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let access: Vec<_> = lines.iter().filter(|line| line["target"] == "access").collect();
    assert_eq!(access.len(), 6, "{}", end.err);
    let line = access[1];
    for (key, value) in [
        ("client", "default"),
        ("kind", "query"),
        ("operation", "Greeting"),
        ("outcome", "ok"),
        ("request_id", "mine-1"),
    ] {
        assert_eq!(line[key], value, "{line}");
    }
    assert!(line["duration_ms"].as_f64().is_some_and(|time| time > 0.0), "{line}");
    assert_eq!(line["upstream_calls"], 1);
    assert!(access[2..].iter().all(|line| line["outcome"] == "refused"), "{}", end.err);
    let id = access[0]["request_id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_tell_the_transport_of_each_operation() {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let folder = folder("", &api.base_url);
    let serving = serving(&folder, &["--log-format", "json"]);
    hello(&serving).send().await.unwrap();
    Answer::of(hello(&serving).header("accept", "text/event-stream")).await;
    let headers = format!("{}x-request-id: socket-1\r\n", Socket::NEWER);
    let mut socket = Socket::acknowledged(serving.public, "/graphql", &headers, "null").await;
    socket.subscribe("1", "query Greeting { hello }").await;
    while socket.text().await != r#"{"id":"1","type":"complete"}"# {}
    serving.signal("TERM");
    let end = serving.ended();
    let lines: Vec<serde_json::Value> = end.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let access: Vec<_> = lines.iter().filter(|line| line["target"] == "access").collect();
    let transports: Vec<_> = access.iter().map(|line| line["transport"].as_str().unwrap()).collect();
    assert_eq!(transports, ["http", "sse", "websocket"], "{}", end.err);
    for (key, value) in
        [("operation", "Greeting"), ("outcome", "ok"), ("end", "server"), ("connection", "socket-1"), ("kind", "query")]
    {
        assert_eq!(access[2][key], value, "{}", access[2]);
    }
    assert_eq!(access[2]["answers"], 1);
    assert_ne!(access[2]["request_id"], "socket-1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_logs_are_one_line_for_each_operation_too() {
    let api = Service::start(|_| Reply::json(r#"{"text":"hi"}"#)).await;
    let folder = folder("", &api.base_url);
    let mut serving = serving(&folder, &[]);
    let before = serving.told.len();
    ask_badly(&serving).await;
    serving.signal("TERM");
    serving.read_until("stopping");
    let told = serving.told.get(before..).unwrap();
    let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("stopping")).collect();
    assert_eq!(lines.len(), 6, "{told}");
    for line in lines {
        assert!(line.contains(" access: operation client=\"default\" "), "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}
