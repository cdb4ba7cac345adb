//! Coercion of variables and literals.

use super::{client, json, messages, prepare};

/// Variable type, given variables, the coerced variables or a part of the message.
const CASES: &[(&str, &str, Result<&str, &str>)] = &[
    ("Int", r#"{"v":1}"#, Ok(r#"{"v":1}"#)),
    ("Int", r#"{"v":1.0}"#, Ok(r#"{"v":1}"#)),
    ("Int", r#"{"v":1e2}"#, Ok(r#"{"v":100}"#)),
    ("Int", r#"{"v":-2147483648}"#, Ok(r#"{"v":-2147483648}"#)),
    ("Int", r#"{"v":2147483648}"#, Err("non 32-bit signed integer value: 2147483648")),
    ("Int", r#"{"v":1.5}"#, Err("non 32-bit signed integer value: 1.5")),
    ("Int", r#"{"v":1e400}"#, Err("non 32-bit signed integer value: 1e400")),
    ("Int", r#"{"v":"1"}"#, Err("variable `$v`: expected a value of type `Int`, found the string `1`")),
    ("Int", r#"{"v":true}"#, Err("found true")),
    ("Int", "{}", Ok("{}")),
    ("Int", "null", Ok("{}")),
    ("Int", r#"{"v":null}"#, Ok(r#"{"v":null}"#)),
    ("Int", "[]", Err("variables must be an object")),
    ("Int = 7", "{}", Ok(r#"{"v":7}"#)),
    ("Int = 7", r#"{"v":null}"#, Ok(r#"{"v":null}"#)),
    ("Int! = 7", r#"{"v":null}"#, Err("variable `$v`: expected a value of type `Int!`, found null")),
    ("Int!", "{}", Err("variable `$v`: a value of type `Int!` is required")),
    ("Float", r#"{"v":1}"#, Ok(r#"{"v":1}"#)),
    ("Float", r#"{"v":1.50}"#, Ok(r#"{"v":1.50}"#)),
    ("Float", r#"{"v":"1"}"#, Err("expected a value of type `Float`")),
    ("String", r#"{"v":"é\n"}"#, Ok(r#"{"v":"é\n"}"#)),
    ("String", r#"{"v":1}"#, Err("expected a value of type `String`, found 1")),
    ("Boolean", r#"{"v":true}"#, Ok(r#"{"v":true}"#)),
    ("Boolean", r#"{"v":"true"}"#, Err("expected a value of type `Boolean`")),
    ("Boolean", r#"{"v":0}"#, Err("expected a value of type `Boolean`")),
    ("ID", r#"{"v":"a"}"#, Ok(r#"{"v":"a"}"#)),
    ("ID", r#"{"v":12345678901234567890}"#, Ok(r#"{"v":"12345678901234567890"}"#)),
    ("ID", r#"{"v":3.0}"#, Ok(r#"{"v":"3"}"#)),
    ("ID", r#"{"v":3.5}"#, Err("expected a value of type `ID`")),
    ("Color", r#"{"v":"RED"}"#, Ok(r#"{"v":"RED"}"#)),
    ("Color", r#"{"v":"REDD"}"#, Err("`REDD` is not a value of enum `Color`; did you mean `RED`?")),
    ("Color", r#"{"v":5}"#, Err("expected a value of enum `Color`, found 5")),
    ("Date", r#"{"v":{"a":[1.50,null]}}"#, Ok(r#"{"v":{"a":[1.50,null]}}"#)),
    ("[Int!]", r#"{"v":1}"#, Ok(r#"{"v":[1]}"#)),
    ("[[Int]]", r#"{"v":1}"#, Ok(r#"{"v":[[1]]}"#)),
    ("[[Int]]", r#"{"v":[1,[2],null]}"#, Ok(r#"{"v":[[1],[2],null]}"#)),
    ("[Int!]", r#"{"v":[1,null]}"#, Err("variable `$v` at `v[1]`: expected a value of type `Int!`, found null")),
    ("[Int!]", r#"{"v":null}"#, Ok(r#"{"v":null}"#)),
    ("[ID!] = 4", "{}", Ok(r#"{"v":["4"]}"#)),
    ("Filter", r#"{"v":{"text":"a"}}"#, Ok(r#"{"v":{"text":"a","limit":5,"exact":true}}"#)),
    (
        "Filter",
        r#"{"v":{"limit":null,"text":"a","exact":false}}"#,
        Ok(r#"{"v":{"text":"a","limit":null,"exact":false}}"#),
    ),
    ("Filter", r#"{"v":{}}"#, Err("variable `$v` at `v.text`: a value of type `String!` is required")),
    (
        "Filter",
        r#"{"v":{"text":"a","tgas":[]}}"#,
        Err("variable `$v`: field `tgas` is not defined by type `Filter`; did you mean `tags`?"),
    ),
    (
        "Filter",
        r#"{"v":{"text":"a","inner":{"text":"b","tags":["x",3]}}}"#,
        Err("at `v.inner.tags[1]`: expected a value of type `String`, found 3"),
    ),
    ("Filter", r#"{"v":[]}"#, Err("expected an object of type `Filter`, found a list")),
    ("Filter = {text: \"d\"}", "{}", Ok(r#"{"v":{"text":"d","limit":5,"exact":true}}"#)),
    ("Box", r#"{"v":{}}"#, Ok(r#"{"v":{"width":1,"lid":{"color":"BLUE","height":2},"ids":["7"]}}"#)),
    ("Box", r#"{"v":{"lid":{}}}"#, Ok(r#"{"v":{"width":1,"lid":{"color":"RED","height":2},"ids":["7"]}}"#)),
    ("Box", r#"{"v":{"width":null}}"#, Err("at `v.width`: expected a value of type `Int!`, found null")),
    ("By", r#"{"v":{"id":1}}"#, Ok(r#"{"v":{"id":"1"}}"#)),
    ("By", r#"{"v":{"id":1,"slug":"a"}}"#, Err("exactly one field of `By` must be given")),
    ("By", r#"{"v":{"id":1,"slug":null}}"#, Err("exactly one field of `By` must be given")),
    ("By", r#"{"v":{"id":null}}"#, Err("it must not be null")),
    ("By", r#"{"v":{}}"#, Err("exactly one field of `By` must be given")),
];

#[test]
fn coerces_variables() {
    let client = client();
    let mut failures = String::new();
    for (ty, given, expected) in CASES {
        let document = format!("query($v: {ty}) {{ on(date: [$v]) }}");
        let prepared = prepare(&document).unwrap_or_else(|errors| panic!("{ty}: {}", messages(&errors)));
        let found = client.coerce_variables(&prepared.operation, &json(given));
        let same = match (&found, expected) {
            (Ok(found), Ok(expected)) => found.to_string() == *expected,
            (Err(errors), Err(expected)) => {
                errors.iter().any(|error| error.message.contains(expected) && error.code.as_str() == "BAD_USER_INPUT")
            }
            _ => false,
        };
        if !same {
            failures.push_str(&format!(
                "{ty} from {given}: {:?}\n",
                found.map(|v| v.to_string()).map_err(|e| messages(&e))
            ));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn conditions_need_a_value() {
    let document = "query($v: Boolean = true) { books { id ... @include(if: $v) { title } } on(flag: $v) }";
    let prepared = prepare(document).expect("valid");
    let coerce = |given: &str| client().coerce_variables(&prepared.operation, &json(given));
    assert_eq!(coerce("{}").map(|values| values.to_string()).unwrap(), r#"{"v":true}"#);
    let errors = coerce(r#"{"v":null}"#).expect_err("null decides nothing");
    assert_eq!(messages(&errors), "1:7 BAD_USER_INPUT variable `$v`: expected a value of type `Boolean!`, found null");
}

#[test]
fn reports_every_problem_of_all_variables() {
    let client = client();
    let document = "query(\n  $a: Int!\n  $b: [Filter!]\n) { books(first: $a) { id } on(date: {b: $b}) }";
    let prepared = prepare(document).expect("valid");
    let given = json(r#"{"a":"x","b":[{"text":1,"foo":2},{"text":"ok"},{"color":"PINK"}]}"#);
    let errors = client.coerce_variables(&prepared.operation, &given).expect_err("five mistakes");
    expect_test::expect![[r#"
        2:3 BAD_USER_INPUT variable `$a`: expected a value of type `Int`, found the string `x`
        3:3 BAD_USER_INPUT variable `$b` at `b[0]`: field `foo` is not defined by type `Filter`
        3:3 BAD_USER_INPUT variable `$b` at `b[0].text`: expected a value of type `String`, found 1
        3:3 BAD_USER_INPUT variable `$b` at `b[2].text`: a value of type `String!` is required
        3:3 BAD_USER_INPUT variable `$b` at `b[2].color`: `PINK` is not a value of enum `Color`"#]]
    .assert_eq(&messages(&errors));
}

#[test]
fn caps_and_counts_problems() {
    let prepared = prepare("query($a: [Int!]) { on(date: [$a]) }").expect("valid");
    let given = json(&format!(r#"{{"a":[{}]}}"#, vec!["\"x\""; 80].join(",")));
    let errors = client().coerce_variables(&prepared.operation, &given).expect_err("eighty mistakes");
    assert_eq!(errors.len(), 51);
    assert!(messages(&errors).ends_with("there are 30 more problems in variables"), "{}", messages(&errors));
}
