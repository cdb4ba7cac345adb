//! Answers in parts: which operations have them, and the payloads as clients read them.

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

use super::{
    AnswerOrigin, Arrival, Delivery, Engine, GraphqlResponse, IncrementalFormat, Reply, ReplyStream, ResponseKind,
    StreamKind, Telling, mutation, respond,
};
use crate::{
    executor::{self, Announced, Deferral, FragmentPart, Payload},
    graphql::{ErrorCode, GraphqlError, OperationKind, PathSegment},
    json::{Value, write_string},
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
    if plan.kind == OperationKind::Subscription || !executor::asks_for_parts(plan, variables) {
        return Ok(None);
    }
    let format = delivery.parts.ok_or_else(|| {
        let message = "this operation asks for its answer in parts (`@defer`), which this request does not accept: \
                       send the header `Accept: multipart/mixed;deferSpec=20220824` or `Accept: \
                       multipart/mixed;incrementalSpec=v0.2`, or use a WebSocket or server-sent events";
        Box::new(GraphqlError::new(ErrorCode::BadUserInput, message))
    })?;
    // Whoever is not told what is pending waits for each fragment: Relay reads nothing of it elsewhere.
    let each = format == IncrementalFormat::Patches;
    Ok(executor::deferral(plan, variables, each).map(|deferral| (Box::new(deferral), format)))
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
        let mut errors: usize = parts.iter().map(|part| part.errors.len()).sum();
        let mut errors_dropped = end.as_ref().map_or(0, |end| end.errors_dropped);
        let mut body = match first {
            Some(mut outcome) => {
                errors += outcome.errors.len();
                errors_dropped += outcome.errors_dropped;
                let mut body = std::mem::take(&mut outcome.body);
                if !outcome.errors.is_empty() {
                    body.push(b',');
                    respond::write_errors(&mut body, &outcome.errors);
                }
                body
            }
            None => vec![b'{'],
        };
        if self.format == IncrementalFormat::Pending {
            write_list(&mut body, "pending", &announced, |body, announced| write_pending(body, announced));
        }
        match self.format {
            IncrementalFormat::Patches => {
                let is_told = |part: &&FragmentPart| part.pieces.as_ref().is_none_or(|pieces| !pieces.is_empty());
                let parts: Vec<&FragmentPart> = parts.iter().filter(is_told).collect();
                write_list(&mut body, "incremental", &parts, |body, part| write_patch(body, part));
            }
            IncrementalFormat::Pending => {
                let pieces: Vec<_> = parts.iter().flat_map(pieces).collect();
                write_list(&mut body, "incremental", &pieces, write_piece);
                write_list(&mut body, "completed", &parts, write_completed);
            }
        }
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

// === payloads that repeat what a fragment holds ===

fn write_patch(body: &mut Vec<u8>, part: &FragmentPart) {
    body.push(b'{');
    match part.pieces.iter().flatten().next() {
        Some((_, data)) => {
            write_member(body, "data");
            body.extend_from_slice(data);
        }
        None => body.extend_from_slice(b"\"data\":null"),
    }
    write_place(body, &part.announced);
    if !part.errors.is_empty() {
        body.push(b',');
        respond::write_errors(body, &part.errors);
    }
    body.push(b'}');
}

// === payloads with ids ===

fn write_pending(body: &mut Vec<u8>, announced: &Announced) {
    body.push(b'{');
    write_id(body, announced);
    write_place(body, announced);
    body.push(b'}');
}

/// Something new below a fragment's place.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    announced: &'a Announced,
    sub_path: &'a [PathSegment],
    data: &'a [u8],
    errors: &'a [GraphqlError],
}

/// The errors of a fragment are told with the first of its pieces.
fn pieces(part: &FragmentPart) -> Vec<Piece<'_>> {
    let Some(list) = &part.pieces else { return Vec::new() };
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(list.len());
    for (sub_path, data) in list {
        let errors: &[GraphqlError] = if pieces.is_empty() { &part.errors } else { &[] };
        pieces.push(Piece { announced: &part.announced, sub_path, data, errors });
    }
    if pieces.is_empty() && !part.errors.is_empty() {
        pieces.push(Piece { announced: &part.announced, sub_path: &[], data: b"{}", errors: &part.errors });
    }
    pieces
}

fn write_piece(body: &mut Vec<u8>, piece: &Piece<'_>) {
    body.push(b'{');
    write_id(body, piece.announced);
    if !piece.sub_path.is_empty() {
        write_member(body, "subPath");
        write_path(body, piece.sub_path);
    }
    write_member(body, "data");
    body.extend_from_slice(piece.data);
    if !piece.errors.is_empty() {
        body.push(b',');
        respond::write_errors(body, piece.errors);
    }
    body.push(b'}');
}

fn write_completed(body: &mut Vec<u8>, part: &FragmentPart) {
    body.push(b'{');
    write_id(body, &part.announced);
    if part.pieces.is_none() {
        body.push(b',');
        respond::write_errors(body, &part.errors);
    }
    body.push(b'}');
}

// === JSON ===

fn write_id(body: &mut Vec<u8>, announced: &Announced) {
    write_member(body, "id");
    write_string(body, &announced.id.to_string());
}

/// Where a fragment stands, and its label.
fn write_place(body: &mut Vec<u8>, announced: &Announced) {
    write_member(body, "path");
    write_path(body, &announced.path);
    if let Some(label) = &announced.label {
        write_member(body, "label");
        write_string(body, label);
    }
}

/// Writes a list, if it has anything.
fn write_list<T>(body: &mut Vec<u8>, name: &str, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    if items.is_empty() {
        return;
    }
    write_member(body, name);
    for (at, item) in items.iter().enumerate() {
        body.push(if at == 0 { b'[' } else { b',' });
        write(body, item);
    }
    body.push(b']');
}

/// Writes the name of a member.
fn write_member(body: &mut Vec<u8>, name: &str) {
    if body.last() != Some(&b'{') {
        body.push(b',');
    }
    write_string(body, name);
    body.push(b':');
}

fn write_path(body: &mut Vec<u8>, path: &[PathSegment]) {
    body.push(b'[');
    for (at, segment) in path.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        match segment {
            PathSegment::Key(key) => write_string(body, key),
            PathSegment::Index(index) => body.extend_from_slice(index.to_string().as_bytes()),
        }
    }
    body.push(b']');
}
