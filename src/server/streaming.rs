//! A response whose answers come one after another.
//!
//! The connection asks for the next piece when it has room for it, and only then the next answer is asked for: a slow reader
//! holds up its own stream and no memory. A client that leaves drops the body, and with it what makes the answers.

use std::{convert::Infallible, panic::AssertUnwindSafe, pin::Pin, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{
    StreamExt as _,
    future::FutureExt as _,
    stream::{self, BoxStream},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tokio::{
    sync::watch,
    time::{Instant, Sleep},
};

use super::{access, admin::drained, framing::Framing, respond};
use crate::engine::{GraphqlResponse, ReplyStream, StreamKind};

/// Silence after which a stream tells that it is still there: less than the time after which proxies give up.
const HEARTBEAT: Duration = Duration::from_secs(12);

/// A stream on its way to the client.
struct Run {
    answers: BoxStream<'static, GraphqlResponse>,
    framing: Framing,
    /// Whether it has no end of its own, so that it must not hold up the end of the server.
    endless: bool,
    phase: Phase,
    beat: Pin<Box<Sleep>>,
    draining: watch::Receiver<bool>,
    log: access::Streaming,
}

/// `Opening => Running => Over`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Running,
    Over,
}

/// The response that carries `stream`.
pub(super) fn response(
    stream: ReplyStream,
    framing: Framing,
    log: access::Streaming,
    draining: watch::Receiver<bool>,
) -> http::Response<Body> {
    let run = Run {
        endless: stream.kind == StreamKind::Events,
        answers: stream.answers,
        framing,
        phase: Phase::Opening,
        beat: Box::pin(tokio::time::sleep(HEARTBEAT)),
        draining,
        log,
    };
    let body = Body::from_stream(stream::unfold(run, Run::next));
    let mut response = respond::response(StatusCode::OK, framing.content_type(), Bytes::new()).map(|_| body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that would collect the body before they pass it on are told not to.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

impl Run {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let piece = match self.phase {
            Phase::Opening => {
                self.phase = Phase::Running;
                self.framing.opening()
            }
            Phase::Running => self.running().await,
            Phase::Over => return None,
        };
        self.beat.as_mut().reset(Instant::now() + HEARTBEAT);
        Some((Ok(piece), self))
    }

    async fn running(&mut self) -> Bytes {
        let heartbeat = self.framing.heartbeat();
        tokio::select! {
            biased;
            () = drained(&mut self.draining), if self.endless => {
                self.phase = Phase::Over;
                self.log.ended("drain");
                self.framing.broken_off()
            }
            answer = AssertUnwindSafe(self.answers.next()).catch_unwind() => match answer {
                Ok(Some(answer)) => {
                    self.log.answered(&answer);
                    self.framing.answer(&answer.body)
                }
                Ok(None) => {
                    self.phase = Phase::Over;
                    self.log.ended("server");
                    self.framing.end()
                }
                Err(_) => {
                    tracing::error!("a stream panicked");
                    self.phase = Phase::Over;
                    self.framing.broken_off()
                }
            },
            () = self.beat.as_mut(), if heartbeat.is_some() => heartbeat.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
