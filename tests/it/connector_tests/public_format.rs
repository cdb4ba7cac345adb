//! Files that were written for other tools of this ecosystem run here as they are.

use super::output::folder;
use crate::testkit::{anabranch, run};

const SCHEMA: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  @link(url: "https://specs.apollo.dev/connect/v0.2", import: ["@connect", "@source"])
  @source(name: "greeter", http: { baseURL: "https://greet.example/api" })
type Query {
  hello(name: String): Greeting
    @connect(
      id: "say_hello"
      source: "greeter"
      errors: { message: "$('no greeting today')" }
      http: { POST: "/greeting?name={$args.name}", body: "to: $args.name  by: $config.user" }
      selection: "text: greeting"
    )
}
type Greeting { text: String }
"#;

const TESTS: &str = r#"
config:
  schema: project/schema.graphql
  name: greetings
  common:
    connector: say_hello
    variables:
      $args: { name: Some Name }
      $config: { user: 123 }
    apiResponseBodyFile: project/answer.json
    apiResponseHeaders:
      content-type: application/json; charset=utf-8
    expectedRequestMethod: POST
    expectedRequestOrigin: greet.example
    expectedResponse: '{"text": "Hello Some Name"}'
tests:
  - name: ShouldGreet
    expect:
      connectorRequest:
        scheme: https
        path: /api/greeting
        queryParams:
          name: "Some Name"
        bodyFile: project/request.json
      connectorResponseHeaders:
        "content-type": "application/json; charset=utf-8"
  - name: ShouldGreetAnother
    variables:
      $args: { name: Ann }
    apiResponseBody: |
      {"greeting": "Hello Ann"}
    expect:
      connectorRequest:
        url: https://greet.example/api/greeting?name=Ann
      connectorResponseFile: project/ann.json
  - name: ShouldHandleMappingProblems
    connector: Query.hello
    apiResponseBody: |
      {"randomField": "Hello Some Name"}
    expect:
      connectorRequest:
        url: https://greet.example/api/greeting?name=Some Name
      connectorResponse: '{}'
      problems:
        - message: "Property .greeting not found in object"
          path: "text"
  - name: ShouldFail
    apiResponseBody: '{}'
    status: 500
    expect:
      errors:
        - message: no greeting today
          extensions:
            code: CONNECTOR_FETCH
            service: test_connector
            connector:
              coordinate: test_connector:Query.hello[0]
        
  - name: ShouldSkip
    skip: true
    expect:
      problems: []
"#;

#[test]
fn a_file_with_shared_parts_and_files_beside_it() {
    let folder = folder(&[
        ("project/schema.graphql", SCHEMA),
        ("project/answer.json", r#"{"greeting": "Hello Some Name"}"#),
        ("project/request.json", r#"{ "by": 123, "to": "Some Name" }"#),
        ("project/ann.json", r#"{"text": "Hello Ann"}"#),
        // Paths are found from the working directory, too.
        ("tests/cases/greetings.connectors.yml", TESTS),
    ]);
    let ran = run(&mut anabranch(folder.path(), &["test", "--no-fail-fast"]));
    assert_eq!(ran.err, "");
    assert_eq!(
        ran.out,
        "greetings\n  ok      ShouldGreet\n  ok      ShouldGreetAnother\n  ok      ShouldHandleMappingProblems\n  \
         ok      ShouldFail\n  skipped ShouldSkip\n1 file, 5 tests: 4 passed, 1 skipped\n"
    );
    assert_eq!(ran.code, Some(0));
}

#[test]
fn the_options_of_others_work() {
    let folder = folder(&[
        ("project/schema.graphql", SCHEMA),
        ("other/schema.graphql", &SCHEMA.replace("/greeting?", "/other?")),
        (
            "a.connector.yaml",
            "config: {schema: project/schema.graphql}\ntests:\n- {name: a, connector: say_hello, expect: {connectorRequest: {path: /api/other}}}\n",
        ),
    ]);
    let code = |arguments: &[&str]| run(&mut anabranch(folder.path(), arguments)).code;
    assert_eq!(code(&["test", "-f", "a.connector.yaml"]), Some(1));
    assert_eq!(code(&["test", "--file", "a.connector.yaml", "--schema", "other/schema.graphql"]), Some(0));
    assert_eq!(code(&["test", "--directory", ".", "--schema-file", "other/schema.graphql", "-q"]), Some(0));
    assert_eq!(code(&["test"]), Some(2));
}
