//! `/{client}/graphql`: GraphQL over HTTP by POST and GET, and the console for browsers.

use std::{net::SocketAddr, pin::pin, task::Poll, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use smallvec::SmallVec;
use tokio::time::Instant;

use super::{
    App, Endpoint, access,
    asked::Asked,
    compress::{self, Coding},
    console,
    cors::{self, Grant},
    negotiate::{self, MediaType},
    params,
    respond::{self, Refusal, Response},
    trace,
};
use crate::{
    engine::{GraphqlRequest, RequestContext},
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
    app: &App,
    endpoint: Result<Endpoint<'_>, String>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let asked = Asked::of(&parts.headers);
    let identity = Identity::accept(asked.request_id, asked.traceparent);
    let endpoint = match endpoint {
        Ok(endpoint) => endpoint,
        Err(name) => {
            let media_type = negotiate::accepted(&asked).media_type.unwrap_or(MediaType::Json);
            return finish(Refusal::unknown_client(&name).into_response(media_type), false, &identity);
        }
    };
    let view = endpoint.view;
    let head = parts.method == Method::HEAD;
    let grant = Grant::of(view, &asked);
    let codings: SmallVec<[HeaderValue; 1]> = match app.compression {
        true => asked.accept_encodings().cloned().collect(),
        false => SmallVec::new(),
    };
    let response = match parts.method {
        Method::OPTIONS => return finish(cors::preflight(view, &asked), false, &identity),
        Method::GET | Method::HEAD | Method::POST => {
            let exchange = Exchange { app, endpoint, peer, identity: &identity, begun };
            exchange.run(parts, body).await
        }
        _ => {
            let refusal = Refusal::method();
            access::refused(endpoint, &refusal, &identity, begun);
            refusal.into_response(MediaType::Json)
        }
    };
    let (mut response, depends) = match app.compression {
        true => compressed(response, &codings).await,
        false => (response, false),
    };
    grant.tell(response.headers_mut());
    let response = finish(response, depends, &identity);
    if head { without_body(response) } else { response }
}

/// The response in the coding that is wanted, and whether it depends on that at all.
async fn compressed(response: Response, codings: &[HeaderValue]) -> (Response, bool) {
    let length = response.body().size_hint().exact().unwrap_or(0);
    if length <= compress::WORTHWHILE as u64 {
        return (response, false);
    }
    let Some(coding) = Coding::preferred(codings.iter()) else { return (response, true) };
    let (mut parts, body) = response.into_parts();
    let whole = whole(body);
    let body = match coding.apply(whole.clone()).await {
        Some(small) => {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            small
        }
        None => whole,
    };
    (Response::from_parts(parts, body.into()), true)
}

/// What the answer to a GET says of its body, without the body.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, whole(body).len().into());
    Response::from_parts(parts, Full::default())
}

fn whole(body: Full<Bytes>) -> Bytes {
    body.into_inner().unwrap_or_default()
}

/// Adds what every response of this route has.
fn finish(mut response: Response, depends_on_codings: bool, identity: &Identity) -> Response {
    let headers = response.headers_mut();
    let vary = if depends_on_codings { "accept, accept-encoding" } else { "accept" };
    headers.append(header::VARY, HeaderValue::from_static(vary));
    headers.insert(&REQUEST_ID, identity.request_id());
    response
}

/// A request of a client that is known, by a method that has a meaning.
struct Exchange<'a> {
    app: &'a App,
    endpoint: Endpoint<'a>,
    peer: SocketAddr,
    identity: &'a Identity,
    begun: Instant,
}

impl Exchange<'_> {
    async fn run(self, parts: Parts, mut body: Incoming) -> Response {
        let (app, view) = (self.app, self.endpoint.view);
        let asked = Asked::of(&parts.headers);
        let accepted = negotiate::accepted(&asked);
        let reads = parts.method != Method::POST;
        if reads && accepted.html && view.console {
            return console::graphiql(app, view, self.peer, &parts.headers);
        }
        let bytes;
        let parsed = if accepted.media_type.is_none() {
            Err(Refusal::not_acceptable())
        } else if cors::is_forbidden(view, &asked) {
            Err(Refusal::cross_site())
        } else if reads {
            params::from_query(parts.uri.query().unwrap_or_default())
        } else {
            match read_json(&asked, &mut body, app.body_limit).await {
                Ok(whole) => {
                    bytes = whole;
                    params::from_body(&bytes)
                }
                Err(refusal) => Err(refusal),
            }
        };
        let media_type = accepted.media_type.unwrap_or(MediaType::Json);
        match parsed {
            Ok(graphql) => {
                let wanted = |asked| trace::wanted(asked, &app.trace, self.peer, &parts.headers);
                let (traced, problems) = (wanted(asked.trace), wanted(asked.problems));
                let context = RequestContext {
                    headers: parts.headers,
                    identity: self.identity.clone(),
                    queries_only: reads,
                    trace: traced,
                    problems,
                };
                self.execute(graphql, context, media_type).await
            }
            Err(refusal) => {
                access::refused(self.endpoint, &refusal, self.identity, self.begun);
                // One that waits to be told to go on has sent nothing.
                if refusal.status != StatusCode::REQUEST_TIMEOUT && asked.expect.is_none() {
                    discard(&mut body).await;
                }
                refusal.into_response(media_type)
            }
        }
    }

    async fn execute(self, request: GraphqlRequest<'_>, context: RequestContext, media_type: MediaType) -> Response {
        let told = context.trace || context.problems;
        // Logs also the operation whose client leaves: dropping this future drops the guard.
        let guard = access::Guard::new(self.endpoint, self.identity, self.begun);
        let answer = self.app.engine.execute(self.endpoint.view, request, context).await;
        guard.answered(&answer);
        respond::answer(answer, media_type, told)
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
