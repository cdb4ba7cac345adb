//! The client for everything that is not plain HTTP/1.1 to the upstream itself: TLS, proxies, HTTP/2.

use std::time::Duration;

use http::HeaderMap;

use super::{USER_AGENT, describe, is_malformed, method};
use crate::{
    config,
    upstream::{error::UpstreamErrorKind, exchange::Failure, request::UpstreamRequest},
};

/// What distinguishes clients.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Settings {
    connect_timeout: Duration,
    http2: bool,
    proxy: Option<String>,
    roots: Roots,
}

/// Which certificate authorities are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Roots {
    /// Nothing is ever encrypted, and redirects are not followed: the system's store need not be read.
    None,
    System,
    Pem(Vec<u8>),
}

impl Settings {
    pub(super) fn of(upstream: &config::Upstream, origin: &str) -> Self {
        let encrypted = |url: &str| !url.to_ascii_lowercase().starts_with("http://");
        let roots = match &upstream.ca_pem {
            Some(pem) => Roots::Pem(pem.clone()),
            None if encrypted(origin) || upstream.proxy.as_deref().is_some_and(encrypted) => Roots::System,
            None => Roots::None,
        };
        Self {
            connect_timeout: upstream.connect_timeout.0,
            http2: upstream.http2,
            proxy: upstream.proxy.clone(),
            roots,
        }
    }

    /// A client. Connects to nothing.
    pub(super) fn build(&self) -> Result<reqwest::Client, String> {
        // Someone else in the process may have chosen a provider; that one is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .tcp_nodelay(true)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(super::IDLE);
        if let Some(proxy) = &self.proxy {
            let proxy = reqwest::Proxy::all(proxy).map_err(|_| "`proxy` is not a proxy's URL".to_owned())?;
            builder = builder.proxy(proxy);
        }
        if self.http2 {
            builder = builder.http2_prior_knowledge();
        }
        match &self.roots {
            Roots::None => builder = builder.tls_certs_only([]),
            Roots::System => {}
            Roots::Pem(pem) => {
                let certificates = reqwest::Certificate::from_pem_bundle(pem)
                    .map_err(|error| format!("`ca_file` holds no usable certificate: {}", describe(&error)))?;
                if certificates.is_empty() {
                    return Err("`ca_file` holds no certificate".to_owned());
                }
                builder = builder.tls_certs_only(certificates);
            }
        }
        builder.build().map_err(|error| describe(&error))
    }
}

/// Sends a request; the answer is read from its [`reqwest::Response`].
pub(super) async fn send(
    client: &reqwest::Client,
    request: &UpstreamRequest,
    headers: HeaderMap,
) -> Result<reqwest::Response, Failure> {
    let url = reqwest::Url::parse(&request.url)
        .map_err(|error| Failure::new(UpstreamErrorKind::Render, format!("URL is not valid: {error}")))?;
    let mut builder = client.request(method(request.method), url).headers(headers);
    if let Some(body) = &request.body {
        builder = builder.body(body.clone());
    }
    builder.send().await.map_err(failure)
}

/// What an error means, told without URLs.
pub(super) fn failure(error: reqwest::Error) -> Failure {
    let kind = if error.is_timeout() && !error.is_connect() {
        UpstreamErrorKind::Timeout
    } else if error.is_decode() && is_malformed(&error) {
        UpstreamErrorKind::InvalidResponse
    } else {
        UpstreamErrorKind::Unavailable
    };
    Failure::new(kind, describe(&error.without_url()))
}
