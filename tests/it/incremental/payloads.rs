//! The payloads themselves.

use std::sync::Arc;

use anabranch::engine::IncrementalFormat::{Patches, Pending};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::Notify;

use super::*;

#[tokio::test]
async fn what_is_not_deferred_comes_before_the_slow_service_answers() {
    for format in FORMATS {
        let gate = Arc::new(Notify::new());
        let held = Arc::clone(&gate);
        let library = Library::start(move |call| talk(call).after(&held)).await;
        let mut parts =
            parts(&library.gateway, format, "{ books { title ... @defer(label: \"talk\") { rating } } }").await;
        let first = parts.next().await.unwrap();
        assert_eq!(json(&first)["data"]["books"][1]["title"], "Book 2");
        assert_eq!(json(&first)["hasNext"], true);
        library.talk.until_calls(1).await;
        assert!(parts.next().now_or_never().is_none(), "the slow service has not answered");
        gate.notify_one();
        let second = parts.next().await.unwrap();
        assert_eq!(json(&second)["hasNext"], false, "{second}");
        assert!(parts.next().await.is_none());
        assert_eq!(library.talk.calls(), ["GET /talk?ids=1,2"]);
    }
}

#[tokio::test]
async fn payloads_are_as_clients_read_them() {
    let library = Library::start(talk).await;
    let query = "{ book(id: 1) { title ...F @defer(label: \"talk\") } } fragment F on Book { title rating mood { word } author { name } }";
    let query = query.replacen("{ title ...F", "{ title author { born { year } } ...F", 1);
    assert_eq!(
        all(&library.gateway, Patches, &query).await,
        [
            r#"{"data":{"book":{"title":"Book 1","author":{"born":{"year":191}}}},"hasNext":true}"#,
            concat!(
                r#"{"incremental":[{"data":{"title":"Book 1","author":{"name":"A1"},"rating":1,"mood":{"word":"m1"}},"#,
                r#""path":["book"],"label":"talk"}],"hasNext":false}"#
            ),
        ]
    );
    assert_eq!(
        all(&library.gateway, Pending, &query).await,
        [
            concat!(
                r#"{"data":{"book":{"title":"Book 1","author":{"born":{"year":191}}}},"#,
                r#""pending":[{"id":"0","path":["book"],"label":"talk"}],"hasNext":true}"#
            ),
            concat!(
                r#"{"incremental":[{"id":"0","data":{"rating":1,"mood":{"word":"m1"}}},"#,
                r#"{"id":"0","subPath":["author"],"data":{"name":"A1"}}],"completed":[{"id":"0"}],"hasNext":false}"#
            ),
        ]
    );
}

