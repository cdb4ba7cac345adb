//! Anabranch: a GraphQL aggregation and Backend-for-Frontend server.
//!
//! Layers, lowest first; `ARCHITECTURE.md` holds the table of allowed edges and a test proves it.

pub mod cache;
pub mod cli;
pub mod config;
pub mod demo;
pub mod diagnostic;
pub mod engine;
pub mod executor;
pub mod graphql;
pub mod json;
pub mod mapping;
pub mod model;
pub mod planner;
pub mod resilience;
pub mod server;
pub mod telemetry;
pub mod upstream;
