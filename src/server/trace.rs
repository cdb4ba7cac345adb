//! Who may ask for the trace and problems extensions.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderValue, header};

use super::asked::Asked;
use crate::config::Trace;

/// Whether a request gets the trace, and whether the problems: it has to ask for each, and may not have them everywhere.
pub(super) fn wanted(asked: &Asked<'_>, setting: &Trace, peer: SocketAddr) -> (bool, bool) {
    let headers = asked.headers();
    (given(asked.trace, setting, peer, headers), given(asked.problems, setting, peer, headers))
}

/// Whether a request that asks for an extension by the header `asked` may have it.
fn given(asked: Option<&HeaderValue>, setting: &Trace, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let Some(asked) = asked else { return false };
    match setting {
        Trace::Off => false,
        Trace::Loopback => available(setting, peer, headers),
        Trace::Token(token) => equal_in_constant_time(asked.as_bytes(), token.0.as_bytes()),
    }
}

/// Whether a browser at `peer` gets the extensions without a token.
pub(super) fn available(setting: &Trace, peer: SocketAddr, headers: &HeaderMap) -> bool {
    *setting == Trace::Loopback && peer.ip().to_canonical().is_loopback() && !is_proxied(headers) && names_us(headers)
}

/// A proxy on this machine makes every client look local: what it forwards is not.
fn is_proxied(headers: &HeaderMap) -> bool {
    ["forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name))
        || headers.keys().any(|name| name.as_str().starts_with("x-forwarded-"))
}

/// Whether the request was meant for a loopback address: a page whose name was made to point here, and a proxy that keeps
/// the name it was asked by, are not.
fn names_us(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let host = host.to_str().ok().and_then(|host| host.parse::<http::uri::Authority>().ok());
    host.is_some_and(|host| {
        let name = host.host().trim_matches(|bracket| bracket == '[' || bracket == ']');
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    })
}

/// Compares without telling by its duration how much was right.
fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{super::asked::Asked, available};
    use crate::config::{Secret, Trace};

    const TRACE: &str = "x-anabranch-trace";
    const PROBLEMS: &str = "x-anabranch-problems";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn peer(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn loopback_means_asked_from_this_machine_by_its_own_name() {
        type Case = (&'static str, &'static [(&'static str, &'static str)], bool);
        let cases: [Case; 12] = [
            ("127.0.0.1:9", &[("host", "127.0.0.1:4000")], true),
            ("127.0.0.1:9", &[("host", "localhost:4000")], true),
            ("[::1]:9", &[("host", "[::1]:4000")], true),
            ("[::ffff:127.0.0.1]:9", &[], true),
            ("10.0.0.1:9", &[("host", "127.0.0.1:4000")], false),
            ("127.0.0.1:9", &[("host", "api.example.org")], false),
            ("127.0.0.1:9", &[("host", "")], false),
            ("127.0.0.1:9", &[("host", "127.0.0.1"), ("x-forwarded-for", "10.0.0.1")], false),
            ("127.0.0.1:9", &[("host", "127.0.0.1"), ("x-forwarded-proto", "https")], false),
            ("127.0.0.1:9", &[("host", "127.0.0.1"), ("forwarded", "for=10.0.0.1")], false),
            ("127.0.0.1:9", &[("host", "127.0.0.1"), ("via", "1.1 proxy")], false),
            ("127.0.0.1:9", &[("host", "127.0.0.1"), ("x-real-ip", "10.0.0.1")], false),
        ];
        for (from, with, expected) in cases {
            assert_eq!(available(&Trace::Loopback, peer(from), &headers(with)), expected, "{from} {with:?}");
        }
    }

    #[test]
    fn a_trace_is_given_to_those_who_ask_and_may() {
        let token = Trace::Token(Secret("0123456789abcdef".to_owned()));
        let asked = |value| headers(&[("x-anabranch-trace", value)]);
        let (near, far) = (peer("127.0.0.1:9"), peer("10.0.0.1:9"));
        let wanted = |which: &str, setting: &Trace, peer, headers: &HeaderMap| {
            let (trace, problems) = super::wanted(&Asked::of(headers), setting, peer);
            if which == TRACE { trace } else { problems }
        };
        assert!(wanted(TRACE, &Trace::Loopback, near, &asked("1")));
        assert!(!wanted(TRACE, &Trace::Loopback, near, &HeaderMap::new()));
        assert!(!wanted(TRACE, &Trace::Off, near, &asked("1")));
        assert!(wanted(TRACE, &token, far, &asked("0123456789abcdef")));
        assert!(!wanted(TRACE, &token, near, &asked("0123456789abcdeg")));
        assert!(!wanted(TRACE, &token, near, &asked("")));
        assert!(!wanted(TRACE, &token, near, &HeaderMap::new()));
        // Each extension has its own header.
        assert!(!wanted(PROBLEMS, &Trace::Loopback, near, &asked("1")));
        assert!(wanted(PROBLEMS, &Trace::Loopback, near, &headers(&[(PROBLEMS, "1")])));
        assert!(!wanted(PROBLEMS, &token, near, &headers(&[(PROBLEMS, "1")])));
    }
}
