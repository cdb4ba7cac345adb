//! What completion takes a short way for is answered as if there were none.

use std::{
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Duration,
};

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::{
    config::{self, ByteSize, ProcessEnvironment},
    executor::{RunContext, run::StepResult},
    graphql::DocumentLimits,
    mapping::{Problems, Scope},
    model::{self, Model},
    planner::{self, OperationPlan, Provider, Step},
    telemetry::{Identity, Metrics},
    upstream::{CallContext, Parts, ProblemNotes, Upstreams},
};

const GRAPH: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect"])
type Query {
  posts: [Post] @connect(
    source: "api" http: { GET: "/posts" }
    selection: "id title score kind tags open any author: { id: author } editor: { id: editor }"
  )
}
scalar Any
enum Kind { TALE ESSAY NOTE }
type Post {
  id: ID! title: String! score: Float kind: Kind tags: [[Int!]] open: Boolean any: Any author: User editor: User!
}
type User @connect(
  source: "api" http: { GET: "/users?ids={$batch.id->joinNotNull(',')}" }
  selection: "id name age friend: { id: friend } company { name size } jobs { name size }"
) {
  id: ID! name: String! age: Int friend: User company: Company jobs: [Company!]
}
type Company { name: String! size: Int }
"#;

const OPERATIONS: [&str; 5] = [
    "{ posts { id title score kind tags open any author { id name age } } }",
    "{ posts { author { __typename id name age company { name size } jobs { name } } editor { id name } } }",
    "{ posts { title author { n: name friend { id name friend { name } } } again: author { age } editor { age id } } }",
    "query($on: Boolean!) { posts { author { id @include(if: $on) name @skip(if: $on) company { name } } title } }",
    "{ posts { editor { friend { company { size name } jobs { name } } id } } more: posts { author { name id } } }",
];

/// Values as services send them: most of them as they should be.
const VALUES: [&str; 24] = [
    "1",
    "2",
    "1",
    "\"1\"",
    "7",
    "-0",
    "1.5",
    "2e3",
    "1e999",
    "99999999999",
    "true",
    "null",
    "[]",
    "[[1],[2,null]]",
    "[[1,2],null]",
    "{\"name\":\"x\"}",
    "\"x\"",
    "\"a \\\"b\\\" \\u00e9\"",
    "\"\\ud83d\"",
    "\"TALE\"",
    "\"\\u0054ALE\"",
    "\"a longer text, with a few words in it\"",
    "[{\"name\":\"y\",\"size\":1},{\"name\":null}]",
    "\"NOTE\"",
];

/// What stands in a row, by the names of its fields.
type Row = Vec<(&'static str, Option<&'static str>)>;

/// One world: rows of both types, what rows are joined to, an operation, the bound of the answer.
#[derive(Debug, Clone)]
struct Case {
    posts: Vec<Row>,
    users: Vec<Row>,
    joins: Vec<usize>,
    operation: &'static str,
    limit: u64,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_errors_and_problems_are_those_of_the_long_way(case in cases()) {
        prop_assert_eq!(told(&case, true), told(&case, false));
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let usual = |field: &'static str, usual: &'static str| {
        prop_oneof![
            6 => Just((field, Some(usual))),
            2 => prop::sample::select(&VALUES[..]).prop_map(move |value| (field, Some(value))),
            1 => Just((field, None)),
        ]
    };
    let post = (
        usual("id", "3"),
        usual("title", "\"A title\""),
        usual("score", "4.50"),
        usual("kind", "\"ESSAY\""),
        usual("tags", "[[1,2],[]]"),
        usual("author", "1"),
        usual("editor", "\"2\""),
        usual("any", "{\"a\": [1]}"),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| vec![a, b, c, d, e, f, g, h]);
    let user = (
        usual("id", "1"),
        usual("name", "\"Ann\""),
        usual("age", "40"),
        usual("friend", "2"),
        usual("company", "{\"name\":\"Co\",\"size\":7}"),
        usual("jobs", "[{\"name\":\"Co\"}]"),
    )
        .prop_map(|(a, b, c, d, e, f)| vec![a, b, c, d, e, f]);
    let limit = prop_oneof![4 => Just(u64::MAX), 1 => 10_u64..2_000];
    (
        prop::collection::vec(post, 0..12),
        prop::collection::vec(user, 1..4),
        prop::collection::vec(0_usize..8, 1..20),
        prop::sample::select(&OPERATIONS[..]),
        limit,
    )
        .prop_map(|(posts, users, joins, operation, limit)| Case { posts, users, joins, operation, limit })
}

static SERVED: LazyLock<(Arc<Model>, Arc<Upstreams>)> = LazyLock::new(graph);

fn graph() -> (Arc<Model>, Arc<Upstreams>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("graph.graphql"), GRAPH).unwrap();
    let text = "[graph]\nschema = [\"graph.graphql\"]\n[upstreams.api]\nbase_url = \"http://api.test\"\n";
    let loaded = config::load_text(Path::new("upstreams.toml"), text, folder.path(), &ProcessEnvironment);
    let (config, _) = loaded.usable().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = model::compile(&config, &ProcessEnvironment);
    let model = compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    let upstreams = Upstreams::new(&model, &config, &Metrics::new()).unwrap();
    (Arc::new(model), Arc::new(upstreams))
}

