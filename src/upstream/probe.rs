//! Whether upstreams can be reached: one TCP connection each, nothing sent.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{net::TcpStream, time::timeout};

use crate::model::{UpstreamDefinition, UpstreamId};

/// Where to connect.
#[derive(Debug)]
pub(super) struct Target {
    id: UpstreamId,
    address: Option<(String, u16)>,
}

impl Target {
    /// The upstream, or the proxy in front of it.
    pub(super) fn of(upstream: &UpstreamDefinition) -> Self {
        let url = url::Url::parse(upstream.settings.proxy.as_deref().unwrap_or(&upstream.origin)).ok();
        let address = url.and_then(|url| {
            let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
            Some((host, url.port_or_known_default()?))
        });
        Self { id: upstream.id, address }
    }
}

/// Connects to all at once.
pub(super) async fn probe(targets: &[Target], limit: Duration) -> Vec<(UpstreamId, Result<(), String>)> {
    join_all(targets.iter().map(|target| async move { (target.id, reach(target, limit).await) })).await
}

async fn reach(target: &Target, limit: Duration) -> Result<(), String> {
    let (host, port) = target.address.as_ref().ok_or("its address cannot be read")?;
    match timeout(limit, TcpStream::connect((host.as_str(), *port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no connection within {limit:?}")),
    }
}
