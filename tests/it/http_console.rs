//! Pages, assets and schemas of the public listener.

use crate::{
    http::GRAPH,
    testkit::{Answer, Front, GatewayBuilder, Reply, Service},
};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn front(settings: &str) -> (Service, Front) {
    let api = Service::start(|_| Reply::json("{}")).await;
    let front = GatewayBuilder::new(GRAPH)
        .upstream("api", &api.base_url, "")
        .client("web", "type Query { hello: String }")
        .client_settings(settings)
        .serve()
        .await;
    (api, front)
}

#[tokio::test]
async fn browsers_get_pages_that_load_nothing_from_elsewhere() {
    let (_api, front) = front("").await;
    for (path, place) in [("/", r#""clients":[{"name":"web""#), ("/web/graphql", r#""endpoint":"/web/graphql""#)] {
        let page = Answer::of(front.request("GET", path).header("accept", BROWSER)).await;
        assert_eq!((page.status, page.header("content-type").as_str()), (200, "text/html; charset=utf-8"), "{path}");
        assert!(page.text().contains(place), "{path}: {}", page.text());
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(!page.text().contains("src=\"http") && !page.text().contains("href=\"http"), "{}", page.text());

        let asset = page.text().split('"').find(|part| part.starts_with("/assets/")).unwrap().to_owned();
        let first = Answer::of(front.request("GET", &asset)).await;
        assert_eq!(first.status, 200, "{asset}");
        assert_eq!(first.header("cache-control"), "public, max-age=31536000, immutable");
        let etag = first.header("etag");
        for known in [etag.clone(), format!("\"other\", {etag}"), format!("W/{etag}"), "*".to_owned()] {
            let again = Answer::of(front.request("GET", &asset).header("if-none-match", known)).await;
            assert_eq!((again.status, again.body.len()), (304, 0));
        }
        let other = Answer::of(front.request("GET", &asset).header("if-none-match", "\"other\"")).await;
        assert_eq!(other.status, 200);
    }
}

#[tokio::test]
async fn a_client_may_be_without_a_console() {
    let (_api, front) = front("console = false").await;
    let answer = Answer::of(front.get("web", &[("query", "{ __typename }")]).header("accept", BROWSER)).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"data":{"__typename":"Query"}}"#));
}

#[tokio::test]
async fn the_schema_is_that_of_the_client_where_introspection_is_allowed() {
    let (_api, open) = front("").await;
    let schema = Answer::of(open.request("GET", "/web/schema.graphql")).await;
    assert_eq!((schema.status, schema.header("content-type").as_str()), (200, "text/plain; charset=utf-8"));
    let (directives, types) = schema.text().split_once("\n\ntype ").unwrap();
    assert!(directives.contains("directive @defer(") && directives.contains("directive @stream("), "{directives}");
    assert_eq!(types, "Query {\n  hello: String\n}\n");

    let (_api, closed) = front("introspection = false").await;
    let refused = Answer::of(closed.request("GET", "/web/schema.graphql")).await;
    assert_eq!(refused.status, 404);
    assert!(!refused.text().contains("hello"), "{}", refused.text());
    for query in ["{ __schema { types { name } } }", "{ __type(name: \"Query\") { name } }"] {
        let answer = Answer::of(closed.post("web", query)).await;
        assert!(answer.text().contains("introspection is switched off"), "{}", answer.text());
    }
    let answer = Answer::of(closed.post("web", "{ __typename }")).await;
    assert_eq!(answer.text(), r#"{"data":{"__typename":"Query"}}"#);
}
