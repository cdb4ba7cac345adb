//! `apiResponse*` and `status`: the answer of the service as it was recorded.

use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};

use super::{read_body_file, variables};
use crate::{
    cli::test::{
        reader::Reader,
        yaml::{Node, NodeKind},
    },
    upstream::RecordedAnswer,
};

/// `None` if the test says nothing of an answer.
pub(super) fn read(reader: &mut Reader, node: &Node, path: &Path) -> Option<RecordedAnswer> {
    let (inline, file) = (node.get("apiResponseBody"), node.get("apiResponseBodyFile"));
    if let (Some(_), Some(file)) = (inline, file) {
        let message = "`apiResponseBody` and `apiResponseBodyFile` exclude each other";
        reader.mistake("TEST_UNKNOWN_KEY", message, &file.key_range, "keep one of them");
    }
    let body = match (inline, file) {
        (Some(inline), _) => Some(as_it_arrives(&inline.value)),
        (None, Some(file)) => {
            let named = reader.text(&file.value, "`apiResponseBodyFile`");
            named.and_then(|named| read_body_file(reader, &named, path)).map(Bytes::from)
        }
        (None, None) => None,
    };
    let headers = node.get("apiResponseHeaders");
    let given = headers.map(|entry| variables::headers(reader, &entry.value, "`apiResponseHeaders`"));
    let (long, short) = (node.get("apiResponseStatusCode"), node.get("status"));
    if let (Some(long), Some(_)) = (long, short) {
        let message = "`status` and `apiResponseStatusCode` are two names for one thing";
        reader.mistake("TEST_UNKNOWN_KEY", message, &long.key_range, "keep one of them");
    }
    let status = short.or(long);
    let said = inline.or(file).or(headers).or(status).is_some();
    let status = status.and_then(|entry| reader.number(&entry.value, &format!("`{}`", entry.key), (100, 599)));
    said.then(|| answer(status.and_then(|status| u16::try_from(status).ok()), given, body.unwrap_or_default()))
}

/// With what is usual where nothing is said.
pub(in crate::cli::test) fn answer(status: Option<u16>, headers: Option<HeaderMap>, body: Bytes) -> RecordedAnswer {
    let mut headers = headers.unwrap_or_default();
    if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    RecordedAnswer { status: status.unwrap_or(200), headers, body }
}

/// Text as it is; a YAML value as JSON.
pub(super) fn as_it_arrives(node: &Node) -> Bytes {
    match &node.kind {
        NodeKind::Scalar { .. } if node.is_null() && node.text().is_none_or(|text| text.is_empty()) => Bytes::new(),
        NodeKind::Scalar { text, .. } => Bytes::copy_from_slice(text.as_bytes()),
        NodeKind::List(_) | NodeKind::Mapping(_) => {
            let mut out = Vec::new();
            node.value().write_to(&mut out);
            out.into()
        }
    }
}
