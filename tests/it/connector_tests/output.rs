//! What the command prints, for people, for tools and for CI.

use quick_xml::{Reader, events::Event};
use tempfile::TempDir;

use crate::testkit::{Run, anabranch, run};

pub(super) const SCHEMA: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "shop", http: {
    baseURL: "https://shop.example/v1"
    headers: [{ name: "x-key", value: "{$config.key}" }, { name: "accept-language", from: "accept-language" }]
  })
type Query {
  items(search: String, limit: Int = 20): [Item]
    @connect(source: "shop", http: { GET: "/items", queryParams: "q: $args.search?  limit: $args.limit" }
      selection: "$.items { id  name: title }")
  item(id: ID!): Item @connect(source: "shop", http: { GET: "/items/{$args.id}" }, selection: "id  name: title")
}
type Mutation {
  add(name: String!): Item
    @connect(source: "shop", http: { POST: "/items", body: "title: $args.name" }, selection: "id  name: title")
}
type Item { id: ID!  name: String }
"#;

/// A folder of these files.
pub(super) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Runs tests over [`SCHEMA`].
fn test(tests: &str, arguments: &[&str]) -> Run {
    let tests = format!("config:\n  schema: schema.graphql\n{tests}");
    let folder = folder(&[("schema.graphql", SCHEMA), ("shop.connector.yaml", &tests)]);
    run(&mut anabranch(folder.path(), &[&["test", "shop.connector.yaml"], arguments].concat()))
}

const FAILING: &str = r#"tests:
  - name: the request
    target: Query.items
    variables:
      $args: { search: tea }
      $config: { key: k }
    expect:
      connectorRequest:
        method: POST
        url: https://other.example/v2/items?q=coffee&limit=20&page=1
        headers: { x-key: other, accept-language: [de, fr], accept: null }
        body: { a: 1 }
  - name: the body
    target: Mutation.add
    variables: { $args: { name: Tea }, $config: { key: k } }
    expect:
      connectorRequest: { body: { title: Coffee, size: 1 } }
  - name: the response
    target: Query.items
    variables: { $config: { key: k } }
    apiResponseBody: '{"items": [{"id": 1, "title": "Tea"}, {"id": 2}]}'
    expect:
      connectorResponse: [{ id: 1, name: Coffee }, { id: 2, name: null }, { id: 3 }]
      problems:
        - message: property `.title` not found
          path: items.*.name
          count: 2
  - name: a response in place of an error
    target: Query.item
    variables: { $args: { id: 1 }, $config: { key: k } }
    apiResponseBody: { id: 1, title: Tea }
    expect:
      error: { message: gone }
  - name: an error in place of a response
    target: Query.item
    variables: { $args: { id: 1 }, $config: { key: k } }
    status: 503
    expect:
      connectorResponse: { id: 1 }
  - name: another error
    target: Query.item
    variables: { $args: { id: 1 }, $config: { key: k } }
    status: 503
    expect:
      error: { message: gone, extensions: { code: GONE, http: { status: 410 } } }
  - name: no request
    target: Query.item
    variables: { $args: { id: ".." }, $config: { key: k } }
    apiResponseBody: '{}'
    expect:
      connectorResponse: {}
  - name: a request where none is expected
    target: Query.item
    variables: { $args: { id: 1 }, $config: { key: k } }
    expect:
      requestError: dot segment
"#;

#[test]
fn every_kind_of_expectation_is_told_with_what_is_there() {
    let ran = test(FAILING, &[]);
    assert_eq!((ran.code, &*ran.err), (Some(1), ""));
    expect_test::expect_file!["output/failing.txt"].assert_eq(&ran.out);
}

#[test]
fn json_says_the_same() {
    let ran = test(FAILING, &["--format", "json", "--filter", "the body"]);
    expect_test::expect_file!["output/failing.json"].assert_eq(&ran.out);
}

