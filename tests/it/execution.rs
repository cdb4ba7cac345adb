//! Operations from text to answer: whole answers and exact calls.

mod answers;
mod batches;
mod bounds;
mod engine;
mod failures;
mod hostile;
mod isolation;
mod joins;
mod leaving;
mod mutations;
mod random;
mod shapes;

use crate::testkit::{Call, Gateway, GatewayBuilder, Reply, Service};

/// Posts with authors: posts come as a list or alone, users one by one or in batches of up to three.
const BLOG: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "posts", http: { baseURL: "http://posts.test" })
  @source(name: "users", http: { baseURL: "http://users.test" })

type Query {
  posts(tag: String): [Post]
    @connect(
      source: "posts"
      http: { GET: "/posts", queryParams: "tag: $args.tag?" }
      selection: "id title author: { id: authorId } editor: { id: editorId }"
    )
  post(id: ID!): Post
    @connect(
      source: "posts"
      http: { GET: "/posts/{$args.id}" }
      selection: "id title author: { id: authorId } editor: { id: editorId }"
    )
  user(id: ID!): User
    @connect(source: "users", http: { GET: "/users/{$args.id}" }, selection: "id name email")
}

type Post {
  id: ID!
  title: String
  author: User
  editor: User
}

type User
  @connect(
    source: "users"
    http: { GET: "/users?ids={$batch.id->joinNotNull(',')}" }
    batch: { maxSize: 3 }
    selection: "id name email"
  ) {
  id: ID!
  name: String!
  email: String
}
"#;

/// The services of [`BLOG`] and a gateway before them.
struct Blog {
    posts: Service,
    users: Service,
    gateway: Gateway,
}

impl Blog {
    async fn start(
        posts: impl Fn(&Call) -> Reply + Send + Sync + 'static,
        users: impl Fn(&Call) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(posts, users, "").await
    }

    /// With more of `upstreams.toml`.
    async fn start_with(
        posts: impl Fn(&Call) -> Reply + Send + Sync + 'static,
        users: impl Fn(&Call) -> Reply + Send + Sync + 'static,
        toml: &str,
    ) -> Self {
        let (posts, users) = (Service::start(posts).await, Service::start(users).await);
        let gateway = GatewayBuilder::new(BLOG)
            .upstream("posts", &posts.base_url, "")
            .upstream("users", &users.base_url, "")
            .toml(toml)
            .build();
        Self { posts, users, gateway }
    }
}

/// Posts 1 to `count`; post `n` has the author `n % authors` and the editor 1.
fn posts(count: usize, authors: usize) -> String {
    let post = |id: usize| format!(r#"{{"id":{id},"title":"Post {id}","authorId":{},"editorId":1}}"#, id % authors);
    format!("[{}]", (1..=count).map(post).collect::<Vec<_>>().join(","))
}

/// Answers `/users?ids=1,2` and `/users/1`: user `n` is `User n`.
fn users(call: &Call) -> Reply {
    let user = |id: &str| format!(r#"{{"id":{id},"name":"User {id}","email":null}}"#);
    match (ids(call), call.target.strip_prefix("/users/")) {
        (Some(ids), _) => Reply::json(format!("[{}]", ids.iter().map(|id| user(id)).collect::<Vec<_>>().join(","))),
        (None, Some(id)) => Reply::json(user(id)),
        (None, None) => Reply::status(400, "{}"),
    }
}

/// The keys of a batch call.
fn ids(call: &Call) -> Option<Vec<String>> {
    let ids = call.target.split_once("?ids=")?.1;
    Some(ids.split(',').map(str::to_owned).collect())
}
