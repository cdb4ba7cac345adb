//! Checks of single values: addresses, URLs, origins, names, headers, tokens. Pure: text in, typed value or reason out.
//!
//! A reason never contains the value: it may have come from the environment and be a secret.

use std::{borrow::Cow, net::SocketAddr};

use http::{HeaderName, HeaderValue};
use url::Url;

/// Why a value is refused: a predicate (`is not an address`) and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Invalid {
    pub(super) reason: Cow<'static, str>,
    pub(super) hint: &'static str,
}

/// Headers that the connection owns: nobody sets or forwards them.
pub const CONNECTION_HEADERS: [&str; 11] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Headers that describe the gateway's own request, so a client's value would be wrong.
pub const REQUEST_HEADERS: [&str; 3] = ["accept", "content-type", "host"];
/// First path segments that the server keeps for itself.
pub(super) const RESERVED_CLIENTS: [&str; 5] = ["assets", "console", "graphql", "health", "metrics"];
const LONGEST_NAME: usize = 64;
const SHORTEST_TOKEN: usize = 16;

// === impl Invalid ===

impl Invalid {
    pub(super) fn new(reason: impl Into<Cow<'static, str>>, hint: &'static str) -> Self {
        Self { reason: reason.into(), hint }
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, Invalid> {
    const HINT: &str = "write an IP address and a port, as in `\"127.0.0.1:4000\"` or `\"[::1]:4000\"`";
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host);
    Err(if text.parse::<std::net::IpAddr>().is_ok() {
        Invalid::new("is not an address to listen on: the port is missing", HINT)
    } else if text.starts_with(':') || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())) {
        Invalid::new("is not an address to listen on: the IP address is missing", HINT)
    } else if host.starts_with(|character: char| character.is_ascii_alphabetic()) {
        Invalid::new("is not an address to listen on: it has a host name in place of an IP address", HINT)
    } else {
        Invalid::new("is not an address to listen on", HINT)
    })
}

/// The name of a client: it is a path segment of its URLs.
pub(super) fn client_name(name: &str) -> Result<(), Invalid> {
    self::name("is not a name for a client", name)?;
    if RESERVED_CLIENTS.contains(&name) {
        return Err(Invalid::new("is a path of the server itself", "choose another name for this client"));
    }
    Ok(())
}

/// The name of an upstream: that of a source in the schema, or for connectors without one the host and port of their URLs.
pub(super) fn upstream_name(name: &str) -> Result<(), Invalid> {
    if name.contains(['.', ':'])
        && url::Url::parse(&format!("http://{name}/")).is_ok_and(|url| is_authority(&url, name))
    {
        return Ok(());
    }
    let hint = "names start with a letter; then come letters, digits, `_` or `-`, 64 characters at most; a table for \
                connectors without a source is named after their host and port, as in `\"api.example.com\"`";
    self::name("is not a name for an upstream", name).map_err(|problem| Invalid { hint, ..problem })
}

/// Whether a text is nothing but the host and port of the URL, as they are written there.
fn is_authority(url: &url::Url, text: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => *text == format!("{host}:{port}"),
        None => text == host,
    }
}

fn name(reason: &'static str, name: &str) -> Result<(), Invalid> {
    let valid = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && name.len() <= LONGEST_NAME;
    let hint = "names start with a letter; then come letters, digits, `_` or `-`, 64 characters at most";
    if valid { Ok(()) } else { Err(Invalid::new(reason, hint)) }
}

/// A base URL, as it was written: joining is the business of who sends requests.
pub(super) fn base_url(text: &str) -> Result<String, Invalid> {
    const HINT: &str = "write an absolute URL, as in `\"https://catalog.example/v1\"`";
    if text.contains(['{', '}']) {
        return Err(Invalid::new(
            "has an expression in braces",
            "expressions are for `baseURL` in the schema; here, write `${env:NAME}` for a variable of the environment",
        ));
    }
    let url = web_url("is not a base URL", text, HINT)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Invalid::new(
            "has credentials in it",
            "send them as a header, as in `headers = { authorization = \"${env:NAME}\" }`",
        ));
    }
    if url.fragment().is_some() {
        return Err(Invalid::new("has a fragment", "remove the part from `#` on: it is never sent"));
    }
    Ok(text.to_owned())
}

/// A proxy's URL; credentials are allowed.
pub(super) fn proxy(text: &str) -> Result<String, Invalid> {
    const HINT: &str = "write the proxy's URL, as in `\"http://proxy.example:3128\"`";
    let url = web_url("is not the URL of a proxy", text, HINT)?;
    if url.fragment().is_some() || url.query().is_some() || !matches!(url.path(), "" | "/") {
        return Err(Invalid::new("is not the URL of a proxy: it has more than host and port", HINT));
    }
    Ok(text.to_owned())
}

