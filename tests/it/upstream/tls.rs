//! HTTPS with an authority of our own, and HTTP/2 without negotiation. The key below belongs to nothing but this test.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread::JoinHandle,
};

use anabranch::upstream::UpstreamErrorKind;
use axum::{Router, http::Version};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::bench::{Bench, text};

const GRAPH: &str = r#"
    extend schema @source(name: "api", http: { baseURL: "http://x" })
    scalar JSON
    type Query { item: JSON @connect(source: "api", http: { GET: "/item" }, selection: "$") }
"#;
const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/upstream/tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/certificate.pem");
const KEY: &[u8] = include_bytes!("tls/key.pem");

/// Accepts one connection; gives back whether it was secured.
fn serve_one() -> (String, JoinHandle<bool>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(CERTIFICATE).collect::<Result<Vec<_>, _>>().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(KEY).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let task = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        let secured = stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0);
        if secured {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\"secure\"").unwrap();
            stream.flush().unwrap();
        }
        secured
    });
    (url, task)
}

#[tokio::test]
async fn a_given_authority_is_trusted_in_place_of_the_systems() {
    let (url, served) = serve_one();
    let bench = Bench::new(GRAPH, &url, &format!("ca_file = \"{AUTHORITY}\""));
    assert_eq!(text(&bench.ask("Query.item", "{}", None).await), "\"secure\"");
    assert!(served.join().unwrap());
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let (url, served) = serve_one();
    // Some authority, but not the one that signed.
    let files = tempfile::tempdir().unwrap();
    let other = files.path().join("other.pem");
    std::fs::write(&other, CERTIFICATE).unwrap();
    let bench = Bench::new(GRAPH, &url, &format!("ca_file = \"{}\"", other.display()));
    let error = bench.ask("Query.item", "{}", None).await.unwrap_err();
    assert_eq!(error.kind, UpstreamErrorKind::Unavailable);
    assert!(!served.join().unwrap());
}

#[tokio::test]
async fn http2_is_spoken_without_negotiation_where_configured() {
    let router = Router::new().fallback(|version: Version| async move { format!("\"{version:?}\"") });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    for (settings, expected) in [("", "HTTP/1.1"), ("http2 = true", "HTTP/2.0")] {
        let bench = Bench::new(GRAPH, &url, settings);
        assert!(text(&bench.ask("Query.item", "{}", None).await).contains(expected));
    }
    server.abort();
}
