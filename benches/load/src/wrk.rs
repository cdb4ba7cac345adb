//! The load generator, wrk: the script that tells it what to send, and what it says in the end.

use std::{path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    exchange::Message,
    process::{self, Cpu},
    workload::Order,
};

/// The mark of the line that the script prints last.
const MARK: &str = "LOAD ";
/// Stands in a request for a number that no other request has.
pub const UNIQUE: &str = "@@@@@@@@@@@@";

/// What to send for how long.
#[derive(Debug, Clone)]
pub struct Load<'a> {
    /// To which port of loopback.
    pub port: u16,
    /// What is sent.
    pub messages: &'a [Message],
    /// In which order.
    pub order: Order,
    /// Whether each request has another number in the place of [`UNIQUE`].
    pub unique: bool,
    /// At once.
    pub connections: u32,
    /// For so long.
    pub time: Duration,
    /// The number before the first unique one; later runs have larger ones.
    pub seed: u64,
}

/// What wrk counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Answered requests.
    pub requests: u64,
    /// Microseconds that the run took.
    pub micros: u64,
    /// Bytes received, heads included.
    pub bytes: u64,
    /// Connections that were not established.
    pub connect: u64,
    /// Failed reads.
    pub read: u64,
    /// Failed writes.
    pub write: u64,
    /// Requests that took longer than wrk waits.
    pub timeout: u64,
    /// Answers of a status of 400 or above.
    pub status: u64,
    /// Median of the latency, in microseconds.
    pub p50: u64,
    /// In microseconds, what one of a hundred requests exceeds.
    pub p99: u64,
}

/// Runs wrk and waits for it. `script` is where its script is written.
pub async fn run(load: &Load<'_>, cpu: Cpu, script: &Path) -> Result<Summary> {
    let file = |source| Error::File { path: script.to_owned(), source };
    std::fs::write(script, self::script(load)).map_err(file)?;
    let seconds = load.time.as_secs().max(1);
    let arguments = [
        "-t1".to_owned(),
        format!("-c{}", load.connections),
        format!("-d{seconds}s"),
        "--timeout".to_owned(),
        "10s".to_owned(),
        "-s".to_owned(),
        script.display().to_string(),
        format!("http://127.0.0.1:{}/", load.port),
    ];
    let output = process::output(cpu, "wrk", &arguments).await?;
    parse(&output)
}

// === impl Summary ===

impl Summary {
    /// Answered requests in a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 * 1e6 / self.micros.max(1) as f64
    }

    /// Bytes received for each request, heads included.
    pub fn bytes_each(&self) -> f64 {
        self.bytes as f64 / self.requests.max(1) as f64
    }

    /// What went wrong, if anything did.
    pub fn failure(&self) -> Option<String> {
        let counts = [
            ("answers with a status of an error", self.status),
            ("connections refused", self.connect),
            ("failed reads", self.read),
            ("failed writes", self.write),
            ("timeouts", self.timeout),
        ];
        let failures: Vec<String> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
        if self.requests == 0 {
            return Some(["no answer".to_owned()].into_iter().chain(failures).collect::<Vec<_>>().join(", "));
        }
        (!failures.is_empty()).then(|| failures.join(", "))
    }
}

/// Takes the summary out of wrk's output.
fn parse(output: &str) -> Result<Summary> {
    let line = output.lines().find_map(|line| line.strip_prefix(MARK));
    let failed = |reason: &str| Error::Summary(format!("{reason} in: {}", output.trim()));
    serde_json::from_str(line.ok_or_else(|| failed("no line"))?).map_err(|error| failed(&error.to_string()))
}

/// A script that sends the messages: one that is always the same is rendered once, by wrk itself.
fn script(load: &Load<'_>) -> String {
    let mut script = String::new();
    match load.messages {
        [message, ..] if load.order == Order::Same && !load.unique => {
            script.push_str(&format!("wrk.method = {}\n", quote(message.method.as_str())));
            script.push_str(&format!("wrk.path = {}\n", quote(&message.path)));
            script.push_str(&format!("wrk.body = {}\n", body(message)));
            script.push_str(&format!("wrk.headers = {}\n", headers(message)));
        }
        messages => {
            script.push_str("local requests = {}\nfunction init()\n");
            for message in messages {
                let (method, path) = (quote(message.method.as_str()), quote(&message.path));
                let rendered = format!("wrk.format({method}, {path}, {}, {})", headers(message), body(message));
                script.push_str(&format!("  requests[#requests + 1] = {rendered}\n"));
            }
            script.push_str("end\n");
            script.push_str(&request(load));
        }
    }
    script.push_str(DONE);
    script
}

