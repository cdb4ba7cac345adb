//! HTTP clients. An upstream that speaks plain HTTP/1.1 has connections of its own; all others are reached through reqwest,
//! and those whose connections are set up alike share a client, with its pool and TLS roots.
//!
//! Both send the same requests and undo the same codings; neither retries what an upstream may have received, except where
//! that is safe.

mod body;
mod direct;
mod general;

use std::{collections::HashMap, error::Error, io, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{self, Entry},
};

pub(super) use body::Body;
use direct::Direct;
use general::Settings;

use super::{
    SetupError,
    exchange::{Failure, TraceIds},
    render::TRACE_IDS,
    request::UpstreamRequest,
};
use crate::model::{Method, UpstreamDefinition};

/// How an upstream is reached.
#[derive(Debug)]
pub(super) struct Client {
    /// Connections of its own, where it speaks plain HTTP/1.1.
    direct: Option<Direct>,
    general: reqwest::Client,
}

/// The beginning of an answer, and its body to be read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// Makes clients, one of reqwest's for each distinct set-up.
#[derive(Debug, Default)]
pub(super) struct Clients {
    made: HashMap<Settings, reqwest::Client>,
}

const USER_AGENT: &str = concat!("anabranch/", env!("CARGO_PKG_VERSION"));

/// [`TRACE_IDS`] as names that need not be read again for each call.
static TRACE_NAMES: [HeaderName; 2] = [HeaderName::from_static(TRACE_IDS[0]), HeaderName::from_static(TRACE_IDS[1])];

/// How long a connection may wait for its next request.
const IDLE: Duration = Duration::from_secs(60);

// === impl Clients ===

impl Clients {
    /// The client for an upstream. Connects to nothing.
    pub(super) fn get(&mut self, upstream: &UpstreamDefinition) -> Result<Client, SetupError> {
        let settings = Settings::of(&upstream.settings, &upstream.origin);
        let failed = |message| SetupError { upstream: Arc::clone(&upstream.name), message };
        let general = match self.made.get(&settings) {
            Some(client) => client.clone(),
            None => {
                let client = settings.build().map_err(failed)?;
                self.made.insert(settings, client.clone());
                client
            }
        };
        Ok(Client { direct: Direct::new(upstream), general })
    }
}

// === impl Client ===

impl Client {
    /// Sends `request`. `repeatable`: it may be sent again where the connection that was kept for it turns out to be closed.
    pub(super) async fn send(
        &self,
        request: &UpstreamRequest,
        ids: &TraceIds,
        repeatable: bool,
    ) -> Result<Answer, Failure> {
        let headers = || headers(request, ids);
        if let Some((direct, target)) = self.direct.as_ref().and_then(|direct| Some((direct, direct.target(request)?)))
        {
            return direct.send(|| direct.request(request, &target, headers()), repeatable).await;
        }
        let mut response = Box::pin(general::send(&self.general, request, headers())).await?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        Ok(Answer { status, headers, body: Body::General(Box::new(response)) })
    }
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}

fn headers(request: &UpstreamRequest, ids: &TraceIds) -> HeaderMap {
    // Room for what the clients add too: three more.
    let mut headers = HeaderMap::with_capacity(request.headers.len() + TRACE_IDS.len() + 4);
    for (name, value) in &request.headers {
        headers.append(name.clone(), value.clone());
    }
    for (name, id) in TRACE_NAMES.iter().zip([&ids.traceparent, &ids.request_id]) {
        if let (false, Entry::Vacant(entry)) = (id.is_empty(), headers.entry(name)) {
            entry.insert(id.clone());
        }
    }
    // Some servers refuse a method that usually has a body and does not say how long it is.
    if request.body.is_none() && matches!(request.method, Method::Post | Method::Put | Method::Patch) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers
}

/// Whether decompression met wrong bytes. A connection that breaks off also comes as an error of decoding.
fn is_malformed(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        }
        cause = error.source();
    }
    false
}

/// An error with its causes, without URLs.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config, model::UpstreamId};

    fn upstream(settings: config::Upstream) -> UpstreamDefinition {
        UpstreamDefinition { id: UpstreamId(0), name: "api".into(), settings, origin: "http://127.0.0.1:9".into() }
    }

    #[test]
    fn upstreams_that_are_set_up_alike_share_a_client() {
        let mut clients = Clients::default();
        for connect_timeout in [1, 1, 2] {
            let connect_timeout = config::Millis(Duration::from_secs(connect_timeout));
            clients.get(&upstream(config::Upstream { connect_timeout, ..config::Upstream::default() })).unwrap();
        }
        assert_eq!(clients.made.len(), 2);
    }

    #[test]
    fn bad_settings_are_told_without_connecting() {
        let refused = |settings| Clients::default().get(&upstream(settings)).unwrap_err().to_string();
        let ca_pem = Some(b"no certificate".to_vec());
        assert_eq!(
            refused(config::Upstream { ca_pem, ..config::Upstream::default() }),
            "upstream `api`: `ca_file` holds no certificate"
        );
        let proxy = Some("::".to_owned());
        assert_eq!(
            refused(config::Upstream { proxy, ..config::Upstream::default() }),
            "upstream `api`: `proxy` is not a proxy's URL"
        );
    }
}
