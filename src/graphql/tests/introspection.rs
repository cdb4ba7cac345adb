//! Introspection answers.

use super::{LIMITS, client, json, messages};
use crate::json::Value;

/// What GraphiQL sends.
const FULL: &str = r#"
query IntrospectionQuery {
  __schema {
    description
    queryType { name kind } mutationType { name kind } subscriptionType { name kind }
    types { ...FullType }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description specifiedByURL
  fields(includeDeprecated: true) {
    name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
  name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}
"#;

fn introspect(document: &str, variables: &str) -> Value {
    let client = client();
    let prepared = client.prepare(document, None, &LIMITS).unwrap_or_else(|errors| panic!("{}", messages(&errors)));
    let variables = client.coerce_variables(&prepared.operation, &json(variables)).expect("valid variables");
    client
        .introspect(&prepared, &variables)
        .expect("an introspection field")
        .unwrap_or_else(|errors| panic!("{}", messages(&errors)))
}

#[test]
fn answers_the_full_query_of_tools() {
    let answer = introspect(FULL, "{}");
    let schema = answer.get("__schema").expect("__schema");
    assert_eq!(schema.get("mutationType").expect("present").to_string(), r#"{"name":"Mutation","kind":"OBJECT"}"#);
    let types = schema.get("types").and_then(Value::as_array).expect("a list");
    let named = |name: &str| {
        types.iter().find(|ty| ty.get("name").and_then(Value::as_str) == Some(name)).unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(named("Date").get("specifiedByURL").and_then(Value::as_str), Some("https://example.org/date"));
    let possible = named("Found").get("possibleTypes").and_then(Value::as_array).expect("a list");
    assert_eq!(possible.len(), 2);
    let fields = named("Query").get("fields").and_then(Value::as_array).expect("a list");
    expect_test::expect![[
        r#"{"name":"books","description":null,"args":[{"name":"first","description":null,"type":{"kind":"SCALAR","name":"Int","ofType":null},"defaultValue":"10","isDeprecated":false,"deprecationReason":null},{"name":"after","description":null,"type":{"kind":"SCALAR","name":"String","ofType":null},"defaultValue":null,"isDeprecated":true,"deprecationReason":"use pages"}],"type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"LIST","name":null,"ofType":{"kind":"NON_NULL","name":null,"ofType":{"kind":"OBJECT","name":"Book","ofType":null}}}},"isDeprecated":false,"deprecationReason":null}"#
    ]]
    .assert_eq(&fields[0].to_string());
    let directives = schema.get("directives").and_then(Value::as_array).expect("a list");
    let names: Vec<_> = directives.iter().filter_map(|directive| directive.get("name")?.as_str()).collect();
    assert_eq!(names, ["skip", "include", "deprecated", "specifiedBy", "defer", "stream", "oneOf"]);
}

#[test]
fn respects_conditions_variables_and_keys() {
    let document = r#"query($name: String!, $no: Boolean!) {
        books { id }
        t: __type(name: $name) { name ...K fields { name @skip(if: $no) type { name } } }
        gone: __schema @include(if: false) { description }
        __schema @skip(if: $no) { description }
        none: __type(name: "Nope") { name }
        __typename
    }
    fragment K on __Type { kind }"#;
    let answer = introspect(document, r#"{"name":"Shelf","no":true}"#);
    expect_test::expect![[
        r#"{"t":{"name":"Shelf","kind":"OBJECT","fields":[{"type":{"name":"String"}}]},"none":null}"#
    ]]
    .assert_eq(&answer.to_string());
}

#[test]
fn is_absent_without_introspection_fields() {
    let client = client();
    let prepared = client.prepare("{ __typename books { __typename } }", None, &LIMITS).expect("valid");
    assert!(client.introspect(&prepared, &json("{}")).is_none());
}

#[test]
fn refuses_introspection_that_multiplies() {
    let client = client();
    let deep = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }";
    let prepared = client.prepare(deep, None, &LIMITS).expect("valid");
    let errors = client.introspect(&prepared, &json("{}")).expect("introspection").expect_err("too deep");
    assert_eq!(
        messages(&errors),
        "1:54 LIMIT_EXCEEDED introspection nests lists of a type's members too deep: limit `lists` is 2"
    );
}
