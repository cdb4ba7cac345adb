//! The older protocol, message by message, on a paused clock.

use std::time::Duration;

use bytes::Bytes;

use super::{super::connection::tests::Peer, *};

const INIT: &str = r#"{"type":"connection_init"}"#;

async fn ready() -> Peer {
    let mut peer = Peer::over(run);
    peer.say(INIT);
    assert_eq!(peer.hear().await, r#"{"type":"connection_ack"}"#);
    peer
}

fn start(peer: &Peer, id: &str, query: &str) {
    peer.say(&format!(r#"{{"id":"{id}","type":"start","payload":{{"query":"{query}"}}}}"#));
}

fn stop(peer: &Peer, id: &str) {
    peer.say(&format!(r#"{{"id":"{id}","type":"stop"}}"#));
}

/// Operations that never answer.
fn pending(peer: &Peer) -> usize {
    // The peer has one, the carrier and its executor have one each.
    Arc::strong_count(&peer.stubs.pending) - 3
}

async fn until_pending(peer: &Peer, count: usize) {
    while pending(peer) != count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn operations_are_answered_and_their_ids_are_free_again() {
    let mut peer = ready().await;
    for _ in 0..3 {
        start(&peer, "a\\n", "two");
        assert_eq!(peer.hear().await, r#"{"id":"a\n","type":"data","payload":{"data":1}}"#);
        assert_eq!(peer.hear().await, r#"{"id":"a\n","type":"data","payload":{"data":2}}"#);
        assert_eq!(peer.hear().await, r#"{"id":"a\n","type":"complete"}"#);
    }
    for (query, message) in [("refused", "no"), ("panic", "internal error")] {
        start(&peer, "1", query);
        let errors = format!(r#"{{"id":"1","type":"data","payload":{{"errors":[{{"message":"{message}"}}]}}}}"#);
        assert_eq!(peer.hear().await, errors);
        assert_eq!(peer.hear().await, r#"{"id":"1","type":"complete"}"#);
    }
    peer.say(r#"{"type":"connection_terminate"}"#);
    assert_eq!(peer.closed().await, 1000);
}

#[tokio::test(start_paused = true)]
async fn what_was_ended_is_not_heard_of_again() {
    let mut peer = ready().await;
    for _ in 0..20 {
        // Theirs answers `stop` with `complete`, which would end the next operation of that id.
        start(&peer, "1", "never");
        stop(&peer, "1");
    }
    stop(&peer, "unknown");
    start(&peer, "1", "one");
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"data","payload":{"data":1}}"#);
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"complete"}"#);
    // The same id takes the place of what runs.
    for _ in 0..20 {
        start(&peer, "1", "never");
    }
    start(&peer, "1", "one");
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"data","payload":{"data":1}}"#);
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"complete"}"#);
    until_pending(&peer, 0).await;
}

#[tokio::test(start_paused = true)]
async fn operations_may_begin_before_the_acknowledgement_but_not_before_connection_init() {
    let mut peer = Peer::over(run);
    peer.say(r#"{"type":"connection_init","payload":{"Authorization":"me","other":"\u0000"}}"#);
    start(&peer, "1", "who");
    assert_eq!(peer.hear().await, r#"{"type":"connection_ack"}"#);
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"data","payload":"me"}"#);
    let cases = [
        (r#"{"id":"1","type":"start","payload":{"query":"one"}}"#, 4401),
        (r#"{"type":"connection_init","payload":1}"#, 4400),
        (r#"{"id":"1","type":"subscribe","payload":{"query":"one"}}"#, 4400),
        ("nonsense", 4400),
    ];
    for (said, code) in cases {
        let peer = Peer::over(run);
        peer.say(said);
        assert_eq!(peer.closed().await, code, "{said}");
    }
    let begun = tokio::time::Instant::now();
    assert_eq!(Peer::over(run).closed().await, 4408);
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn what_their_carrier_refuses_closes_the_connection() {
    let mut odd = Peer::over(run);
    odd.say(r#"{"type":"connection_init","payload":{"authorization":"a\nb"}}"#);
    let error = r#"{"type":"connection_error","payload":{"message":"`authorization` is not a value for a header"}}"#;
    assert_eq!(odd.hear().await, error);
    assert_eq!(odd.closed().await, 4400);
    let mut twice = ready().await;
    twice.say(INIT);
    let error = r#"{"type":"connection_error","payload":{"message":"Too many initialisation requests."}}"#;
    assert_eq!(twice.hear().await, error);
    assert_eq!(twice.closed().await, 4429);
}

#[tokio::test(start_paused = true)]
async fn operations_at_the_same_time_are_bounded() {
    let mut peer = ready().await;
    start(&peer, "1", "never");
    start(&peer, "2", "never");
    start(&peer, "3", "one");
    let message = "more than 2 operations at the same time on one connection";
    let error = format!(
        r#"{{"id":"3","type":"error","payload":{{"extensions":{{"code":"LIMIT_EXCEEDED"}},"message":"{message}"}}}}"#
    );
    let (heard, expected): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(&peer.hear().await).unwrap(), serde_json::from_str(&error).unwrap());
    assert_eq!(heard, expected);
    // One takes the place of its namesake, and of one that was ended.
    start(&peer, "2", "one");
    assert_eq!(peer.hear().await, r#"{"id":"2","type":"data","payload":{"data":1}}"#);
    assert_eq!(peer.hear().await, r#"{"id":"2","type":"complete"}"#);
    stop(&peer, "1");
    until_pending(&peer, 0).await;
}

#[tokio::test(start_paused = true)]
async fn answers_wait_for_the_socket_and_take_turns() {
    let mut peer = ready().await;
    start(&peer, "1", "flood");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let ahead = *peer.stubs.asked.lock().unwrap();
    assert!((1..=5).contains(&ahead), "{ahead} were asked for, and nobody reads");
    start(&peer, "2", "flood");
    let mut heard = [0, 0];
    for _ in 0..200 {
        match peer.hear().await.get(..9) {
            Some(r#"{"id":"1""#) => heard[0] += 1,
            Some(r#"{"id":"2""#) => heard[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(heard.iter().all(|count| *count > 90), "{heard:?}");
    stop(&peer, "1");
    stop(&peer, "2");
    start(&peer, "3", "one");
    while !peer.hear().await.starts_with(r#"{"id":"3","type":"data""#) {}
    assert_eq!(peer.hear().await, r#"{"id":"3","type":"complete"}"#);
}

#[tokio::test(start_paused = true)]
async fn clients_that_say_nothing_are_pinged_and_given_up() {
    let mut peer = ready().await;
    assert!(matches!(peer.receives.recv().await, Some(ws::Message::Ping(_))));
    peer.sends.send(Ok(ws::Message::Pong(Bytes::new()))).unwrap();
    assert!(matches!(peer.receives.recv().await, Some(ws::Message::Ping(_))));
    assert_eq!(peer.receives.recv().await, None);
    assert_eq!(peer.end.await.unwrap(), End::Lost);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_what_runs() {
    let mut peer = ready().await;
    start(&peer, "1", "never");
    until_pending(&peer, 1).await;
    peer.drain.send_replace(true);
    tokio::time::sleep(Duration::from_secs(1)).await;
    start(&peer, "2", "one");
    assert!(peer.hear().await.contains("SERVER_STOPPING"));
    stop(&peer, "1");
    assert_eq!(peer.closed().await, 1012);
    let idle = ready().await;
    idle.drain.send_replace(true);
    assert_eq!(idle.closed().await, 1012);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_ends_its_operations() {
    let peer = ready().await;
    start(&peer, "1", "never");
    until_pending(&peer, 1).await;
    let stubs = peer.stubs.clone();
    drop(peer.sends);
    assert_eq!(peer.end.await.unwrap(), End::Lost);
    assert_eq!(Arc::strong_count(&stubs.pending), 2, "the peer's, and its copy");
}
