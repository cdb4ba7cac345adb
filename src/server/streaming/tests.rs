//! Stub streams through real bodies: what is on the wire, when it ends, and what is dropped.

use futures_util::stream;
use http_body_util::BodyExt as _;

use super::{
    super::{
        App,
        framing::Framing,
        testing::{answer, app, log},
    },
    *,
};

const SUBSCRIPTION: &str = "anabranch_streamed_operations{transport=\"sse\"}";

fn events(app: &std::sync::Arc<App>, answers: BoxStream<'static, GraphqlResponse>, framing: Framing) -> Body {
    let stream = ReplyStream { kind: StreamKind::Events, answers };
    response(stream, framing, log(app, framing.transport()), app.readiness.draining()).into_body()
}

async fn text(body: &mut Body) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

async fn rest(mut body: Body) -> String {
    let mut all = String::new();
    while let Some(piece) = text(&mut body).await {
        all.push_str(&piece);
    }
    all
}

#[tokio::test]
async fn answers_come_in_order_and_the_end_is_told() {
    let app = app("");
    let two = || stream::iter([answer("{\"data\":1}"), answer("{\"data\":2}")]).boxed();
    let sse = "event: next\ndata: {\"data\":1}\n\nevent: next\ndata: {\"data\":2}\n\nevent: complete\ndata:\n\n";
    assert_eq!(rest(events(&app, two(), Framing::EventStream)).await, format!(":\n\n{sse}"));
    let part = |json: &str| format!("\r\ncontent-type: application/json\r\n\r\n{json}\r\n--graphql");
    let parts = [part("{\"payload\":{\"data\":1}}"), part("{\"payload\":{\"data\":2}}")].concat();
    assert_eq!(rest(events(&app, two(), Framing::MultipartSubscription)).await, format!("\r\n--graphql{parts}--\r\n"));
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_heartbeats() {
    let app = app("");
    let begun = Instant::now();
    let mut body = events(&app, stream::pending().boxed(), Framing::EventStream);
    for _ in 0..3 {
        assert_eq!(text(&mut body).await.unwrap(), ":\n\n");
    }
    assert_eq!(begun.elapsed(), HEARTBEAT * 2, "the first one is the opening");
    let mut body = events(&app, stream::pending().boxed(), Framing::MultipartSubscription);
    text(&mut body).await.unwrap();
    assert!(text(&mut body).await.unwrap().contains("\r\n\r\n{}\r\n--graphql"));
}

#[tokio::test]
async fn a_drain_ends_events_without_saying_that_they_are_complete() {
    let app = app("");
    let sse = events(&app, stream::pending().boxed(), Framing::EventStream);
    let multipart = events(&app, stream::pending().boxed(), Framing::MultipartSubscription);
    let parts = ReplyStream { kind: StreamKind::Parts, answers: stream::iter([answer("{\"data\":1}")]).boxed() };
    app.drain();
    assert_eq!(rest(sse).await, ":\n\n:\n\n");
    let multipart = rest(multipart).await;
    assert!(multipart.contains("{\"payload\":null,\"errors\":[") && multipart.ends_with("--\r\n"), "{multipart}");
    let parts = response(parts, Framing::EventStream, log(&app, "sse"), app.readiness.draining());
    assert!(rest(parts.into_body()).await.contains("{\"data\":1}\n\nevent: complete\n"));
}

#[tokio::test]
async fn a_client_that_leaves_drops_what_makes_the_answers() {
    let app = app("");
    let (alive, dropped) = tokio::sync::oneshot::channel::<()>();
    let answers = stream::unfold(alive, |alive| async { Some((answer("{}"), alive)) }).boxed();
    let mut body = events(&app, answers, Framing::EventStream);
    text(&mut body).await.unwrap();
    text(&mut body).await.unwrap();
    assert!(app.metrics.encode().contains(&format!("{SUBSCRIPTION} 1\n")));
    drop(body);
    dropped.await.unwrap_err();
    assert!(app.metrics.encode().contains(&format!("{SUBSCRIPTION} 0\n")));
}

#[tokio::test]
async fn a_stream_that_panics_ends_alone() {
    let app = app("");
    let answers = stream::once(async { panic!("a defect") }).boxed();
    assert_eq!(rest(events(&app, answers, Framing::EventStream)).await, ":\n\n:\n\n");
}
