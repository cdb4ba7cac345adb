//! The body of an answer: pieces of it, decompressed, whichever client reads it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;

use super::{Answer, describe, direct::Lease, general, is_malformed};
use crate::upstream::{error::UpstreamErrorKind, exchange::Failure};

/// A body to be read piece by piece. Dropping it before its end closes the exchange.
pub(in crate::upstream) enum Body {
    /// As it comes over a connection of our own.
    Plain(Incoming, Lease),
    /// The same, decompressed.
    Decoded(Pin<Box<DecompressionBody<Incoming>>>, Lease),
    /// Read, and decompressed, by reqwest.
    General(Box<reqwest::Response>),
}

/// The service that answers with one answer, for the layer that undoes content codings.
struct Given(Option<Response<Incoming>>);

// === impl Body ===

impl Body {
    /// Bytes of the whole, where they are known before.
    pub(in crate::upstream) fn length(&self) -> Option<u64> {
        match self {
            Self::Plain(body, _) => body.size_hint().exact(),
            Self::Decoded(..) => None,
            Self::General(response) => response.content_length(),
        }
    }

    /// The next piece; `None` at the end.
    pub(in crate::upstream) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        match self {
            Self::Plain(body, _) => data(body).await.map_err(|error| failure(&error)),
            Self::Decoded(body, _) => data(body).await.map_err(|error| failure(&*error)),
            Self::General(response) => response.chunk().await.map_err(general::failure),
        }
    }

    /// Says that the body was read to its end `now`, so that its connection may serve another request.
    pub(in crate::upstream) fn finish(self, now: Instant) {
        if let Self::Plain(_, lease) | Self::Decoded(_, lease) = self {
            lease.give_back(now);
        }
    }
}

/// What an error of a body means: bytes that no framing or coding allows, or a connection that is lost.
fn failure(error: &(dyn std::error::Error + 'static)) -> Failure {
    let kind = match is_malformed(error) {
        true => UpstreamErrorKind::InvalidResponse,
        false => UpstreamErrorKind::Unavailable,
    };
    Failure::new(kind, describe(error))
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// The next frame with data; trailers mean nothing to connectors.
async fn data<B: hyper::body::Body<Data = Bytes> + Unpin>(body: &mut B) -> Result<Option<Bytes>, B::Error> {
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// An answer whose body will be decompressed where it says that it is compressed.
pub(super) fn decoded(response: Response<Incoming>, lease: Lease) -> Answer {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        let (head, body) = response.into_parts();
        return Answer { status: head.status, headers: head.headers, body: Body::Plain(body, lease) };
    }
    let given = Decompression::new(Given(Some(response))).call(Request::new(())).now_or_never();
    let Ok(response) = given.expect("what is given is there at once");
    let (head, body) = response.into_parts();
    Answer { status: head.status, headers: head.headers, body: Body::Decoded(Box::pin(body), lease) }
}

// === impl Given ===

impl Service<Request<()>> for Given {
    type Response = Response<Incoming>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(self.0.take().expect("it is called once")))
    }
}
