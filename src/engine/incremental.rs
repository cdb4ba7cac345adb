//! Answers in parts: which operations have them, and the payloads that they are sent in.

mod payload;

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, pending},
    stream::{self, BoxStream},
};
use tokio::sync::mpsc::{self, Receiver};

use payload::{count_errors, write_errors, write_member, write_parts};

use super::{
    AnswerOrigin, Arrival, Delivery, Engine, GraphqlResponse, IncrementalFormat, Reply, ReplyStream, ResponseKind,
    StreamKind, Telling, mutation, respond,
};
use crate::{
    executor::{self, Deferral, Payload},
    graphql::{ErrorCode, GraphqlError, OperationKind},
    json::Value,
    model::View,
    planner::OperationPlan,
    upstream::CallContext,
};

/// How an operation is delivered in parts; `None`: it has one whole answer. An error: its client would not understand it.
pub(super) fn order(
    plan: &OperationPlan,
    variables: &Value,
    delivery: Delivery,
) -> Result<Option<(Box<Deferral>, IncrementalFormat)>, Box<GraphqlError>> {
    // Each event of a subscription is one whole answer.
    if plan.kind == OperationKind::Subscription {
        return Ok(None);
    }
    let Some(asked) = executor::asked_parts(plan, variables) else { return Ok(None) };
    let format = delivery.parts.ok_or_else(|| {
        let message = "this operation asks for its answer in parts (`@defer` or `@stream`), which this request does not accept: \
                       send the header `Accept: multipart/mixed;deferSpec=20220824` or `Accept: \
                       multipart/mixed;incrementalSpec=v0.2`, or use a WebSocket (`graphql-transport-ws`) or server-sent events";
        Box::new(GraphqlError::new(ErrorCode::BadUserInput, message))
    })?;
    // Whoever is not told what is pending waits for each fragment: Relay reads nothing of it elsewhere.
    let each = format == IncrementalFormat::Patches;
    Ok(asked.order(each).map(|deferral| (Box::new(deferral), format)))
}

impl Engine {
    /// Runs an operation whose answer is delivered in parts.
    pub(super) fn in_parts(
        &self,
        view: &View,
        arrival: Arrival,
        deferral: Box<Deferral>,
        format: IncrementalFormat,
    ) -> Reply {
        let telling = arrival.telling();
        let planned = Arc::clone(&telling.planned);
        let is_mutation = planned.plan.kind == OperationKind::Mutation;
        let run = self.run_context(view, arrival);
        let (call, abandoned) = (Arc::clone(&run.call), Arc::clone(&run.abandoned));
        let (sender, payloads) = mpsc::channel(1);
        let writer = Writer { format, telling, call, has_begun: false };
        let execution = async move {
            let repeats = format == IncrementalFormat::Patches;
            executor::run_in_parts(&planned.plan, &run, &deferral, repeats, sender).await;
        };
        let execution = AssertUnwindSafe(execution).catch_unwind().map(|ended| {
            if ended.is_err() {
                tracing::error!("execution panicked");
            }
        });
        let answers = if is_mutation {
            // What was sent is not cancelled by a client that leaves.
            let leaving = mutation::detach(&self.mutations, abandoned, execution);
            answers(
                async move {
                    pending::<()>().await;
                    drop(leaving)
                }
                .boxed(),
                payloads,
                writer,
            )
        } else {
            answers(execution.boxed(), payloads, writer)
        };
        Reply::Stream(ReplyStream { kind: StreamKind::Parts, answers })
    }
}

/// The answers of an execution that goes on while they are read.
fn answers(
    execution: BoxFuture<'static, ()>,
    mut payloads: Receiver<Payload>,
    mut writer: Writer,
) -> BoxStream<'static, GraphqlResponse> {
    let mut execution = Some(execution);
    let mut is_over = false;
    stream::poll_fn(move |context: &mut Context<'_>| {
        if is_over {
            return Poll::Ready(None);
        }
        if execution.as_mut().is_some_and(|execution| execution.poll_unpin(context).is_ready()) {
            execution = None;
        }
        let payload = std::task::ready!(payloads.poll_recv(context));
        is_over = payload.as_ref().is_none_or(|payload| payload.end.is_some());
        Poll::Ready(Some(match payload {
            Some(payload) => writer.payload(payload),
            None => writer.internal_error(),
        }))
    })
    .boxed()
}

/// Writes payloads.
struct Writer {
    format: IncrementalFormat,
    telling: Telling,
    call: Arc<CallContext>,
    has_begun: bool,
}

// === impl Writer ===

impl Writer {
    fn payload(&mut self, payload: Payload) -> GraphqlResponse {
        let Payload { first, announced, parts, end } = payload;
        self.has_begun = true;
        let mut errors: usize = parts.iter().map(count_errors).sum();
        let mut errors_dropped = end.as_ref().map_or(0, |end| end.errors_dropped);
        let mut body = match first {
            Some(mut outcome) => {
                errors += outcome.errors.len();
                errors_dropped += outcome.errors_dropped;
                let mut body = std::mem::take(&mut outcome.body);
                write_errors(&mut body, &outcome.errors);
                body
            }
            None => vec![b'{'],
        };
        write_parts(&mut body, self.format, &announced, &parts);
        write_member(&mut body, "hasNext");
        body.extend_from_slice(if end.is_some() { b"false" } else { b"true" });
        if let Some(end) = &end {
            let problems_dropped = end.problems.as_ref().map_or(0, |told| told.dropped);
            let told = self.telling.extensions(&self.call, end.problems.as_ref());
            respond::write_extensions(&mut body, errors_dropped, problems_dropped, told);
        }
        body.push(b'}');
        self.response(body, errors + errors_dropped, end.map_or(0, |end| end.upstream_calls))
    }

    /// The last payload after a defect of ours.
    fn internal_error(&self) -> GraphqlResponse {
        let mut body = if self.has_begun { b"{".to_vec() } else { b"{\"data\":null,".to_vec() };
        respond::write_errors(&mut body, &[GraphqlError::new(ErrorCode::Internal, "internal error")]);
        body.extend_from_slice(b",\"hasNext\":false}");
        self.response(body, 1, 0)
    }

    fn response(&self, body: Vec<u8>, errors: usize, upstream_calls: usize) -> GraphqlResponse {
        GraphqlResponse {
            body: Bytes::from(body),
            kind: ResponseKind::Executed,
            cache_control: None,
            operation_name: self.telling.answered.operation_name.clone(),
            operation_kind: self.telling.answered.operation_kind,
            errors,
            origin: AnswerOrigin::Own,
            upstream_calls,
        }
    }
}
