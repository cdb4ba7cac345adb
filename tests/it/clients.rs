//! The GraphQL clients and tools that people use, each in its usual set-up, against the program that serves the demo shop.
//!
//! What they do stands in `tests/clients/*.test.mjs`; each runs here with a gateway of its own, so that a failure names its
//! client. Fails, rather than passes over anything, where their packages are missing.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::testkit::{Serving, anabranch};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folder() -> PathBuf {
    let folder = root().join("tests/clients");
    let packages = folder.join("node_modules");
    assert!(packages.is_dir(), "`{}` is not there: run `./scripts/test`", packages.display());
    folder
}

/// Runs `tests/clients/NAME.test.mjs` against a gateway of its own.
fn run(name: &str) {
    let folder = folder();
    // One service is slow, so that there is something to defer.
    let services = ["--config", "shop/upstreams.toml", "--services", "0", "--latency", "30ms"];
    let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let gateway = Serving::start(&mut anabranch(&folder, &[&["demo"][..], &services, &listen].concat()));
    let file = format!("{name}.test.mjs");
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-timeout=100000", &file])
        .current_dir(&folder)
        .env("ANABRANCH_URL", format!("http://{}", gateway.public))
        .env("ANABRANCH", env!("CARGO_BIN_EXE_anabranch"))
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("`node` cannot be started ({error}): install Node.js 20 or newer"));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("pass ") && !told.contains("pass 0"), "no test ran:\n{told}");
}

#[test]
fn every_file_of_tests_runs_here() {
    let this = include_str!("clients.rs");
    for entry in std::fs::read_dir(root().join("tests/clients")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".test.mjs") {
            assert!(this.contains(&format!("run(\"{name}\")")), "{name}");
        }
    }
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
fn trusted_documents() {
    run("trusted-documents");
}
