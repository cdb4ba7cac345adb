//! Cross-origin access: off unless a client lists origins; and refusal of requests that a foreign page sends.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::respond::METHODS;
use crate::{config::Cors, model::View};

/// The request's origin, if the client's configuration allows it.
pub(super) fn allowed_origin<'a>(view: &View, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
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
pub(super) fn is_forbidden(view: &View, headers: &HeaderMap) -> bool {
    if !view.csrf || allowed_origin(view, headers).is_some() {
        return false;
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site"))
}

/// Answers a preflight.
pub(super) fn preflight(view: &View, headers: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
    if allowed_origin(view, headers).is_some() {
        let out = response.headers_mut();
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        // The origin is trusted by name, so whatever headers its pages want to send are fine.
        if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
    }
    decorate(view, headers, &mut response);
    response
}

/// Adds the CORS headers that the request's origin is due.
pub(super) fn decorate(view: &View, request: &HeaderMap, response: &mut Response) {
    if view.cors == Cors::Off {
        return;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed_origin(view, request) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-request-id"));
    }
}
