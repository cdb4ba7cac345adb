//! Who asks for what: apps by their headers, fields by app and version, for operators only.

use serde_json::{Value, json};

use crate::testkit::{Answer, Front, GatewayBuilder, Reply, Service};

const GRAPH: &str = r#"
type Query {
  post(id: ID!, lang: String @deprecated(reason: "there is one")): Post
    @connect(source: "api", http: { GET: "/posts/{$args.id}" }, selection: "id title body")
}
type Post { id: ID! title: String body: String @deprecated(reason: "use title") }
"#;

async fn front(toml: &str) -> (Service, Front) {
    let api =
        Service::start(|_| Reply::json(r#"{"id":1,"title":"t","body":"b"}"#).header("cache-control", "max-age=60"))
            .await;
    let front = GatewayBuilder::new(GRAPH).upstream("api", &api.base_url, "").toml(toml).serve().await;
    (api, front)
}

async fn ask(front: &Front, app: Option<(&str, &str)>, query: &str) {
    let mut request = front.post("default", query);
    if let Some((name, version)) = app {
        request = request.header("apollographql-client-name", name).header("apollographql-client-version", version);
    }
    assert_eq!(Answer::of(request).await.status, 200);
}

async fn usage(front: &Front, query: &str) -> Value {
    serde_json::from_str(front.admin(&format!("/usage{query}")).await.text()).unwrap()
}

#[tokio::test]
async fn fields_and_arguments_are_counted_by_app_and_version() {
    let (_api, front) = front("").await;
    let query = "{ a: post(id: 1) { id title ...F } b: post(id: 2) { ...F } } fragment F on Post { title __typename }";
    ask(&front, Some(("shop", "1")), query).await;
    // The second one of these is a kept answer, which counts all the same.
    ask(&front, Some(("shop", "2")), "{ post(id: 1, lang: \"en\") { body } }").await;
    ask(&front, Some(("shop", "2")), "{ post(id: 1, lang: \"en\") { body } }").await;
    // The plan is the same for all apps, and what they count is not.
    ask(&front, Some(("shop", "1")), "{ post(id: 1, lang: \"en\") { body } }").await;
    ask(&front, None, "{ post(id: 1) { title } }").await;
    ask(&front, Some(("shop", "1")), "{ nothing }").await;

    let told = usage(&front, "").await;
    let app = |name: &str, version: &str, operations: u64| json!({ "name": name, "version": version, "operations": operations });
    let all = json!([app("shop", "1", 2), app("shop", "2", 2), app("", "", 1)]);
    let lang = json!([app("shop", "2", 2), app("shop", "1", 1)]);
    let expected = json!([{
        "client": "default",
        "operations": 5,
        "apps": all,
        "elements": [
            { "coordinate": "Query.post", "operations": 5, "apps": all },
            { "coordinate": "Query.post(id:)", "operations": 5, "apps": all },
            { "coordinate": "Query.post(lang:)", "deprecated": "there is one", "operations": 3, "apps": lang },
            { "coordinate": "Post.id", "operations": 1, "apps": [app("shop", "1", 1)] },
            { "coordinate": "Post.title", "operations": 2, "apps": [app("", "", 1), app("shop", "1", 1)] },
            { "coordinate": "Post.body", "deprecated": "use title", "operations": 3, "apps": lang },
        ],
    }]);
    assert_eq!(told["clients"], expected);

    let told = usage(&front, "?deprecated=true&client=default").await;
    let coordinates: Vec<&str> = told["clients"][0]["elements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|element| element["coordinate"].as_str().unwrap())
        .collect();
    assert_eq!(coordinates, ["Query.post(lang:)", "Post.body"]);
    let nobody = front.admin("/usage?client=other").await;
    assert_eq!((nobody.status, nobody.text()), (404, "there is no client `other`; the clients are `default`\n"));
    for query in ["clients=web", "deprecated=yes", "client=a&client=b"] {
        let odd = front.admin(&format!("/usage?{query}")).await;
        let expected =
            "`/usage` has the parameters `client`, the name of a client, and `deprecated`, `true` or `false`\n";
        assert_eq!((odd.status, odd.text()), (400, expected), "{query}");
    }
    for path in ["/", "/health", "/default/graphql"] {
        let answer = front.admin(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.text().contains("`/health/live`, `/health/ready`, `/metrics` and `/usage`"),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("lists the clients"), "{}", answer.text());
    }
    assert_eq!(Answer::of(front.request("GET", "/usage")).await.status, 404);
}

const INPUTS: &str = r#"
type Query {
  posts(where: Where, sorts: [Sort!]): [Post] @connect(source: "api", http: { GET: "/posts?s={$args.sorts->joinNotNull(',')}" }, selection: "id state")
}
type Post { id: ID! state: State }
input Where { text: String @deprecated(reason: "use tags") tags: [Tag!] size: Int = 5 sort: Sort and: Where other: Other }
input Tag { name: String! sort: Sort = NEW }
input Other { size: Int }
enum Sort { NEW OLD @deprecated(reason: "slow") TOP }
enum State { DRAFT }
"#;

/// Those that the text of an operation names; what is in variables is nobody's business.
#[tokio::test]
async fn input_fields_and_enum_values_are_counted_where_operations_are_written_with_them() {
    let api = Service::start(|_| Reply::json(r#"[{"id":1,"state":"DRAFT"}]"#)).await;
    let front = GatewayBuilder::new(INPUTS).upstream("api", &api.base_url, "").serve().await;
    ask(&front, None, "{ posts(where: { text: \"a\", tags: [{ name: \"a\", sort: OLD }, { name: \"b\" }] }) { id } }")
        .await;
    ask(&front, None, "{ posts(where: { and: { size: 5, and: { size: 6 } } }, sorts: TOP) { state } }").await;
    ask(&front, None, "query ($sort: Sort = TOP, $text: String) { posts(where: { sort: $sort, text: $text }) { id } }")
        .await;
    ask(&front, None, "query ($tag: Tag = { name: \"x\" }) { posts(where: { tags: [$tag] }) { id } }").await;

    let told = usage(&front, "").await;
    let told: Vec<String> = told["clients"][0]["elements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|element| element["variables"].is_u64())
        .map(|element| format!("{} {} {}", element["coordinate"], element["operations"], element["variables"]))
        .collect();
    let expected = [
        "\"Where.text\" 2 0",
        "\"Where.tags\" 2 0",
        // Said to be its default, as if it were not said.
        "\"Where.size\" 1 0",
        "\"Where.sort\" 1 0",
        "\"Where.and\" 1 0",
        "\"Where.other\" 0 0",
        "\"Tag.name\" 2 1",
        "\"Tag.sort\" 1 1",
        "\"Other.size\" 0 0",
        "\"Sort.NEW\" 0 2",
        "\"Sort.OLD\" 1 2",
        "\"Sort.TOP\" 2 2",
    ];
    assert_eq!(told, expected);

    let told = usage(&front, "?deprecated=true").await;
    let expected = json!([
        {
            "coordinate": "Where.text", "deprecated": "use tags", "operations": 2, "variables": 0,
            "apps": [{ "name": "", "version": "", "operations": 2 }],
        },
        {
            "coordinate": "Sort.OLD", "deprecated": "slow", "operations": 1, "variables": 2,
            "apps": [{ "name": "", "version": "", "operations": 1 }],
        },
    ]);
    assert_eq!(told["clients"][0]["elements"], expected);
}

/// What was counted by plans that left the cache is not lost.
#[tokio::test]
async fn counts_outlive_plans() {
    let (_api, front) = front("[cache]\nplans = \"64KiB\"").await;
    for at in 0..200 {
        ask(&front, None, &format!("{{ alias{at}: post(id: 1) {{ title }} }}")).await;
    }
    let told = usage(&front, "").await;
    assert_eq!(told["clients"][0]["operations"], 200);
    assert_eq!(told["clients"][0]["elements"][4]["operations"], 200);
}

#[tokio::test]
async fn metrics_tell_apps_apart_up_to_a_bound() {
    let (_api, front) = front("").await;
    ask(&front, Some(("sh\"op\\", "1")), "{ post(id: 1) { title } }").await;
    for at in 0..300 {
        ask(&front, Some(("noise", &at.to_string())), "{ post(id: 1) { title } }").await;
    }
    let metrics = front.admin("/metrics").await;
    let lines: Vec<&str> =
        metrics.text().lines().filter(|line| line.starts_with("anabranch_app_operations_total")).collect();
    assert!(lines.iter().any(|line| line.contains(r#"app="sh\"op\\",version="1",outcome="ok"} 1"#)), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains(r#"app="(others)",version="",outcome="ok"} 103"#)), "{lines:?}");
    assert_eq!(lines.len(), 199);
}
