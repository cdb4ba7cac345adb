//! What integration tests share: REST services that record their calls, and gateways made of texts.
//!
//! Nothing here listens on a fixed port, sleeps, or reads the environment.

mod gateway;
mod service;

pub(crate) use gateway::{Gateway, GatewayBuilder};
pub(crate) use service::{Call, Reply, Service};
