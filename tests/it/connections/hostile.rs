//! Arguments and cursors that nobody should send: refused before any call, in words that tell nothing.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{Manner, gateway, page, service};
use crate::testkit::{GatewayBuilder, Reply, Service};

/// The error of a field, and how many calls were made.
async fn refusal(field: &str, arguments: &str) -> (String, usize) {
    let service = service(&Arc::new(Mutex::new(20)), Manner::Exact).await;
    let answer = gateway(&service).ask(&format!("{{ {field}({arguments}) {{ edges {{ cursor }} }} }}")).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let error = &answer["errors"][0];
    assert_eq!(answer["data"], Value::Null, "{arguments}");
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{arguments}: {error}");
    assert_eq!(error["path"][0], field);
    (error["message"].as_str().unwrap().to_owned(), service.calls().len())
}

/// What a cursor says of itself, and the place that it holds.
fn parts(cursor: &str) -> (String, String) {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    let (head, place) = text.split_at_checked(9).unwrap();
    (head.to_owned(), place.to_owned())
}

#[tokio::test]
async fn numbers_that_name_no_page_are_refused() {
    for (arguments, message) in [
        ("first: -1", "`first` must be from 0 to 7"),
        ("first: 8", "`first` must be from 0 to 7"),
        ("first: 2147483647", "`first` must be from 0 to 7"),
        ("last: -1", "`last` must be from 0 to 7"),
        ("first: 1, last: 1", "`first` and `last` cannot both be given"),
        ("first: 1, before: \"x\"", "`first` and `before` cannot both be given"),
        ("last: 1, after: \"x\"", "`last` and `after` cannot both be given"),
        ("after: \"x\", before: \"x\"", "`after` and `before` cannot both be given"),
        ("after: \"x\"", "`after` is no cursor of this field"),
        ("before: \"\"", "`before` is no cursor of this field"),
    ] {
        assert_eq!(refusal("offsetTotal", arguments).await, (message.to_owned(), 0), "{arguments}");
    }
    assert_eq!(refusal("keys", "last: 1").await, ("`last` needs `before` here".to_owned(), 0));
}

#[tokio::test]
async fn no_number_is_the_default_and_zero_is_an_empty_page() {
    let service = service(&Arc::new(Mutex::new(20)), Manner::Exact).await;
    let gateway = gateway(&service);
    let plain = page(&gateway, "offsetTotal", "").await;
    assert_eq!(plain.ids, [0, 1, 2]);
    assert_eq!(page(&gateway, "offsetTotal", "first: null, after: null, last: null, before: null").await, plain);
    for field in ["offsetTotal", "keys", "tokens", "links"] {
        let none = page(&gateway, field, "first: 0").await;
        assert_eq!((none.ids.len(), none.has_next, none.end), (0, true, None), "{field}");
    }
}

