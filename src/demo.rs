//! The demo's upstreams: five small REST services of one shop, on loopback, in this process.
//!
//! They stand for services of different teams, so they differ in everything that real ones differ in. They know
//! nothing of GraphQL or of the gateway, and nothing of the gateway knows them: what binds the two is
//! `upstreams.toml` and `schema/`.

mod calls;
mod catalog;
mod customers;
mod dates;
mod inventory;
mod orders;
mod random;
mod respond;
mod reviews;
mod shop;
#[cfg(test)]
mod tests;
mod words;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout_at},
};

pub use calls::Calls;
use shop::Shop;

/// Names of the services, in the order of their ports.
pub const SERVICES: [&str; 5] = ["catalog", "inventory", "reviews", "customers", "orders"];

/// How long `Demo::shutdown` waits for requests that are under way.
const DRAIN: Duration = Duration::from_secs(2);

/// What the demo can be told.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Ports on loopback, in the order of `SERVICES`; 0 is any free port.
    pub ports: [u16; 5],
    /// How long the slow service (reviews) thinks before each answer.
    pub latency: Duration,
}

/// The running services. They stop when this is dropped.
#[derive(Debug)]
pub struct Demo {
    addresses: [SocketAddr; 5],
    calls: Calls,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<io::Result<()>>>,
}

/// Starts the five services. Fails without starting any if a port is taken.
pub async fn start(options: DemoOptions) -> io::Result<Demo> {
    let mut listeners = Vec::new();
    for (service, port) in SERVICES.iter().zip(options.ports) {
        listeners.push(bind(service, port).await?);
    }
    let addresses = [0, 1, 2, 3, 4].map(|at: usize| listeners[at].1);
    let calls = Calls::default();
    let (stop, stopped) = watch::channel(false);
    let servers = routers(addresses, &calls, options.latency)
        .into_iter()
        .zip(listeners)
        .map(|(router, (listener, _))| tokio::spawn(serve(listener, router, stopped.clone())))
        .collect();
    Ok(Demo { addresses, calls, stop, servers })
}

// === impl DemoOptions ===

impl Default for DemoOptions {
    fn default() -> Self {
        Self { ports: [4101, 4102, 4103, 4104, 4105], latency: Duration::ZERO }
    }
}

impl DemoOptions {
    /// Any free ports and no latency: for tests.
    pub fn free_ports() -> Self {
        Self::default().at(0)
    }

    /// Consecutive ports from this one on; 0 is any free ones.
    #[must_use]
    pub fn at(self, first: u16) -> Self {
        let ports = [0, 1, 2, 3, 4].map(|at| if first == 0 { 0 } else { first.saturating_add(at) });
        Self { ports, ..self }
    }
}

// === impl Demo ===

impl Demo {
    /// Where each service listens, in the order of `SERVICES`.
    pub fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        SERVICES.into_iter().zip(self.addresses)
    }

    /// Where a service's API begins, such as `http://127.0.0.1:4102/v2`: the `base_url` of its upstream.
    pub fn base_url(&self, service: &str) -> Option<String> {
        let path = if service == "inventory" { "/v2" } else { "" };
        self.addresses().find(|(name, _)| *name == service).map(|(_, address)| format!("http://{address}{path}"))
    }

    /// How often each endpoint was called.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Stops listening and waits, a short while, for the requests that are under way.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let deadline = Instant::now() + DRAIN;
        for mut server in self.servers.drain(..) {
            if timeout_at(deadline, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

impl Drop for Demo {
    /// The servers see the signal and end by themselves: each stops accepting and lets its open requests finish.
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn bind(service: &str, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("the demo's `{service}` service cannot listen on port {port}: {error}"))
    })?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn routers(addresses: [SocketAddr; 5], calls: &Calls, latency: Duration) -> [Router; 5] {
    let shop = Arc::new(Shop::generate());
    [
        catalog::router(Arc::clone(&shop), calls, &format!("http://{}", addresses[0])),
        inventory::router(Arc::clone(&shop), calls),
        respond::slowed(reviews::router(&shop, calls), latency),
        customers::router(&shop, calls),
        orders::router(shop, calls),
    ]
}

async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    let stop = async move {
        // An error means that the demo is gone, which is as good a reason to stop.
        stopped.wait_for(|stop| *stop).await.ok();
    };
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}
