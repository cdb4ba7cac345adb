//! What variables become.

use anabranch::json;
use serde_json::{Value, json};

use super::{
    LIMITS, SDL,
    choices::{Choices, check},
    client,
    operations::{json_value, literal, wrong},
    oracle::Oracle,
};

#[test]
fn variables_become_the_same() {
    let client = client(SDL);
    let schema = client.schema();
    let mut oracle = Oracle::with_schema("all", SDL);
    let types = [
        "Int",
        "Int!",
        "Float",
        "String",
        "Boolean!",
        "ID",
        "ID!",
        "Color",
        "[Int]",
        "[Int!]!",
        "[[ID!]]",
        "[[[Float]]]",
        "Date",
        "JSON",
        "Filter",
        "[Filter!]",
        "NewBook!",
        "By",
        "By!",
        "[By]",
        "Box",
        "[[Box!]!]",
        "Lid",
        "[Sort!]",
    ];
    let (mut values, mut errors) = (0, 0);
    check(500, |mut choices| {
        let ty = *choices.pick(&types);
        let variable = type_of(&client, ty);
        let default =
            choices.chance(30).then(|| literal(schema, &variable, &json_value(schema, &variable, &mut choices, 0)));
        let default = default.map_or_else(String::new, |default| format!(" = {default}"));
        let document = format!("query($v: {ty}{default}) {{ on(any: [$v]) }}");
        let given = match choices.below(8) {
            0 => json!({}),
            _ => {
                let value = json_value(schema, &variable, &mut choices, 0);
                json!({"v": if choices.chance(30) { spoiled(value, &mut choices) } else { value }, "w": 1})
            }
        };
        // A default that does not fit is a mistake in the document, which is compared elsewhere.
        let Ok(prepared) = client.prepare(&document, None, &LIMITS) else { return Ok(()) };
        let said =
            oracle.ask(&json!({"do": "coerce", "schema": "all", "document": document, "given": given.to_string()}));
        let parsed = json::Value::parse(given.to_string().as_bytes()).unwrap();
        let actual = client.coerce_variables(&prepared.operation, &parsed);
        let same = match (&actual, &said["values"]) {
            (Ok(actual), Value::Object(_)) => {
                values += 1;
                let actual: Value = serde_json::from_str(&actual.to_string()).unwrap();
                ordered(&actual) == ordered(&said["values"])
            }
            (Err(_), Value::Null) => {
                errors += 1;
                true
            }
            _ => false,
        };
        let actual = actual.map(|value| value.to_string());
        if same { Ok(()) } else { Err(format!("{document} {given}\n{actual:?} here\n{said} there")) }
    });
    assert!(values > 100 && errors > 50, "{values} values, {errors} errors");
}

/// The value with something in it replaced, left out or added.
fn spoiled(value: Value, choices: &mut Choices<'_>) -> Value {
    match value {
        Value::Array(mut items) if !items.is_empty() && choices.chance(80) => {
            let at = choices.below(items.len());
            items[at] = spoiled(items[at].take(), choices);
            Value::Array(items)
        }
        Value::Object(mut members) if !members.is_empty() && choices.chance(80) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let key = choices.pick(&keys).clone();
            match choices.below(6) {
                0 => _ = members.remove(&key),
                1 => _ = members.insert("nope".to_owned(), json!(1)),
                _ => members[&key] = spoiled(members[&key].take(), choices),
            }
            Value::Object(members)
        }
        _ => wrong(choices),
    }
}

/// A type as it is written.
fn type_of(client: &anabranch::graphql::ClientSchema, ty: &str) -> anabranch::graphql::TypeRef {
    let prepared = client.prepare(&format!("query($v: {ty}) {{ on(any: [$v]) }}"), None, &LIMITS).unwrap();
    prepared.operation.variables[0].ty.clone()
}

/// Numbers by value: `2.0` is 2.
fn ordered(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_f64().unwrap().to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(ordered).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(key, member)| format!("{key:?}:{}", ordered(member))).collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}
