//! The workloads: what is asked, in which order, and what the answer must be.

mod selection;

use serde_json::{Value, json};

use crate::data;
use selection::{Field, leaf, leaves, object};

/// How many different documents `rotation-50` has.
const ROTATION: usize = 50;
/// Sizes of the batches of distinct keys.
const KEYS: [(&str, usize); 5] =
    [("keys-100", 100), ("keys-320", 320), ("keys-1000", 1_000), ("keys-3200", 3_200), ("keys-10000", 10_000)];

/// Something that is asked under load.
#[derive(Debug, Clone)]
pub struct Workload {
    /// As manifests and tables name it.
    pub name: &'static str,
    /// What it is, for readers of the report.
    pub title: &'static str,
    /// Its requests, each with the expected answer.
    pub requests: Vec<Request>,
    /// How the requests follow each other.
    pub order: Order,
    /// How long the upstream waits before each answer.
    pub delay_ms: u64,
    /// Connections of the load generator: fewer where one request is much work, so that those which are under way at
    /// the end are few beside those which were counted.
    pub connections: u32,
    /// Which upstream counts its calls.
    pub upstream: Upstream,
}

/// One GraphQL request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Values of its variables, `null` for none.
    pub variables: Value,
    /// Headers besides the content type.
    pub headers: &'static [(&'static str, &'static str)],
    /// Where clients have endpoints of their own, the path below which it is asked.
    pub client: Option<&'static str>,
    /// The `data` of the answer.
    pub expected: Expected,
}

/// What an answer has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Exactly this `data`, computed from what the upstream has.
    Data(Value),
    /// Without errors, and the same from every peer in every mode: the honest mode of the first comes first.
    Agreement,
}

/// How requests follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The first one, always.
    Same,
    /// One at random each time.
    Random,
    /// All in turn.
    Rotating,
}

/// Where calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upstream {
    /// The static upstream.
    Static,
    /// The demo shop's services.
    Shop,
}

/// All workloads, in the order of the report.
pub fn all() -> Vec<Workload> {
    let mut all = vec![
        one("posts-users", "100 posts, each with its user: two upstream calls, one after the other", posts_users()),
        one(
            "posts-title",
            "the titles of 100 posts: one upstream call, most of whose answer nobody asked for",
            titles(),
        ),
        one("greet", "a constant: no upstream call", greet()),
        Workload {
            order: Order::Random,
            requests: (1..=data::POSTS).map(post_user).collect(),
            ..one("post-user", "a post at random and its user: two small upstream calls, one after the other", greet())
        },
        Workload {
            delay_ms: 5,
            ..one(
                "posts-users-5ms",
                "as `posts-users`, from an upstream that waits 5 ms before each answer",
                posts_users(),
            )
        },
        Workload {
            order: Order::Rotating,
            requests: (0..ROTATION).map(rotation).collect(),
            ..one("rotation-50", "50 different documents in turn", greet())
        },
        Workload { connections: 4, ..one("rows-10000", "a list of 10,000 rows with 6 fields each", rows(10_000)) },
    ];
    for (name, count) in KEYS {
        let title =
            "a list of N objects, each with another item: one upstream call, then the items in as few as possible";
        all.push(Workload { connections: 4, ..one(name, title, keys(count)) });
    }
    let web = include_str!("../../../examples/shop/web-home.graphql");
    let mobile = include_str!("../../../examples/shop/mobile-home.graphql");
    all.push(shop("web-home", "the demo shop's page for browsers: five services, three waves", "web", web));
    all.push(shop("mobile-home", "the demo shop's page for phones, through a view that flattens", "mobile", mobile));
    all
}

// === impl Request ===

impl Request {
    /// The body to post.
    pub fn body(&self) -> String {
        let mut body = json!({ "query": self.query });
        if !self.variables.is_null() {
            body["variables"] = self.variables.clone();
        }
        body.to_string()
    }

    fn new(query: String, expected: Value) -> Self {
        Self { query, variables: Value::Null, headers: &[], client: None, expected: Expected::Data(expected) }
    }
}

fn one(name: &'static str, title: &'static str, request: Request) -> Workload {
    Workload {
        name,
        title,
        requests: vec![request],
        order: Order::Same,
        delay_ms: 0,
        connections: 50,
        upstream: Upstream::Static,
    }
}

