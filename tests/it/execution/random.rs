//! Random operations over random data, against an interpreter of the specification that is too simple to be wrong.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use indexmap::IndexMap;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::ids;
use crate::testkit::{Call, GatewayBuilder, Reply, Service};

const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  posts: [Post]
    @connect(
      source: "api"
      http: { GET: "/posts" }
      selection: "id title tags author: { id: authorId } editor: { id: editorId } parts { id title tags }"
    )
}
type Post
  @connect(
    source: "api"
    http: { GET: "/posts/{$this.id}" }
    selection: "id author: { id: authorId } editor: { id: editorId } parts { id title tags }"
  ) {
  id: ID!
  title: String!
  tags: [[Int!]]
  author: User
  editor: User!
  parts: [Post!]
}
type User
  @connect(
    source: "api"
    http: { GET: "/users?ids={$batch.id->joinNotNull(',')}" }
    batch: { maxSize: 3 }
    selection: "id name age friend: { id: friendId }"
  ) {
  id: ID!
  name: String!
  age: Int
  friend: User
}
"#;

/// Fields with their types.
const FIELDS: [(&str, &[(&str, &str)]); 3] = [
    ("Query", &[("posts", "[Post]")]),
    (
        "Post",
        &[
            ("id", "ID!"),
            ("title", "String!"),
            ("tags", "[[Int!]]"),
            ("author", "User"),
            ("editor", "User!"),
            ("parts", "[Post!]"),
        ],
    ),
    ("User", &[("id", "ID!"), ("name", "String!"), ("age", "Int"), ("friend", "User")]),
];

/// What the service knows.
#[derive(Debug, Clone, Default)]
struct Data {
    posts: Value,
    users: Vec<Value>,
}

/// A selection of any type: numbers that choose among what the type has.
#[derive(Debug, Clone)]
struct Choice {
    field: usize,
    alias: usize,
    condition: usize,
    children: Vec<Self>,
}

