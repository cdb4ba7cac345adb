//! `/{client}/graphql`: GraphQL over HTTP by POST and GET, and the console for browsers.

use std::{net::SocketAddr, pin::pin, sync::Arc, task::Poll, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body as _, Incoming};
use smallvec::SmallVec;
use tokio::time::Instant;

use super::{
    App, Endpoint, access,
    asked::Asked,
    carrier::Carriers,
    compress::{self, Coding},
    console,
    cors::{self, Grant},
    framing::Framing,
    listener::Connected,
    negotiate::{self, Accepted, MediaType},
    params,
    respond::{self, Refusal, Response},
    site::Outgoing,
    streaming, trace, websocket,
};
use crate::{
    engine::{Delivery, GraphqlRequest, Reply, RequestContext, ResponseKind, StreamKind},
    telemetry::Identity,
};

/// Longest wait for a request body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of a refused body that are read and thrown away, and the longest time for it.
const DISCARDED: usize = 8 << 20;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Any method on the path of a client: its endpoint, or the name of one that there is not.
pub(super) async fn serve(
    app: &Arc<App>,
    endpoint: Result<Endpoint<'_>, String>,
    connected: &Arc<Connected>,
    parts: &mut Parts,
    body: &mut Incoming,
) -> http::Response<Outgoing> {
    let begun = Instant::now();
    let headers = std::mem::take(&mut parts.headers);
    let asked = Asked::of(&headers);
    let identity = app.identity(&asked);
    let endpoint = match endpoint {
        Ok(endpoint) => endpoint,
        Err(name) => {
            let media_type = negotiate::accepted(&asked).media_type.unwrap_or(MediaType::Json);
            let response = Refusal::unknown_client(&name).into_response(media_type).map(Either::Left);
            return finish(response, false, &identity);
        }
    };
    let grant = Grant::of(endpoint.view, &asked);
    let codings: SmallVec<[HeaderValue; 1]> = match app.compression {
        true => asked.accept_encodings().cloned().collect(),
        false => SmallVec::new(),
    };
    let exchange = Exchange { app, endpoint, peer: connected.peer, identity: &identity, begun };
    let mut bytes = Bytes::new();
    let response = match parts.method {
        Method::OPTIONS => {
            return finish(cors::preflight(endpoint.view, &asked).map(Either::Left), false, &identity);
        }
        Method::GET if websocket::is_wanted(&asked) => {
            // Boxed, so that other requests cost nothing of it.
            let response = Box::pin(upgrade(exchange, connected, &asked, parts)).await;
            return finish(response, false, &identity);
        }
        Method::GET | Method::HEAD | Method::POST => match exchange.read(&asked, parts, body, &mut bytes).await {
            Ok(operation) => exchange.execute(operation, headers).await,
            Err(response) => response.map(Either::Left),
        },
        _ => {
            let refusal = Refusal::method();
            access::refused(endpoint, &refusal, &identity, begun);
            refusal.into_response(MediaType::Json).map(Either::Left)
        }
    };
    let (mut response, depends) = match app.compression {
        true => compressed(response, &codings).await,
        false => (response, false),
    };
    grant.tell(response.headers_mut());
    let response = finish(response, depends, &identity);
    if parts.method == Method::HEAD { without_body(response) } else { response }
}

/// The answer to a request that wants to become a WebSocket.
async fn upgrade(
    exchange: Exchange<'_>,
    connected: &Arc<Connected>,
    asked: &Asked<'_>,
    parts: &mut Parts,
) -> http::Response<Outgoing> {
    let Exchange { app, endpoint, identity, begun, .. } = exchange;
    parts.headers = asked.headers().clone();
    let response = match app.websocket.connections {
        0 => Err(Refusal::no_websockets()),
        _ => websocket::upgrade(app, endpoint, connected, (asked, identity), parts).await,
    };
    response.unwrap_or_else(|refusal| {
        access::refused(endpoint, &refusal, identity, begun);
        refusal.into_response(MediaType::Json).map(Either::Left)
    })
}

/// The response in the coding that is wanted, and whether it depends on that at all. A stream is sent as it comes.
async fn compressed(response: http::Response<Outgoing>, codings: &[HeaderValue]) -> (http::Response<Outgoing>, bool) {
    let Either::Left(body) = response.body() else { return (response, false) };
    let length = body.size_hint().exact().unwrap_or(0);
    if length <= compress::WORTHWHILE as u64 {
        return (response, false);
    }
    let Some(coding) = Coding::preferred(codings.iter()) else { return (response, true) };
    let (mut parts, body) = response.into_parts();
    let Either::Left(body) = body else { return (http::Response::from_parts(parts, body), false) };
    let whole = whole(body);
    let body: Bytes = match coding.apply(whole.clone()).await {
        Some(small) => {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            small
        }
        None => whole,
    };
    (http::Response::from_parts(parts, Either::Left(body.into())), true)
}

