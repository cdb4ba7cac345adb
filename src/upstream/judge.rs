//! What an answer means to the operation that waits for it: the connector's verdict, counted against its budget and
//! measured for freshness.

use std::sync::{Arc, atomic::Ordering};

use tokio::time::Instant;

use super::{
    AnswerSource, CallContext, Freshness, ProblemLog, TextProblems, UpstreamBody, UpstreamError, UpstreamErrorKind,
    exchange::Exchange,
    request::UpstreamRequest,
    stack::{ConnectorState, Stack},
    verdict::{Answer, Rules, Verdict, response_value},
};
use crate::model::{CacheScope, Connector};

/// One connector's view of an answer.
pub(super) struct Judge<'a> {
    pub(super) stack: &'a Stack,
    pub(super) connector: &'a Connector,
    pub(super) state: &'a ConnectorState,
    pub(super) call: &'a CallContext,
    pub(super) log: &'a ProblemLog,
}

impl Judge<'_> {
    /// The body to map, or the error. Counts the body against what the operation may hold.
    pub(super) fn judge(
        &self,
        request: &UpstreamRequest,
        exchange: &Exchange,
        source: AnswerSource,
    ) -> Result<UpstreamBody, Box<UpstreamError>> {
        let content = exchange.content.as_ref().map_err(|unreadable| *unreadable);
        let answer = Answer { status: exchange.status, headers: &exchange.headers, content };
        let mut problems = TextProblems::default();
        let verdict = self.rules().judge(request, &answer, &mut problems);
        self.log.record_texts(self.connector, None, problems, self.call.problems.as_ref());
        match verdict? {
            Verdict::Success(bytes) => self.success(exchange, bytes, source),
            Verdict::NotFound => Ok(self.body(exchange, bytes::Bytes::from_static(b"null"), source, true)),
        }
    }

    /// An error of this connector.
    pub(super) fn error(&self, kind: UpstreamErrorKind, detail: impl Into<String>) -> UpstreamError {
        self.rules().error(kind, detail)
    }

    fn rules(&self) -> Rules<'_> {
        Rules { upstream: &self.stack.name, connector: self.connector }
    }

    fn success(
        &self,
        exchange: &Exchange,
        bytes: bytes::Bytes,
        source: AnswerSource,
    ) -> Result<UpstreamBody, Box<UpstreamError>> {
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if self.call.bytes_left.fetch_sub(length, Ordering::Relaxed) < length {
            self.call.bytes_left.fetch_add(length, Ordering::Relaxed);
            return Err(self
                .error(UpstreamErrorKind::TooLarge, "the operation holds too many bytes of answers")
                .into());
        }
        Ok(self.body(exchange, bytes, source, false))
    }

    fn body(&self, exchange: &Exchange, bytes: bytes::Bytes, source: AnswerSource, not_found: bool) -> UpstreamBody {
        UpstreamBody {
            bytes,
            status: exchange.status,
            response: self.state.reads_response.then(|| Arc::new(response_value(&exchange.headers))),
            not_found,
            freshness: Freshness {
                until: if not_found || !self.state.keepable { None } else { self.fresh_until(exchange) },
                scope: self.scope(exchange),
            },
            source,
        }
    }

    /// Until when the answer is fresh for this connector; `None` if it is not.
    pub(super) fn fresh_until(&self, exchange: &Exchange) -> Option<Instant> {
        let lifetime = exchange.directives.lifetime(self.connector.cache, self.is_personal())?;
        Some(exchange.received + lifetime).filter(|until| Instant::now() < *until)
    }

    /// Whether the request carries something of its client.
    pub(super) fn is_personal(&self) -> bool {
        self.connector.reads_headers.iter().any(|name| self.call.headers.contains_key(name))
    }

    /// An answer that depends on headers of the client is the client's, also where it sent none of them.
    pub(super) fn scope(&self, exchange: &Exchange) -> CacheScope {
        let private = exchange.directives.private || !self.connector.reads_headers.is_empty();
        if private { CacheScope::Private } else { self.connector.cache.scope }
    }
}
