//! What a connector makes of an answer that was recorded, or written by hand: read, judged and ready to be mapped as if it
//! had been sent. Never touches the network.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{
    TextProblems, UpstreamError, UpstreamErrorKind, UpstreamRequest, content,
    verdict::{Answer, Rules, Verdict, response_value},
};
use crate::{
    json::Value,
    mapping::Problem,
    model::{Connector, UpstreamDefinition},
};

/// An answer as an upstream would send it, after decompression.
#[derive(Debug, Clone)]
pub struct RecordedAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// What became of a recorded answer.
#[derive(Debug)]
pub struct Replayed {
    /// The body to map, or the failure.
    pub outcome: Result<ReplayedBody, Box<UpstreamError>>,
    /// What `isSuccess` and `errors` met.
    pub problems: Vec<Problem>,
}

/// A successful answer.
#[derive(Debug)]
pub struct ReplayedBody {
    /// The body; null for a `404` that means null.
    pub value: Value,
    /// `$response`
    pub response: Value,
    /// HTTP status.
    pub status: u16,
    /// A `404` that means null: nothing is mapped.
    pub not_found: bool,
}

/// Judges `answer` as the answer to `request`.
#[must_use]
pub fn replay(
    upstream: &UpstreamDefinition,
    connector: &Connector,
    request: &UpstreamRequest,
    answer: RecordedAnswer,
) -> Replayed {
    let RecordedAnswer { status, headers, body } = answer;
    let body = if status == StatusCode::NO_CONTENT.as_u16() { Bytes::new() } else { body };
    let content = content::to_json(&headers, body);
    let content = content.as_ref().map_err(|unreadable| *unreadable);
    let rules = Rules { upstream: &upstream.name, connector };
    let mut problems = TextProblems::default();
    let verdict = rules.judge(request, &Answer { status, headers: &headers, content }, &mut problems);
    let value = |verdict| match verdict {
        Verdict::NotFound => Ok((Value::Null, true)),
        Verdict::Success(bytes) => match Value::parse(&bytes) {
            Ok(value) => Ok((value, false)),
            Err(error) => Err(rules.error(UpstreamErrorKind::InvalidResponse, error.to_string()).into()),
        },
    };
    let outcome = verdict.and_then(value).map(|(value, not_found)| ReplayedBody {
        value,
        response: response_value(&headers),
        status,
        not_found,
    });
    Replayed { outcome, problems: problems.into_list().into_iter().map(|(_, problem)| problem).collect() }
}
