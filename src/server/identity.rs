//! Request id and trace context: accepted when well-formed, made where absent, passed on, logged.

use std::{
    fmt::Write as _,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::HeaderMap;

/// Longest request id that is taken from a client.
const MAX_REQUEST_ID: usize = 128;

/// Names of one request.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// `x-request-id`
    pub(super) request_id: Arc<str>,
    /// `traceparent` to pass on: the client's trace with a span of ours, or a trace of ours.
    pub(super) traceparent: Arc<str>,
}

impl Identity {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(|id| is_request_id(id));
        let request_id = given.map_or_else(|| hex(128).into(), Arc::from);
        let trace = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(trace_and_flags);
        let traceparent = match trace {
            Some((trace, flags)) => format!("00-{trace}-{}-{flags}", hex(64)),
            None => format!("00-{}-{}-00", hex(128), hex(64)),
        };
        Self { request_id, traceparent: traceparent.into() }
    }
}

/// Printable, short, and nothing that could break a log line.
fn is_request_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_REQUEST_ID
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&byte))
}

/// Trace id and flags of a `traceparent` (W3C Trace Context, version 00).
fn trace_and_flags(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let nonzero = |text: &str| text.bytes().any(|byte| byte != b'0');
    // Later versions may have more parts; version 00 has none.
    let fits = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    let valid =
        fits && is_hex(trace, 32) && nonzero(trace) && is_hex(parent, 16) && nonzero(parent) && is_hex(flags, 2);
    valid.then_some((trace, flags))
}

/// So many random bits as hexadecimal digits: unique, not secret. From the standard library's randomly keyed hasher over a counter.
fn hex(bits: usize) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static KEYS: (RandomState, RandomState) = (RandomState::new(), RandomState::new());
    }
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut text = String::with_capacity(bits / 4);
    KEYS.with(|(first, second)| {
        write!(text, "{:016x}", first.hash_one(count) | 1).expect("writing to a string cannot fail");
        if bits > 64 {
            write!(text, "{:016x}", second.hash_one(count)).expect("writing to a string cannot fail");
        }
    });
    text
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::Identity;

    #[test]
    fn accepts_well_formed_identities_and_makes_others() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("abc-123"));
        headers.insert("traceparent", HeaderValue::from_static(trace));
        let identity = Identity::of(&headers);
        assert_eq!(&*identity.request_id, "abc-123");
        assert!(identity.traceparent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{identity:?}");
        assert!(identity.traceparent.ends_with("-01") && &*identity.traceparent != trace, "{identity:?}");

        for bad in ["00-0-0-0", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "", "xx"] {
            headers.insert("x-request-id", HeaderValue::from_static("a b\"c"));
            headers.insert("traceparent", HeaderValue::from_static(bad));
            let identity = Identity::of(&headers);
            assert_eq!(identity.request_id.len(), 32, "{identity:?}");
            assert_eq!(identity.traceparent.len(), trace.len(), "{identity:?}");
        }
        assert_ne!(Identity::of(&HeaderMap::new()).request_id, Identity::of(&HeaderMap::new()).request_id);
    }
}
