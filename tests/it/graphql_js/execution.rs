//! Operations over the same data: here through connectors of several services' tables, there by plain resolvers.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use anabranch::json;
use serde_json::{Value, json};

use super::{
    choices::{Choices, check},
    operations::{Root, operation},
    oracle::Oracle,
};
use crate::testkit::{Call, GatewayBuilder, Reply, Service};

const ZOO: &str = include_str!("zoo.graphql");

/// What the services know. Tables by key, and how far the counter is.
#[derive(Debug, Default)]
struct Data {
    tables: Value,
    total: i64,
}

#[test]
fn the_same_operations_get_the_same_answers() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let data: Arc<Mutex<Data>> = Arc::default();
    let served = data.clone();
    let api = runtime.block_on(Service::start(move |call| serve(&mut served.lock().unwrap(), call)));
    let gateway = GatewayBuilder::new(ZOO).upstream("api", &api.base_url, "").build();
    let model = gateway.engine.model().clone();
    let client = &model.clients["default"].schema;
    let mut oracle = Oracle::with_schema("zoo", &client.schema().to_sdl());
    let (mut answers, mut refused, mut with_errors) = (0, 0, 0);
    check(300, |mut choices| {
        let root = if choices.chance(10) { Root::Mutation } else { Root::Query };
        let random = operation(client.schema(), root, &mut choices);
        let tables = tables(&mut choices);
        *data.lock().unwrap() = Data { tables: tables.clone(), total: 0 };
        let given = random.given.to_string();
        let said = oracle.text(&json!({
            "do": "execute", "schema": "zoo", "document": random.document, "given": given, "data": tables,
        }));
        let answer = runtime.block_on(gateway.variables(&given).ask(&random.document));
        let context = || format!("{}\n{given}\n{tables}\nhere  {answer}\nthere {said}", random.document);
        let parse = |text: &str| json::Value::parse(text.as_bytes()).expect("JSON");
        let (actual, expected) = (parse(&answer), parse(&said));
        if answer.contains("LIMIT_EXCEEDED") {
            return Ok(());
        }
        if expected.get("refused").is_some() {
            refused += 1;
            return if actual.get("data").is_none() { Ok(()) } else { Err(format!("refused there\n{}", context())) };
        }
        answers += 1;
        let (mut here, mut there) = (paths(&actual), paths(&expected));
        with_errors += u32::from(!here.is_empty());
        // An answer carries a hundred errors and the number of the others.
        here.truncate(100);
        there.truncate(100);
        match (actual.get("data"), expected.get("data")) {
            (Some(left), Some(right)) if canonical(left) == canonical(right) && here == there => Ok(()),
            (Some(left), Some(right)) if canonical(left) == canonical(right) => {
                Err(format!("{here:?} here\n{there:?} there\n{}", context()))
            }
            _ => Err(context()),
        }
    });
    assert!(answers > 100 && with_errors > 30, "{answers} answers, {with_errors} with errors, {refused} refused");
}

/// Paths of errors, in order.
fn paths(answer: &json::Value) -> Vec<String> {
    let errors = answer.get("errors").and_then(json::Value::as_array).unwrap_or_default();
    let mut paths: Vec<String> =
        errors.iter().map(|error| error.get("path").map_or_else(String::new, ToString::to_string)).collect();
    paths.sort();
    paths
}

/// The value with numbers by their value: `2.0` is 2.
fn canonical(value: &json::Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &json::Value, out: &mut String) {
    match value {
        json::Value::Number(number) => write!(out, "{}", number.as_f64()).unwrap(),
        json::Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        json::Value::Object(members) => {
            out.push('{');
            for (key, member) in members {
                write!(out, "{key:?}:").unwrap();
                write_canonical(member, out);
                out.push(',');
            }
            out.push('}');
        }
        other => write!(out, "{other}").unwrap(),
    }
}

// === the services ===

