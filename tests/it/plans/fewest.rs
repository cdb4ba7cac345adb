//! Plans call as few connectors as can be: random types and questions, against all sets of connectors.

use std::{collections::BTreeSet, fmt::Write as _};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{check, compile, plan};
use expect_test::expect;

const FIELDS: usize = 6;
const KEYS: usize = 3;

/// A connector on the type: which of the keys it needs, and the fields and keys that it gives.
#[derive(Debug, Clone)]
struct Loader {
    key: usize,
    fields: BTreeSet<usize>,
    keys: BTreeSet<usize>,
}

fn loaders() -> impl Strategy<Value = (Vec<Loader>, BTreeSet<usize>)> {
    let loader = (
        prop_oneof![3 => Just(0), 1 => 0..KEYS],
        prop::collection::btree_set(0..FIELDS, 1..4),
        prop::collection::btree_set(1..KEYS, 0..2),
    );
    let loader = loader.prop_map(|(key, fields, keys)| Loader { key, fields, keys });
    (prop::collection::vec(loader, 1..7), prop::collection::btree_set(0..FIELDS, 1..FIELDS))
}

/// A type with these connectors. A last one, `rest`, gives everything: nothing is unresolvable, though it may cost a call.
fn graph(loaders: &[Loader]) -> String {
    let mut graph = String::from(
        r#"type Query { thing: Thing @connect(source: "api", http: { GET: "/thing" }, selection: "k0") }
           type Thing"#,
    );
    for (number, loader) in loaders.iter().enumerate() {
        let mut selection = format!("k{}", loader.key);
        loader.keys.iter().filter(|key| **key != loader.key).for_each(|key| write!(selection, " k{key}").unwrap());
        loader.fields.iter().for_each(|field| write!(selection, " f{field}").unwrap());
        let key = loader.key;
        writeln!(
            graph,
            r#"@connect(source: "api", http: {{ GET: "/{number}/{{$this.k{key}}}" }}, selection: "{selection}")"#
        )
        .unwrap();
    }
    let last = "k1 k2 f0 f1 f2 f3 f4 f5";
    writeln!(graph, r#"@connect(source: "api", http: {{ GET: "/rest/{{$this.k0}}" }}, selection: "{last}")"#).unwrap();
    graph.push_str("{ k0: ID k1: ID k2: ID f0: Int f1: Int f2: Int f3: Int f4: Int f5: Int }");
    graph
}

/// The fewest connectors that give all of `asked`.
fn fewest(loaders: &[Loader], asked: &BTreeSet<usize>) -> usize {
    let rest = Loader { key: 0, fields: (0..FIELDS).collect(), keys: (1..KEYS).collect() };
    let all: Vec<Loader> = loaders.iter().cloned().chain([rest]).collect();
    let possible = (0_usize..1 << all.len()).filter(|set| {
        let chosen: Vec<&Loader> =
            all.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, one)| one).collect();
        let mut keys = BTreeSet::from([0]);
        for _ in 0..chosen.len() {
            let known = keys.clone();
            chosen.iter().filter(|one| known.contains(&one.key)).for_each(|one| keys.extend(&one.keys));
        }
        chosen.iter().all(|one| keys.contains(&one.key))
            && asked.iter().all(|field| chosen.iter().any(|one| one.fields.contains(field)))
    });
    possible.map(|set| set.count_ones() as usize).min().unwrap()
}

