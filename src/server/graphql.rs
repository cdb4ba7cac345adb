//! `/{client}/graphql`: GraphQL over HTTP by POST and GET, and the console for browsers.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::{
    App, Peer, access, console, cors,
    identity::Identity,
    negotiate::{self, MediaType},
    params,
    respond::{self, Refusal},
    trace,
};
use crate::{
    engine::{GraphqlRequest, RequestContext},
    model::View,
};

/// Longest wait for a request body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of a refused body that are read and thrown away, and the longest time for it.
const DISCARDED: usize = 8 << 20;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);

/// Any method on `/{client}/graphql`.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    client: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Response {
    match client {
        Ok(Path(client)) => serve(&app, &client, request).await,
        Err(_) => respond::not_found().await,
    }
}

/// `/graphql`, where no client is configured.
pub(super) async fn handle_default(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    serve(&app, "default", request).await
}

async fn serve(app: &Arc<App>, client: &str, request: Request<Body>) -> Response {
    let begun = Instant::now();
    let identity = Identity::of(request.headers());
    let headers = request.headers().clone();
    let Some(view) = app.view(client) else {
        let media_type = negotiate::accepted(&headers).media_type.unwrap_or(MediaType::Json);
        return finish(Refusal::unknown_client(client).into_response(media_type), &identity);
    };
    let mut response = match request.method() {
        &Method::OPTIONS => return finish(cors::preflight(view, &headers), &identity),
        &Method::GET | &Method::HEAD | &Method::POST => exchange(app, view, request, &identity, begun).await,
        _ => {
            let refusal = Refusal::method();
            access::refused(app, view, &refusal, &identity, begun);
            refusal.into_response(MediaType::Json)
        }
    };
    cors::decorate(view, &headers, &mut response);
    finish(response, &identity)
}

/// Adds what every response of this route has.
fn finish(mut response: Response, identity: &Identity) -> Response {
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(id) = HeaderValue::from_str(&identity.request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

async fn exchange(
    app: &Arc<App>,
    view: &View,
    request: Request<Body>,
    identity: &Identity,
    begun: Instant,
) -> Response {
    let accepted = negotiate::accepted(request.headers());
    let reads = request.method() != Method::POST;
    if reads && accepted.html && view.console {
        return console::graphiql(app, view, &request);
    }
    let (parts, mut body) = request.into_parts();
    let bytes;
    let parsed = if accepted.media_type.is_none() {
        Err(Refusal::not_acceptable())
    } else if cors::is_forbidden(view, &parts.headers) {
        Err(Refusal::cross_site())
    } else if reads {
        params::from_query(parts.uri.query().unwrap_or_default())
    } else {
        match read_json(&parts.headers, &mut body, app.body_limit).await {
            Ok(whole) => {
                bytes = whole;
                params::from_body(&bytes)
            }
            Err(refusal) => Err(refusal),
        }
    };
    let media_type = accepted.media_type.unwrap_or(MediaType::Json);
    let graphql = match parsed {
        Ok(graphql) => graphql,
        Err(refusal) => {
            access::refused(app, view, &refusal, identity, begun);
            if refusal.status != StatusCode::REQUEST_TIMEOUT {
                discard(&parts.headers, &mut body).await;
            }
            return refusal.into_response(media_type);
        }
    };
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
    let wanted = |header| peer.is_some_and(|peer| trace::wanted(header, &app.trace, peer, &parts.headers));
    let (traced, problems) = (wanted(trace::TRACE), wanted(trace::PROBLEMS));
    let exchange = Exchange { headers: parts.headers, reads, traced, problems, media_type, identity, begun };
    execute(app, view, graphql, exchange).await
}

struct Exchange<'a> {
    headers: HeaderMap,
    reads: bool,
    traced: bool,
    problems: bool,
    media_type: MediaType,
    identity: &'a Identity,
    begun: Instant,
}

async fn execute(app: &Arc<App>, view: &View, request: GraphqlRequest<'_>, exchange: Exchange<'_>) -> Response {
    let context = RequestContext {
        headers: exchange.headers,
        request_id: exchange.identity.request_id.clone(),
        traceparent: exchange.identity.traceparent.clone(),
        queries_only: exchange.reads,
        trace: exchange.traced,
        problems: exchange.problems,
    };
    // Logs also the operation whose client leaves: dropping this future drops the guard.
    let guard = access::Guard::new(app, view, exchange.identity, exchange.begun);
    let answer = app.engine.execute(view, request, context).await;
    guard.answered(&answer);
    respond::answer(answer, exchange.media_type, exchange.traced || exchange.problems)
}

/// The body of a POST, of the right type, within the limit and in time.
async fn read_json(headers: &HeaderMap, body: &mut Body, limit: usize) -> Result<Bytes, Refusal> {
    let identity_encoding =
        headers.get(header::CONTENT_ENCODING).is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if !negotiate::is_json_body(headers) || !identity_encoding {
        return Err(Refusal::media_type());
    }
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(Refusal::too_large(limit));
    }
    tokio::time::timeout(BODY_TIMEOUT, collect(body, limit)).await.unwrap_or_else(|_| Err(Refusal::timeout()))
}

async fn collect(body: &mut Body, limit: usize) -> Result<Bytes, Refusal> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::bad_request("the request body ended early"))?;
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > limit {
                return Err(Refusal::too_large(limit));
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

/// Reads the rest of a refused body, within bounds: a connection that is closed with unread bytes is reset, and the client
/// never sees why it was refused. A client that waits to be told to go on has sent nothing.
async fn discard(headers: &HeaderMap, body: &mut Body) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
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
    tokio::time::timeout(DISCARD_TIMEOUT, rest).await.unwrap_or_default();
}
