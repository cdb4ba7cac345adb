//! Parts of an answer as clients read them, in both formats.

use std::sync::Arc;

use crate::{
    engine::{IncrementalFormat, respond},
    executor::{Announced, Content, DeferredPart, Items},
    graphql::{GraphqlError, PathSegment},
    json::write_string,
};

/// Writes what will follow, and what follows now, as members of a payload.
pub(super) fn write_parts(
    body: &mut Vec<u8>,
    format: IncrementalFormat,
    announced: &[Arc<Announced>],
    parts: &[DeferredPart],
) {
    match format {
        IncrementalFormat::Patches => {
            let patches: Vec<Patch<'_>> = parts.iter().flat_map(patches).collect();
            write_list(body, "incremental", &patches, write_patch);
        }
        IncrementalFormat::Pending => {
            write_list(body, "pending", announced, |body, announced| write_pending(body, announced));
            let pieces: Vec<Piece<'_>> = parts.iter().flat_map(pieces).collect();
            write_list(body, "incremental", &pieces, write_piece);
            write_list(body, "completed", parts, write_completed);
        }
    }
}

/// Errors of a part.
pub(super) fn count_errors(part: &DeferredPart) -> usize {
    let of_failed = match &part.content {
        Content::Items(items) => items.failed.as_ref().map_or(0, |(_, errors)| errors.len()),
        Content::Nothing | Content::Pieces(_) | Content::Failed => 0,
    };
    part.errors.len() + of_failed
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

/// Writes errors, if there are any.
pub(super) fn write_errors(body: &mut Vec<u8>, errors: &[GraphqlError]) {
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
pub(super) fn write_member(body: &mut Vec<u8>, name: &str) {
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