#[tokio::test]
async fn fragments_that_need_no_further_call_are_not_deferred() {
    let library = Library::start(talk).await;
    for format in FORMATS {
        let answer =
            whole(&library.gateway, format, "{ book(id: 1) { id ... @defer { title author { name } } } }").await;
        assert_eq!(answer, r#"{"data":{"book":{"id":"1","title":"Book 1","author":{"name":"A1"}}}}"#);
        let off = "query($no: Boolean!) { book(id: 1) { id ... @defer(if: $no) { rating } ... @defer(if: false) { mood { word } } } }";
        let answer = whole(&library.gateway.variables(r#"{"no":false}"#), format, off).await;
        assert_eq!(answer, r#"{"data":{"book":{"id":"1","rating":1,"mood":{"word":"m1"}}}}"#);
    }
}

#[tokio::test]
async fn clients_that_do_not_accept_parts_are_told_what_to_send() {
    let library = Library::start(talk).await;
    let response = library.gateway.response("{ book(id: 1) { ... @defer { rating } } }").await;
    assert_eq!(response.kind, anabranch::engine::ResponseKind::NeedsStream);
    let text = String::from_utf8(response.body.to_vec()).unwrap();
    assert!(text.contains("Accept: multipart/mixed;deferSpec=20220824"), "{text}");
    assert_eq!(library.books.calls(), [""; 0]);
}

#[tokio::test]
async fn a_slow_fragment_does_not_hold_back_another() {
    for format in FORMATS {
        let gate = Arc::new(Notify::new());
        let held = Arc::clone(&gate);
        let answer = move |call: &Call| if call.target == "/news" { talk(call).after(&held) } else { talk(call) };
        let library = Library::start(answer).await;
        let query = "{ ... @defer(label: \"slow\") { news { text } } book(id: 1) { id ... @defer(label: \"fast\") { rating } } }";
        let mut parts = parts(&library.gateway, format, query).await;
        let first = parts.next().await.unwrap();
        assert_eq!(json(&first)["data"].to_string(), r#"{"book":{"id":"1"}}"#);
        let second = json(&parts.next().await.unwrap());
        assert_eq!(second["incremental"][0]["data"].to_string(), r#"{"rating":1}"#);
        assert_eq!(second["hasNext"], true);
        gate.notify_one();
        let third = json(&parts.next().await.unwrap());
        assert_eq!(third["incremental"][0]["data"].to_string(), r#"{"news":{"text":"News"}}"#);
        assert_eq!(third["hasNext"], false);
        assert!(parts.next().await.is_none());
    }
}

#[tokio::test]
async fn a_fragment_in_a_deferred_one_comes_after_it() {
    let gate = Arc::new(Notify::new());
    let held = Arc::clone(&gate);
    let answer = move |call: &Call| if call.target.starts_with("/talk") { talk(call).after(&held) } else { talk(call) };
    let library = Library::start(answer).await;
    let query = "{ book(id: 1) { id ... @defer(label: \"outer\") { reviews { text ... @defer(label: \"inner\") { by { name } } } } } }";
    let mut parts = parts(&library.gateway, Pending, query).await;
    let first = parts.next().await.unwrap();
    assert_eq!(
        first,
        r#"{"data":{"book":{"id":"1"}},"pending":[{"id":"0","path":["book"],"label":"outer"}],"hasNext":true}"#
    );
    gate.notify_one();
    let second = parts.next().await.unwrap();
    assert_eq!(
        second,
        concat!(
            r#"{"pending":[{"id":"1","path":["book","reviews",0],"label":"inner"}],"#,
            r#""incremental":[{"id":"0","data":{"reviews":[{"text":"R1"}]}}],"completed":[{"id":"0"}],"hasNext":true}"#
        )
    );
    let third = parts.next().await.unwrap();
    assert_eq!(
        third,
        r#"{"incremental":[{"id":"1","data":{"by":{"name":"User 1"}}}],"completed":[{"id":"1"}],"hasNext":false}"#
    );
}

#[tokio::test]
async fn each_element_of_a_list_has_a_part_and_what_is_null_has_none() {
    let books = |call: &Call| match call.target.as_str() {
        "/books/1/similar" => Reply::json(r#"[{"id":11},null,{"id":12}]"#),
        _ => books(call),
    };
    let library = Library::start_with(books, talk, "").await;
    let query = "{ book(id: 1) { similar { id ... @defer(label: \"talk\") { rating } } } }";
    // An element that may not be null makes the list null, and then nothing of it follows.
    let [first] = &all(&library.gateway, Patches, query).await[..] else { panic!("one part") };
    assert_eq!(json(first)["data"].to_string(), r#"{"book":{"similar":null}}"#);
    assert_eq!((&json(first)["hasNext"], json(first)["errors"].as_array().unwrap().len()), (&false.into(), 1));
    let query = "{ books { id ... @defer(label: \"talk\") { rating } } }";
    assert_eq!(
        all(&library.gateway, Patches, query).await,
        [
            r#"{"data":{"books":[{"id":"1"},{"id":"2"}]},"hasNext":true}"#,
            concat!(
                r#"{"incremental":[{"data":{"rating":1},"path":["books",0],"label":"talk"},"#,
                r#"{"data":{"rating":2},"path":["books",1],"label":"talk"}],"hasNext":false}"#
            ),
        ]
    );
}

#[tokio::test]
async fn errors_of_a_fragment_are_told_in_its_part_and_stay_there() {
    let library = Library::start(|_| Reply::status(500, "{}")).await;
    let query = "{ book(id: 1) { id ... @defer(label: \"a\") { rating } ... @defer(label: \"b\") { mood { word } } } }";
    let parts = all(&library.gateway, Patches, query).await;
    assert_eq!(json(&parts[0])["data"].to_string(), r#"{"book":{"id":"1"}}"#);
    let last = json(&parts[1]);
    let [first, second] = &last["incremental"].as_array().unwrap()[..] else { panic!("two fragments") };
    assert_eq!(first["data"].to_string(), r#"{"rating":null}"#);
    assert_eq!(first["errors"][0]["path"].to_string(), r#"["book","rating"]"#);
    assert_eq!((&second["data"], &second["label"]), (&Value::Null, &"b".into()));
    assert_eq!(second["errors"][0]["path"].to_string(), r#"["book","mood"]"#);
    let last = json(&all(&library.gateway, Pending, query).await[1]);
    assert_eq!(last["incremental"].as_array().unwrap().len(), 1);
    assert!(last["completed"][0].get("errors").is_none());
    assert_eq!(last["completed"][1]["errors"][0]["path"].to_string(), r#"["book","mood"]"#);
}

#[tokio::test]
async fn what_became_null_in_the_first_part_stays_null() {
    let talk = |call: &Call| match call.target.as_str() {
        "/users/7" => Reply::status(500, "{}"),
        _ => talk(call),
    };
    let library = Library::start(talk).await;
    // The user is null for want of a name; the fragment asks for nothing but an id, which is there.
    let query = "{ news { by { name } ... @defer { text by { id } } } book(id: 1) { id ... @defer { rating } } }";
    let query = query.replacen("... @defer { text", "... @defer { text t: __typename", 1);
    for format in FORMATS {
        let parts = all(&library.gateway, format, &query).await;
        assert_eq!(json(&parts[0])["data"]["news"]["by"], Value::Null);
        assert!(parts.iter().all(|part| !part.contains("\"id\":\"7\"")), "{parts:?}");
    }
}

#[tokio::test]
async fn deferred_fields_of_a_mutation_come_after_all_of_its_root_fields() {
    let library = Library::start(talk).await;
    let query = "mutation { a: read(id: 1) { id ... @defer { rating } } b: read(id: 2) { title ... @defer { mood { word } } } }";
    for format in FORMATS {
        let parts = all(&library.gateway, format, query).await;
        assert_eq!(json(&parts[0])["data"].to_string(), r#"{"a":{"id":"1"},"b":{"title":"Book 2"}}"#);
        assert_eq!(library.books.calls(), ["POST /books/1/read", "POST /books/2/read"]);
        library.books.forget();
        let last = parts.last().unwrap();
        assert_eq!(json(last)["hasNext"], false);
        assert!(parts.iter().any(|part| part.contains(r#""data":{"mood":{"word":"m2"}}"#)), "{parts:?}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_between_parts_cancels_what_is_deferred() {
    let library = Library::start(|_| Reply::never()).await;
    let mut parts = parts(&library.gateway, Patches, "{ books { id ... @defer { rating } } }").await;
    assert!(parts.next().await.is_some());
    assert!(parts.next().now_or_never().is_none());
    library.talk.until_calls(1).await;
    drop(parts);
    library.talk.until_dropped(1).await;
}

#[tokio::test]
async fn at_the_deadline_the_rest_comes_with_errors() {
    let library = Library::start_with(books, |_| Reply::never(), "[server]\ndeadline = \"200ms\"").await;
    for format in FORMATS {
        let parts = all(&library.gateway, format, "{ books { id ... @defer { rating } } }").await;
        assert_eq!(parts.len(), 2);
        assert_eq!(json(&parts[1])["hasNext"], false);
        assert!(parts[1].contains("DEADLINE_EXCEEDED"), "{}", parts[1]);
    }
}

#[tokio::test]
async fn an_operation_may_not_defer_without_end() {
    let library = Library::start(talk).await;
    let many: String = (0..101).map(|at| format!("... @defer(label: \"l{at}\") {{ rating }} ")).collect();
    let answer = whole(&library.gateway, Patches, &format!("{{ book(id: 1) {{ {many} }} }}")).await;
    assert!(answer.contains("operation defers more than 100 fragments and lists, which is the limit"), "{answer}");
}

#[tokio::test]
async fn whoever_asks_is_told_the_trace_with_the_last_part() {
    let library = Library::start(talk).await;
    let parts =
        all(&library.gateway.trace(), Pending, "{ book(id: 1) { id ... @defer(label: \"talk\") { rating } } }").await;
    assert!(json(&parts[0]).get("extensions").is_none());
    let trace = &json(&parts[1])["extensions"]["trace"];
    assert_eq!(trace["calls"].as_array().unwrap().len(), 2);
    assert!(trace["plan"].as_str().unwrap().contains("  if      deferred `talk`"), "{trace}");
}

#[tokio::test]
async fn each_fragment_has_a_part_where_clients_wait_for_one() {
    let library = Library::start(talk).await;
    let query = "{ book(id: 1) { ... @defer(label: \"near\") { title } ... @defer(label: \"far\") { rating } } }";
    let parts = all(&library.gateway, Patches, query).await;
    assert_eq!(parts[0], r#"{"data":{"book":{}},"hasNext":true}"#);
    assert_eq!(
        parts[1],
        r#"{"incremental":[{"data":{"title":"Book 1"},"path":["book"],"label":"near"}],"hasNext":true}"#
    );
    let parts = all(&library.gateway, Pending, query).await;
    assert_eq!(
        parts[0],
        concat!(
            r#"{"data":{"book":{"title":"Book 1"}},"#,
            r#""pending":[{"id":"0","path":["book"],"label":"far"}],"hasNext":true}"#
        )
    );
}

#[tokio::test]
async fn parts_count_against_the_limits_of_the_operation() {
    let library = Library::start(talk).await;
    let view = "type Query { books: [Book!] book(id: ID!): Book } type Book { id: ID! title: String rating: Int }";
    let limited = |limits: &str| library.limited(view, limits);
    let query = "{ books { id ... @defer(label: \"talk\") { rating title } } }";
    for format in FORMATS {
        // The first part has 33 bytes, what is told of its two places 166, and what stands in each of those 30.
        let parts = all(&limited("response_bytes = 210"), format, query).await;
        assert_eq!(json(&parts[0])["data"].to_string(), r#"{"books":[{"id":"1"},{"id":"2"}]}"#, "{parts:?}");
        assert!(parts[1].contains("the answer is larger than 210 bytes, which is the limit"), "{}", parts[1]);
        assert_eq!(json(&parts[1])["hasNext"], false);
        let parts = all(&limited("upstream_calls = 1"), format, query).await;
        assert!(parts[1].contains("the operation needs more upstream calls than the limit allows"), "{}", parts[1]);
    }
    // Five objects may be read, and no more than five places may be deferred.
    let three = "{ books { ... @defer { rating } ... @defer { r: rating } ... @defer { s: rating } } }";
    let [only] = &all(&limited("rows = 5"), Patches, three).await[..] else { panic!("one part") };
    assert!(only.contains("the answer has more than 5 deferred parts, which is the limit"), "{only}");
    assert_eq!((&json(only)["data"], &json(only)["hasNext"]), (&Value::Null, &false.into()));
}

#[tokio::test]
async fn what_is_told_of_places_counts_against_the_bytes_of_the_answer() {
    let row = |id: u32| format!(r#"{{"id":{id},"title":"T","author":{{"name":"N","born":null}}}}"#);
    let list = format!("[{}]", (0..500).map(row).collect::<Vec<_>>().join(","));
    let library = Library::start_with(move |_| Reply::json(list.clone()), talk, "").await;
    let view = "type Query { books: [Book!] } type Book { id: ID! title: String rating: Int }";
    let limited = |bytes: usize| library.limited(view, &format!("response_bytes = {bytes}"));
    let (label, alias) = ("L".repeat(250), "A".repeat(1_000));
    let labeled = format!("{{ books {{ id ... @defer(label: \"{label}\") {{ rating }} }} }}");
    let aliased = format!("{{ {alias}: books {{ id ... @defer {{ rating }} }} }}");
    for format in FORMATS {
        for (query, enough) in [(&labeled, 200_000), (&aliased, 600_000)] {
            let answer = all(&limited(enough), format, query).await;
            let size: usize = answer.iter().map(String::len).sum();
            assert!(!answer.concat().contains("errors") && answer.concat().contains(r#""rating":499"#), "{size}");
            assert!(size < enough && size > enough * 2 / 3, "{size} of {enough} bytes");
            let few = enough / 4;
            let [only] = &all(&limited(few), format, query).await[..] else { panic!("one part") };
            let told = format!("the answer is larger than {few} bytes, which is the limit");
            assert_eq!(json(only)["errors"][0]["message"], told);
            assert_eq!((&json(only)["data"], &json(only)["hasNext"]), (&Value::Null, &false.into()));
        }
    }
}

#[tokio::test]
async fn long_labels_are_refused() {
    let library = Library::start(talk).await;
    let query =
        |length: usize| format!("{{ books {{ id ... @defer(label: \"{}\") {{ rating }} }} }}", "L".repeat(length));
    assert_eq!(all(&library.gateway, Pending, &query(256)).await.len(), 2);
    let calls = library.books.calls().len();
    let answer = whole(&library.gateway, Pending, &query(257)).await;
    let told = r#"{"errors":[{"message":"the label of a `@defer` or `@stream` is longer than 256 bytes, which is the limit","locations":[{"line":1,"column":18}],"extensions":{"code":"LIMIT_EXCEEDED"}}]}"#;
    assert_eq!(answer, told);
    assert_eq!(library.books.calls().len(), calls);
}

#[tokio::test]
async fn answers_in_parts_are_neither_kept_nor_given_to_others() {
    let library = Library::start_with(
        |call| books(call).header("cache-control", "max-age=60"),
        |call| talk(call).header("cache-control", "max-age=60"),
        "",
    )
    .await;
    let query = "query($on: Boolean!) { book(id: 1) { id ... @defer(if: $on, label: \"talk\") { rating } } }";
    for round in 0..3 {
        let (on, off) = (library.gateway.variables(r#"{"on":true}"#), library.gateway.variables(r#"{"on":false}"#));
        assert_eq!(all(&on, Patches, query).await.len(), 2, "{round}");
        assert_eq!(off.ask(query).await, r#"{"data":{"book":{"id":"1","rating":1}}}"#);
    }
    // What is below them is.
    assert_eq!((library.books.calls().len(), library.talk.calls().len()), (1, 1));
    assert_eq!(library.gateway.engine.kept_answers().entries, 1);
}
