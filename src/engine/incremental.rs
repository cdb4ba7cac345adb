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
    executor::{self, Announced, Content, Deferral, DeferredPart, Items, Payload},
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
    if plan.kind == OperationKind::Subscription {
        return Ok(None);
    }
    let Some(asked) = executor::asked_parts(plan, variables) else { return Ok(None) };
    let format = delivery.parts.ok_or_else(|| {
        let message = "this operation asks for its answer in parts (`@defer` or `@stream`), which this request does not accept: \
                       send the header `Accept: multipart/mixed;deferSpec=20220824` or `Accept: \
                       multipart/mixed;incrementalSpec=v0.2`, or use a WebSocket or server-sent events";
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
                let patches: Vec<Patch<'_>> = parts.iter().flat_map(patches).collect();
                write_list(&mut body, "incremental", &patches, write_patch);
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

/// Errors of a part.
fn count_errors(part: &DeferredPart) -> usize {
    part.errors.len() + failure(part).map_or(0, <[GraphqlError]>::len)
}

/// Why a part, or the rest of a list, is null.
fn failure(part: &DeferredPart) -> Option<&[GraphqlError]> {
    match &part.content {
        Content::Failed => Some(&part.errors),
        Content::Items(items) => items.failed.as_ref().map(|(_, errors)| &errors[..]),
        Content::Pieces(_) | Content::Nothing => None,
    }
}

// === payloads that repeat what a fragment holds ===

/// A payload of one part.
#[derive(Debug, Clone, Copy)]
struct Patch<'a> {
    announced: &'a Announced,
    /// `data` of a fragment, `items` of a list; without text it is null.
    member: &'static str,
    text: Option<&'a [u8]>,
    /// Index of the first of these elements.
    index: Option<usize>,
    errors: &'a [GraphqlError],
}

fn patches(part: &DeferredPart) -> Vec<Patch<'_>> {
    let DeferredPart { announced, errors, .. } = part;
    let patch = |member, text, index, errors| Patch { announced, member, text, index, errors };
    match &part.content {
        Content::Nothing => Vec::new(),
        Content::Failed => vec![match announced.start {
            None => patch("data", None, None, errors),
            start => patch("items", None, start, errors),
        }],
        Content::Pieces(pieces) => {
            let text = pieces.first().map_or(&b"{}"[..], |(_, text)| text);
            vec![patch("data", Some(text), None, errors)]
        }
        Content::Items(Items { start, text, failed }) => {
            let told = (!text.is_empty()).then(|| patch("items", Some(text), Some(*start), errors));
            let failed = failed.as_ref().map(|(index, errors)| patch("items", None, Some(*index), errors));
            told.into_iter().chain(failed).collect()
        }
    }
}

fn write_patch(body: &mut Vec<u8>, patch: &Patch<'_>) {
    body.push(b'{');
    write_member(body, patch.member);
    body.extend_from_slice(patch.text.unwrap_or(b"null"));
    write_member(body, "path");
    write_path(body, &patch.announced.path, patch.index);
    write_label(body, patch.announced);
    write_errors(body, patch.errors);
    body.push(b'}');
}

// === payloads with ids ===

fn write_pending(body: &mut Vec<u8>, announced: &Announced) {
    body.push(b'{');
    write_id(body, announced);
    write_member(body, "path");
    write_path(body, &announced.path, None);
    write_label(body, announced);
    body.push(b'}');
}

/// Something new at a place or below it.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    announced: &'a Announced,
    sub_path: &'a [PathSegment],
    /// `data` of a fragment, `items` of a list.
    member: &'static str,
    text: &'a [u8],
    errors: &'a [GraphqlError],
}

/// The errors of a fragment are told with the first of its pieces.
fn pieces(part: &DeferredPart) -> Vec<Piece<'_>> {
    let DeferredPart { announced, errors, .. } = part;
    match &part.content {
        Content::Nothing | Content::Failed => Vec::new(),
        Content::Items(Items { text, .. }) if text.is_empty() => Vec::new(),
        Content::Items(Items { text, .. }) => {
            vec![Piece { announced, sub_path: &[], member: "items", text, errors }]
        }
        Content::Pieces(list) if list.is_empty() => {
            vec![Piece { announced, sub_path: &[], member: "data", text: b"{}", errors }]
        }
        Content::Pieces(list) => {
            let errors = |nth| if nth == 0 { &errors[..] } else { &[] };
            let pieces = list.iter().enumerate();
            let pieces = pieces.map(|(nth, (sub_path, text))| Piece {
                announced,
                sub_path,
                member: "data",
                text,
                errors: errors(nth),
            });
            pieces.collect()
        }
    }
}

fn write_piece(body: &mut Vec<u8>, piece: &Piece<'_>) {
    body.push(b'{');
    write_id(body, piece.announced);
    if !piece.sub_path.is_empty() {
        write_member(body, "subPath");
        write_path(body, piece.sub_path, None);
    }
    write_member(body, piece.member);
    body.extend_from_slice(piece.text);
    write_errors(body, piece.errors);
    body.push(b'}');
}

fn write_completed(body: &mut Vec<u8>, part: &DeferredPart) {
    body.push(b'{');
    write_id(body, &part.announced);
    write_errors(body, failure(part).unwrap_or_default());
    body.push(b'}');
}

// === JSON ===

fn write_id(body: &mut Vec<u8>, announced: &Announced) {
    write_member(body, "id");
    write_string(body, &announced.id.to_string());
}

fn write_errors(body: &mut Vec<u8>, errors: &[GraphqlError]) {
    if !errors.is_empty() {
        body.push(b',');
        respond::write_errors(body, errors);
    }
}

fn write_label(body: &mut Vec<u8>, announced: &Announced) {
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

/// Writes a path; the index of an element follows it.
fn write_path(body: &mut Vec<u8>, path: &[PathSegment], index: Option<usize>) {
    let index = index.map(PathSegment::Index);
    body.push(b'[');
    for (at, segment) in path.iter().chain(&index).enumerate() {
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
