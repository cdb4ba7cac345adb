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
