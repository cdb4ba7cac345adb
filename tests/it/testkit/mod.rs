//! What integration tests share: REST services that record their calls, and gateways made of texts.
//!
//! Nothing here listens on a fixed port, sleeps, or reads the environment.

mod front;
mod gateway;
mod process;
mod service;
mod websocket;

pub(crate) use front::{Answer, Front, http_client, raw};
pub(crate) use gateway::{Gateway, GatewayBuilder};
pub(crate) use process::{Run, Serving, anabranch, run};
pub(crate) use service::{Call, Reply, Service};
pub(crate) use websocket::{Heard, Socket};
