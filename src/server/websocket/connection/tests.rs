//! The protocol, message by message, on a paused clock.

use std::{sync::Mutex, time::Duration};

use async_graphql::{Request, ServerError};
use axum::extract::ws;
use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

use super::{
    super::{
        line::{Lost, ReceiveError},
        session_headers as headers,
    },
    *,
};
use crate::{
    config::{Millis, WebSocket as Bounds},
    server::executor::Session,
    telemetry::Identity,
};

/// A socket whose other end is a test.
pub(in crate::server::websocket) struct Stub {
    incoming: mpsc::UnboundedReceiver<Result<ws::Message, ReceiveError>>,
    outgoing: mpsc::Sender<ws::Message>,
}

impl Socket for Stub {
    async fn receive(&mut self) -> Option<Result<ws::Message, ReceiveError>> {
        self.incoming.recv().await
    }

    async fn send(&mut self, message: ws::Message) -> Result<(), Lost> {
        self.outgoing.send(message).await.map_err(|_| Lost)
    }
}

/// Answers by what the document says.
#[derive(Debug, Clone, Default)]
pub(in crate::server::websocket) struct Stubs {
    /// Events that were asked for, of `flood`.
    pub(in crate::server::websocket) asked: Arc<Mutex<usize>>,
    /// Alive as long as an operation runs that never answers.
    pub(in crate::server::websocket) pending: Arc<()>,
}

fn raw(json: &str) -> Response {
    let raw = serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
    Response::new(async_graphql::to_value(&*raw).unwrap())
}