/// What the answer to a GET says of its body, without the body.
fn without_body(response: http::Response<Outgoing>) -> http::Response<Outgoing> {
    let (mut parts, body) = response.into_parts();
    if let Either::Left(body) = body {
        parts.headers.insert(header::CONTENT_LENGTH, whole(body).len().into());
    }
    http::Response::from_parts(parts, Either::Left(Full::default()))
}

fn whole(body: Full<Bytes>) -> Bytes {
    body.into_inner().unwrap_or_default()
}

/// Adds what every response of this route has.
fn finish(
    mut response: http::Response<Outgoing>,
    depends_on_codings: bool,
    identity: &Identity,
) -> http::Response<Outgoing> {
    let headers = response.headers_mut();
    let vary = match depends_on_codings {
        true => const { HeaderValue::from_static("accept, accept-encoding") },
        false => const { HeaderValue::from_static("accept") },
    };
    headers.append(header::VARY, vary);
    headers.insert(&REQUEST_ID, identity.request_id());
    response
}

/// A request of a client that is known, by a method that has a meaning.
struct Exchange<'a> {
    app: &'a Arc<App>,
    endpoint: Endpoint<'a>,
    peer: SocketAddr,
    identity: &'a Identity,
    begun: Instant,
}

/// What a request asks for.
struct Operation<'a> {
    request: GraphqlRequest<'a>,
    reads: bool,
    trace: bool,
    problems: bool,
    /// Of an answer in one piece; `None`: only the carriers are accepted.
    media_type: Option<MediaType>,
    carriers: Carriers,
}