/// What chooses the next request.
fn request(load: &Load<'_>) -> String {
    let choice = match load.order {
        Order::Same => "requests[1]",
        Order::Random => "requests[math.random(#requests)]",
        Order::Rotating => "requests[turn % #requests + 1]",
    };
    let unique = format!("(string.gsub({choice}, \"{UNIQUE}\", string.format(\"%012d\", {} + turn)))", load.seed);
    let choice = if load.unique { &unique } else { choice };
    format!(
        "math.randomseed({})\nlocal turn = 0\nfunction request()\n  turn = turn + 1\n  return {choice}\nend\n",
        load.seed % 1_000_003
    )
}

fn headers(message: &Message) -> String {
    let content_type = ("content-type".to_owned(), "application/json".to_owned());
    let headers = message.headers.iter().chain((!message.body.is_empty()).then_some(&content_type));
    let headers: Vec<String> = headers.map(|(name, value)| format!("[ {} ] = {}", quote(name), quote(value))).collect();
    format!("{{ {} }}", headers.join(", "))
}

fn body(message: &Message) -> String {
    if message.body.is_empty() { "nil".to_owned() } else { quote(&message.body) }
}

/// A string of Lua: in long brackets, so that nothing in it is special.
fn quote(text: &str) -> String {
    format!("[===[\n{text}]===]")
}

const DONE: &str = r#"
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'LOAD {"requests":%d,"micros":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write, errors.timeout,
    errors.status, latency:percentile(50), latency:percentile(99)))
end
"#;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Load, Order, Summary, UNIQUE, parse, script};
    use crate::exchange::Message;

    const OUTPUT: &str = "Running 3s test @ http://127.0.0.1:4000/
  1 threads and 50 connections
  2 requests in 3.00s, 1.00KB read
LOAD {\"requests\":2,\"micros\":1000000,\"bytes\":1024,\"connect\":0,\"read\":0,\"write\":0,\"timeout\":1,\"status\":2,\"p50\":5,\"p99\":9}
";

    #[test]
    fn reads_the_summary_out_of_the_output() {
        let summary = parse(OUTPUT).unwrap();
        assert_eq!(summary.requests, 2);
        assert_eq!(summary.rate(), 2.0);
        assert_eq!(summary.bytes_each(), 512.0);
        assert_eq!(summary.failure().unwrap(), "2 answers with a status of an error, 1 timeouts");
        assert!(parse("unable to connect").unwrap_err().to_string().contains("unable to connect"));
    }

    #[test]
    fn a_run_without_an_answer_failed() {
        let silent = Summary { requests: 0, status: 0, timeout: 0, ..parse(OUTPUT).unwrap() };
        assert_eq!(silent.failure().unwrap(), "no answer");
        let fine = Summary { requests: 1, ..silent };
        assert_eq!(fine.failure(), None);
    }

    #[test]
    fn scripts_send_what_is_asked_in_its_order() {
        let mut message = Message::post("/graphql", "{\"query\":\"{ a }\"}".to_owned());
        message.headers.push(("authorization".to_owned(), format!("Bearer {UNIQUE}")));
        let messages = [message, Message::get("/b")];
        let load = |order, unique| Load {
            port: 1,
            messages: &messages,
            order,
            unique,
            connections: 1,
            time: Duration::from_secs(1),
            seed: 7,
        };
        let same = script(&load(Order::Same, false));
        assert!(!same.contains("function request"), "{same}");
        assert!(same.contains("wrk.body = [===[\n{\"query\":\"{ a }\"}]===]"), "{same}");
        let rotating = script(&load(Order::Rotating, true));
        assert_eq!(rotating.matches("wrk.format(").count(), 2);
        assert!(rotating.contains("string.format(\"%012d\", 7 + turn)"), "{rotating}");
        assert!(rotating.contains("{  }, nil)"), "{rotating}");
    }
}
