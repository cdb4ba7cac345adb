//! The answer to the introspection query that tools send, with every option on.

use std::collections::BTreeMap;

use anabranch::json;
use serde_json::{Value, json};

use super::{LIMITS, SDL, client, oracle::Oracle};

#[test]
fn tools_see_the_same_schema() {
    let mut oracle = Oracle::start();
    let small = "type Query { a: Int }";
    let roots = "schema { query: Q mutation: M } type Q { a: Query } type M { b: Int } type Query { subscription: Subscription } type Subscription { c: Int }";
    for sdl in [SDL, small, roots] {
        let client = client(sdl);
        let printed = client.schema().to_sdl();
        let mut said = oracle.ask(&json!({"do": "introspect", "sdl": printed}));
        let prepared = client.prepare(said["query"].as_str().unwrap(), None, &LIMITS).expect("a valid document");
        let answer = client.introspect(&prepared, &json::Value::Null).expect("introspection").expect("an answer");
        let mut answer: Value = serde_json::from_str(&answer.to_string()).unwrap();
        // What is not of September 2025 is declared in the SDL that clients get.
        answer["__schema"]["directives"]
            .as_array_mut()
            .unwrap()
            .retain(|directive| !matches!(directive["name"].as_str(), Some("defer" | "stream")));
        for schema in [&mut answer["__schema"], &mut said["data"]["__schema"]] {
            for list in ["types", "directives"] {
                let items = schema[list].as_array_mut().unwrap();
                items.sort_by_key(|item| item["name"].to_string());
            }
        }
        without_drafts(&mut said["data"]["__schema"]);
        let (actual, expected) = (lines(&answer), lines(&said["data"]));
        let differs = |path: &&String| actual.get(*path) != expected.get(*path);
        let different: Vec<&String> = expected.keys().chain(actual.keys()).filter(differs).collect();
        let tell = |path: &&String| format!("{path}: {:?} here, {:?} there", actual.get(*path), expected.get(*path));
        assert!(different.is_empty(), "{}", different.iter().map(tell).collect::<Vec<_>>().join("\n"));
    }
}

/// Takes out what graphql-js has of drafts after September 2025: directives on directives, variables of fragments.
fn without_drafts(schema: &mut Value) {
    let drafts = [json!("DIRECTIVE_DEFINITION"), json!("FRAGMENT_VARIABLE_DEFINITION")];
    for ty in schema["types"].as_array_mut().unwrap() {
        match ty["name"].as_str().unwrap() {
            "__DirectiveLocation" => {
                ty["enumValues"].as_array_mut().unwrap().retain(|value| !drafts.contains(&value["name"]))
            }
            "__Directive" => ty["fields"].as_array_mut().unwrap().truncate(5),
            "__Schema" => ty["fields"].as_array_mut().unwrap().last_mut().unwrap()["args"] = json!([]),
            _ => {}
        }
    }
    for directive in schema["directives"].as_array_mut().unwrap() {
        directive
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !matches!(key.as_str(), "isDeprecated" | "deprecationReason"));
        directive["locations"].as_array_mut().unwrap().retain(|location| !drafts.contains(location));
    }
}

/// Every leaf by its path; members of lists by their names where they have one.
fn lines(value: &Value) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    collect(value, String::new(), &mut lines);
    lines
}

fn collect(value: &Value, path: String, lines: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                collect(member, format!("{path}.{key}"), lines);
            }
        }
        Value::Array(items) => {
            lines.insert(format!("{path}.length"), items.len().to_string());
            for (index, item) in items.iter().enumerate() {
                let index = item["name"].as_str().map_or_else(|| index.to_string(), str::to_owned);
                collect(item, format!("{path}.{index}"), lines);
            }
        }
        // The words about the introspection types themselves are everybody's own.
        _ if path.contains(".types.__") && path.ends_with(".description") => {}
        // Spaces within literals are everybody's own too.
        Value::String(text) if path.ends_with(".defaultValue") => {
            lines.insert(path, text.replace([' ', ',', '\n'], ""));
        }
        leaf => {
            lines.insert(path, leaf.to_string());
        }
    }
}
