//! The layers below the model, compiled alone: with the servers and clients above them a build takes several times as long.
//! Their files are links into `src` of the server.
//!
//! [`checks`] is what the targets share.

pub mod checks;
pub mod diagnostic;
pub mod graphql;
pub mod json;
pub mod mapping;
