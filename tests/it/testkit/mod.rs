//! What integration tests share: REST services that record their calls, gateways made of texts, programs and Node.js.
//!
//! Nothing here listens on a fixed port, sleeps, or reads the environment.

mod clock;
mod front;
mod gateway;
mod node;
mod process;
mod service;
mod websocket;

pub(crate) use clock::on_a_still_clock;
pub(crate) use front::{Answer, Front, http_client, raw};
pub(crate) use gateway::{Gateway, GatewayBuilder, NoEnvironment, compiled, text};
pub(crate) use node::{all_are_run, node_tests, packages, started};
pub(crate) use process::{Run, Serving, anabranch, run};
pub(crate) use service::{Call, Reply, Service};
pub(crate) use websocket::{Heard, Socket};