#[test]
fn no_plan_calls_more_connectors_than_it_must() {
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 150, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&loaders(), |(loaders, asked)| {
        let model = compile(&graph(&loaders), None);
        let fields: Vec<String> = asked.iter().map(|field| format!("f{field}")).collect();
        let plan = plan(&model, "default", &format!("{{ thing {{ {} }} }}", fields.join(" ")));
        let steps = plan.lines().filter(|line| line.starts_with("step ")).count();
        prop_assert_eq!(steps, 1 + fewest(&loaders, &asked), "{}\n{}", graph(&loaders), plan);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn of_several_connectors_on_a_field_the_one_that_saves_calls_below_is_called() {
    check(
        r#"
        type Query {
          post: Post
            @connect(source: "api", http: { GET: "/short" }, selection: "id author: { id: authorId }")
            @connect(source: "api", http: { GET: "/long" }, selection: "id text author: { id: authorId name: authorName }")
        }
        type Post
          @connect(source: "api", http: { GET: "/posts/{$this.id}" }, selection: "id text")
        { id: ID! text: String author: Author }
        type Author
          @connect(source: "api", http: { GET: "/authors/{$this.id}" }, selection: "id name")
        { id: ID! name: String }
        "#,
        "{ post { author { name } } }",
        &expect![[r#"
            plan: 1 step in 1 wave

            step 1 (wave 1): Query.post[1]
              calls   api GET /long
              once    for the root
              reads   author { name }
        "#]],
    );
}

#[test]
fn below_a_list_two_batches_are_better_than_a_call_for_each() {
    let graph = r#"
        type Query {
          all: [Thing] @connect(source: "api", http: { GET: "/all" }, selection: "id")
          one: Thing @connect(source: "api", http: { GET: "/one" }, selection: "id")
        }
        type Thing
          @connect(source: "api", http: { GET: "/single/{$this.id}" }, selection: "id a b")
          @connect(source: "api", http: { GET: "/as?ids={$batch.id->joinNotNull(',')}" }, selection: "id a")
          @connect(source: "api", http: { GET: "/bs?ids={$batch.id->joinNotNull(',')}" }, selection: "id b")
        { id: ID! a: Int b: Int }
        "#;
    check(
        graph,
        "{ all { a b } }",
        &expect![[r#"
        plan: 3 steps in 2 waves

        step 1 (wave 1): Query.all
          calls   api GET /all
          once    for the root
          reads   id

        step 2 (wave 2): Thing[1]
          calls   api GET /as?ids={$batch.id->joinNotNull(',')}
          batch   of all distinct `id` of all[]
          reads   a, id
          after   step 1

        step 3 (wave 2): Thing[2]
          calls   api GET /bs?ids={$batch.id->joinNotNull(',')}
          batch   of all distinct `id` of all[]
          reads   b, id
          after   step 1
    "#]],
    );
    check(
        graph,
        "{ one { a b } }",
        &expect![[r#"
        plan: 2 steps in 2 waves

        step 1 (wave 1): Query.one
          calls   api GET /one
          once    for the root
          reads   id

        step 2 (wave 2): Thing[0]
          calls   api GET /single/{$this.id}
          once    for each distinct `id` of one
          reads   a, b
          after   step 1
    "#]],
    );
}

#[test]
fn a_key_may_come_from_a_connector_of_its_own_field() {
    check(
        r#"
        type Query { thing: Thing @connect(source: "api", http: { GET: "/thing" }, selection: "id") }
        type Thing
          @connect(source: "api", http: { GET: "/codes/{$this.code}" }, selection: "code name")
        { id: ID!  code: String @connect(source: "api", http: { GET: "/code/{$this.id}" }, selection: "$.code")  name: String }
        "#,
        "{ thing { name } }",
        &expect![[r#"
            plan: 3 steps in 3 waves

            step 1 (wave 1): Query.thing
              calls   api GET /thing
              once    for the root
              reads   id

            step 2 (wave 2): Thing.code
              calls   api GET /code/{$this.id}
              once    for each distinct `id` of thing
              reads   the value
              after   step 1

            step 3 (wave 3): Thing
              calls   api GET /codes/{$this.code}
              once    for each distinct `code` of thing
              reads   name
              after   step 1, 2
        "#]],
    );
}

#[test]
fn what_is_computed_is_no_call() {
    check(
        r#"
        extend schema
          @link(url: "https://specs.apollo.dev/connect/v0.4", import: ["@connect", "@source"])
          @source(name: "api", http: { baseURL: "http://api.test" })
        type Query { person: Person @connect(source: "api", http: { GET: "/person" }, selection: "id first last") }
        type Person
          @connect(source: "api", http: { GET: "/names/{$this.id}" }, selection: "id name")
          @connect(selection: "name: $([$this.first, $this.last])->joinNotNull(' ')")
        { id: ID! first: String last: String name: String }
        "#,
        "{ person { name } }",
        &expect![[r#"
            plan: 2 steps in 2 waves

            step 1 (wave 1): Query.person
              calls   api GET /person
              once    for the root
              reads   first, last

            step 2 (wave 2): Person[1]
              computes name: $([$this.first, $this.last])->joinNotNull(' ')
              once    for each distinct `first, last` of person
              reads   name
              after   step 1
        "#]],
    );
}
