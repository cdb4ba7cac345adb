//! HTTP clients. Upstreams whose connections are set up alike share one, and with it the pool and the TLS roots.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::SetupError;
use crate::{config, model::UpstreamDefinition};

/// What distinguishes clients.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Settings {
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

/// Makes clients, one for each distinct set-up.
#[derive(Debug, Default)]
pub(super) struct Clients {
    made: HashMap<Settings, reqwest::Client>,
}

impl Clients {
    /// The client for an upstream. Connects to nothing.
    pub(super) fn get(&mut self, upstream: &UpstreamDefinition) -> Result<reqwest::Client, SetupError> {
        let settings = Settings::of(&upstream.settings, &upstream.origin);
        if let Some(client) = self.made.get(&settings) {
            return Ok(client.clone());
        }
        let client =
            settings.build().map_err(|message| SetupError { upstream: Arc::clone(&upstream.name), message })?;
        self.made.insert(settings, client.clone());
        Ok(client)
    }
}

impl Settings {
    fn of(upstream: &config::Upstream, origin: &str) -> Self {
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

    fn build(&self) -> Result<reqwest::Client, String> {
        // Someone else in the process may have chosen a provider; that one is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("anabranch/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .tcp_nodelay(true)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60));
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
    use crate::model::UpstreamId;

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
