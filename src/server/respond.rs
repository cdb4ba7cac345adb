//! From what happened to an HTTP response. The one table of status codes.

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::Full;

use super::{framing::Framing, negotiate::MediaType};
use crate::{
    engine::{GraphqlResponse, ResponseKind},
    executor::CacheControl,
    graphql::{ErrorCode, GraphqlError},
    model::CacheScope,
};

/// A response: its body is there as a whole.
pub(super) type Response = http::Response<Full<Bytes>>;

/// What `/{client}/graphql` understands.
pub(super) const METHODS: &str = "GET, HEAD, OPTIONS, POST";

/// A request that never reaches the engine.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Status, whatever the media type: this is HTTP, not GraphQL.
    pub(super) status: StatusCode,
    /// What is wrong and what to do.
    pub(super) message: String,
    code: ErrorCode,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code, headers: Vec::new() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message)
    }

    pub(super) fn unknown_client(name: &str) -> Self {
        let message = format!("there is no client `{}`; `/` lists the clients", name.escape_debug());
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
    }

    pub(super) fn method() -> Self {
        let mut refusal = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::BadUserInput,
            "use POST with a JSON body, or GET for queries",
        );
        refusal.headers.push((header::ALLOW, HeaderValue::from_static(METHODS)));
        refusal
    }

    pub(super) fn not_acceptable() -> Self {
        let message = "none of the accepted media types can be had; accept `application/graphql-response+json` or `application/json`, \
                       or for an answer in parts or a subscription `text/event-stream` or `multipart/mixed`";
        Self::new(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadUserInput, message)
    }

    pub(super) fn batches_are_whole() -> Self {
        let message = "a batch is not streamed; accept `application/graphql-response+json` or `application/json`";
        Self::new(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadUserInput, message)
    }

    pub(super) fn media_type() -> Self {
        let message = "send the request as `content-type: application/json` in UTF-8";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadUserInput, message)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the request body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::LimitExceeded, message)
    }

    pub(super) fn timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::DeadlineExceeded, "the request body did not arrive in time")
    }

    pub(super) fn cross_site() -> Self {
        let message = "requests from other sites are refused; allow the origin in `clients.NAME.cors`";
        Self::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message)
    }

    pub(super) fn upgrade(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, reason)
    }

    pub(super) fn too_many_websockets() -> Self {
        let message = "there are as many WebSocket connections as there may be; try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::LimitExceeded, message)
    }

    pub(super) fn no_websockets() -> Self {
        let message =
            "WebSockets are switched off; subscriptions also go over `text/event-stream` and `multipart/mixed`";
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
    }

    pub(super) fn switched_off() -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, "introspection is switched off for this client")
    }

    /// An `errors` list, so that GraphQL clients can show it.
    pub(super) fn body(&self) -> Vec<u8> {
        let error = GraphqlError::new(self.code.clone(), self.message.clone());
        let mut body = b"{\"errors\":[".to_vec();
        error.to_value().write_to(&mut body);
        body.extend_from_slice(b"]}");
        body
    }

    pub(super) fn into_response(self, media_type: MediaType) -> Response {
        let mut response = response(self.status, media_type.content_type(), self.body());
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().extend(self.headers);
        response
    }
}

/// An answer in one piece for a client that reads only a transport of streams: there, all answers have status 200.
pub(super) fn framed(answer: &GraphqlResponse, framing: Framing) -> Response {
    let mut response = response(StatusCode::OK, framing.content_type(), framing.whole(&answer.body));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answers to an array of requests: each tells in itself what became of its request.
pub(super) fn batch(answers: &[Bytes], media_type: MediaType) -> Response {
    let mut body = Vec::with_capacity(answers.iter().map(|answer| answer.len() + 1).sum::<usize>() + 1);
    for (at, answer) in answers.iter().enumerate() {
        body.push(if at == 0 { b'[' } else { b',' });
        body.extend_from_slice(answer);
    }
    body.push(b']');
    let mut response = response(StatusCode::OK, media_type.content_type(), body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer of the engine as HTTP. One with a trace is never cached: it tells of this request alone.
pub(super) fn answer(answer: GraphqlResponse, media_type: MediaType, traced: bool) -> Response {
    let status = match (answer.kind, media_type) {
        (ResponseKind::Executed | ResponseKind::UnknownDocument, _) | (ResponseKind::RequestError, MediaType::Json) => {
            StatusCode::OK
        }
        (ResponseKind::RequestError, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (ResponseKind::NotAQuery, _) => StatusCode::METHOD_NOT_ALLOWED,
        (ResponseKind::NeedsStream, _) => StatusCode::NOT_ACCEPTABLE,
    };
    let cache_control = cache_control(answer.cache_control.filter(|_| !traced));
    let mut response = response(status, media_type.content_type(), answer.body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache_control);
    if answer.kind == ResponseKind::NotAQuery {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn cache_control(control: Option<CacheControl>) -> HeaderValue {
    thread_local! {
        static LAST: RefCell<(u64, &'static str, HeaderValue)> =
            const { RefCell::new((0, "", HeaderValue::from_static("no-store"))) };
    }
    let Some(control) = control.filter(|control| control.max_age.as_secs() > 0) else {
        return const { HeaderValue::from_static("no-store") };
    };
    let scope = match control.scope {
        CacheScope::Public => "public",
        CacheScope::Private => "private",
    };
    // The answers of one second mostly have the same age.
    let seconds = control.max_age.as_secs();
    LAST.with_borrow_mut(|last| {
        if (last.0, last.1) != (seconds, scope) {
            let text = format!("max-age={seconds}, {scope}");
            *last = (seconds, scope, HeaderValue::from_str(&text).expect("digits and a word are a valid header value"));
        }
        last.2.clone()
    })
}

/// Plain text.
pub(super) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// What an answer mostly has; `date` and `content-length` come without a place in the map.
const USUAL_HEADERS: usize = 6;

/// A response with the headers that all of ours have.
pub(super) fn response(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    *headers = HeaderMap::with_capacity(USUAL_HEADERS);
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, const { HeaderValue::from_static("nosniff") });
    response
}

/// The answer after a defect of ours.
pub(super) fn internal() -> Response {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "internal error")
        .into_response(MediaType::Json)
}

/// Any path that is not ours.
pub(super) async fn not_found() -> Response {
    let text = "not found; `/` lists the clients, `/{client}/graphql` is their endpoint\n";
    response(StatusCode::NOT_FOUND, TEXT, text)
}