fn serve(data: &mut Data, call: &Call) -> Reply {
    let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
    let mut parts = path.trim_start_matches('/').split('/');
    let (table, key) = (parts.next().unwrap_or_default(), parts.next());
    let table = if table == "people" && key.is_some() { "people1" } else { table };
    let tables = &data.tables;
    let is_down = |name: &str| tables["down"].as_array().is_some_and(|down| down.iter().any(|table| table == name));
    if is_down(if table == "people1" { "person" } else { table }) {
        return Reply::status(500, "{}");
    }
    match (table, key) {
        ("echo", _) => Reply::json(call.body.clone()),
        ("bump", _) => {
            let by = serde_json::from_str::<Value>(&call.body).unwrap()["by"].as_i64().unwrap();
            if by < 0 {
                return Reply::status(500, "{}");
            }
            data.total += by;
            let (total, parts, owner) = (data.total, &data.tables["parts"], &data.tables["owner"]);
            Reply::json(json!({"total": total, "by": by, "parts": parts, "owner": owner}).to_string())
        }
        (_, Some(key)) => match tables[table].get(key) {
            Some(row) => Reply::json(row.to_string()),
            None => Reply::status(404, "{}"),
        },
        (_, None) => match query.strip_prefix("ids=") {
            // In the service's own order.
            Some(keys) => {
                let keys: Vec<&str> = keys.split(',').collect();
                let rows = tables[table].as_object().into_iter().flatten();
                let rows: Vec<&Value> =
                    rows.filter(|(key, _)| keys.contains(&key.as_str())).map(|(_, row)| row).collect();
                Reply::json(json!(rows).to_string())
            }
            None => Reply::json(tables.get(table).unwrap_or(&Value::Null).to_string()),
        },
    }
}

// === random data ===

/// What all services serve: nulls and values of the wrong kind in every place.
fn tables(choices: &mut Choices<'_>) -> Value {
    let rows = |choices: &mut Choices<'_>, make: fn(&mut Choices<'_>, usize) -> Value| -> Value {
        let count = choices.below(5);
        let present: Vec<usize> = (1..=count).filter(|_| !choices.chance(8)).collect();
        present.into_iter().map(|id| (id.to_string(), make(choices, id))).collect()
    };
    let down: Vec<&str> = ["persons", "crm", "dogs", "cats", "people", "person", "animals", "echo", "bump"]
        .into_iter()
        .filter(|_| choices.chance(3))
        .collect();
    json!({
        "down": down,
        "people": list(choices, |choices| or_wrong(choices, |choices| json!({
            "id": id(choices), "name": text(choices), "best": id(choices), "home": place(choices),
        }))),
        "people1": rows(choices, |choices, id| json!({"id": id, "age": int(choices), "active": flag(choices)})),
        "animals": list(choices, |choices| or_wrong(choices, |choices| {
            json!({"type": animal(choices), "id": id(choices), "name": text(choices)})
        })),
        "beings": list(choices, |choices| list(choices, |choices| or_wrong(choices, being))),
        "place": place(choices),
        "gone": null,
        "parts": list(choices, int),
        "owner": id(choices),
        "persons": rows(choices, |choices, key| json!({
            "id": key, "name": text(choices), "age": int(choices), "active": flag(choices), "best": id(choices),
            "friends": list(choices, |choices| or_wrong(choices, |choices| json!({"id": id(choices)}))),
            "pets": list(choices, |choices| or_wrong(choices, |choices| json!({"type": animal(choices), "id": id(choices)}))),
            "kind": kind(choices), "kinds": list(choices, kind),
        })),
        "crm": rows(choices, |choices, key| json!({
            "id": key, "score": float(choices), "extra": any(choices),
            "matrix": list(choices, |choices| list(choices, |choices| list(choices, int))),
            "home": place(choices), "homes": list(choices, |choices| list(choices, place)),
            "favorite": or_wrong(choices, being),
        })),
        "dogs": rows(choices, |choices, key| json!({
            "id": key.to_string(), "name": text(choices), "owner": id(choices), "barks": flag(choices),
            "friends": list(choices, |choices| json!({"type": animal(choices), "id": id(choices)})),
            "tags": list(choices, |choices| list(choices, text)),
        })),
        "cats": rows(choices, |choices, key| json!({
            "id": key, "name": text(choices), "owner": id(choices), "lives": int(choices),
            "nemesis": or_wrong(choices, |choices| json!({"id": id(choices), "name": text(choices)})),
            "kittens": list(choices, |choices| or_wrong(choices, |choices| json!({"id": id(choices)}))),
        })),
    })
}

