//! Whole answers, kept for as long as every part that they were made of would still be used.
//!
//! Only answers to queries without errors, all of whose parts came out of the cache of upstream answers, or that have none.
//! One that is given is exactly what running the query would give at that time; what it would have done besides is not done:
//! no connector counts a hit, and problems of its mappings are not met again.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    plan_cache::Planned,
    question::{OwnedQuestion, Question},
};
use crate::{
    cache::Derived,
    config::ByteSize,
    executor::{CacheControl, Cacheability, Outcome, RunContext},
    telemetry::SharingMetrics,
};

/// The kept answers. One for all clients; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    /// `None`: none are kept.
    kept: Option<Derived<OwnedQuestion, Answer>>,
    metrics: SharingMetrics,
}

/// A kept answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The whole response body.
    pub(super) body: Bytes,
    cacheability: Option<Cacheability>,
}

/// What is held of whole answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptAnswers {
    /// Answers.
    pub entries: u64,
    /// Estimate of the bytes held.
    pub bytes: u64,
}

impl Answers {
    pub(super) fn new(size: ByteSize, metrics: SharingMetrics) -> Self {
        let weigh = |question: &OwnedQuestion, answer: &Answer| question.weight() + answer.body.len() + 96;
        Self { kept: (size.0 > 0).then(|| Derived::new(size.0, weigh)), metrics }
    }

    /// The answer to `question` of `planned`, if it is known, and what to tell the client of its freshness.
    pub(super) fn get(&self, planned: &Planned, question: &Question<'_>) -> Option<(Bytes, Option<CacheControl>)> {
        let kept = self.kept.as_ref()?;
        let known = planned.has_kept_answers.load(Ordering::Relaxed).then(|| kept.get(question)).flatten();
        let found = known.and_then(Answer::now);
        if found.is_some() {
            self.metrics.answer_hits.inc()
        } else {
            self.metrics.answer_misses.inc()
        };
        found
    }

    pub(super) fn stats(&self) -> KeptAnswers {
        let (entries, bytes) = self.kept.as_ref().map_or((0, 0), Derived::size);
        KeptAnswers { entries, bytes }
    }

    /// Keeps the answer `body` that came of `outcome`, if it may be given again.
    pub(super) fn keep(&self, planned: &Planned, run: &RunContext, body: &Bytes, outcome: &Outcome) {
        let Some(kept) = &self.kept else { return };
        if outcome.upstream_calls > 0 || !outcome.errors.is_empty() || outcome.errors_dropped > 0 {
            return;
        }
        let Some(parts) = run.call.parts.take() else { return };
        if !parts.is_empty() && outcome.cacheability.is_none() {
            return;
        }
        // Copied, since it was written into a buffer that may be much larger.
        let answer = Answer { body: Bytes::copy_from_slice(body), cacheability: outcome.cacheability };
        self.metrics.answer_stores.inc();
        kept.insert(Question::new(planned, &run.variables, &run.call.headers).to_owned(), answer, parts);
        planned.has_kept_answers.store(true, Ordering::Relaxed);
    }
}

impl Answer {
    /// What is left of it; `None` when one of its connectors would not use its part any more, though another one's would.
    fn now(self) -> Option<(Bytes, Option<CacheControl>)> {
        let Some(cacheability) = self.cacheability else { return Some((self.body, None)) };
        let now = Instant::now();
        let fresh = cacheability.until.is_none_or(|until| now < until);
        fresh.then(|| (self.body, Some(cacheability.control(now))))
    }
}