/// Cursors of another field, of another version, and forged ones: whatever is in them goes nowhere.
#[tokio::test]
async fn foreign_and_forged_cursors_are_refused() {
    let service = service(&Arc::new(Mutex::new(20)), Manner::Exact).await;
    let gateway = gateway(&service);
    let cursor = |found: super::Page| found.end.unwrap();
    let offset = cursor(page(&gateway, "offsetTotal", "").await);
    let links = cursor(page(&gateway, "links", "").await);
    let tokens = cursor(page(&gateway, "tokens", "").await);
    let (offset_tag, links_tag, tokens_tag) = (parts(&offset).0, parts(&links).0, parts(&tokens).0);
    // What a link says besides what the request names is not in the cursor.
    assert_eq!(parts(&links).1, r#"[null,3,2,{"page":"2"},null]"#);
    let forged = |tag: &str, place: &str| URL_SAFE_NO_PAD.encode(format!("{tag}{place}"));
    let mut wrong = vec![("offsetTotal", links.clone()), ("pageTotal", offset.clone()), ("links", tokens.clone())];
    wrong.push(("offsetTotal", forged(&offset_tag.replacen('1', "2", 1), "3")));
    for place in ["-1", "1e3", "1.5", "\"3\"", "null", "[]", "", "18446744073709551615", "9223372036854775807"] {
        wrong.push(("offsetTotal", forged(&offset_tag, place)));
    }
    for place in [
        r#"[null,0,0,null,null]"#,
        r#"[null,8,0,null,null]"#,
        r#"[null,3,-1,null,null]"#,
        r#"[null,3,4294967296,null,null]"#,
        r#"["http://elsewhere",3,0,null,null]"#,
        r#"[{"host":"elsewhere"},3,0,null,null]"#,
        r#"[{"page":{"a":1}},3,0,null,null]"#,
        r#"[{"page":1},3,0,null,null]"#,
        r#"[{},3,0,null,null]"#,
        r#"[null,3,0,"http://elsewhere",null]"#,
        r#"[null,3,0,null,"http://elsewhere"]"#,
        r#"[null,3,0,null,{"host":"elsewhere"}]"#,
        r#"[null,3,0,null]"#,
    ] {
        wrong.push(("links", forged(&links_tag, place)));
    }
    wrong.push(("tokens", forged(&tokens_tag, r#"[{"after":"a","before":"b"},3,0,null,null]"#)));
    wrong.push(("tokens", forged(&tokens_tag, r#"[{"after":{"x":1}},3,0,null,null]"#)));
    wrong.push(("tokens", forged(&tokens_tag, &format!("[{{\"after\":\"{}\"}},3,0,null,null]", "x".repeat(9000)))));
    for (field, cursor) in wrong {
        let (message, calls) = refusal(field, &format!("after: \"{cursor}\"")).await;
        assert_eq!((message.as_str(), calls), ("`after` is no cursor of this field", 0), "{field} {cursor}");
    }
}

/// A cursor that is right in form may name any page of the list: no more than its arguments could.
#[tokio::test]
async fn a_forged_place_stays_within_the_list_and_the_url() {
    let service = service(&Arc::new(Mutex::new(20)), Manner::Exact).await;
    let gateway = gateway(&service);
    let offset = page(&gateway, "offsetTotal", "").await.end.unwrap();
    let tag = parts(&offset).0;
    let far = URL_SAFE_NO_PAD.encode(format!("{tag}4503599627370496"));
    let found = page(&gateway, "offsetTotal", &format!("first: 7, after: \"{far}\"")).await;
    assert_eq!((found.ids.len(), found.has_next, found.has_previous), (0, false, true));
    let keys = page(&gateway, "keys", "").await.end.unwrap();
    let tag = parts(&keys).0;
    service.forget();
    let key = URL_SAFE_NO_PAD.encode(format!("{tag}\"k2&size=999#/../x\""));
    let answer = gateway.ask(&format!("{{ keys(first: 1, after: \"{key}\") {{ edges {{ cursor }} }} }}")).await;
    assert_eq!(service.calls(), ["GET /v1/keys?after=k2%26size%3D999%23%2F..%2Fx&size=2"], "{answer}");
}

/// A link to the page that it stands on is none, and where the service says that nothing follows, its link counts for nothing.
#[tokio::test]
async fn links_that_lead_nowhere_are_not_followed() {
    const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  rows: [Row!]!
    @connect(source: "api", http: { GET: "/rows", queryParams: "page: $page.link.page size: $page.size" }, selection: "$.items { id }")
    @connection(style: LINK, next: "$.next", hasNext: "$.more", first: 2, max: 5)
}
type Row { id: ID! }
"#;
    for (more, has_next) in [("true", [true, false]), ("false", [false, false]), ("null", [true, false])] {
        let service = Service::start(move |_| {
            Reply::json(format!(r#"{{"items":[{{"id":1}},{{"id":2}}],"next":"/rows?page=2","more":{more}}}"#))
        })
        .await;
        let gateway = GatewayBuilder::new(GRAPH).upstream("api", &service.base_url, "").build();
        let first = page(&gateway, "rows", "").await;
        let mut found = vec![first.has_next];
        if first.has_next {
            let second = page(&gateway, "rows", &format!("after: \"{}\"", first.end.unwrap())).await;
            assert_eq!(service.calls()[1], "GET /rows?page=2&size=2");
            found.push(second.has_next);
        }
        assert_eq!(found, has_next[..found.len()], "{more}");
    }
}

/// A page may be empty although others follow: there is a way on.
#[tokio::test]
async fn an_empty_page_in_between_does_not_end_the_list() {
    const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  rows: [Row!]!
    @connect(source: "api", http: { GET: "/rows", queryParams: "token: $page.after" }, selection: "$.items { id }")
    @connection(style: CURSOR, next: "$.next", first: 2, max: 5)
}
type Row { id: ID! }
"#;
    let service = Service::start(|call| {
        Reply::json(match call.target.as_str() {
            "/rows" => r#"{"items":[],"next":"t1"}"#,
            _ => r#"{"items":[{"id":1}],"next":null}"#,
        })
    })
    .await;
    let gateway = GatewayBuilder::new(GRAPH).upstream("api", &service.base_url, "").build();
    let empty = page(&gateway, "rows", "").await;
    assert_eq!((empty.ids.len(), empty.has_next, &empty.start), (0, true, &None));
    let last = page(&gateway, "rows", &format!("after: \"{}\"", empty.end.unwrap())).await;
    assert_eq!((last.ids, last.has_next), (vec![1], false));
    assert_eq!(service.calls(), ["GET /rows", "GET /rows?token=t1"]);
}

#[tokio::test]
async fn only_what_can_be_counted_is_a_total() {
    const GRAPH: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query {
  rows: [Row!]!
    @connect(source: "api", http: { GET: "/rows", queryParams: "offset: $page.offset size: $page.size" }, selection: "$.items { id }")
    @connection(style: OFFSET, total: "$.total", first: 2, max: 5)
}
type Row { id: ID! }
"#;
    for (total, expected) in [
        ("3", "3"),
        ("\" 3 \"", "3"),
        ("2147483647", "2147483647"),
        ("-1", "null"),
        ("1.5", "null"),
        ("\"many\"", "null"),
        ("4503599627370497", "null"),
        ("18446744073709551615", "null"),
    ] {
        let service =
            Service::start(move |_| Reply::json(format!(r#"{{"items":[{{"id":1}}],"total":{total}}}"#))).await;
        let gateway = GatewayBuilder::new(GRAPH).upstream("api", &service.base_url, "").build();
        let answer = gateway.ask("{ rows { totalCount } }").await;
        assert_eq!(answer, format!(r#"{{"data":{{"rows":{{"totalCount":{expected}}}}}}}"#), "{total}");
    }
}

#[tokio::test]
async fn a_total_that_is_too_large_leads_nowhere() {
    let service = service(&Arc::new(Mutex::new(20)), Manner::Exact).await;
    let found = page(&gateway(&service), "lying", "last: 3").await;
    assert_eq!(found, super::Page::default());
}