impl Executor for Stubs {
    async fn execute(&self, _: Request) -> Response {
        raw("{}")
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let session = session.unwrap();
        let session = session.get(&std::any::TypeId::of::<Session>()).unwrap().downcast_ref::<Session>().unwrap();
        match request.query.as_str() {
            "one" => stream::iter([raw(r#"{"data":1}"#)]).boxed(),
            "two" => stream::iter([raw(r#"{"data":1}"#), raw(r#"{"data":2}"#)]).boxed(),
            "refused" => stream::iter([Response::from_errors(vec![ServerError::new("no", None)])]).boxed(),
            "panic" => stream::once(async { panic!("a defect") }).boxed(),
            "who" => {
                let who = session.headers.get("authorization").map_or("nobody", |value| value.to_str().unwrap());
                stream::iter([raw(&format!("\"{who}\""))]).boxed()
            }
            "flood" => {
                let asked = self.asked.clone();
                stream::repeat_with(move || {
                    *asked.lock().unwrap() += 1;
                    raw("0")
                })
                .boxed()
            }
            _ => {
                let alive = self.pending.clone();
                stream::once(async move {
                    std::future::pending::<()>().await;
                    drop(alive);
                    raw("0")
                })
                .boxed()
            }
        }
    }
}

/// A client.
pub(in crate::server::websocket) struct Peer {
    pub(in crate::server::websocket) sends: mpsc::UnboundedSender<Result<ws::Message, ReceiveError>>,
    pub(in crate::server::websocket) receives: mpsc::Receiver<ws::Message>,
    pub(in crate::server::websocket) drain: watch::Sender<bool>,
    pub(in crate::server::websocket) end: JoinHandle<End>,
    pub(in crate::server::websocket) stubs: Stubs,
}

impl Peer {
    pub(in crate::server::websocket) fn connect() -> Self {
        Self::over(run)
    }

    /// A client of whatever serves connections.
    pub(in crate::server::websocket) fn over<F: Future<Output = End> + Send + 'static>(
        serve: impl FnOnce(Stub, Opened<Stubs>) -> F,
    ) -> Self {
        let (sends, incoming) = mpsc::unbounded_channel();
        let (outgoing, receives) = mpsc::channel(1);
        let (drain, draining) = watch::channel(false);
        let stubs = Stubs::default();
        let bounds = Bounds {
            operations: std::num::NonZeroUsize::new(2).unwrap(),
            init_timeout: Millis::from_secs(3),
            ping_interval: Millis::from_secs(20),
            ..Bounds::default()
        };
        let init = |payload: &Object| {
            let names = [http::HeaderName::from_static("authorization")];
            let headers = headers(&HeaderMap::new(), payload, &names)?;
            Ok(Session {
                headers,
                identity: Identity::accept(None, None),
                trace: false,
                problems: false,
                format: crate::engine::IncrementalFormat::Patches,
            })
        };
        let opened = Opened { executor: stubs.clone(), bounds, draining, init: Box::new(init) };
        let end = tokio::spawn(serve(Stub { incoming, outgoing }, opened));
        Self { sends, receives, drain, end, stubs }
    }

    /// One that was acknowledged.
    pub(in crate::server::websocket) async fn ready() -> Self {
        let mut peer = Self::connect();
        peer.say(r#"{"type":"connection_init"}"#);
        assert_eq!(peer.hear().await, r#"{"type":"connection_ack"}"#);
        peer
    }

    pub(in crate::server::websocket) fn say(&self, text: &str) {
        self.sends.send(Ok(ws::Message::Text(text.into()))).unwrap();
    }

    fn subscribe(&self, id: &str, query: &str) {
        self.say(&format!(r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{query}"}}}}"#));
    }

    pub(in crate::server::websocket) async fn hear(&mut self) -> String {
        match self.receives.recv().await {
            Some(ws::Message::Text(text)) => text.to_string(),
            Some(ws::Message::Close(Some(frame))) => format!("{} {}", frame.code, frame.reason),
            other => format!("{other:?}"),
        }
    }

    /// The code it is closed with, after anything else.
    pub(in crate::server::websocket) async fn closed(mut self) -> u16 {
        while !self.receives.is_closed() {
            if let Some(ws::Message::Close(Some(frame))) = self.receives.recv().await {
                drop(self.sends);
                assert!(matches!(self.end.await.unwrap(), End::Ours(close) if close.code == frame.code));
                return frame.code;
            }
        }
        0
    }
}

#[tokio::test(start_paused = true)]
async fn operations_are_answered_and_their_ids_are_free_again() {
    let mut peer = Peer::ready().await;
    for _ in 0..3 {
        peer.subscribe("1", "two");
        assert_eq!(peer.hear().await, r#"{"id":"1","type":"next","payload":{"data":1}}"#);
        assert_eq!(peer.hear().await, r#"{"id":"1","type":"next","payload":{"data":2}}"#);
        assert_eq!(peer.hear().await, r#"{"id":"1","type":"complete"}"#);
        peer.subscribe("1", "refused");
        assert_eq!(peer.hear().await, r#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#);
    }
    peer.subscribe("1", "panic");
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"error","payload":[{"message":"internal error"}]}"#);
    peer.say(r#"{"type":"ping","payload":{"a": 1}}"#);
    assert_eq!(peer.hear().await, r#"{"type":"pong","payload":{"a": 1}}"#);
    peer.say(r#"{"type":"pong"}"#);
    drop(peer.sends);
    assert_eq!(peer.end.await.unwrap(), End::Lost);
}

#[tokio::test(start_paused = true)]
async fn misuse_is_told_by_codes() {
    type Case = (&'static str, u16);
    let cases: [Case; 9] = [
        (r#"{"type":"subscribe","id":"1","payload":{"query":"one"}}"#, 4401),
        ("nonsense", 4400),
        (r#"{"type":"start","id":"1","payload":{"query":"one"}}"#, 4400),
        (r#"{"type":"connection_init","payload":1}"#, 4400),
        (r#"{"type":"connection_init","payload":{"authorization":"a\nb"}}"#, 4400),
        ("init init", 4429),
        ("init same", 4409),
        ("large", 1009),
        ("protocol", 1002),
    ];
    for (said, code) in cases {
        let peer = Peer::connect();
        let init = r#"{"type":"connection_init"}"#;
        match said {
            "init init" => [init, init].iter().for_each(|text| peer.say(text)),
            "init same" => {
                peer.say(init);
                peer.subscribe("1", "never");
                peer.subscribe("1", "never");
            }
            "large" => peer.sends.send(Err(ReceiveError::TooLarge)).unwrap(),
            "protocol" => peer.sends.send(Err(ReceiveError::Protocol)).unwrap(),
            text => peer.say(text),
        }
        assert_eq!(peer.closed().await, code, "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_begin_is_closed() {
    let begun = Instant::now();
    let mut peer = Peer::connect();
    peer.say(r#"{"type":"ping"}"#);
    assert_eq!(peer.hear().await, r#"{"type":"pong"}"#);
    assert_eq!(peer.closed().await, 4408);
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_silent_after_a_ping_is_given_up() {
    let mut peer = Peer::ready().await;
    let begun = Instant::now();
    for _ in 0..3 {
        assert_eq!(peer.hear().await, "Some(Ping(b\"\"))");
        peer.sends.send(Ok(ws::Message::Pong(Bytes::new()))).unwrap();
    }
    assert_eq!(peer.hear().await, "Some(Ping(b\"\"))");
    assert_eq!(peer.end.await.unwrap(), End::Lost);
    assert_eq!(begun.elapsed(), Duration::from_secs(100));
}

#[tokio::test(start_paused = true)]
async fn what_a_client_ends_is_dropped_at_once_and_not_answered() {
    let mut peer = Peer::ready().await;
    let idle = Arc::strong_count(&peer.stubs.pending);
    for _ in 0..50 {
        peer.subscribe("1", "never");
        peer.say(r#"{"type":"complete","id":"1"}"#);
    }
    peer.say(r#"{"type":"complete","id":"unknown"}"#);
    peer.subscribe("1", "one");
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"next","payload":{"data":1}}"#);
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"complete"}"#);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&peer.stubs.pending), idle);
    peer.subscribe("1", "never");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&peer.stubs.pending), idle + 1);
    peer.sends.send(Ok(ws::Message::Close(None))).unwrap();
    drop(peer.sends);
    assert_eq!(peer.end.await.unwrap(), End::Theirs(None));
    assert_eq!(Arc::strong_count(&peer.stubs.pending), 1);
}

#[tokio::test(start_paused = true)]
async fn operations_of_a_connection_are_bounded() {
    let mut peer = Peer::ready().await;
    for id in ["1", "2", "3"] {
        peer.subscribe(id, "never");
    }
    let told = peer.hear().await;
    assert!(told.starts_with(r#"{"id":"3","type":"error","payload":[{"#) && told.contains("LIMIT_EXCEEDED"), "{told}");
    peer.say(r#"{"type":"complete","id":"1"}"#);
    peer.subscribe("3", "one");
    assert_eq!(peer.hear().await, r#"{"id":"3","type":"next","payload":{"data":1}}"#);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_holds_up_its_events() {
    let mut peer = Peer::ready().await;
    peer.subscribe("1", "flood");
    tokio::time::sleep(Duration::from_secs(10)).await;
    // One in the stub's queue, one on its way to it.
    assert_eq!(*peer.stubs.asked.lock().unwrap(), 2);
    for _ in 0..10 {
        assert_eq!(peer.hear().await, r#"{"id":"1","type":"next","payload":0}"#);
    }
    // Others have their turn all the same.
    peer.subscribe("2", "one");
    while peer.hear().await != r#"{"id":"2","type":"complete"}"# {}
}

#[tokio::test(start_paused = true)]
async fn members_of_the_payload_count_as_headers_if_they_may() {
    let payload = |text: &str| match crate::json::Value::parse(text.as_bytes()).unwrap() {
        crate::json::Value::Object(object) => object,
        other => panic!("{other:?}"),
    };
    let names = [http::HeaderName::from_static("authorization")];
    let mut request = HeaderMap::new();
    let check = |request: &HeaderMap, text: &str| {
        headers(request, &payload(text), &names).map(|headers| {
            headers.into_iter().map(|(name, value)| format!("{}={value:?}", name.unwrap())).collect::<Vec<_>>()
        })
    };
    assert_eq!(check(&request, r#"{"Authorization":"a","x-other":"b"}"#).unwrap(), [r#"authorization="a""#]);
    assert_eq!(check(&request, r#"{"authorization":1}"#).unwrap(), [""; 0]);
    assert!(check(&request, "{\"authorization\":\"a\\u0000\"}").is_err());
    let long = "a".repeat(20_000);
    assert!(check(&request, &format!("{{\"authorization\":\"{long}\"}}")).is_err());
    request.insert("authorization", "own".parse().unwrap());
    assert_eq!(check(&request, r#"{"authorization":"a"}"#).unwrap(), [r#"authorization="own""#]);

    let mut peer = Peer::connect();
    peer.say(r#"{"type":"connection_init","payload":{"authorization":"me"}}"#);
    peer.hear().await;
    peer.subscribe("1", "who");
    assert_eq!(peer.hear().await, r#"{"id":"1","type":"next","payload":"me"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_what_has_an_end() {
    let idle = Peer::ready().await;
    idle.drain.send_replace(true);
    assert_eq!(idle.closed().await, 1012);

    let mut busy = Peer::ready().await;
    busy.subscribe("1", "never");
    tokio::time::sleep(Duration::from_secs(1)).await;
    busy.drain.send_replace(true);
    tokio::time::sleep(Duration::from_secs(1)).await;
    busy.subscribe("2", "one");
    let told = busy.hear().await;
    assert!(told.contains(r#""id":"2","type":"error""#) && told.contains("SERVER_STOPPING"), "{told}");
    busy.say(r#"{"type":"complete","id":"1"}"#);
    assert_eq!(busy.closed().await, 1012);
}
