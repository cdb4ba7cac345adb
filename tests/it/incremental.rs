//! Answers in parts: what comes first, what follows, and that all of it together is the whole answer.

mod kinds;
mod merged;
mod payloads;
mod streamed;

use anabranch::engine::{IncrementalFormat, Reply as Answered, StreamKind};
use futures_util::{StreamExt as _, stream::BoxStream};
use serde_json::Value;

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

const FORMATS: [IncrementalFormat; 2] = [IncrementalFormat::Patches, IncrementalFormat::Pending];

/// Books from a fast service, what people say of them from a slow one.
const LIBRARY: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "books", http: { baseURL: "http://books.test" })
  @source(name: "talk", http: { baseURL: "http://talk.test" })

type Query {
  books: [Book!]! @connect(source: "books", http: { GET: "/books" }, selection: "id title author { name born { year } }")
  book(id: ID!): Book
    @connect(source: "books", http: { GET: "/books/{$args.id}" }, selection: "id title author { name born { year } }")
  news: News @connect(source: "talk", http: { GET: "/news" }, selection: "text by { id: user }")
}
type Mutation {
  read(id: ID!): Book
    @connect(source: "books", http: { POST: "/books/{$args.id}/read" }, selection: "id title author { name born { year } }")
}
type News { text: String! by: User }
type User @connect(source: "talk", http: { GET: "/users/{$this.id}" }, selection: "id name") { id: ID! name: String! }
type Book
  @connect(
    source: "talk"
    http: { GET: "/talk?ids={$batch.id->joinNotNull(',')}" }
    selection: "id rating reviews { text by: { id: user } } mood { word }"
  ) {
  id: ID!
  title: String
  author: Author
  rating: Int
  reviews: [Review!]
  mood: Mood!
  similar: [Book!]
    @connect(
      source: "books"
      http: { GET: "/books/{$this.id}/similar" }
      selection: "id title author { name born { year } }"
    )
}
type Mood { word: String! }
type Author { name: String born: Born }
type Born { year: Int }
type Review { text: String! by: User }
"#;

/// The services of [`LIBRARY`] and a gateway before them.
struct Library {
    books: Service,
    talk: Service,
    gateway: Gateway,
}

impl Library {
    async fn start(talk: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(books, talk, "").await
    }

    async fn start_with(
        books: impl Fn(&Call) -> Reply + Send + Sync + 'static,
        talk: impl Fn(&Call) -> Reply + Send + Sync + 'static,
        toml: &str,
    ) -> Self {
        let (books, talk) = (Service::start(books).await, Service::start(talk).await);
        let gateway = GatewayBuilder::new(LIBRARY)
            .upstream("books", &books.base_url, "")
            .upstream("talk", &talk.base_url, "")
            .toml(toml)
            .build();
        Self { books, talk, gateway }
    }

    /// A gateway before the same services for a client with a view and limits of its own.
    fn limited(&self, view: &str, limits: &str) -> Gateway {
        GatewayBuilder::new(LIBRARY)
            .upstream("books", &self.books.base_url, "")
            .upstream("talk", &self.talk.base_url, "")
            .client("web", view)
            .client_settings(&format!("limits = {{ {limits} }}"))
            .build()
    }
}

fn books(call: &Call) -> Reply {
    let book =
        |id: &str| format!(r#"{{"id":{id},"title":"Book {id}","author":{{"name":"A{id}","born":{{"year":19{id}}}}}}}"#);
    let path: Vec<&str> = call.target.split('/').skip(1).collect();
    Reply::json(match path[..] {
        ["books"] => format!("[{},{}]", book("1"), book("2")),
        ["books", id] | ["books", id, "read"] => book(id),
        ["books", id, "similar"] => format!("[{},{}]", book(&format!("{id}1")), book(&format!("{id}2"))),
        _ => return Reply::status(404, "{}"),
    })
}

fn talk(call: &Call) -> Reply {
    if call.target == "/news" {
        return Reply::json(r#"{"text":"News","user":7}"#);
    }
    if let Some(id) = call.target.strip_prefix("/users/") {
        return Reply::json(format!(r#"{{"id":{id},"name":"User {id}"}}"#));
    }
    let ids = call.target.strip_prefix("/talk?ids=").unwrap_or_default();
    let row = |id: &str| {
        format!(r#"{{"id":{id},"rating":{id},"reviews":[{{"text":"R{id}","user":{id}}}],"mood":{{"word":"m{id}"}}}}"#)
    };
    Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")))
}

/// All payloads of an answer, and whether it is in parts.
async fn received(gateway: &Gateway, format: IncrementalFormat, query: &str) -> (Vec<Value>, bool) {
    match gateway.in_parts(format, query).await {
        Answered::Whole(answer) => (vec![json(std::str::from_utf8(&answer.body).unwrap())], false),
        Answered::Stream(stream) => {
            let answers = stream.answers.map(|answer| json(std::str::from_utf8(&answer.body).unwrap()));
            (answers.collect().await, true)
        }
    }
}

/// The parts of an answer as they come.
async fn parts(gateway: &Gateway, format: IncrementalFormat, query: &str) -> BoxStream<'static, String> {
    match gateway.in_parts(format, query).await {
        Answered::Stream(stream) => {
            assert_eq!(stream.kind, StreamKind::Parts);
            stream.answers.map(|answer| String::from_utf8(answer.body.to_vec()).unwrap()).boxed()
        }
        Answered::Whole(answer) => panic!("one whole answer: {}", String::from_utf8_lossy(&answer.body)),
    }
}

/// All parts of an answer.
async fn all(gateway: &Gateway, format: IncrementalFormat, query: &str) -> Vec<String> {
    parts(gateway, format, query).await.collect().await
}

/// An answer that must be whole.
async fn whole(gateway: &Gateway, format: IncrementalFormat, query: &str) -> String {
    match gateway.in_parts(format, query).await {
        Answered::Whole(answer) => String::from_utf8(answer.body.to_vec()).unwrap(),
        Answered::Stream(_) => panic!("an answer in parts: {query}"),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