fn shop(name: &'static str, title: &'static str, client: &'static str, query: &str) -> Workload {
    let request = Request {
        query: query.to_owned(),
        variables: Value::Null,
        headers: &[("x-customer-id", "12")],
        client: Some(client),
        expected: Expected::Agreement,
    };
    Workload { upstream: Upstream::Shop, ..one(name, title, request) }
}

fn posts_users() -> Request {
    let mut fields = leaves(&["id", "userId", "title"]);
    fields.push(object("user", leaves(&["id", "name", "email"])));
    list("posts", &fields)
}

fn titles() -> Request {
    list("posts", &leaves(&["title"]))
}

fn greet() -> Request {
    Request::new("{ greet }".to_owned(), json!({ "greet": "Hello World!" }))
}

fn post_user(id: usize) -> Request {
    let mut fields = leaves(&["id", "title"]);
    fields.push(object("user", leaves(&["id", "name"])));
    let query = format!("query ($id: Int!) {{ post(id: $id) {} }}", selection::print(&fields));
    let expected = json!({ "post": selection::project(&fields, &with_user(id)) });
    Request { variables: json!({ "id": id }), ..Request::new(query, expected) }
}

/// Documents that differ in their fields; each second one asks a single post.
fn rotation(number: usize) -> Request {
    let mut fields: Vec<Field> = leaves(&["id", "userId", "title", "body"])
        .into_iter()
        .enumerate()
        .filter_map(|(bit, field)| ((number / 2 + 1) >> bit & 1 == 1).then_some(field))
        .collect();
    if number % 4 < 2 || fields.is_empty() {
        let user = ["id", "name", "username", "email", "phone", "website"];
        fields.push(object("user", leaves(&user[..=number % user.len()])));
    }
    let name = format!("query Page{number}");
    if number.is_multiple_of(2) {
        let request = list("posts", &fields);
        return Request { query: format!("{name} {}", request.query), ..request };
    }
    let id = number + 1;
    let query = format!("{name} {{ post(id: {id}) {} }}", selection::print(&fields));
    Request::new(query, json!({ "post": selection::project(&fields, &with_user(id)) }))
}

fn rows(count: usize) -> Request {
    let fields = leaves(&["id", "name", "city", "email", "score", "active"]);
    let rows: Value = (1..=count).map(|id| selection::project(&fields, &data::row(id))).collect();
    Request::new(format!("{{ rows(n: {count}) {} }}", selection::print(&fields)), json!({ "rows": rows }))
}

fn keys(count: usize) -> Request {
    let fields = vec![leaf("itemId"), object("item", leaves(&["id", "name", "price"]))];
    let keys: Value = (1..=count)
        .map(|number| {
            let mut key = data::key(number);
            let id = key["itemId"].as_u64().unwrap_or_default();
            key["item"] = data::item(id as usize);
            selection::project(&fields, &key)
        })
        .collect();
    let query = format!("query ($n: Int!) {{ keys(n: $n) {} }}", selection::print(&fields));
    Request { variables: json!({ "n": count }), ..Request::new(query, json!({ "keys": keys })) }
}

fn list(name: &str, fields: &[Field]) -> Request {
    let posts: Value = (1..=data::POSTS).map(|id| selection::project(fields, &with_user(id))).collect();
    Request::new(format!("{{ {name} {} }}", selection::print(fields)), json!({ name: posts }))
}

/// A post and its user in it.
fn with_user(id: usize) -> Value {
    let mut post = data::post(id);
    let user = post["userId"].as_u64().unwrap_or_default();
    post["user"] = data::user(user as usize);
    post
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::{Expected, all, keys, post_user, rotation};

    #[test]
    fn names_are_unique() {
        let all = all();
        let names: HashSet<&str> = all.iter().map(|workload| workload.name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn rotation_has_no_document_twice() {
        let documents: HashSet<String> = (0..50).map(|number| rotation(number).query).collect();
        assert_eq!(documents.len(), 50, "{documents:#?}");
    }

    #[test]
    fn computes_what_is_expected() {
        let request = post_user(11);
        assert_eq!(request.query, "query ($id: Int!) { post(id: $id) { id title user { id name } } }");
        let Expected::Data(expected) = request.expected else { panic!("no data") };
        assert_eq!(expected["post"]["user"], json!({ "id": 2, "name": "Bruno Keller" }));

        let Expected::Data(expected) = keys(2).expected else { panic!("no data") };
        assert_eq!(expected["keys"][1]["item"]["id"], 1_000_014);
    }
}