#[derive(Debug)]
struct Selection {
    /// Its text, and whether it lets the selection count.
    condition: (&'static str, bool),
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Field { key: String, name: &'static str, ty: &'static str, children: Vec<Selection> },
    Fragment(&'static str, Vec<Selection>),
}

#[test]
fn random_operations_get_what_the_specification_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let data: Arc<Mutex<Data>> = Arc::default();
    let served = data.clone();
    let api = runtime.block_on(Service::start(move |call| serve(&served.lock().unwrap(), call)));
    let gateway = GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").build();
    let gateway = gateway.variables(r#"{"on": true, "off": false}"#);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(any_data(), prop::collection::vec(any_choice(), 1..4)), |(random, choices)| {
        *data.lock().unwrap() = random.clone();
        let selections = selections("Query", &choices);
        // A variable that nothing uses is an error.
        let unused = "... @skip(if: $on) @include(if: $off) { __typename }";
        let query = format!("query Q($on: Boolean!, $off: Boolean!) {{ {unused} ... {} }}", print(&selections));
        let mut interpreter = Interpreter { data: &random, path: Vec::new(), errors: Vec::new() };
        let wanted = interpreter.object("Query", &Value::Null, &[&selections]);
        let wanted = format!(r#"{{"data":{}"#, wanted.as_deref().unwrap_or("null"));
        let answer = runtime.block_on(gateway.ask(&query));
        prop_assert!(answer.starts_with(&wanted), "{query}\nwanted {wanted}\nanswer {answer}");
        let errors = runtime.block_on(gateway.errors(&query));
        let paths: Vec<&str> = errors.iter().map(|error| error.split_once(' ').unwrap().1).collect();
        // An answer carries a hundred errors and the number of the others.
        interpreter.errors.truncate(100);
        prop_assert_eq!(paths, interpreter.errors, "{}", query);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

// === the service ===

fn serve(data: &Data, call: &Call) -> Reply {
    if let Some(ids) = ids(call) {
        // In the service's own order, with rows that nobody asked for.
        let asked = |user: &&Value| key(&user["id"]).is_some_and(|id| ids.contains(&id) || id == "0");
        return Reply::json(json!(data.users.iter().filter(asked).collect::<Vec<_>>()).to_string());
    }
    match call.target.strip_prefix("/posts/") {
        Some(id) => Reply::json(post(id).to_string()),
        None => Reply::json(data.posts.to_string()),
    }
}

/// What `/posts/{id}` answers.
fn post(id: &str) -> Value {
    json!({"id": id, "authorId": id, "editorId": if id == "1" { json!(null) } else { json!(2) }, "parts": [{"id": 7}]})
}

/// The text of a key; null is none.
fn key(id: &Value) -> Option<String> {
    if id.is_null() { None } else { Some(id.as_str().map_or_else(|| id.to_string(), str::to_owned)) }
}

// === the interpreter ===

struct Interpreter<'d> {
    data: &'d Data,
    path: Vec<String>,
    errors: Vec<String>,
}

impl Interpreter<'_> {
    /// The text of an object; `None` if null propagates to it.
    fn object(&mut self, ty: &str, object: &Value, sets: &[&Vec<Selection>]) -> Option<String> {
        let mut fields: IndexMap<&str, Vec<&Selection>> = IndexMap::new();
        for set in sets {
            collect(set, &mut fields);
        }
        let mut out = String::from("{");
        for (response_key, occurrences) in fields {
            let Kind::Field { name, ty: field_type, .. } = &occurrences[0].kind else { unreachable!() };
            let children: Vec<&Vec<Selection>> = occurrences.iter().filter_map(|field| field.children()).collect();
            self.path.push(response_key.to_owned());
            let text = if *name == "__typename" {
                Some(format!("\"{ty}\""))
            } else {
                self.value(field_type, &self.read(ty, object, name), &children)
            };
            self.path.pop();
            let separator = if out.len() > 1 { "," } else { "" };
            write!(out, "{separator}\"{response_key}\":{}", text?).unwrap();
        }
        Some(out + "}")
    }

    fn value(&mut self, ty: &str, value: &Value, sets: &[&Vec<Selection>]) -> Option<String> {
        if let Some(inner) = ty.strip_suffix('!') {
            let errors = self.errors.len();
            let text = self.value(inner, value, sets)?;
            if text != "null" {
                return Some(text);
            }
            if errors == self.errors.len() {
                self.fail();
            }
            return None;
        }
        let text = if value.is_null() {
            None
        } else if let Some(item) = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) {
            self.list(item, value, sets)
        } else if FIELDS.iter().any(|(name, _)| *name == ty) {
            if value.is_object() { self.object(ty, value, sets) } else { self.fail() }
        } else {
            match (ty, value) {
                ("Int", Value::Number(_)) | ("String" | "ID", Value::String(_)) => Some(value.to_string()),
                ("String" | "ID", Value::Number(number)) => Some(format!("\"{number}\"")),
                ("String", Value::Bool(_)) => Some(format!("\"{value}\"")),
                _ => self.fail(),
            }
        };
        Some(text.unwrap_or_else(|| "null".to_owned()))
    }

    fn list(&mut self, item: &str, value: &Value, sets: &[&Vec<Selection>]) -> Option<String> {
        let Some(elements) = value.as_array() else { return self.fail() };
        let mut texts = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            self.path.push(index.to_string());
            let text = self.value(item, element, sets);
            self.path.pop();
            texts.push(text?);
        }
        Some(format!("[{}]", texts.join(",")))
    }

    /// What the graph's connectors give for a field.
    fn read(&self, ty: &str, object: &Value, field: &str) -> Value {
        let stub = |id: &Value| json!({"id": id});
        match (ty, field) {
            ("Query", _) => self.data.posts.clone(),
            ("Post", "author" | "editor" | "parts") if object.get("authorId").is_none() => {
                // A part of another post is loaded by its id.
                key(&object["id"]).map_or(Value::Null, |id| self.read("Post", &post(&id), field))
            }
            ("Post", "author") => stub(&object["authorId"]),
            ("Post", "editor") => stub(&object["editorId"]),
            ("User", "name" | "age" | "friend") => {
                let Some(id) = key(&object["id"]) else { return Value::Null };
                let row = self.data.users.iter().find(|user| key(&user["id"]).as_ref() == Some(&id));
                row.map_or(
                    Value::Null,
                    |row| if field == "friend" { stub(&row["friendId"]) } else { row[field].clone() },
                )
            }
            _ => object[field].clone(),
        }
    }

    fn fail(&mut self) -> Option<String> {
        self.errors.push(self.path.join("."));
        None
    }
}

/// `CollectFields`; all types are concrete, so every fragment applies.
fn collect<'s>(set: &'s [Selection], fields: &mut IndexMap<&'s str, Vec<&'s Selection>>) {
    for selection in set.iter().filter(|selection| selection.condition.1) {
        match &selection.kind {
            Kind::Field { key, .. } => fields.entry(key).or_default().push(selection),
            Kind::Fragment(_, children) => collect(children, fields),
        }
    }
}

impl Selection {
    fn children(&self) -> Option<&Vec<Self>> {
        match &self.kind {
            Kind::Field { children, .. } => Some(children),
            Kind::Fragment(..) => None,
        }
    }
}

