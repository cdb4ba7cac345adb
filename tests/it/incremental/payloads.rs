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
