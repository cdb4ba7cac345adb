//! What breaks between two schemas.

use anabranch::graphql::{ChangeLevel, schema_changes};
use serde_json::{Value, json};

use super::{
    choices::{Choices, check},
    client,
    oracle::Oracle,
};

/// Kinds that graphql-js does not know, with what it calls the change, if anything.
const OWN: [(&str, Option<&str>); 6] = [
    ("ARG_BECAME_REQUIRED", Some("ARG_DEFAULT_VALUE_CHANGE")),
    ("INPUT_FIELD_BECAME_REQUIRED", Some("INPUT_FIELD_DEFAULT_VALUE_CHANGE")),
    ("ONE_OF_ADDED", None),
    ("SPECIFIED_BY_CHANGED", None),
    ("ROOT_TYPE_CHANGED", None),
    ("ROOT_TYPE_REMOVED", None),
];

#[test]
fn breaking_and_dangerous_changes_are_the_same() {
    let mut oracle = Oracle::start();
    let mut told = 0;
    check(400, |mut choices| {
        let (old, new) = (schema(&mut choices), schema(&mut choices));
        let changes = schema_changes(client(&old).schema(), client(&new).schema());
        let mut ours: Vec<&str> = changes
            .iter()
            .filter(|change| change.level != ChangeLevel::Safe)
            .filter_map(|change| match OWN.iter().find(|(kind, _)| *kind == change.kind) {
                Some((_, theirs)) => *theirs,
                None => Some(change.kind),
            })
            .collect();
        ours.sort_unstable();
        told += ours.len();
        let theirs: Value = oracle.ask(&json!({"do": "changes", "old": old, "new": new}))["changes"].take();
        if theirs == json!(ours) { Ok(()) } else { Err(format!("{old}\n---\n{new}\n{ours:?}\n{theirs}")) }
    });
    assert!(told > 1_000, "only {told} changes were found");
}

/// A schema of parts that each may be this or that. All built-in scalars are used in any case.
fn schema(choices: &mut Choices<'_>) -> String {
    let mut parts =
        vec!["type All { a: Int b: Float c: String d: Boolean e: ID f: E1 g: U h: N i: X j: Y k: Z }".to_owned()];
    let mut one = |options: &[&str]| choices.pick(options).to_string();
    let types = ["Int", "Int!", "[Int]", "[Int!]", "[Int]!", "[[Int]]", "String", "ID", "All", "E1"];
    let inputs = [
        "Int",
        "Int = 1",
        "Int = 2",
        "Int! = 1",
        "Int!",
        "[Int]",
        "[Int] = [1]",
        "[Int!] = [1, 2]",
        "String",
        "E1 = A",
        "I",
    ];
    let mut fields = String::from("all(i: I, o: O): All");
    for name in ["a", "b", "c"] {
        let argument = match one(&["", "x", "y", "xy"]).as_str() {
            "" => String::new(),
            "xy" => format!("(x: {} y: {})", one(&inputs), one(&inputs)),
            argument => format!("({argument}: {})", one(&inputs)),
        };
        if one(&["there", "there", "not"]) == "there" {
            fields.push_str(&format!(" {name}{argument}: {}", one(&types)));
        }
    }
    parts.push(format!("type Query {{ {fields} }}"));
    let mut input = String::from("always: Int");
    for name in ["p", "q"] {
        let ty = one(&["", "Int", "Int = 1", "Int!", "Int! = 3", "[Int]", "String", "E1 = A"]);
        if !ty.is_empty() {
            input.push_str(&format!(" {name}: {ty}"));
        }
    }
    parts.push(format!("input I {{ {input} }}"));
    parts.push(one(&["input O { a: Int b: Int }", "input O @oneOf { a: Int b: Int }"]));
    parts.push(one(&["enum E1 { A }", "enum E1 { A B }", "enum E1 { C A }"]));
    parts.push(one(&["union U = X", "union U = X | Y", "union U = Y | Z", "enum U { V }", "scalar U"]));
    parts.push("interface N { id: ID }".to_owned());
    for name in ["X", "Y", "Z"] {
        let implements = one(&["", " implements N"]);
        parts.push(format!("type {name}{implements} {{ id: {} more: Int }}", one(&["ID", "ID!"])));
    }
    parts.push(one(&["", "scalar S", "type S { a: Int }", "scalar S @specifiedBy(url: \"https://s.example\")"]));
    parts.push(one(&["", "type Mutation { a: Int }", "type Mutation { a: Int b: Int }"]));
    parts.join("\n")
}
