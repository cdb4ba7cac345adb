//! The GraphQL clients and tools that people use, each in its usual set-up, against the program that serves the demo shop.
//!
//! What they do stands in `tests/clients/*.test.mjs`; each runs here with a gateway of its own, so that a failure names its
//! client.

use crate::testkit::{Serving, all_are_run, anabranch, node_tests, packages};

const FOLDER: &str = "tests/clients";

/// Runs `tests/clients/NAME.test.mjs` against a gateway of its own.
fn run(name: &str) {
    // One service is slow, so that there is something to defer.
    let services = ["--config", "shop/upstreams.toml", "--services", "0", "--latency", "30ms"];
    let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let gateway = Serving::start(&mut anabranch(&packages(FOLDER), &[&["demo"][..], &services, &listen].concat()));
    let url = format!("http://{}", gateway.public);
    node_tests(FOLDER, name, &[("ANABRANCH_URL", &url), ("ANABRANCH", env!("CARGO_BIN_EXE_anabranch"))]);
}

#[test]
fn every_file_of_tests_runs_here() {
    all_are_run(FOLDER, include_str!("clients.rs"));
}

#[test]
fn apollo_client() {
    run("apollo-client");
}

#[test]
fn urql() {
    run("urql");
}

#[test]
fn graphql_request() {
    run("graphql-request");
}

#[test]
fn graphql_codegen() {
    run("codegen");
}

#[test]
fn apollo_kotlin_and_apollo_ios() {
    run("native-apps");
}

#[test]
fn relay() {
    run("relay");
}

#[test]
fn pages_in_the_caches_of_apollo_client_urql_and_relay() {
    run("pagination");
}

#[test]
fn streamed_lists_in_apollo_client_and_urql() {
    run("streamed");
}

#[test]
fn streamed_lists_in_relay() {
    run("relay-streamed");
}

#[test]
fn trusted_documents() {
    run("trusted-documents");
}