/// An object, or what is none.
fn or_wrong(choices: &mut Choices<'_>, make: fn(&mut Choices<'_>) -> Value) -> Value {
    match choices.below(24) {
        23 => json!(null),
        22 => choices.pick(&[json!(5), json!("x"), json!([]), json!([{"id": 1}])]).clone(),
        _ => make(choices),
    }
}

fn list(choices: &mut Choices<'_>, make: fn(&mut Choices<'_>) -> Value) -> Value {
    match choices.below(20) {
        19 => json!(null),
        18 => choices.pick(&[json!(5), json!("x"), json!({})]).clone(),
        _ => (0..choices.below(4)).map(|_| make(choices)).collect(),
    }
}

fn one(choices: &mut Choices<'_>, good: &[Value], wrong: &[Value]) -> Value {
    match choices.below(20) {
        19 => json!(null),
        18 => choices.pick(wrong).clone(),
        _ => choices.pick(good).clone(),
    }
}

fn id(choices: &mut Choices<'_>) -> Value {
    choices.pick(&[json!(1), json!("2"), json!(3), json!("1"), json!(4), json!(9), json!(null)]).clone()
}

fn text(choices: &mut Choices<'_>) -> Value {
    one(choices, &[json!("a"), json!(""), json!("é\n\""), json!(3), json!(true)], &[json!([]), json!({}), json!(["a"])])
}

fn int(choices: &mut Choices<'_>) -> Value {
    let wrong = [json!("x"), json!(1.5), json!(2_147_483_648_i64), json!({}), json!([1])];
    one(choices, &[json!(1), json!(-7), json!(0), json!(2_147_483_647), json!(2.0)], &wrong)
}

fn float(choices: &mut Choices<'_>) -> Value {
    one(choices, &[json!(1.5), json!(2), json!(-0.25), json!(1e30)], &[json!("x"), json!({}), json!([])])
}

fn flag(choices: &mut Choices<'_>) -> Value {
    one(choices, &[json!(true), json!(false)], &[json!("x"), json!({}), json!([])])
}

fn kind(choices: &mut Choices<'_>) -> Value {
    one(choices, &[json!("SMALL"), json!("LARGE"), json!("HUGE")], &[json!("NONE"), json!(3), json!({}), json!([])])
}

fn any(choices: &mut Choices<'_>) -> Value {
    choices.pick(&[json!({"a": [1, null]}), json!("x"), json!(null), json!([[]]), json!(1.5), json!(false)]).clone()
}

fn animal(choices: &mut Choices<'_>) -> Value {
    one(choices, &[json!("Dog"), json!("Cat")], &[json!("Fox"), json!("Person"), json!("")])
}

fn being(choices: &mut Choices<'_>) -> Value {
    let ty = one(choices, &[json!("Dog"), json!("Person"), json!("Cat")], &[json!("Place")]);
    json!({"type": ty, "id": id(choices)})
}

fn place(choices: &mut Choices<'_>) -> Value {
    or_wrong(choices, |choices| {
        json!({
            "city": text(choices), "zip": int(choices), "tags": list(choices, text),
            "geo": or_wrong(choices, |choices| json!({"lat": float(choices), "lon": float(choices)})),
        })
    })
}