// === random things ===

fn any_data() -> impl Strategy<Value = Data> {
    let id = || prop_oneof![6 => (1..5).prop_map(|id: i32| json!(id)), 4 => (1..5).prop_map(|id: i32| json!(id.to_string())), 1 => Just(Value::Null)];
    let text = || prop_oneof![8 => "[a-c]{0,2}".prop_map(Value::from), 1 => Just(json!(3)), 1 => Just(json!([1])), 1 => Just(Value::Null)];
    let int = || prop_oneof![8 => (0..9_i32).prop_map(Value::from), 1 => Just(json!("x")), 1 => Just(Value::Null)];
    let inner = prop_oneof![6 => prop::collection::vec(int(), 0..3).prop_map(Value::from), 1 => Just(json!(1))];
    let tags = prop_oneof![6 => prop::collection::vec(inner, 0..3).prop_map(Value::from), 1 => Just(json!({}))];
    let part = (id(), text()).prop_map(|(id, title)| json!({"id": id, "title": title, "tags": null}));
    let part = prop_oneof![9 => part, 1 => Just(Value::Null)];
    let parts = prop_oneof![6 => prop::collection::vec(part, 0..3).prop_map(Value::from), 1 => Just(Value::Null)];
    let post = (id(), text(), tags, id(), id(), parts).prop_map(|(id, title, tags, author, editor, parts)| {
        json!({"id": id, "title": title, "tags": tags, "authorId": author, "editorId": editor, "parts": parts})
    });
    let post = prop_oneof![12 => post, 1 => Just(Value::Null), 1 => Just(json!(5)), 1 => Just(json!([]))];
    let posts = prop_oneof![12 => prop::collection::vec(post, 0..4).prop_map(Value::from), 1 => Just(json!({"id": 1}))];
    let user = (id(), text(), int(), id())
        .prop_map(|(id, name, age, friend)| json!({"id": id, "name": name, "age": age, "friendId": friend}));
    (posts, prop::collection::vec(user, 0..5)).prop_map(|(posts, users)| Data { posts, users })
}

fn any_choice() -> impl Strategy<Value = Choice> {
    let make = |((field, alias, condition), children)| Choice { field, alias, condition, children };
    let numbers = || (0..40_usize, 0..6_usize, 0..12_usize);
    (numbers(), Just(Vec::new()))
        .prop_map(make)
        .prop_recursive(5, 40, 4, move |inner| (numbers(), prop::collection::vec(inner, 0..4)).prop_map(make))
}

/// Choices as selections of a type.
fn selections(ty: &'static str, choices: &[Choice]) -> Vec<Selection> {
    let fields = FIELDS.iter().find(|(name, _)| *name == ty).unwrap().1;
    let mut out: Vec<Selection> = choices.iter().map(|choice| selection(ty, fields, choice)).collect();
    if out.is_empty() {
        let key = "__typename".to_owned();
        let kind = Kind::Field { key, name: "__typename", ty: "String!", children: Vec::new() };
        out.push(Selection { condition: ("", true), kind });
    }
    out
}

fn selection(ty: &'static str, fields: &[(&'static str, &'static str)], choice: &Choice) -> Selection {
    let conditions = [
        ("@include(if: $off)", false),
        ("@skip(if: $off)", true),
        ("@skip(if: $on)", false),
        ("@include(if: $on)", true),
    ];
    let condition = conditions.get(choice.condition).copied().unwrap_or(("", true));
    let kind = match fields.get(choice.field % (fields.len() + 1)) {
        None => Kind::Fragment(ty, selections(ty, &choice.children)),
        Some((name, field_type)) => {
            let named = field_type.trim_matches(['[', ']', '!']);
            let children = FIELDS
                .iter()
                .find(|(known, _)| *known == named)
                .map_or_else(Vec::new, |(known, _)| selections(known, &choice.children));
            let key = if choice.alias == 0 { format!("{name}{}", choice.alias) } else { (*name).to_owned() };
            Kind::Field { key, name, ty: field_type, children }
        }
    };
    Selection { condition, kind }
}

fn print(selections: &[Selection]) -> String {
    let texts = selections.iter().map(|Selection { condition: (condition, _), kind }| match kind {
        Kind::Field { key, name, children, .. } => {
            let alias = if key == name { String::new() } else { format!("{key}: ") };
            let children = if children.is_empty() { String::new() } else { print(children) };
            format!("{alias}{name} {condition} {children}")
        }
        Kind::Fragment(ty, children) => format!("... on {ty} {condition} {}", print(children)),
    });
    format!("{{ {} }}", texts.collect::<Vec<_>>().join(" "))
}