/// Everything that is told of a case.
fn told(case: &Case, short: bool) -> String {
    let (model, upstreams) = &*SERVED;
    let view = model.clients.values().next().unwrap();
    let limits = DocumentLimits {
        bytes: 1 << 16,
        tokens: 1_000,
        nesting: 50,
        depth: 15,
        aliases: 10,
        root_fields: 10,
        fields: 100,
    };
    let prepared = view.schema.prepare(case.operation, None, &limits).unwrap();
    let mut plan = planner::plan(model, view, &prepared.operation).unwrap();
    if !short {
        forget_shortcuts(&mut plan);
    }
    let call = CallContext {
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
        context: Value::Null,
        headers: Arc::default(),
        ids: (&Identity::fixed("1", "")).into(),
        calls_left: AtomicI64::new(9),
        recorder: None,
        problems: Some(ProblemNotes::default()),
        bytes_left: AtomicI64::new(9),
        parts: Parts::default(),
    };
    let context = RunContext {
        model: model.clone(),
        upstreams: upstreams.clone(),
        variables: Value::parse(br#"{"on":true}"#).unwrap(),
        introspection: None,
        call: Arc::new(call),
        trusted_headers: http::HeaderMap::new(),
        limits: config::Limits { response_bytes: ByteSize(case.limit), ..view.limits },
        given: None,
        abandoned: Arc::new(AtomicBool::new(false)),
    };
    let run = Run::new(&plan, &context);
    for step in &plan.steps {
        run.complete(step.id, result(&run, step, case));
    }
    let outcome = answer(&run);
    let data = String::from_utf8(outcome.body).unwrap();
    let problems = problems::told(&run).unwrap().list;
    format!("{data}\n{:#?}\n{}\n{problems:#?}", outcome.errors, outcome.errors_dropped)
}

fn forget_shortcuts(plan: &mut OperationPlan) {
    for object in &mut plan.objects {
        object.parts = None;
        for entry in object.variants.iter_mut().flat_map(|variant| &mut variant.fields) {
            if let EntryKind::Value(program) = &mut entry.kind {
                program.leaf = None;
            }
        }
    }
}

/// The result of a step: posts for the root, users for whatever is joined.
fn result(run: &Run<'_>, step: &Step, case: &Case) -> StepResult {
    let rows = if step.join.key.is_empty() { &case.posts } else { &case.users };
    let mut tables = step.program.tables();
    let body = Bytes::from(text(rows));
    let root = step.program.run(&body, &Scope::default(), 1_000, &mut tables, &mut Problems::default()).unwrap();
    let join = match run.provider(step.join.position) {
        Some(Provider::Step { step: parent, table }) => {
            let parents = run.result(parent).unwrap().tables.tables[table].rows();
            let roots = [tables.list(root), &[Slot::Missing, Slot::Null, Slot::Failed(0)]].concat();
            (0..parents).map(|row| roots[case.joins[row % case.joins.len()] % roots.len()]).collect()
        }
        _ => vec![root],
    };
    StepResult { tables, join, live: None, repeats: true }
}

fn text(rows: &[Row]) -> String {
    let member = |(name, value): &(&str, Option<&str>)| value.map(|value| format!("\"{name}\":{value}"));
    let row = |row: &Row| format!("{{{}}}", row.iter().filter_map(member).collect::<Vec<_>>().join(","));
    format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(","))
}
