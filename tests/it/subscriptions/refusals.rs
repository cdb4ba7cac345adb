//! Requests that no stream is an answer to.

use anabranch::engine::ResponseKind;

use super::bench::{Bench, STATE, next, refused};
use crate::testkit::on_a_still_clock;

#[test]
fn what_is_wrong_with_a_request_is_told_before_any_stream() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let app = bench.gateway.client("app");
        for (gateway, query, code) in [
            (&bench.gateway, "subscription { order(id: 1) { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
            (
                &bench.gateway,
                "subscription { a: order(id: 1) { id } b: order(id: 1) { id } }",
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (&bench.gateway, "subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
            (
                &bench.gateway,
                "subscription($on: Boolean! = false) { order(id: 1) @include(if: $on) { id } }",
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (&bench.gateway, "subscription($id: ID!) { order(id: $id) { id } }", "BAD_USER_INPUT"),
            // A preset without a value.
            (&app, "subscription { mine { state } }", "BAD_USER_INPUT"),
            // A request that cannot be made.
            (&bench.gateway, "subscription { order(id: \"..\") { id } }", "CONNECTOR_FETCH"),
        ] {
            let (kind, text) = refused(gateway, query).await;
            assert_eq!(kind, ResponseKind::RequestError, "{query} {text}");
            assert!(text.contains(code) && !text.contains(r#""data""#), "{query} {text}");
        }
        assert!(bench.service.calls().is_empty());
        assert_eq!((bench.gateway.engine.subscriptions(), bench.count("anabranch_pollers")), (0, 0));
        let mut mine = app.header("x-order", "9").subscribe("subscription { mine { state } }").await;
        assert_eq!(next(&mut mine).await, r#"{"data":{"mine":{"state":"placed for nobody"}}}"#);
        assert_eq!(bench.service.calls(), ["GET /orders/9"]);
    });
}

#[test]
fn one_answer_alone_is_no_answer_to_a_subscription() {
    on_a_still_clock(async {
        let bench = Bench::new().await;
        let answer = bench.gateway.response(STATE).await;
        assert_eq!((answer.kind, answer.operation_kind), (ResponseKind::NeedsStream, "subscription"));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains("graphql-transport-ws") && text.contains("text/event-stream"), "{text}");
        assert!(bench.service.calls().is_empty());
    });
}
