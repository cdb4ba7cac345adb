//! A gateway behind real sockets, and what is sent to it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anabranch::{
    config::Config,
    server::{App, Listener, admin_routes, public_routes},
};
use http::HeaderMap;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
};

use super::Gateway;

/// A gateway that listens on free ports. Stops without grace when it is dropped.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) gateway: Gateway,
    app: Arc<App>,
    http: reqwest::Client,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// A whole response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

// === impl Front ===

impl Front {
    pub(crate) async fn start(gateway: Gateway, config: &Config) -> Self {
        let app = App::new(gateway.engine.clone(), gateway.engine.metrics().clone(), config);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        let mut addresses = Vec::new();
        for router in [public_routes(&app), admin_routes(&app)] {
            let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            addresses.push(listener.address());
            let mut stopped = stopped.clone();
            let until = async move {
                stopped.wait_for(|stopped| *stopped).await.unwrap();
            };
            tasks.push(tokio::spawn(listener.serve(router, until, config.server.shutdown.0)));
        }
        let http = http_client();
        Self { public: addresses[0], admin: addresses[1], gateway, app, http, stop, tasks }
    }

    /// A request to a path of the public listener.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("http://{}{path}", self.public))
    }

    /// A POST of a query to a client.
    pub(crate) fn post(&self, client: &str, query: &str) -> reqwest::RequestBuilder {
        let body = serde_json::json!({ "query": query }).to_string();
        self.request("POST", &format!("/{client}/graphql")).header("content-type", "application/json").body(body)
    }

    /// A GET with these parameters.
    pub(crate) fn get(&self, client: &str, parameters: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.request("GET", &format!("/{client}/graphql?{query}"))
    }

    /// The body of a path of the admin listener.
    pub(crate) async fn admin(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("http://{}{path}", self.admin))).await
    }

    /// Waits until `/metrics` has this line.
    pub(crate) async fn until_metric(&self, line: &str) {
        while !self.admin("/metrics").await.text().lines().any(|found| found == line) {
            tokio::task::yield_now().await;
        }
    }

    /// Begins to drain.
    pub(crate) fn stop(&self) {
        self.app.drain();
        self.stop.send_replace(true);
    }

    /// Waits until both listeners have ended.
    pub(crate) async fn ended(mut self) {
        for task in self.tasks.drain(..) {
            task.await.unwrap();
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

// === impl Answer ===

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let mut response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
        }
        Self { status, headers, body }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header's values, joined; empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> String {
        let values: Vec<&str> = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }
}

/// A client that shows answers as they came.
pub(crate) fn http_client() -> reqwest::Client {
    // An error means that there is one already.
    rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
    let builder = reqwest::Client::builder().no_proxy();
    builder.no_gzip().no_brotli().no_deflate().no_zstd().build().unwrap()
}

/// Sends bytes, and reads until the other side closes.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
