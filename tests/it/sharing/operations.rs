//! Identical queries in flight: one run for all, and nobody is given what is not theirs.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use anabranch::engine::{AnswerOrigin, GraphqlResponse};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::{
    sync::Notify,
    task::{JoinHandle, yield_now},
};

use super::{counted, gateway, header};
use crate::testkit::{Call, Gateway, Reply, Service, on_a_still_clock};

/// Only whole operations are shared.
const ON: &str = "[sharing]\noperations = true\nrequests = false\n[cache]\nsize = 0\nanswers = 0";

/// An upstream whose answers to queries are held back, each until it is let go.
#[derive(Debug, Default)]
struct Held {
    open: bool,
    gates: Vec<Arc<Notify>>,
    /// Counts mutations of `shop` and of `own`.
    versions: [usize; 2],
    calls: usize,
    next: Kind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Fine,
    Failing,
    Cookie,
}

impl Held {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.method == "POST" {
            self.versions[usize::from(call.target == "/change-own")] += 1;
            return Reply::json(r#"{"text":"done"}"#);
        }
        self.calls += 1;
        let text = format!(
            "{} v{} #{}",
            header(call, "authorization"),
            self.versions[usize::from(call.target == "/mine")],
            self.calls
        );
        let reply = match self.next {
            Kind::Fine => Reply::json(format!(r#"{{"text":"{text}"}}"#)),
            Kind::Failing => Reply::status(500, "{}"),
            Kind::Cookie => Reply::json(format!(r#"{{"text":"{text} cookie"}}"#)).header("set-cookie", "a=1"),
        };
        if self.open {
            return reply;
        }
        let gate = Arc::new(Notify::new());
        self.gates.push(gate.clone());
        reply.after(&gate)
    }

    fn let_go(&mut self, which: usize) {
        if !self.gates.is_empty() {
            let which = which % self.gates.len();
            self.gates.swap_remove(which).notify_one();
        }
    }

    fn open(&mut self) {
        self.open = true;
        self.gates.drain(..).for_each(|gate| gate.notify_one());
    }
}

struct Bench {
    held: Arc<Mutex<Held>>,
    service: Service,
    gateway: Gateway,
}

impl Bench {
    async fn start(toml: &str) -> Self {
        let held = Arc::new(Mutex::new(Held::default()));
        let state = held.clone();
        let service = Service::start(move |call| state.lock().unwrap().answer(call)).await;
        let gateway = gateway(&service, toml);
        Self { held, service, gateway }
    }

    /// Asks in a task, as far as its first call or the run that it joins.
    async fn ask(&self, query: &'static str, who: &str) -> JoinHandle<GraphqlResponse> {
        let gateway = if who.is_empty() { self.gateway.clone() } else { self.gateway.header("authorization", who) };
        let task = tokio::spawn(async move { gateway.client("web").response(query).await });
        settle().await;
        task
    }

    fn open(&self) {
        self.held.lock().unwrap().open();
    }
}

async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

fn text(response: &GraphqlResponse) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

#[test]
fn identical_queries_run_once() {
    on_a_still_clock(async {
        let bench = Bench::start(ON).await;
        let mut asked = Vec::new();
        for _ in 0..10 {
            asked.push(bench.ask("{ mine }", "alice").await);
        }
        bench.service.until_calls(1).await;
        assert_eq!(bench.gateway.engine.operations_in_flight(), 1);
        bench.open();
        let mut shared = 0;
        for asked in asked {
            let response = asked.await.unwrap();
            assert_eq!(text(&response), r#"{"data":{"mine":"alice v0 #1"}}"#);
            shared += usize::from(response.origin == AnswerOrigin::Shared);
        }
        assert_eq!((shared, counted(&bench.gateway, "anabranch_shared_operations")), (9, 9));
        assert_eq!(bench.gateway.engine.operations_in_flight(), 0);
    });
}

#[test]
fn each_query_runs_for_itself_unless_it_is_switched_on() {
    on_a_still_clock(async {
        let bench = Bench::start("[sharing]\nrequests = false").await;
        let (one, other) = (bench.ask("{ never }", "").await, bench.ask("{ never }", "").await);
        bench.service.until_calls(2).await;
        bench.open();
        for asked in [one, other] {
            assert_eq!(asked.await.unwrap().origin, AnswerOrigin::Own);
        }
    });
}

#[test]
fn the_first_one_may_leave() {
    on_a_still_clock(async {
        let bench = Bench::start(ON).await;
        let (leaving, staying) = (bench.ask("{ never }", "").await, bench.ask("{ never }", "").await);
        bench.service.until_calls(1).await;
        leaving.abort();
        assert!(leaving.await.unwrap_err().is_cancelled());
        bench.open();
        assert_eq!(text(&staying.await.unwrap()), r#"{"data":{"never":"none v0 #1"}}"#);
        assert_eq!((bench.service.calls().len(), bench.service.dropped()), (1, 0));
    });
}

#[test]
fn when_all_have_left_the_run_ends() {
    on_a_still_clock(async {
        let bench = Bench::start(ON).await;
        let asked = [bench.ask("{ never }", "").await, bench.ask("{ never }", "").await];
        bench.service.until_calls(1).await;
        asked.iter().for_each(JoinHandle::abort);
        bench.service.until_dropped(1).await;
        assert_eq!(bench.gateway.engine.operations_in_flight(), 0);
    });
}

#[test]
fn who_came_later_does_not_fail_by_the_deadline_of_the_first() {
    on_a_still_clock(async {
        let bench = Bench::start(&format!("{ON}\n[server]\ndeadline = \"1s\"")).await;
        let first = bench.ask("{ never }", "").await;
        bench.service.until_calls(1).await;
        tokio::time::advance(Duration::from_millis(500)).await;
        let second = bench.ask("{ never }", "").await;
        tokio::time::advance(Duration::from_millis(600)).await;
        assert!(text(&first.await.unwrap()).contains("DEADLINE_EXCEEDED"));
        bench.service.until_calls(2).await;
        bench.open();
        let second = second.await.unwrap();
        assert_eq!((second.origin, text(&second)), (AnswerOrigin::Own, r#"{"data":{"never":"none v0 #2"}}"#));
    });
}

#[test]
fn cookies_are_for_the_first_one_alone() {
    on_a_still_clock(async {
        let bench = Bench::start(ON).await;
        bench.held.lock().unwrap().next = Kind::Cookie;
        let (first, second) = (bench.ask("{ never }", "").await, bench.ask("{ never }", "").await);
        bench.service.until_calls(1).await;
        bench.open();
        assert_eq!(text(&first.await.unwrap()), r#"{"data":{"never":"none v0 #1 cookie"}}"#);
        assert_eq!(text(&second.await.unwrap()), r#"{"data":{"never":"none v0 #2 cookie"}}"#);
    });
}

#[test]
fn nobody_joins_what_began_before_a_mutation() {
    on_a_still_clock(async {
        let bench = Bench::start(ON).await;
        let before = bench.ask("{ never }", "").await;
        bench.service.until_calls(1).await;
        bench.gateway.client("web").ask("mutation { change }").await;
        let after = bench.ask("{ never }", "").await;
        bench.service.until_calls(3).await;
        bench.open();
        assert_eq!(text(&before.await.unwrap()), r#"{"data":{"never":"none v0 #1"}}"#);
        assert_eq!(text(&after.await.unwrap()), r#"{"data":{"never":"none v1 #2"}}"#);
    });
}

#[derive(Debug, Clone)]
enum Step {
    /// Query and credential.
    Ask(usize, usize),
    Leave(usize),
    LetGo(usize),
    Next(Kind),
    Mutate(bool),
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![3 => Just(Kind::Fine), 1 => Just(Kind::Failing), 1 => Just(Kind::Cookie)];
    let step = prop_oneof![
        8 => (0..3usize, 0..3usize).prop_map(|(query, who)| Step::Ask(query, who)),
        2 => any::<usize>().prop_map(Step::Leave),
        4 => any::<usize>().prop_map(Step::LetGo),
        2 => kind.prop_map(Step::Next),
        1 => any::<bool>().prop_map(Step::Mutate),
        3 => Just(Step::Settle),
    ];
    proptest::collection::vec(step, 1..60)
}

struct Asked {
    /// The versions when it was asked.
    versions: [usize; 2],
    who: &'static str,
    query: usize,
    task: JoinHandle<GraphqlResponse>,
}

const QUERIES: [&str; 3] = ["{ mine }", "{ mine never }", "{ never }"];
const WHO: [&str; 3] = ["", "alice", "bob"];

/// Everybody gets what a run of their own, begun no earlier, could have given. How many were shared?
async fn run(history: Vec<Step>) -> usize {
    let bench = Bench::start(ON).await;
    let mut asked: Vec<Asked> = Vec::new();
    let mut fails = false;
    for step in history {
        match step {
            Step::Ask(query, who) => {
                let versions = bench.held.lock().unwrap().versions;
                let task = bench.ask(QUERIES[query], WHO[who]).await;
                asked.push(Asked { versions, who: WHO[who], query, task });
            }
            Step::Leave(which) if !asked.is_empty() => {
                let left = asked.swap_remove(which % asked.len());
                left.task.abort();
            }
            Step::LetGo(which) => bench.held.lock().unwrap().let_go(which),
            Step::Next(kind) => {
                fails |= kind == Kind::Failing;
                bench.held.lock().unwrap().next = kind;
            }
            Step::Mutate(own) => {
                let text = if own { "mutation { changeOwn }" } else { "mutation { change }" };
                assert!(!bench.gateway.client("web").ask(text).await.contains("errors"));
            }
            Step::Settle => settle().await,
            Step::Leave(_) => {}
        }
    }
    bench.open();
    let mut cookies = HashSet::new();
    for asked in asked {
        let response = asked.task.await.unwrap();
        let text = text(&response);
        if response.errors > 0 {
            assert!(fails && text.contains("CONNECTOR_FETCH"), "{text}");
            continue;
        }
        let data: serde_json::Value = serde_json::from_str(text).unwrap();
        let fields = data["data"].as_object().unwrap();
        assert_eq!(fields.len(), if asked.query == 1 { 2 } else { 1 });
        for (name, value) in fields {
            let words: Vec<&str> = value.as_str().unwrap().split(' ').collect();
            let who = if name == "never" || asked.who.is_empty() { "none" } else { asked.who };
            assert_eq!(words[0], who, "{text}");
            let version: usize = words[1].trim_start_matches('v').parse().unwrap();
            let least = asked.versions[usize::from(name == "mine")];
            assert!(version >= least, "{text} is older than v{least}");
            assert!(words.len() == 3 || cookies.insert(words[2].to_owned()), "{text} was for someone else");
        }
    }
    // Those who left are gone as soon as their tasks have noticed.
    settle().await;
    assert_eq!(bench.gateway.engine.operations_in_flight(), 0, "nothing is left behind");
    counted(&bench.gateway, "anabranch_shared_operations")
}

#[test]
fn any_history_gives_everybody_what_is_theirs() {
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let shared = std::cell::Cell::new(0);
    runner
        .run(&steps(), |history| {
            shared.set(shared.get() + on_a_still_clock(run(history)));
            Ok(())
        })
        .unwrap();
    assert!(shared.get() > 30, "histories share: {}", shared.get());
}
