//! Writing complete answers: `data`, then `errors`, then `extensions`.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::{AnswerOrigin, GraphqlResponse, ResponseKind};
use crate::{
    executor::{CacheControl, OPENING, Outcome},
    graphql::{ErrorCode, GraphqlError, Operation, OperationKind},
    json::{Object, Value, write_string, write_value},
};

/// The words of a response about the operation that it answers.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub(super) operation_name: Option<Arc<str>>,
    pub(super) operation_kind: &'static str,
}

impl Answered {
    /// Before the operation is known.
    pub(super) fn unknown() -> Self {
        Self { operation_name: None, operation_kind: "unknown" }
    }

    pub(super) fn of(operation: &Operation) -> Self {
        Self {
            operation_name: operation.name.clone(),
            operation_kind: match operation.kind {
                OperationKind::Query => "query",
                OperationKind::Mutation => "mutation",
                OperationKind::Subscription => "subscription",
            },
        }
    }
}

/// The answer of an operation that was executed; takes its body.
pub(super) fn executed<const N: usize>(
    answered: Answered,
    outcome: &mut Outcome,
    told: [(&str, Option<Value>); N],
) -> GraphqlResponse {
    let mut body = std::mem::take(&mut outcome.body);
    if !outcome.errors.is_empty() {
        body.push(b',');
        write_errors(&mut body, &outcome.errors);
    }
    let problems_dropped = outcome.problems.as_ref().map_or(0, |told| told.dropped);
    write_extensions(&mut body, outcome.errors_dropped, problems_dropped, told);
    body.push(b'}');
    GraphqlResponse {
        body: Bytes::from(body),
        kind: ResponseKind::Executed,
        cache_control: outcome.cacheability.map(|cacheability| cacheability.control(Instant::now())),
        operation_name: answered.operation_name,
        operation_kind: answered.operation_kind,
        errors: outcome.errors.len() + outcome.errors_dropped,
        origin: AnswerOrigin::Own,
        upstream_calls: outcome.upstream_calls,
    }
}

/// An answer that was kept: one without errors.
pub(super) fn kept(answered: Answered, body: Bytes, cache_control: Option<CacheControl>) -> GraphqlResponse {
    GraphqlResponse {
        body,
        kind: ResponseKind::Executed,
        cache_control,
        operation_name: answered.operation_name,
        operation_kind: answered.operation_kind,
        errors: 0,
        origin: AnswerOrigin::Kept,
        upstream_calls: 0,
    }
}

/// The answer to a request that is not executed.
pub(super) fn refused(answered: Answered, kind: ResponseKind, errors: &[GraphqlError]) -> GraphqlResponse {
    let mut body = vec![b'{'];
    write_errors(&mut body, errors);
    body.push(b'}');
    GraphqlResponse {
        body: Bytes::from(body),
        kind,
        cache_control: None,
        operation_name: answered.operation_name,
        operation_kind: answered.operation_kind,
        errors: errors.len(),
        origin: AnswerOrigin::Own,
        upstream_calls: 0,
    }
}

/// The answer after a defect of ours.
pub(super) fn internal(answered: Answered) -> GraphqlResponse {
    let mut outcome = Outcome {
        body: [OPENING, b"null"].concat(),
        errors: vec![GraphqlError::new(ErrorCode::Internal, "internal error")],
        errors_dropped: 0,
        cacheability: None,
        problems: None,
        upstream_calls: 0,
    };
    executed(answered, &mut outcome, [])
}

/// What is the same in two answers that tell the same: data and errors, not what is told of how they were made.
pub(super) fn digest(outcome: &Outcome) -> [u8; 32] {
    let mut errors = Vec::new();
    write_errors(&mut errors, &outcome.errors);
    Sha256::new().chain_update(&outcome.body).chain_update(&errors).finalize().into()
}

/// Writes `"errors":[...]`.
pub(super) fn write_errors(body: &mut Vec<u8>, errors: &[GraphqlError]) {
    body.extend_from_slice(b"\"errors\":[");
    for (at, error) in errors.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        write_value(body, &error.to_value());
    }
    body.push(b']');
}

/// Writes `,"extensions":{...}` if there is anything to tell.
pub(super) fn write_extensions<const N: usize>(
    body: &mut Vec<u8>,
    errors_dropped: usize,
    problems_dropped: u64,
    told: [(&str, Option<Value>); N],
) {
    let mut extensions = Object::default();
    if errors_dropped > 0 {
        let dropped = i64::try_from(errors_dropped).unwrap_or(i64::MAX);
        extensions.insert("errorsDropped".into(), Value::from(dropped));
    }
    if problems_dropped > 0 {
        let dropped = i64::try_from(problems_dropped).unwrap_or(i64::MAX);
        extensions.insert("problemsDropped".into(), Value::from(dropped));
    }
    for (name, value) in told {
        if let Some(value) = value {
            extensions.insert(name.into(), value);
        }
    }
    if extensions.is_empty() {
        return;
    }
    body.push(b',');
    write_string(body, "extensions");
    body.push(b':');
    write_value(body, &Value::Object(extensions));
}
