//! Streamed lists: the first elements, and the rest when its own calls are answered.

use std::sync::Arc;

use anabranch::engine::IncrementalFormat::{Patches, Pending};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::Notify;

use super::*;

/// Five books.
fn shelf(call: &Call) -> Reply {
    match call.target.as_str() {
        "/books" => {
            let book = |id: usize| format!(r#"{{"id":{id},"title":"Book {id}","author":null}}"#);
            Reply::json(format!("[{}]", (1..=5).map(book).collect::<Vec<_>>().join(",")))
        }
        _ => books(call),
    }
}

async fn library() -> Library {
    Library::start_with(shelf, talk, "").await
}

#[tokio::test]
async fn first_elements_do_not_wait_for_the_calls_of_the_rest() {
    for (format, expected) in [
        (
            Patches,
            [
                r#"{"data":{"books":[{"title":"Book 1","rating":1},{"title":"Book 2","rating":2}]},"hasNext":true}"#,
                concat!(
                    r#"{"incremental":[{"items":[{"title":"Book 3","rating":3},{"title":"Book 4","rating":4},"#,
                    r#"{"title":"Book 5","rating":5}],"path":["books",2],"label":"more"}],"hasNext":false}"#
                ),
            ],
        ),
        (
            Pending,
            [
                concat!(
                    r#"{"data":{"books":[{"title":"Book 1","rating":1},{"title":"Book 2","rating":2}]},"#,
                    r#""pending":[{"id":"0","path":["books"],"label":"more"}],"hasNext":true}"#
                ),
                concat!(
                    r#"{"incremental":[{"id":"0","items":[{"title":"Book 3","rating":3},{"title":"Book 4","rating":4},"#,
                    r#"{"title":"Book 5","rating":5}]}],"completed":[{"id":"0"}],"hasNext":false}"#
                ),
            ],
        ),
    ] {
        let gate = Arc::new(Notify::new());
        let held = Arc::clone(&gate);
        let answer = move |call: &Call| if call.target.contains('3') { talk(call).after(&held) } else { talk(call) };
        let library = Library::start_with(shelf, answer, "").await;
        let query = "{ books @stream(initialCount: 2, label: \"more\") { title rating } }";
        let mut parts = parts(&library.gateway, format, query).await;
        assert_eq!(parts.next().await.unwrap(), expected[0]);
        assert!(parts.next().now_or_never().is_none(), "the rest is not answered");
        gate.notify_one();
        assert_eq!(parts.next().await.unwrap(), expected[1]);
        assert!(parts.next().await.is_none());
        assert_eq!(library.talk.sorted_calls(), ["GET /talk?ids=1,2", "GET /talk?ids=3,4,5"]);
        assert_eq!(library.books.calls(), ["GET /books"]);
    }
}

#[tokio::test]
async fn without_first_elements_the_list_does_not_wait_for_theirs() {
    let gate = Arc::new(Notify::new());
    let held = Arc::clone(&gate);
    let library = Library::start_with(shelf, move |call| talk(call).after(&held), "").await;
    let mut parts = parts(&library.gateway, Patches, "{ books @stream { id mood { word } } }").await;
    assert_eq!(parts.next().await.unwrap(), r#"{"data":{"books":[]},"hasNext":true}"#);
    gate.notify_one();
    let rest = json(&parts.next().await.unwrap());
    assert_eq!(rest["incremental"][0]["items"].as_array().unwrap().len(), 5);
    assert_eq!(rest["incremental"][0]["path"].to_string(), r#"["books",0]"#);
    assert_eq!(library.talk.calls(), ["GET /talk?ids=1,2,3,4,5"]);
}

#[tokio::test]
async fn no_call_is_made_for_elements_that_are_not_there() {
    let library = library().await;
    for format in FORMATS {
        library.talk.forget();
        let parts = all(&library.gateway, format, "{ books @stream(initialCount: 5) { rating } }").await;
        let [only] = &parts[..] else { panic!("{parts:?}") };
        assert_eq!((&json(only)["data"]["books"][4]["rating"], &json(only)["hasNext"]), (&5.into(), &false.into()));
        assert!(!only.contains("pending"), "{only}");
        assert_eq!(library.talk.calls(), ["GET /talk?ids=1,2,3,4,5"]);
    }
}

#[tokio::test]
async fn what_first_elements_and_the_rest_have_in_common_is_asked_for_once() {
    let answer = |call: &Call| match call.target.strip_prefix("/talk?ids=") {
        Some(ids) => {
            let row = |id: &str| format!(r#"{{"id":{id},"reviews":[{{"text":"R","user":{}}}]}}"#, id.len());
            Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")))
        }
        None => talk(call),
    };
    let repeated = |call: &Call| match call.target.as_str() {
        "/books" => Reply::json(r#"[{"id":1},{"id":2},{"id":1},{"id":3},{"id":2}]"#),
        _ => books(call),
    };
    for format in FORMATS {
        let library = Library::start_with(repeated, answer, "").await;
        let query = "{ books @stream(initialCount: 2) { id reviews { by { name } } } }";
        let parts = all(&library.gateway, format, query).await;
        assert!(parts.concat().matches("User 1").count() == 5, "{parts:?}");
        assert_eq!(library.talk.sorted_calls(), ["GET /talk?ids=1,2", "GET /talk?ids=3", "GET /users/1"]);
    }
}

#[tokio::test]
async fn first_elements_never_wait_for_a_batch_with_keys_of_the_rest() {
    for round in 0..10 {
        let gate = Arc::new(Notify::new());
        let held = Arc::clone(&gate);
        let answer = move |call: &Call| match call.target.as_str() {
            "/talk?ids=1,2" | "/talk?ids=11,21" => talk(call),
            _ => talk(call).after(&held),
        };
        let library = Library::start_with(shelf, answer, "").await;
        let query = "{ books @stream(initialCount: 2) { rating similar @stream(initialCount: 1) { rating } } }";
        let mut parts = parts(&library.gateway, Patches, query).await;
        let first = json(&parts.next().await.unwrap());
        assert_eq!(first["data"]["books"][1]["similar"][0]["rating"], 21, "{round}: {first}");
        let released = tokio::spawn(async move {
            loop {
                gate.notify_waiters();
                tokio::task::yield_now().await;
            }
        });
        let rest: String = parts.collect::<Vec<_>>().await.concat();
        released.abort();
        assert!(rest.contains("\"rating\":52") && !rest.contains("errors"), "{rest}");
        let calls = library.talk.sorted_calls();
        let expected =
            ["1,2", "11,21", "12,22", "3,4,5", "31,41,51", "32,42,52"].map(|ids| format!("GET /talk?ids={ids}"));
        assert_eq!(calls, expected);
    }
}

#[tokio::test]
async fn a_list_whose_elements_need_no_call_comes_whole() {
    let library = library().await;
    for format in FORMATS {
        for query in [
            "{ books @stream(initialCount: 1) { id } }",
            "{ books @stream(if: false) { id rating } }",
            "query($no: Boolean = false) { books @stream(if: $no) { id rating } }",
        ] {
            let answer = json(&whole(&library.gateway, format, query).await);
            assert_eq!(answer["data"]["books"].as_array().unwrap().len(), 5, "{query}");
        }
        let query = "{ book(id: 1) { title reviews @stream { text } } }";
        let answer = whole(&library.gateway, format, query).await;
        assert_eq!(answer, r#"{"data":{"book":{"title":"Book 1","reviews":[{"text":"R1"}]}}}"#);
    }
}

#[tokio::test]
async fn each_of_several_lists_goes_on_where_it_stopped() {
    let library = Library::start(talk).await;
    let query = "{ books { id similar @stream(initialCount: 1, label: \"s\") { rating } } }";
    assert_eq!(
        all(&library.gateway, Patches, query).await,
        [
            r#"{"data":{"books":[{"id":"1","similar":[{"rating":11}]},{"id":"2","similar":[{"rating":21}]}]},"hasNext":true}"#,
            concat!(
                r#"{"incremental":[{"items":[{"rating":12}],"path":["books",0,"similar",1],"label":"s"},"#,
                r#"{"items":[{"rating":22}],"path":["books",1,"similar",1],"label":"s"}],"hasNext":false}"#
            ),
        ]
    );
    assert_eq!(library.talk.sorted_calls(), ["GET /talk?ids=11,21", "GET /talk?ids=12,22"]);
}

#[tokio::test]
async fn an_element_that_fails_ends_its_list_and_keeps_what_was_there() {
    let answer = |call: &Call| match call.target.strip_prefix("/talk?ids=") {
        Some(ids) => {
            let mood = |id: &str| if id == "4" { "null".to_owned() } else { format!(r#"{{"word":"m{id}"}}"#) };
            let row = |id: &str| format!(r#"{{"id":{id},"rating":"x","mood":{}}}"#, mood(id));
            Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")))
        }
        None => talk(call),
    };
    let library = Library::start_with(shelf, answer, "").await;
    let query = "{ books @stream(initialCount: 1) { id mood { word } } }";
    let last = json(&all(&library.gateway, Patches, query).await[1]);
    let [items, failed] = &last["incremental"].as_array().unwrap()[..] else { panic!("{last}") };
    assert_eq!(items["items"].to_string(), r#"[{"id":"2","mood":{"word":"m2"}},{"id":"3","mood":{"word":"m3"}}]"#);
    assert_eq!((items["path"].to_string(), items.get("errors")), (r#"["books",1]"#.to_owned(), None));
    assert_eq!((&failed["items"], failed["path"].to_string()), (&Value::Null, r#"["books",3]"#.to_owned()));
    assert_eq!(failed["errors"][0]["path"].to_string(), r#"["books",3,"mood"]"#);
    let last = json(&all(&library.gateway, Pending, query).await[1]);
    assert_eq!(last["incremental"][0]["items"].as_array().unwrap().len(), 2);
    assert_eq!(last["completed"][0]["errors"][0]["path"].to_string(), r#"["books",3,"mood"]"#);
    assert_eq!(last["completed"].as_array().unwrap().len(), 1);

    // The very first of the rest; and errors of elements that may be null stay with them.
    let query = "{ books @stream(initialCount: 3) { id rating mood { word } } }";
    let parts = all(&library.gateway, Patches, query).await;
    assert_eq!(json(&parts[0])["errors"].as_array().unwrap().len(), 3);
    let last = json(&parts[1]);
    let [failed] = &last["incremental"].as_array().unwrap()[..] else { panic!("{last}") };
    assert_eq!((&failed["items"], failed["path"].to_string()), (&Value::Null, r#"["books",3]"#.to_owned()));
    let last = json(&all(&library.gateway, Pending, query).await[1]);
    assert_eq!((last.get("incremental"), last["completed"][0]["errors"].is_array()), (None, true));
    let query = "{ books @stream(initialCount: 3) { id rating } }";
    let last = json(&all(&library.gateway, Pending, query).await[1]);
    assert_eq!(last["incremental"][0]["items"].to_string(), r#"[{"id":"4","rating":null},{"id":"5","rating":null}]"#);
    let paths: Vec<String> =
        last["incremental"][0]["errors"].as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
    assert_eq!(paths, [r#"["books",3,"rating"]"#, r#"["books",4,"rating"]"#]);
}

#[tokio::test]
async fn counts_that_no_list_can_have_are_refused_before_any_call() {
    let library = library().await;
    let query = "query($n: Int) { books @stream(initialCount: $n) { rating } }";
    for (variables, told) in [(r#"{"n":-1}"#, true), (r#"{"n":null}"#, true), ("{}", false), (r#"{"n":1}"#, false)] {
        let gateway = library.gateway.variables(variables);
        if told {
            library.books.forget();
            let answer = whole(&gateway, Patches, query).await;
            let expected = r#"{"errors":[{"message":"`initialCount` of `@stream` must not be negative or null: variable `$n` is","locations":[{"line":1,"column":24}],"extensions":{"code":"BAD_USER_INPUT"}}]}"#;
            assert_eq!(answer, expected, "{variables}");
            assert_eq!(library.books.calls(), [""; 0]);
        } else {
            assert_eq!(all(&gateway, Patches, query).await.len(), 2, "{variables}");
        }
    }
    let nested = "query($n: Int) { books @stream { similar @stream(initialCount: $n) { rating } } }";
    let answer = json(&whole(&library.gateway.variables(r#"{"n":-1}"#), Patches, nested).await);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
    let off = "query($n: Int, $no: Boolean) { books @stream(initialCount: $n, if: $no) { rating } }";
    let answer = whole(&library.gateway.variables(r#"{"n":-1,"no":false}"#), Patches, off).await;
    assert!(answer.contains(r#"{"rating":5}"#), "{answer}");
}

#[tokio::test]
async fn lists_in_what_is_deferred_or_streamed() {
    let library = Library::start(talk).await;
    let query = concat!(
        "{ books @stream(initialCount: 1, label: \"outer\") { id ",
        "similar @stream(initialCount: 1, label: \"inner\") { id ... @defer(label: \"late\") { rating } } } }"
    );
    let patches = all(&library.gateway, Patches, query).await;
    assert_eq!(
        patches[0], r#"{"data":{"books":[{"id":"1","similar":[{"id":"11"},{"id":"12"}]}]},"hasNext":true}"#,
        "the elements of the inner list need nothing that is not deferred"
    );
    let told: String = patches[1..].concat();
    for expected in [
        r#"{"items":[{"id":"2","similar":[{"id":"21"},{"id":"22"}]}],"path":["books",1],"label":"outer"}"#,
        r#"{"data":{"rating":12},"path":["books",0,"similar",1],"label":"late"}"#,
        r#"{"data":{"rating":22},"path":["books",1,"similar",1],"label":"late"}"#,
    ] {
        assert!(told.contains(expected), "{told}");
    }
    let query = concat!(
        "{ book(id: 1) { id ... @defer(label: \"d\") { ",
        "similar @stream(initialCount: 1, label: \"s\") { id rating } } } }"
    );
    assert_eq!(
        all(&library.gateway, Patches, query).await,
        [
            r#"{"data":{"book":{"id":"1"}},"hasNext":true}"#,
            r#"{"incremental":[{"data":{"similar":[{"id":"11","rating":11}]},"path":["book"],"label":"d"}],"hasNext":true}"#,
            r#"{"incremental":[{"items":[{"id":"12","rating":12}],"path":["book","similar",1],"label":"s"}],"hasNext":false}"#,
        ]
    );
    // Clients of the other format lose lists that are announced late.
    let pending = all(&library.gateway, Pending, query).await;
    assert_eq!(pending.len(), 2);
    let list = r#""data":{"similar":[{"id":"11","rating":11},{"id":"12","rating":12}]}"#;
    assert!(pending[1].contains(list), "{pending:?}");
}

#[tokio::test]
async fn a_list_below_a_root_field_of_a_mutation_goes_on_after_all_root_fields() {
    let library = Library::start(talk).await;
    let query = "mutation { a: read(id: 1) { similar @stream(initialCount: 1) { rating } } b: read(id: 2) { id } }";
    let parts = all(&library.gateway, Patches, query).await;
    assert_eq!(
        parts,
        [
            r#"{"data":{"a":{"similar":[{"rating":11}]},"b":{"id":"2"}},"hasNext":true}"#,
            r#"{"incremental":[{"items":[{"rating":12}],"path":["a","similar",1]}],"hasNext":false}"#,
        ]
    );
    assert_eq!(library.talk.calls(), ["GET /talk?ids=11", "GET /talk?ids=12"]);
    assert_eq!(library.books.calls()[2], "POST /books/2/read");
}

#[tokio::test]
async fn one_fragment_that_is_spread_under_two_conditions_has_its_list_whole() {
    let library = library().await;
    let query = concat!(
        "query($yes: Boolean = true) { ...F ...F @include(if: $yes) } ",
        "fragment F on Query { books @stream(initialCount: 1) { rating } }"
    );
    for format in FORMATS {
        let answer = json(&whole(&library.gateway, format, query).await);
        assert_eq!(answer["data"]["books"].as_array().unwrap().len(), 5);
    }
    let answer = library.gateway.ask(query).await;
    assert!(answer.contains("asks for its answer in parts (`@defer` or `@stream`)"), "{answer}");
}

#[tokio::test]
async fn two_lists_of_one_field_are_apart() {
    let library = library().await;
    for format in FORMATS {
        let query = "{ a: books @stream(initialCount: 1) { rating } b: books { mood { word } } c: books @stream(initialCount: 4) { id rating } }";
        let parts = all(&library.gateway, format, query).await;
        let first = &json(&parts[0])["data"];
        let lengths = ["a", "b", "c"].map(|key| first[key].as_array().unwrap().len());
        assert_eq!(lengths, [1, 5, 4], "{parts:?}");
        assert_eq!(parts.concat().matches("\"rating\":5").count(), 2, "{parts:?}");
    }
}

#[tokio::test]
async fn streamed_elements_are_bounded() {
    let library = Library::start_with(shelf, talk, "").await;
    let many: String = (0..101).map(|at| format!("a{at}: books @stream {{ rating }} ")).collect();
    let answer = whole(&library.gateway, Patches, &format!("{{ {many} }}")).await;
    assert!(answer.contains("LIMIT_EXCEEDED"), "{answer}");
    let nested = "similar @stream { rating ".repeat(8);
    let answer =
        whole(&library.gateway, Patches, &format!("{{ books @stream {{ {nested} {} }} }}", "}".repeat(8))).await;
    assert!(answer.contains("operation defers more than 100 fragments and lists, which is the limit"), "{answer}");

    let long = |call: &Call| {
        let ids = call.target.strip_prefix("/talk?ids=").unwrap_or_default();
        let row = |id: &str| format!(r#"{{"id":{id},"reviews":[{{"text":"{}"}}]}}"#, "x".repeat(1_000));
        Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")))
    };
    let library = Library::start_with(shelf, long, "").await;
    let view = "type Query { books: [Book!]! }\ntype Book { reviews: [Review!] }\ntype Review { text: String! }\n";
    let gateway = library.limited(view, "response_bytes = 4000");
    for format in FORMATS {
        let query = "{ books @stream(initialCount: 2, label: \"l\") { reviews { text } } }";
        let parts = all(&gateway, format, query).await;
        assert_eq!(json(&parts[0])["data"]["books"].as_array().unwrap().len(), 2);
        assert!(parts[1].len() < 600 && parts[1].contains("larger than"), "{}", parts[1]);
    }
}

#[tokio::test]
async fn a_problem_of_first_elements_and_of_the_rest_is_told_once() {
    let answer = |call: &Call| {
        let row = |id: &str| format!(r#"{{"id":{id},"rating":"good"}}"#);
        let ids = call.target.strip_prefix("/talk?ids=").unwrap_or_default();
        Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")))
    };
    let library = Library::start_with(shelf, answer, "").await;
    for format in FORMATS {
        let query = "{ books @stream(initialCount: 2) { rating } }";
        let parts = all(&library.gateway.problems(), format, query).await;
        let problems = &json(parts.last().unwrap())["extensions"]["problems"];
        let told: Vec<_> = problems.as_array().unwrap().iter().filter(|problem| problem["found"] == "string").collect();
        let [problem] = told[..] else { panic!("{problems}") };
        assert_eq!(
            (problem["path"].to_string(), &problem["count"]),
            (r#"["books","*","rating"]"#.to_owned(), &5.into())
        );
    }
}

/// A list whose elements are the key of a field beside it.
const KEYS: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query { box: Box @connect(source: "api", http: { GET: "/box" }, selection: "parts { sku }") }
type Box {
  parts: [Part!]
  load: String @connect(source: "api", http: { GET: "/loads?codes={$this.parts.code->joinNotNull('-')}" }, selection: "$.load")
}
type Part @connect(source: "api", http: { GET: "/parts?skus={$batch.sku->joinNotNull(',')}" }, selection: "sku code") {
  sku: ID!
  code: String
}
"#;

#[tokio::test]
async fn a_list_that_is_a_key_is_one_with_all_of_its_elements() {
    let answer = |call: &Call| {
        Reply::json(match call.target.split_once('=') {
            None => r#"{"parts":[{"sku":1},{"sku":2},{"sku":3}]}"#.to_owned(),
            Some(("/loads?codes", codes)) => format!(r#"{{"load":"{codes}"}}"#),
            Some((_, skus)) => {
                let row = |sku: &str| format!(r#"{{"sku":{sku},"code":"c{sku}"}}"#);
                format!("[{}]", skus.split(',').map(row).collect::<Vec<_>>().join(","))
            }
        })
    };
    for format in FORMATS {
        let api = Service::start(answer).await;
        let gateway = GatewayBuilder::new(KEYS).upstream("api", &api.base_url, "").build();
        for query in [
            "{ box { parts @stream(initialCount: 1) { code } load } }",
            "{ box { parts @stream(initialCount: 1) { code } ... @defer { load } } }",
        ] {
            api.forget();
            let parts = all(&gateway, format, query).await.concat();
            assert!(parts.contains(r#""load":"c1-c2-c3""#), "{parts}");
            assert!(api.calls().contains(&"GET /loads?codes=c1-c2-c3".to_owned()), "{:?}", api.calls());
        }
    }
}

#[tokio::test]
async fn what_is_refused_in_elements_is_told_once() {
    let api = Service::start(|_| Reply::json("null")).await;
    let graph = KEYS.replace("type Box {", "type Box { page(first: Int): [Part] @connect(source: \"api\", http: { GET: \"/page?n={$args.first}\" }, selection: \"sku\")");
    let graph = graph.replace(
        "type Query {",
        "type Query { boxes: [Box] @connect(source: \"api\", http: { GET: \"/boxes\" }, selection: \"parts { sku }\")",
    );
    let view = "type Query { boxes: [Box] }\ntype Box { page(first: Int @max(value: 5)): [Part] }\ntype Part { code: String }\n";
    let gateway = GatewayBuilder::new(&graph).upstream("api", &api.base_url, "").client("web", view).build();
    let answer = whole(&gateway, Patches, "{ boxes @stream { page(first: 6) { code } } }").await;
    assert_eq!(json(&answer)["errors"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(api.calls(), [""; 0]);
}

#[tokio::test]
async fn what_is_written_for_parts_that_fail_counts_as_work() {
    let answer = |call: &Call| {
        let ids = call.target.strip_prefix("/talk?ids=").unwrap_or_default();
        let row = |id: &str| format!(r#"{{"id":{id},"reviews":[{{"text":"{}"}}],"mood":null}}"#, "x".repeat(3_000));
        Reply::json(format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(",")))
    };
    let many = |call: &Call| match call.target.as_str() {
        "/books" => Reply::json(format!("[{}]", ["{\"id\":1}"; 20].join(","))),
        _ => Reply::json(r#"[{"id":1}]"#),
    };
    let library = Library::start_with(many, answer, "").await;
    let view = "type Query { books: [Book!]! }\ntype Book { id: ID! reviews: [Review!] mood: Mood! similar: [Book!] }\n\
        type Review { text: String! }\ntype Mood { word: String! }\n";
    let gateway = library.limited(view, "response_bytes = 20000");
    for format in FORMATS {
        for query in [
            "{ books { ... @defer { reviews { text } mood { word } } } }",
            "{ books { similar @stream { reviews { text } mood { word } } } }",
        ] {
            let parts = all(&gateway, format, query).await;
            let told = parts.concat();
            let (nulls, large) =
                (told.matches("CONNECTOR_RESPONSE_INVALID").count(), told.matches("larger than").count());
            assert!(nulls > 10 && large > 0, "{nulls} {large}: {told}");
        }
    }
}

/// Products of two kinds, each with a loader of its own, and lists of them in both.
const KINDS: &str = r#"
extend schema
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@connect", "@source"])
  @source(name: "api", http: { baseURL: "http://api.test" })
type Query { shop: Shop @connect(source: "api", http: { GET: "/shop" }, selection: "floor { goods { __typename: kind id box { id } } }") }
type Shop { floor: Floor }
type Floor { goods: [Good!]! }
interface Good { id: ID! box: Box price: Int }
type Box @connect(source: "api", http: { GET: "/boxes?ids={$batch.id->joinNotNull(',')}" }, selection: "id size") { id: ID! size: Int }
type Pot implements Good
  @connect(source: "api", http: { GET: "/pots?ids={$batch.id->joinNotNull(',')}" }, selection: "id price") {
  id: ID! box: Box price: Int
}
type Pan implements Good @connect(source: "api", http: { GET: "/pans/{$this.id}" }, selection: "id price") {
  id: ID! box: Box price: Int
}
"#;

#[tokio::test]
async fn elements_of_several_types_below_the_path_of_a_view() {
    let answer = |call: &Call| {
        let rows = |ids: &str, name: &str| {
            let row = |id: &str| format!(r#"{{"id":{id},"{name}":{id}0}}"#);
            format!("[{}]", ids.split(',').map(row).collect::<Vec<_>>().join(","))
        };
        Reply::json(match call.target.as_str() {
            "/shop" => {
                let good = |id: usize| {
                    let kind = if id.is_multiple_of(2) { "Pan" } else { "Pot" };
                    format!(r#"{{"kind":"{kind}","id":{id},"box":{{"id":{}}}}}"#, 100 + id)
                };
                format!(r#"{{"floor":{{"goods":[{}]}}}}"#, (1..=6).map(good).collect::<Vec<_>>().join(","))
            }
            target => match (target.split_once("ids="), target.strip_prefix("/pans/")) {
                (Some(("/pots?", ids)), _) => rows(ids, "price"),
                (Some((_, ids)), _) => rows(ids, "size"),
                (None, Some(id)) => format!(r#"{{"id":{id},"price":{id}0}}"#),
                (None, None) => return Reply::status(404, "{}"),
            },
        })
    };
    let view = "type Query { shop: Shop }\ntype Shop { things: [Good!] @from(path: \"floor.goods\") }\n\
        interface Good { id: ID! box: Box price: Int }\ntype Box { size: Int }\n\
        type Pot implements Good { id: ID! box: Box price: Int }\ntype Pan implements Good { id: ID! box: Box price: Int }\n";
    let query = "{ shop { things @stream(initialCount: 3, label: \"rest\") { __typename id box { size } ... on Pan { price } ... on Pot { cost: price } } } }";
    for format in FORMATS {
        let api = Service::start(answer).await;
        let gateway =
            GatewayBuilder::new(KINDS).upstream("api", &api.base_url, "").client("web", view).build().client("web");
        let parts = all(&gateway, format, query).await;
        let first = json(&parts[0])["data"]["shop"]["things"].clone();
        let rest = json(&parts[1])["incremental"][0]["items"].clone();
        let all: Vec<&Value> = first.as_array().unwrap().iter().chain(rest.as_array().unwrap()).collect();
        assert_eq!((first.as_array().unwrap().len(), all.len(), parts.len()), (3, 6, 2), "{parts:?}");
        for (at, good) in all.iter().enumerate() {
            let (id, kind, price) = (at + 1, ["Pot", "Pan"][at % 2], ["cost", "price"][at % 2]);
            let expected =
                format!(r#"{{"__typename":"{kind}","id":"{id}","box":{{"size":{}0}},"{price}":{id}0}}"#, 100 + id);
            assert_eq!(**good, json(&expected));
        }
        assert_eq!(
            api.sorted_calls(),
            [
                "GET /boxes?ids=101,102,103",
                "GET /boxes?ids=104,105,106",
                "GET /pans/2",
                "GET /pans/4",
                "GET /pans/6",
                "GET /pots?ids=1,3",
                "GET /pots?ids=5",
                "GET /shop",
            ]
        );
    }
}

#[tokio::test]
async fn the_plan_tells_which_calls_are_for_the_rest() {
    let library = library().await;
    let query = "{ books @stream(initialCount: 1, label: \"more\") { rating } }";
    let parts = all(&library.gateway.trace(), Pending, query).await;
    let plan = json(&parts[1])["extensions"]["trace"]["plan"].as_str().unwrap().to_owned();
    assert_eq!(plan.matches("calls   talk").count(), 2, "{plan}");
    assert_eq!(plan.matches("if      streamed `more`").count(), 1, "{plan}");
}
