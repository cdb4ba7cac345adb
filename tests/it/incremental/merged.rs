//! What clients make of the parts: merged as they merge them, they are the whole answer.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::json;

use super::*;

#[tokio::test]
async fn merged_parts_are_the_whole_answer() {
    let library = Library::start_with(random_books, random_talk, "").await;
    let (mut in_parts, mut payloads, mut errors, mut nulled, mut items, mut refused) = (0, 0, 0, 0, 0, 0);
    let mut wrong: Vec<String> = Vec::new();
    let seeds = seeds(150);
    for seed in 1..=seeds {
        let operation = Operation::random(seed);
        let gateway = library.gateway.variables(r#"{"yes":true,"no":false,"one":1}"#);
        let plain = json(&gateway.ask(&operation.without_defer()).await);
        for format in FORMATS {
            let text = operation.with_defer();
            let (answers, is_in_parts) = received(&gateway, format, &text).await;
            if is_in_parts {
                in_parts += 1;
                payloads += answers.len();
            }
            let merged = Merged::of(answers, format);
            // Lists in streamed lists are planned twice each; few operations nest that many.
            if merged.errors.iter().any(|(code, _)| code == "\"LIMIT_EXCEEDED\"") {
                refused += 1;
                continue;
            }
            // A null that would pass the border of a fragment stops there.
            if merged.has_failed {
                nulled += 1;
                assert!(!merged.errors.is_empty(), "{seed} {format:?}: {text}");
                continue;
            }
            errors += merged.errors.len();
            items += merged.items;
            // Where a null passes several levels, it is open which errors below it are met.
            let found = places(&plain["errors"]);
            let passes = found.union(&merged.errors).any(|(_, path)| passes(&plain["data"], path));
            if merged.data != plain["data"] || !passes && merged.errors != found {
                let data = &plain["data"];
                wrong.push(format!(
                    "{seed} {format:?}: {text}\nwhole  {data} {found:?}\nmerged {} {:?}",
                    merged.data, merged.errors
                ));
            }
        }
    }
    wrong.sort_by_key(String::len);
    assert!(wrong.is_empty(), "{} are wrong: {}", wrong.len(), wrong[..wrong.len().min(3)].join("\n"));
    assert!(in_parts > 100 && payloads > 2 * in_parts, "{in_parts} answers in {payloads} parts");
    assert!(errors > 30 && nulled > 5, "{errors} errors, {nulled} fragments that are null");
    assert!(items > 50 && refused * 10 <= seeds, "{items} elements, {refused} operations are refused");
}

/// How many random operations a test tries: `INCREMENTAL_SEEDS`, if it is set.
pub(super) fn seeds(usual: u64) -> u64 {
    let seeds = std::env::var_os("INCREMENTAL_SEEDS");
    seeds.map_or(usual, |seeds| seeds.to_string_lossy().parse().expect("a number"))
}

/// Books and lists of them are missing here and there.
fn random_books(call: &Call) -> Reply {
    match call.target.as_str() {
        "/books/3" => Reply::status(404, "{}"),
        "/books/2/similar" => Reply::status(500, "{}"),
        "/books/4" => Reply::json(r#"{"id":4,"title":null,"author":null}"#),
        _ => books(call),
    }
}

/// Book 2 has no mood, which is null where it may not be; user 1 cannot be had; nobody wrote of book 11.
fn random_talk(call: &Call) -> Reply {
    if call.target == "/users/1" {
        return Reply::status(500, "{}");
    }
    let reply = talk(call);
    if let Some(ids) = call.target.strip_prefix("/talk?ids=") {
        let row = |id: &str| match id {
            "2" => r#"{"id":2,"rating":"bad","reviews":null,"mood":null}"#.to_owned(),
            "11" => r#"{"id":11,"rating":null,"reviews":[],"mood":{"word":"m"}}"#.to_owned(),
            id => format!(
                r#"{{"id":{id},"rating":{id},"reviews":[{{"text":"R","user":1}},{{"text":"S","user":{id}}}],"mood":{{"word":"m{id}"}}}}"#
            ),
        };
        return Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")));
    }
    reply
}

// === merging ===

/// What a client has after the last payload.
pub(super) struct Merged {
    pub(super) data: Value,
    pub(super) errors: BTreeSet<(String, String)>,
    /// Whether a fragment or an element came to null.
    pub(super) has_failed: bool,
    /// Elements of lists that came later.
    pub(super) items: usize,
}

impl Merged {
    pub(super) fn of(answers: Vec<Value>, format: IncrementalFormat) -> Self {
        let mut merged = Self { data: Value::Null, errors: BTreeSet::new(), has_failed: false, items: 0 };
        let mut pending: Vec<(Value, Vec<Value>)> = Vec::new();
        let count = answers.len();
        for (at, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.get("hasNext").is_some_and(|next| *next == true), at + 1 < count, "{answer}");
            if at == 0 {
                merged.data = answer["data"].clone();
            } else {
                assert!(answer.get("data").is_none());
            }
            merged.errors.extend(places(&answer["errors"]));
            for item in list(&answer["pending"]) {
                pending.push((item["id"].clone(), list(&item["path"])));
            }
            for item in list(&answer["incremental"]) {
                merged.errors.extend(places(&item["errors"]));
                let mut path = match format {
                    IncrementalFormat::Patches => list(&item["path"]),
                    IncrementalFormat::Pending => {
                        let (_, path) = pending.iter().find(|(id, _)| *id == item["id"]).unwrap();
                        [path.clone(), list(&item["subPath"])].concat()
                    }
                };
                if let Some(items) = item.get("items") {
                    merged.items += list(items).len();
                    merged.has_failed |= items.is_null();
                    let start = match format {
                        IncrementalFormat::Patches => path.pop(),
                        IncrementalFormat::Pending => None,
                    };
                    let target = find(&mut merged.data, &path).as_array_mut().expect("a list stands there");
                    assert!(start.is_none_or(|start| start == target.len()), "{item}");
                    target.extend(list(items));
                    continue;
                }
                let target = find(&mut merged.data, &path);
                assert!(target.is_object(), "nothing stands at {path:?}");
                if item["data"].is_null() {
                    merged.has_failed = true;
                } else {
                    merge(target, &item["data"]);
                }
            }
            for item in list(&answer["completed"]) {
                let place = pending.iter().position(|(id, _)| *id == item["id"]).expect("it was pending");
                pending.remove(place);
                merged.has_failed |= item.get("errors").is_some();
                merged.errors.extend(places(&item["errors"]));
            }
        }
        assert!(pending.is_empty(), "{pending:?} never came");
        merged
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn find<'v>(value: &'v mut Value, path: &[Value]) -> &'v mut Value {
    path.iter().fold(value, |value, segment| match segment {
        Value::Number(index) => &mut value[index.as_u64().unwrap() as usize],
        key => &mut value[key.as_str().unwrap()],
    })
}

/// As Apollo Client does it: objects and lists are merged, everything else is replaced.
fn merge(target: &mut Value, source: &Value) {
    match (target, source) {
        (Value::Object(target), Value::Object(source)) => {
            for (key, value) in source {
                match target.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => drop(target.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(target), Value::Array(source)) => {
            assert_eq!(target.len(), source.len());
            target.iter_mut().zip(source).for_each(|(target, source)| merge(target, source));
        }
        (target, source) => *target = source.clone(),
    }
}

/// Codes and paths of errors.
pub(super) fn places(errors: &Value) -> BTreeSet<(String, String)> {
    let place = |error: Value| (error["extensions"]["code"].to_string(), error["path"].to_string());
    list(errors).into_iter().map(place).collect()
}

/// Whether something above the end of a path is null.
pub(super) fn passes(data: &Value, path: &str) -> bool {
    let path = list(&json(path));
    let above = path.len().saturating_sub(1);
    path[..above]
        .iter()
        .try_fold(data, |value, segment| match segment {
            Value::Number(index) => value.get(index.as_u64().unwrap() as usize).filter(|value| !value.is_null()),
            key => value.get(key.as_str().unwrap()).filter(|value| !value.is_null()),
        })
        .is_none()
}

// === random operations ===

/// A random operation; `\u{1}` stands before and after what defers or streams.
struct Operation(String);

/// Fields of a type, and the type of each that has fields.
type Fields = &'static [(&'static str, Option<&'static str>)];

const TYPES: &[(&str, Fields)] = &[
    (
        "Query",
        &[
            ("books", Some("Book")),
            ("one: book(id: 1)", Some("Book")),
            ("two: book(id: 2)", Some("Book")),
            ("three: book(id: 3)", Some("Book")),
            ("four: book(id: 4)", Some("Book")),
            ("news", Some("News")),
        ],
    ),
    (
        "Book",
        &[
            ("id", None),
            ("title", None),
            ("author", Some("Author")),
            ("rating", None),
            ("reviews", Some("Review")),
            ("mood", Some("Mood")),
            ("similar", Some("Book")),
            ("more: similar", Some("Book")),
        ],
    ),
    ("News", &[("text", None), ("by", Some("User"))]),
    ("User", &[("id", None), ("name", None), ("__typename", None)]),
    ("Author", &[("name", None), ("born", Some("Born"))]),
    ("Born", &[("year", None)]),
    ("Review", &[("text", None), ("by", Some("User"))]),
    ("Mood", &[("word", None), ("__typename", None)]),
];

const LISTS: [&str; 3] = ["books", "reviews", "similar"];

struct Random {
    state: u64,
    labels: usize,
    /// Named fragments that were spread.
    named: Vec<String>,
}

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % bound
    }

    fn defer(&mut self) -> String {
        self.labels += 1;
        let label = self.labels;
        let arguments = match self.below(6) {
            0 => "(if: $no)".to_owned(),
            1 => format!("(if: $yes, label: \"l{label}\")"),
            2 => String::new(),
            _ => format!("(label: \"l{label}\")"),
        };
        format!("\u{1}@defer{arguments}\u{1}")
    }

    /// A streamed list: no other field may have its response key.
    fn stream(&mut self, field: &str, out: &mut String) {
        self.labels += 1;
        let (label, count) = (self.labels, self.below(4));
        let arguments = match self.below(5) {
            0 => format!("(if: $no, initialCount: {count})"),
            1 => format!("(initialCount: $one, if: $yes, label: \"l{label}\")"),
            2 => String::new(),
            _ => format!("(label: \"l{label}\", initialCount: {count})"),
        };
        let name = field.rsplit(' ').next().unwrap();
        write!(out, "s{label}: {name} \u{1}@stream{arguments}\u{1} ").unwrap();
    }

    fn selections(&mut self, ty: &str, depth: usize, out: &mut String) {
        let fields = TYPES.iter().find(|(name, _)| *name == ty).unwrap().1;
        out.push_str("{ ");
        for _ in 0..=self.below(3) {
            match self.below(10) {
                kind @ 0..=3 if depth < 6 => {
                    let defer = if kind < 3 { self.defer() } else { String::new() };
                    let condition = ["", "@include(if: $yes)", "@skip(if: $yes)", ""][self.below(4)];
                    if self.below(4) == 0 {
                        let name = format!("F{}", self.named.len());
                        self.named.push(String::new());
                        write!(out, "...{name} {condition} {defer} ").unwrap();
                        let mut text = format!("fragment {name} on {ty} ");
                        self.selections(ty, depth + 1, &mut text);
                        let at = name.trim_start_matches('F').parse::<usize>().unwrap();
                        self.named[at] = text;
                    } else {
                        write!(out, "... {condition} {defer} ").unwrap();
                        self.selections(ty, depth + 1, out);
                    }
                }
                _ => {
                    let (field, below) = fields[self.below(fields.len())];
                    match below {
                        None => write!(out, "{field} ").unwrap(),
                        Some(_) if depth >= 6 => out.push_str("__typename "),
                        Some(below) => {
                            let is_list = LISTS.contains(&field.rsplit(' ').next().unwrap());
                            match is_list && self.below(3) == 0 {
                                true => self.stream(field, out),
                                false => write!(out, "{field} ").unwrap(),
                            }
                            self.selections(below, depth + 1, out);
                        }
                    }
                }
            }
        }
        out.push_str("} ");
    }
}

impl Operation {
    fn random(seed: u64) -> Self {
        let mut random = Random { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), labels: 0, named: Vec::new() };
        let mut text = "query($yes: Boolean!, $no: Boolean!\u{2}) { t: __typename @include(if: $yes) @skip(if: $no) ...Root } fragment Root on Query ".to_owned();
        random.selections("Query", 0, &mut text);
        text.push_str(&random.named.join(" "));
        // No variable may be unused.
        let one = if text.contains("$one") { "\u{1}, $one: Int\u{1}" } else { "" };
        let text = text.replace('\u{2}', one);
        Self(text)
    }

    fn with_defer(&self) -> String {
        self.0.replace('\u{1}', "")
    }

    fn without_defer(&self) -> String {
        self.0.split('\u{1}').step_by(2).collect()
    }
}

#[test]
fn merging_is_as_it_is_told() {
    let mut value = json!({ "a": [{ "b": 1 }, null], "c": { "d": 1 } });
    merge(&mut value, &json!({ "a": [{ "e": 2 }, null], "c": null }));
    assert_eq!(value, json!({ "a": [{ "b": 1, "e": 2 }, null], "c": null }));
}