impl Exchange<'_> {
    /// The operation that is asked for, its texts borrowed from the URI or from `bytes`; or an answer without one.
    async fn read<'a>(
        &self,
        asked: &Asked<'_>,
        parts: &'a Parts,
        body: &mut Incoming,
        bytes: &'a mut Bytes,
    ) -> Result<Operation<'a>, Response> {
        let (app, view) = (self.app, self.endpoint.view);
        let accepted = negotiate::accepted(asked);
        let reads = parts.method != Method::POST;
        if reads && accepted.html && view.console {
            return Err(console::graphiql(app, view, self.peer, asked.headers()));
        }
        let parsed = if accepted.nothing() {
            Err(Refusal::not_acceptable())
        } else if cors::is_forbidden(view, asked) {
            Err(Refusal::cross_site())
        } else if reads {
            params::from_query(parts.uri.query().unwrap_or_default())
        } else {
            match read_json(asked, body, app.body_limit).await {
                Ok(whole) => {
                    *bytes = whole;
                    let bytes = &*bytes;
                    if view.batching > 0 && params::is_array(bytes) {
                        // Boxed, so that single requests cost nothing of it.
                        match Box::pin(self.batch(asked, &accepted, bytes)).await {
                            Ok(response) => return Err(response),
                            Err(refusal) => Err(refusal),
                        }
                    } else {
                        params::from_body(bytes)
                    }
                }
                Err(refusal) => Err(refusal),
            }
        };
        match parsed {
            Ok(request) => {
                let (trace, problems) = trace::wanted(asked, &app.trace, self.peer);
                let Accepted { media_type, carriers, .. } = accepted;
                Ok(Operation { request, reads, trace, problems, media_type, carriers })
            }
            Err(refusal) => {
                access::refused(self.endpoint, &refusal, self.identity, self.begun);
                // One that waits to be told to go on has sent nothing.
                if refusal.status != StatusCode::REQUEST_TIMEOUT && asked.expect.is_none() {
                    discard(body).await;
                }
                Err(refusal.into_response(accepted.media_type.unwrap_or(MediaType::Json)))
            }
        }
    }

    /// The answers to an array of requests, in an array.
    async fn batch(&self, asked: &Asked<'_>, accepted: &Accepted, body: &[u8]) -> Result<Response, Refusal> {
        let Some(media_type) = accepted.media_type else { return Err(Refusal::batches_are_whole()) };
        let requests = params::from_array(body, self.endpoint.view.batching)?;
        let (trace, problems) = trace::wanted(asked, &self.app.trace, self.peer);
        let one = async |request| match request {
            Ok(request) => {
                let context = RequestContext {
                    headers: asked.headers().clone(),
                    identity: self.identity.clone(),
                    queries_only: false,
                    trace,
                    problems,
                    delivery: Delivery::default(),
                };
                let guard = access::Guard::new(self.endpoint, self.identity, self.begun);
                let answer = self.app.engine.execute(self.endpoint.view, request, context).await;
                guard.answered(&answer);
                answer.body
            }
            Err(refusal) => {
                access::refused(self.endpoint, &refusal, self.identity, self.begun);
                refusal.body().into()
            }
        };
        let answers: Vec<Bytes> = futures_util::future::join_all(requests.into_iter().map(one)).await;
        Ok(respond::batch(&answers, media_type))
    }

    async fn execute(&self, operation: Operation<'_>, headers: HeaderMap) -> http::Response<Outgoing> {
        let Operation { request, reads, trace, problems, media_type, carriers } = operation;
        let identity = self.identity.clone();
        let delivery = carriers.delivery();
        let context = RequestContext { headers, identity, queries_only: reads, trace, problems, delivery };
        // Logs also the operation whose client leaves: dropping this future drops the guard.
        let guard = access::Guard::new(self.endpoint, self.identity, self.begun);
        if let (Some(media_type), true) = (media_type, delivery == Delivery::default()) {
            let answer = self.app.engine.execute(self.endpoint.view, request, context).await;
            guard.answered(&answer);
            return respond::answer(answer, media_type, trace || problems).map(Either::Left);
        }
        // Boxed, so that a whole answer costs nothing of it.
        match Box::pin(self.app.engine.reply(self.endpoint.view, request, context)).await {
            Reply::Whole(answer) => {
                let well_formed = matches!(answer.kind, ResponseKind::Executed | ResponseKind::RequestError);
                match (media_type, carriers.of_whole()) {
                    (None, Some(framing)) if well_formed => {
                        guard.over(framing.transport()).answered(&answer);
                        respond::framed(&answer, framing)
                    }
                    (media_type, _) => {
                        guard.answered(&answer);
                        respond::answer(answer, media_type.unwrap_or(MediaType::Json), trace || problems)
                    }
                }
                .map(Either::Left)
            }
            Reply::Stream(stream) => {
                let framing = match stream.kind {
                    StreamKind::Events => carriers.events,
                    StreamKind::Parts => carriers.parts.map(|(framing, _)| framing),
                };
                // The engine streams only what may be streamed.
                let framing = framing.or(carriers.of_whole()).unwrap_or(Framing::EventStream);
                let log = guard.streams(self.app, framing.transport());
                streaming::response(stream, framing, log, self.app.readiness.draining()).map(Either::Right)
            }
        }
    }
}

/// The body of a POST, of the right type, within the limit and in time.
async fn read_json(asked: &Asked<'_>, body: &mut Incoming, limit: usize) -> Result<Bytes, Refusal> {
    let plain = asked.content_encoding.is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if !negotiate::is_json_body(asked.content_type) || !plain {
        return Err(Refusal::media_type());
    }
    let declared = asked.content_length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(Refusal::too_large(limit));
    }
    in_time(collect(body, limit), BODY_TIMEOUT).await.unwrap_or_else(|| Err(Refusal::timeout()))
}

/// The outcome of `future`, if it comes in time. A body mostly is there with its head, and comes in the connection's next
/// turn, once it was asked for: only what is not there by then costs a timer.
async fn in_time<T>(future: impl Future<Output = T>, limit: Duration) -> Option<T> {
    let mut future = pin!(future);
    let mut turns = 0;
    let at_once = std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if turns == 0 => {
            turns += 1;
            context.waker().wake_by_ref();
            Poll::Pending
        }
        Poll::Pending => Poll::Ready(None),
    });
    match at_once.await {
        Some(outcome) => Some(outcome),
        None => tokio::time::timeout(limit, future).await.ok(),
    }
}

/// The whole body: as it came if it came in one piece.
async fn collect(body: &mut Incoming, limit: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::bad_request("the request body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + whole.len() + data.len() > limit {
            return Err(Refusal::too_large(limit));
        }
        if first.is_empty() && whole.is_empty() {
            first = data;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// Reads the rest of a refused body, within bounds: a connection that is closed with unread bytes is reset, and the client
/// never sees why it was refused.
async fn discard(body: &mut Incoming) {
    let rest = async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > DISCARDED {
                return;
            }
        }
    };
    // Out of time, the connection is closed all the same.
    in_time(rest, DISCARD_TIMEOUT).await.unwrap_or_default();
}
