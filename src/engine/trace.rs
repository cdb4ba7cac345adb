//! The trace extension: what an operation did, for people who may know.

use std::{sync::PoisonError, time::Duration};

use crate::{
    json::{Object, Value},
    planner::OperationPlan,
    upstream::{AnswerSource, CallRecord, Recorder},
};

/// `extensions.trace`: how long it took, every upstream call, and the printed plan.
pub(super) fn trace(recorder: &Recorder, plan: &OperationPlan, plan_cached: bool) -> Value {
    let records = recorder.records.lock().unwrap_or_else(PoisonError::into_inner);
    let calls = records.iter().map(call).collect();
    object([
        ("durationUs", micros(recorder.begun.elapsed())),
        ("planCached", Value::Bool(plan_cached)),
        ("calls", Value::Array(calls)),
        ("plan", Value::from(plan.to_string())),
    ])
}

fn call(record: &CallRecord) -> Value {
    let source = match record.source {
        AnswerSource::Fetched => "fetched",
        AnswerSource::Shared => "shared",
        AnswerSource::Cache => "cache",
        AnswerSource::Polled => "polled",
    };
    object([
        ("connector", Value::String(record.connector.clone())),
        ("upstream", Value::String(record.upstream.clone())),
        ("method", Value::from(record.method)),
        ("keys", count(record.keys)),
        ("source", Value::from(source)),
        ("status", record.status.map_or(Value::Null, |status| Value::from(i64::from(status)))),
        ("bytes", count(record.bytes)),
        ("startUs", micros(record.start)),
        ("durationUs", micros(record.duration)),
        ("error", record.error.map_or(Value::Null, Value::from)),
    ])
}

pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect::<Object>())
}

pub(super) fn count(count: usize) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}

fn micros(duration: Duration) -> Value {
    Value::from(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}
