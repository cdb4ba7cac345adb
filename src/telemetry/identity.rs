//! Request id, trace context and app: accepted when well-formed, made where absent, passed on, logged.
//!
//! What is made is made when it is asked for, and is the same each time: a request that is answered from memory and not
//! logged never needs its `traceparent`.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use http::HeaderValue;

use super::AppId;

/// Longest request id that is taken from a client.
const MAX_REQUEST_ID: usize = 128;

/// Names of one request.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Which request of this process it is.
    serial: u64,
    request_id: Option<HeaderValue>,
    trace: Trace,
    app: AppId,
}

#[derive(Debug, Clone)]
enum Trace {
    /// A trace of ours.
    Made,
    /// The client's trace goes on with a span of ours.
    Continued(HeaderValue),
    /// Passed on as it is.
    Fixed(HeaderValue),
}

/// What a made number is for: each is another hash of the request's serial number.
#[derive(Debug, Clone, Copy, Hash)]
enum Purpose {
    RequestId,
    Trace,
    Span,
}

impl Identity {
    /// Takes what the client says in `x-request-id` and `traceparent`, if it is well-formed.
    #[must_use]
    pub fn accept(request_id: Option<&HeaderValue>, traceparent: Option<&HeaderValue>) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let continued = traceparent.filter(|value| value.to_str().is_ok_and(|text| trace_and_flags(text).is_some()));
        Self {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            request_id: request_id.filter(|value| is_request_id(value.as_bytes())).cloned(),
            trace: continued.cloned().map_or(Trace::Made, Trace::Continued),
            app: AppId::UNNAMED,
        }
    }

    /// With an id and a `traceparent` to pass on as they are, for who executes without HTTP.
    #[must_use]
    pub fn fixed(request_id: &'static str, traceparent: &'static str) -> Self {
        let (request_id, traceparent) = (HeaderValue::from_static(request_id), HeaderValue::from_static(traceparent));
        Self { serial: 0, request_id: Some(request_id), trace: Trace::Fixed(traceparent), app: AppId::UNNAMED }
    }

    /// The same, of a request that `app` sent.
    #[must_use]
    pub fn of_app(self, app: AppId) -> Self {
        Self { app, ..self }
    }

    /// The app that sent it.
    #[must_use]
    pub fn app(&self) -> AppId {
        self.app
    }

    /// `x-request-id`
    #[must_use]
    pub fn request_id(&self) -> HeaderValue {
        self.request_id.clone().unwrap_or_else(|| {
            let mut id = [0; 32];
            write_hex(&mut id, self.made(Purpose::RequestId));
            value(&id)
        })
    }

    /// `traceparent` to pass on: the client's trace with a span of ours, or a trace of ours.
    #[must_use]
    pub fn traceparent(&self) -> HeaderValue {
        let mut parent = *b"00-00000000000000000000000000000000-0000000000000000-00";
        match &self.trace {
            Trace::Fixed(whole) => return whole.clone(),
            Trace::Continued(given) => {
                let given = given.to_str().ok().and_then(trace_and_flags);
                let (trace, flags) = given.expect("it was well-formed when it was accepted");
                parent[3..35].copy_from_slice(trace.as_bytes());
                parent[53..].copy_from_slice(flags.as_bytes());
            }
            Trace::Made => write_hex(&mut parent[3..35], self.made(Purpose::Trace)),
        }
        write_hex(&mut parent[36..52], self.made(Purpose::Span));
        value(&parent)
    }

    /// So many random bits: unique, not secret. Never 0.
    fn made(&self, purpose: Purpose) -> [u64; 2] {
        static KEYS: LazyLock<[ahash::RandomState; 2]> = LazyLock::new(Default::default);
        KEYS.each_ref().map(|key| key.hash_one((self.serial, purpose)) | 1)
    }
}

/// Printable, short, and nothing that could break a log line.
fn is_request_id(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= MAX_REQUEST_ID
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte))
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

/// As many hexadecimal digits as there is room for.
fn write_hex(out: &mut [u8], numbers: [u64; 2]) {
    for (digits, number) in out.chunks_mut(16).zip(numbers) {
        for (at, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(number >> (60 - 4 * at) & 15) as usize];
        }
    }
}

fn value(digits: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(digits).expect("hexadecimal digits and dashes are a valid header value")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::Identity;

    fn of(request_id: &'static str, traceparent: &'static str) -> (String, String) {
        let [id, trace] = [request_id, traceparent].map(HeaderValue::from_static);
        told(&Identity::accept(Some(&id), Some(&trace)))
    }

    fn told(identity: &Identity) -> (String, String) {
        let text = |value: HeaderValue| value.to_str().unwrap().to_owned();
        (text(identity.request_id()), text(identity.traceparent()))
    }

    #[test]
    fn accepts_well_formed_identities_and_makes_others() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let (id, parent) = of("abc-123", trace);
        assert_eq!(id, "abc-123");
        assert!(parent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{parent}");
        assert!(parent.ends_with("-01") && parent.len() == trace.len() && parent != trace, "{parent}");

        for bad in ["00-0-0-0", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "", "xx"] {
            let (id, parent) = of("a b\"c", bad);
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
            let parts: Vec<&str> = parent.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{parent}");
            assert_ne!(parts[1], id);
        }
    }

    #[test]
    fn what_is_made_stays_the_same_and_differs_between_requests() {
        let (one, other) = (Identity::accept(None, None), Identity::accept(None, None));
        assert_eq!(told(&one), told(&one.clone()));
        assert_ne!(told(&one).0, told(&other).0);
        assert_ne!(told(&one).1, told(&other).1);
    }
}
