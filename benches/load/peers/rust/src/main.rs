//! The peers of the load bench that are written in Rust: `peers <program> [mode]`.
//!
//! All have what the gateway has: axum on tokio, one worker thread, mimalloc, reqwest, the same release profile.

mod dynamic_schema;
mod fixed;
mod loaders;
mod serve;
mod static_schema;
mod upstream;

use std::{env, error::Error};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What may be shared between requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Honest,
    InFlight,
    Cached,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let program = arguments.next().unwrap_or_default();
    let mode = match arguments.next().as_deref() {
        None | Some("honest") => Mode::Honest,
        Some("in-flight") => Mode::InFlight,
        Some("cached") => Mode::Cached,
        Some(other) => return Err(format!("unknown mode `{other}`").into()),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(env::var("WORKERS")?.parse()?)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let router = match program.as_str() {
            "async-graphql-static" => static_schema::router(mode)?,
            "async-graphql-dynamic" => dynamic_schema::router(mode)?,
            "axum-fixed" => fixed::router()?,
            other => return Err(format!("unknown program `{other}`").into()),
        };
        // On a task of its own, as connections are: the main thread is none of the workers.
        tokio::spawn(serve::serve(router)).await??;
        Ok(())
    })
}