fn web_url(reason: &'static str, text: &str, hint: &'static str) -> Result<Url, Invalid> {
    let invalid = |why: &str| Invalid::new(format!("{reason}: {why}"), hint);
    if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Err(invalid("it has a space or control character"));
    }
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => invalid("`http://` or `https://` is missing"),
        url::ParseError::EmptyHost => invalid("the host is missing"),
        url::ParseError::InvalidPort => invalid("the port is not a number up to 65535"),
        url::ParseError::InvalidIpv4Address | url::ParseError::InvalidIpv6Address => {
            invalid("the IP address is not valid")
        }
        _ => invalid("the host is not valid"),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("it is not `http` or `https`"));
    }
    // `http:host` and `http:/host` mean `http://host` to browsers only.
    if !text.get(url.scheme().len()..).is_some_and(|rest| rest.starts_with("://")) {
        return Err(invalid("`//` is missing after the scheme"));
    }
    Ok(url)
}

/// An origin in the spelling of browsers' `Origin` header.
pub(super) fn origin(text: &str) -> Result<String, Invalid> {
    const HINT: &str =
        "write scheme and host, as in `\"https://shop.example\"`, with a port if it is not the scheme's own";
    if text == "*" {
        return Err(Invalid::new("would open the client to every web page", "list the origins that may call it"));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(Invalid::new("is not an origin: the scheme is missing", HINT));
    };
    if rest.contains(['/', '?', '#']) {
        return Err(Invalid::new("is not an origin: it has a path", HINT));
    }
    if rest.contains('@') {
        return Err(Invalid::new("is not an origin: it has credentials", HINT));
    }
    if rest.contains('*') {
        return Err(Invalid::new("is not an origin: patterns are not supported", "list each origin"));
    }
    let url = Url::parse(text).ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty()));
    let Some(url) = url else {
        return Err(Invalid::new("is not an origin: the host is not valid", HINT));
    };
    if HeaderValue::from_str(text).is_err() && !matches!(url.scheme(), "http" | "https") {
        return Err(Invalid::new("is not an origin", HINT));
    }
    // Applications on phones have origins of their own schemes (`capacitor://localhost`).
    match url.scheme() {
        "http" | "https" => Ok(url.origin().ascii_serialization()),
        _ => Ok(format!("{}://{}", scheme.to_ascii_lowercase(), rest.to_ascii_lowercase())),
    }
}

/// A header that a proxy in front sets.
pub(super) fn header_name(text: &str) -> Result<HeaderName, Invalid> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| {
        Invalid::new("is not the name of a header", "names have letters, digits and `-`, as in `\"x-tenant\"`")
    })
}

/// A header that is sent with every request to an upstream.
pub(super) fn sent_header_name(text: &str) -> Result<HeaderName, Invalid> {
    let name = header_name(text)?;
    if CONNECTION_HEADERS.contains(&name.as_str()) {
        return Err(Invalid::new(
            "is a header of the connection itself",
            "remove it: the gateway sets it where needed",
        ));
    }
    Ok(name)
}

/// A client's header that is passed on to an upstream.
pub(super) fn forwarded_header_name(text: &str) -> Result<HeaderName, Invalid> {
    let name = sent_header_name(text)?;
    if REQUEST_HEADERS.contains(&name.as_str()) {
        return Err(Invalid::new(
            "describes the client's request, not the one to the upstream",
            "remove it, or set a value of your own under `headers`",
        ));
    }
    Ok(name)
}

pub(super) fn header_value(text: &str) -> Result<HeaderValue, Invalid> {
    if text.contains(['\r', '\n']) {
        let hint = "remove the line break; `${file:PATH}` drops only one at the end of the file";
        return Err(Invalid::new("has a line break, which headers cannot carry", hint));
    }
    if text.trim_matches([' ', '\t']) != text {
        return Err(Invalid::new("has a space at its start or end, which does not arrive", "remove the space"));
    }
    HeaderValue::from_str(text).map_err(|_| {
        Invalid::new("has characters that headers cannot carry", "use visible ASCII characters and spaces")
    })
}

/// A secret that operators send in a header.
pub(super) fn token(text: &str) -> Result<String, Invalid> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Invalid::new(
            "has characters that headers cannot carry",
            "use letters, digits and signs, without spaces",
        ));
    }
    if text.len() < SHORTEST_TOKEN {
        return Err(Invalid::new(
            "is too short for a token",
            "use 16 random characters or more, best from `${env:NAME}` or `${file:PATH}`",
        ));
    }
    Ok(text.to_owned())
}

/// PEM text with at least one certificate.
pub(super) fn certificates(pem: &[u8]) -> Result<(), Invalid> {
    match memchr::memmem::find(pem, b"-----BEGIN CERTIFICATE-----") {
        Some(_) => Ok(()),
        None => Err(Invalid::new(
            "is a file without a certificate",
            "give a PEM file: it has a line `-----BEGIN CERTIFICATE-----`",
        )),
    }
}
