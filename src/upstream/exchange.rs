//! One HTTP exchange: a request sent, an answer read under its caps, without any judgment of what it means.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::time::Instant;

use super::{
    client::describe,
    content::{self, Unreadable},
    error::UpstreamErrorKind,
    freshness::Directives,
    render::TRACE_IDS,
    request::UpstreamRequest,
};
use crate::{
    model::Method,
    resilience::{ByteBudget, Reservation},
};

/// An answer as it came, its content made JSON text. Shared by all who asked the same.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) content: Result<Bytes, Unreadable>,
    pub(super) directives: Directives,
    pub(super) received: Instant,
    /// Cookies are for one caller only.
    pub(super) sets_cookie: bool,
    claimed: AtomicBool,
    settled: AtomicBool,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: UpstreamErrorKind,
    /// No secrets, no URLs.
    pub(super) detail: String,
    settled: AtomicBool,
}

/// What all exchanges of an upstream need.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) client: reqwest::Client,
    pub(super) max_response: u64,
    pub(super) held: ByteBudget,
    /// The wall clock, for `Expires` without `Date`.
    pub(super) wall_clock: fn() -> SystemTime,
}

/// Ids that go with a request and are no part of what it is.
#[derive(Debug, Clone)]
pub(super) struct TraceIds {
    pub(super) request_id: Arc<str>,
    pub(super) traceparent: Arc<str>,
}

/// A body and its place in the process's budget, which it gives back when the last holder lets it go.
struct HeldBody {
    bytes: Vec<u8>,
    _held: Reservation,
}

/// The first allocation for a body of unknown or large length.
const FIRST_ALLOCATION: u64 = 64 << 10;

// === impl Wire ===

impl Wire {
    /// Sends `request` and reads the whole answer. Dropping the future closes the exchange.
    pub(super) async fn exchange(&self, request: &UpstreamRequest, ids: &TraceIds) -> Result<Exchange, Failure> {
        let url = reqwest::Url::parse(&request.url)
            .map_err(|error| Failure::new(UpstreamErrorKind::Render, format!("URL is not valid: {error}")))?;
        let mut builder = self.client.request(method(request.method), url).headers(headers(request, ids));
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let mut response = builder.send().await.map_err(failure)?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = if status == StatusCode::NO_CONTENT { Bytes::new() } else { self.read(response, &headers).await? };
        Ok(Exchange {
            status: status.as_u16(),
            content: content::to_json(&headers, body),
            directives: Directives::read(&headers, (self.wall_clock)()),
            received: Instant::now(),
            sets_cookie: headers.contains_key(header::SET_COOKIE),
            headers,
            claimed: AtomicBool::new(false),
            settled: AtomicBool::new(false),
        })
    }

    /// Reads the body; both caps count bytes after decompression.
    async fn read(&self, mut response: reqwest::Response, headers: &HeaderMap) -> Result<Bytes, Failure> {
        let announced = match headers.contains_key(header::CONTENT_ENCODING) {
            true => None,
            false => response.content_length(),
        };
        if announced.is_some_and(|length| length > self.max_response) {
            return Err(self.too_large());
        }
        let mut held = self.held.reserve();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if bytes.len() as u64 + chunk.len() as u64 > self.max_response {
                return Err(self.too_large());
            }
            if !held.grow(chunk.len() as u64) {
                let detail = "the process holds too many bytes of upstream bodies".to_owned();
                return Err(Failure::new(UpstreamErrorKind::Overloaded, detail));
            }
            if bytes.is_empty() {
                let first = announced.unwrap_or(0).min(FIRST_ALLOCATION);
                bytes.reserve_exact(usize::try_from(first).unwrap_or(0).max(chunk.len()));
            }
            bytes.extend_from_slice(&chunk);
        }
        if bytes.capacity() > bytes.len() + bytes.len() / 4 {
            bytes.shrink_to_fit();
        }
        Ok(if bytes.is_empty() { Bytes::new() } else { Bytes::from_owner(HeldBody { bytes, _held: held }) })
    }

    fn too_large(&self) -> Failure {
        let detail = format!("answer is larger than {} bytes (`max_response`)", self.max_response);
        Failure::new(UpstreamErrorKind::TooLarge, detail)
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(request: &UpstreamRequest, ids: &TraceIds) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + TRACE_IDS.len());
    for (name, value) in &request.headers {
        headers.append(name.clone(), value.clone());
    }
    for (name, id) in TRACE_IDS.into_iter().zip([&ids.traceparent, &ids.request_id]) {
        if let (false, Ok(value)) = (id.is_empty() || headers.contains_key(name), HeaderValue::from_str(id)) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    // Some servers refuse a method that usually has a body and does not say how long it is.
    if request.body.is_none() && matches!(request.method, Method::Post | Method::Put | Method::Patch) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers
}

fn failure(error: reqwest::Error) -> Failure {
    let kind = if error.is_connect() {
        UpstreamErrorKind::Unavailable
    } else if error.is_timeout() {
        UpstreamErrorKind::Timeout
    } else if error.is_decode() && is_malformed(&error) {
        UpstreamErrorKind::InvalidResponse
    } else {
        UpstreamErrorKind::Unavailable
    };
    Failure::new(kind, describe(&error.without_url()))
}

/// Whether decompression met wrong bytes. A connection that breaks off also comes as an error of decoding.
fn is_malformed(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        }
        cause = error.source();
    }
    false
}

// === impl Exchange ===

impl Exchange {
    /// Takes an answer with cookies; true for one caller only.
    pub(super) fn claim(&self) -> bool {
        !self.claimed.swap(true, Ordering::Relaxed)
    }

    /// Whether it is the first time that somebody judges it: counted and logged then.
    pub(super) fn settle(&self) -> bool {
        !self.settled.swap(true, Ordering::Relaxed)
    }

    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        size_of::<Self>() + headers + self.content.as_ref().map_or(0, Bytes::len)
    }
}

// === impl Failure ===

impl Failure {
    pub(super) fn new(kind: UpstreamErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), settled: AtomicBool::new(false) }
    }

    /// Whether it is the first time that somebody is told of it: counted and logged then.
    pub(super) fn settle(&self) -> bool {
        !self.settled.swap(true, Ordering::Relaxed)
    }
}

// === impl HeldBody ===

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
