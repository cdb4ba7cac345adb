//! All integration tests, in one binary.
#![cfg(test)]

mod cli;
mod clients;
mod connections;
mod connector_tests;
mod diagnostics;
mod editors;
mod examples;
mod execution;
mod golden;
mod graphql_js;
mod http;
mod http_batches;
mod http_console;
mod http_documents;
mod http_hostile;
mod http_limits;
mod http_metrics;
mod http_sharing;
mod http_usage;
mod incremental;
mod isolation;
mod layering;
mod lifecycle;
mod plans;
mod protocols;
mod reference;
mod schemas;
mod sharing;
mod specs;
mod streams;
mod subscriptions;
mod testkit;
mod upstream;
mod websocket;
