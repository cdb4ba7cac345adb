//! Cross-origin access: off unless a client lists origins; and refusal of requests that a foreign page sends.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    asked::Asked,
    respond::{METHODS, Response},
};
use crate::{config::Cors, model::View};

/// What a response grants to the page that asks.
#[derive(Debug, Clone)]
pub(super) enum Grant {
    /// The client has no `cors`: answers do not depend on origins.
    Off,
    /// Nothing, to this origin.
    Nothing,
    /// Reading, to this origin.
    Reading(HeaderValue),
}

impl Grant {
    pub(super) fn of(view: &View, asked: &Asked<'_>) -> Self {
        match (&view.cors, allowed_origin(view, asked)) {
            (Cors::Off, _) => Self::Off,
            (Cors::Origins(_), None) => Self::Nothing,
            (Cors::Origins(_), Some(origin)) => Self::Reading(origin.clone()),
        }
    }

    /// Adds the headers that say so.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        if !matches!(self, Self::Off) {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Self::Reading(origin) = self {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-request-id"));
        }
    }
}

/// The request's origin, if the client's configuration allows it.
fn allowed_origin<'a>(view: &View, asked: &Asked<'a>) -> Option<&'a HeaderValue> {
    let origin = asked.origin?;
    match &view.cors {
        Cors::Off => None,
        Cors::Origins(origins) => {
            origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then_some(origin)
        }
    }
}

/// Whether a browser says that another site's page sent this, and neither the client's `cors` nor its `csrf` allows it.
///
/// Browsers set `Sec-Fetch-Site` themselves and pages cannot; programs don't send it and are no danger here.
/// A POST needs a JSON content type besides, which no foreign page can send without a preflight.
pub(super) fn is_forbidden(view: &View, asked: &Asked<'_>) -> bool {
    let site = asked.fetch_site.map(HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site")) && view.csrf && allowed_origin(view, asked).is_none()
}

/// Whether a WebSocket may be opened. Browsers tell the page's origin and ask nobody before: it must be our own or one that
/// the client's `cors` lists, unless `csrf` is off. Programs tell none and are no danger here.
pub(super) fn may_connect(view: &View, asked: &Asked<'_>) -> bool {
    let Some(origin) = asked.origin else { return !is_forbidden(view, asked) };
    !view.csrf || allowed_origin(view, asked).is_some() || is_own(origin, asked.headers().get(header::HOST))
}

/// Whether an origin has the host and port that the request was sent to; a proxy in front may have taken the scheme away.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else { return false };
    let Some((scheme @ ("http" | "https"), _)) = origin.split_once("://") else { return false };
    if host.contains(['@', '/', '?', '#']) {
        return false;
    }
    let (origin, host) = (url::Url::parse(origin), url::Url::parse(&format!("{scheme}://{host}")));
    matches!((origin, host), (Ok(origin), Ok(host)) if origin.origin() == host.origin())
}

/// Answers a preflight.
pub(super) fn preflight(view: &View, asked: &Asked<'_>) -> Response {
    let mut response = Response::new(Bytes::new().into());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let out = response.headers_mut();
    out.insert(header::ALLOW, HeaderValue::from_static(METHODS));
    let grant = Grant::of(view, asked);
    if let Grant::Reading(_) = grant {
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        // The origin is trusted by name, so whatever headers its pages want to send are fine.
        if let Some(wanted) = asked.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
    }
    grant.tell(out);
    response
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    #[test]
    fn an_origin_is_our_own_by_host_and_port() {
        let cases = [
            ("http://a.example", "a.example", true),
            ("https://a.example", "a.example", true),
            ("https://a.example", "A.example:443", true),
            ("http://a.example", "a.example:80", true),
            ("http://127.0.0.1:4000", "127.0.0.1:4000", true),
            ("http://[::1]:4000", "[::1]:4000", true),
            ("http://a.example", "a.example:4000", false),
            ("https://a.example", "a.example:80", false),
            ("http://a.example.evil.example", "a.example", false),
            ("http://evil.example", "a.example", false),
            ("null", "a.example", false),
            ("", "", false),
            ("file://", "a.example", false),
            ("http://a.example", "evil.example@a.example/", false),
        ];
        for (origin, host, expected) in cases {
            let value = |text| HeaderValue::from_static(text);
            assert_eq!(super::is_own(&value(origin), Some(&value(host))), expected, "{origin} {host}");
        }
        assert!(!super::is_own(&HeaderValue::from_static("http://a.example"), None));
    }
}
