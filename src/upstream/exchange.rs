//! One HTTP exchange: a request sent, an answer read under its caps, without any judgment of what it means.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::time::Instant;

use super::{
    client::{Answer, Body, Client},
    content::{self, Unreadable},
    error::UpstreamErrorKind,
    freshness::{self, Directives},
    request::UpstreamRequest,
};
use crate::{
    resilience::{ByteBudget, Reservation},
    telemetry::Identity,
};

/// An answer as it came, its content made JSON text. Shared by all who asked the same.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) status: u16,
    /// All of them, or those that the judgment itself reads, where nobody reads others.
    pub(super) headers: HeaderMap,
    pub(super) content: Result<Bytes, Unreadable>,
    pub(super) directives: Directives,
    pub(super) received: Instant,
    /// How long an upstream that is overloaded asks to be left alone.
    pub(super) retry_after: Option<Duration>,
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
    pub(super) client: Client,
    pub(super) max_response: u64,
    /// Whether a connector of this upstream reads `$response`.
    pub(super) keeps_headers: bool,
    pub(super) held: ByteBudget,
    /// The wall clock, for `Expires` without `Date`.
    pub(super) wall_clock: fn() -> SystemTime,
}

/// Ids that go with a request and are no part of what it is.
#[derive(Debug, Clone)]
pub struct TraceIds {
    /// Passed on to upstreams as `x-request-id`.
    pub request_id: HeaderValue,
    /// Passed on as `traceparent`.
    pub traceparent: HeaderValue,
}

impl From<&Identity> for TraceIds {
    fn from(identity: &Identity) -> Self {
        Self { request_id: identity.request_id(), traceparent: identity.traceparent() }
    }
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
    /// `repeatable`: an upstream that receives it twice does no harm.
    pub(super) async fn exchange(
        &self,
        request: &UpstreamRequest,
        ids: &TraceIds,
        repeatable: bool,
    ) -> Result<Exchange, Failure> {
        let Answer { status, headers, mut body } = self.client.send(request, ids, repeatable).await?;
        let content = match status {
            StatusCode::NO_CONTENT => Bytes::new(),
            _ => self.read(&mut body, &headers).await?,
        };
        let received = Instant::now();
        body.finish(received);
        Ok(Exchange {
            status: status.as_u16(),
            content: content::to_json(&headers, content),
            directives: Directives::read(&headers, self.wall_clock),
            received,
            retry_after: matches!(status.as_u16(), 429 | 503)
                .then(|| freshness::retry_after(&headers, self.wall_clock))
                .flatten(),
            sets_cookie: headers.contains_key(header::SET_COOKIE),
            headers: if self.keeps_headers { headers } else { content::telling(&headers) },
            claimed: AtomicBool::new(false),
            settled: AtomicBool::new(false),
        })
    }

    /// Reads the body; both caps count bytes after decompression.
    async fn read(&self, body: &mut Body, headers: &HeaderMap) -> Result<Bytes, Failure> {
        let announced = match headers.contains_key(header::CONTENT_ENCODING) {
            true => None,
            false => body.length(),
        };
        if announced.is_some_and(|length| length > self.max_response) {
            return Err(self.too_large());
        }
        let mut held = self.held.reserve();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await? {
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

    /// The operation of the one who waited is over.
    pub(super) fn deadline() -> Self {
        Self::new(UpstreamErrorKind::DeadlineExceeded, "no answer before the operation's deadline")
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
