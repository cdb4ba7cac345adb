//! From a connector and values to a complete HTTP request.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    mapping::{Problem, Scope},
    model::{Connector, ConnectorId, Method},
};

/// A completely rendered request. Equality of all members is what sharing means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UpstreamRequest {
    /// Connector that it is for.
    pub connector: ConnectorId,
    /// Method.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Every header but trace ids, names lower case, in a stable order.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Body.
    pub body: Option<Bytes>,
}

/// A request that cannot be made for these values. The text is for logs; clients get the code alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    /// What is wrong, without values.
    pub message: String,
}

/// Renders the request of `connector`: base URL, paths, query, headers (configured, mapped, forwarded), body.
/// Values in URLs are percent-encoded; dot segments made by values, and path segments made by expressions that render empty, are refused.
pub fn render(
    connector: &Connector,
    settings: &crate::config::Upstream,
    scope: &Scope<'_>,
    client_headers: &HeaderMap,
) -> Result<(UpstreamRequest, Vec<Problem>), RenderError> {
    todo!()
}