#[test]
fn junit_is_well_formed_and_counts() {
    let tests = FAILING.replace("the body", "\"the <body> & \\\"more\\\" \\u0007 ]]>\"");
    let tests = format!("config: {{ schema: schema.graphql }}\n{tests}");
    let files = [
        ("schema.graphql", SCHEMA),
        ("a/shop.connector.yaml", &*tests.replace("schema.graphql", "../schema.graphql")),
        ("a/wrong.connector.yaml", "tests: 1"),
        (
            "a/fine.connectors.yml",
            "config: {schema: schema.graphql}\ntests:\n- {name: x, target: Query.items, expect: {connectorRequest: {method: GET}}}\n- {name: y, target: Query.items, skip: true, expect: {problems: []}}",
        ),
    ];
    let folder = folder(&files);
    let ran = run(&mut anabranch(folder.path(), &["test", "a", "--output", "junit.xml"]));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let text = std::fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    let mut reader = Reader::from_str(&text);
    let (mut depth, mut elements) = (0, Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                depth += 1;
                elements.push(start.name().as_ref().to_owned());
                assert!(start.attributes().all(|attribute| attribute.is_ok()));
            }
            Event::Empty(start) => elements.push(start.name().as_ref().to_owned()),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    assert_eq!(depth, 0);
    assert_eq!(
        [
            count("testsuites"),
            count("testsuite"),
            count("testcase"),
            count("failure"),
            count("error"),
            count("skipped")
        ],
        [1, 3, 11, 8, 1, 1]
    );
    let root = text.lines().nth(1).unwrap();
    assert!(root.contains(r#"tests="11" failures="8" errors="1" skipped="1""#), "{root}");
    assert!(text.contains("the &lt;body&gt; &amp; &quot;more&quot; \u{fffd} ]]&gt;"), "{text}");
}

#[test]
fn mistakes_in_a_file_are_told_all_at_once() {
    let ran = test(
        r#"  nam: x
tests:
  - name: one
    target: Query.items
    variables: { $arg: { a: 1 }, $this: [1], $requestHeaders: { "a b": c } }
    apiResponseBodyFile: missing.json
    status: ok
    expect:
      connectorRequest: { methd: GET, method: FETCH, headers: [x] }
      connectorResponse: '{"a": }'
      error: { mesage: x }
      problems: [{ count: 0 }]
  - name: one
    connector: Query.items
    target: Query.items
    expect: {}
  - targt: Query.items
"#,
        &[],
    );
    assert_eq!(ran.code, Some(2));
    expect_test::expect_file!["output/mistakes.txt"].assert_eq(&ran.err);
    assert_eq!(
        ran.out,
        "shop.connector.yaml\n  FAILED  its tests cannot be run\n1 file, 0 tests: 0 passed; 1 file could not be run\n"
    );
}

#[test]
fn broken_yaml_is_told_with_its_place() {
    let ran = test("tests:\n  - name: [one\n    target: x\n", &[]);
    assert_eq!(ran.code, Some(2));
    expect_test::expect_file!["output/broken.txt"].assert_eq(&ran.err);
}

#[test]
fn unknown_targets_are_told_with_suggestions() {
    let ran = test(
        "tests:\n- {name: a, target: Query.itms, expect: {problems: []}}\n- {name: b, target: 'Query.item[1]', expect: {problems: []}}\n- {name: c, target: Order, expect: {problems: []}}\n",
        &[],
    );
    assert_eq!(ran.code, Some(2));
    expect_test::expect_file!["output/targets.txt"].assert_eq(&ran.err);
}

#[test]
fn graphs_are_checked_as_usual() {
    let schema = SCHEMA.replace("selection: \"id  name: title\"", "selection: \"id  nam: title\"");
    let folder = folder(&[
        ("schema.graphql", &schema),
        (
            "a.connector.yaml",
            "config: {schema: schema.graphql}\ntests:\n- {name: a, target: Query.items, expect: {problems: []}}",
        ),
        (
            "b.connector.yaml",
            "config: {schema: schemas/*.graphql}\ntests:\n- {name: a, target: Query.items, expect: {problems: []}}",
        ),
        ("c.connector.yaml", "tests:\n- {name: a, target: Query.items, expect: {problems: []}}"),
    ]);
    let ran = run(&mut anabranch(folder.path(), &["test", "."]));
    assert_eq!(ran.code, Some(2));
    for part in [
        "SELECTED_FIELD_NOT_FOUND",
        "`schemas/*.graphql` does not exist",
        "no schema is named",
        "b.connector.yaml:1:18",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(ran.out.ends_with("3 files, 0 tests: 0 passed; 3 files could not be run\n"), "{}", ran.out);
}

#[test]
fn some_tests_can_be_chosen_and_the_first_failure_can_end_all() {
    let chosen = test(FAILING, &["--filter", "MUTATION"]);
    assert!(chosen.out.ends_with("1 file, 1 test: 0 passed, 1 failed\n"), "{}", chosen.out);
    let first = test(FAILING, &["--fail-fast"]);
    assert!(first.out.ends_with("1 file, 1 test: 0 passed, 1 failed\n"), "{}", first.out);
    let none = test(FAILING, &["--filter", "nothing like it"]);
    assert_eq!((none.code, &*none.err), (Some(2), "error: no test has `nothing like it` in its name or target\n"));
}

#[test]
fn where_there_is_nothing_to_test_that_is_told() {
    let folder = folder(&[("tests/readme.md", "")]);
    let told = |arguments: &[&str]| run(&mut anabranch(folder.path(), arguments));
    let help = "  = help: name a directory with `*.connector.yaml` files in it, or such a file\n";
    let none = told(&["test"]);
    assert_eq!((none.code, &*none.out), (Some(2), ""));
    assert_eq!(none.err, format!("error: no `*.connector.yaml` file below `tests`\n{help}"));
    assert_eq!(told(&["test", "nowhere"]).err, format!("error: there is no `nowhere`\n{help}"));
}

#[test]
fn colors_are_for_terminals_and_those_who_ask() {
    assert!(!test(FAILING, &[]).out.contains('\u{1b}'));
    assert!(test(FAILING, &["--color", "always"]).out.contains("\u{1b}[1;31mFAILED\u{1b}[0m"));
}

/// Values of variables win over `upstreams.toml` and the environment, in base URLs, too.
#[test]
fn a_test_gives_its_own_configuration_and_environment() {
    let schema = SCHEMA.replace("https://shop.example/v1", "https://{$config.host}/{$env.STAGE}");
    let tests = "config: { schema: schema.graphql, upstreams: upstreams.toml }
tests:
- name: as configured
  target: Query.items
  variables: { $env: { STAGE: v0 } }
  expect: { connectorRequest: { url: 'https://configured.example/v0/items?limit=20', headers: { x-key: secret, x-more: m } } }
- name: its own
  target: Query.items
  variables: { $config: { host: own.example }, $env: { STAGE: v9 } }
  expect: { connectorRequest: { url: 'https://own.example/v9/items?limit=20', headers: { x-key: secret } } }
- name: none of its own
  target: Query.items
  expect: { connectorRequest: { url: 'https://configured.example/v0/items?limit=20' } }
";
    let settings = "[graph]\nschema = \"schema.graphql\"\n[upstreams.shop]\nconfig = { host = \"configured.example\", key = \"secret\" }\nheaders = { x-more = \"m\" }\n";
    let folder = folder(&[("schema.graphql", &schema), ("upstreams.toml", settings), ("a.connector.yaml", tests)]);
    let ran = run(&mut anabranch(folder.path(), &["test", "a.connector.yaml"]));
    assert_eq!(
        ran.out,
        "a.connector.yaml\n  ok      as configured\n  ok      its own\n  ok      none of its own\n1 file, 3 tests: 3 passed\n",
        "{}",
        ran.err
    );
}
