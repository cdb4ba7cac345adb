//! Who may ask for the trace extension.

use std::net::SocketAddr;

use http::HeaderMap;

use crate::config::Trace;

/// The request header that asks for the trace extension.
pub(super) const HEADER: &str = "x-anabranch-trace";

/// Whether this request asks for the trace extension and may have it.
pub(super) fn wanted(setting: &Trace, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let Some(asked) = headers.get(HEADER) else { return false };
    match setting {
        Trace::Off => false,
        Trace::Loopback => available(setting, peer, headers),
        Trace::Token(token) => equal_in_constant_time(asked.as_bytes(), token.0.as_bytes()),
    }
}

/// Whether a browser at `peer` gets the trace without a token.
pub(super) fn available(setting: &Trace, peer: SocketAddr, headers: &HeaderMap) -> bool {
    // A proxy on this machine makes every client look local: what it forwards is not.
    let proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    *setting == Trace::Loopback && peer.ip().to_canonical().is_loopback() && !proxied
}

/// Compares without telling by its duration how much was right.
fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
