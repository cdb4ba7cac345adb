//! Serving: one route that executes GraphQL requests, as the examples of async-graphql-axum do it.

use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use async_graphql::Executor;
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{
    Router,
    routing::post,
    serve::{Listener, ListenerExt},
};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    Mode,
    loaders::{Loaders, Row},
    upstream::Upstream,
};

/// Routes `POST /graphql` to `executor`. In the honest mode each request has loaders of its own; in the others all
/// share one set.
pub(crate) fn router<E: Executor, U: Row, I: Row>(executor: E, upstream: Upstream, mode: Mode) -> Router {
    let shared = (mode != Mode::Honest).then(|| Arc::new(Loaders::<U, I>::new(&upstream, mode)));
    let answer = move |request: GraphQLRequest| {
        let loaders = shared.clone().unwrap_or_else(|| Arc::new(Loaders::new(&upstream, mode)));
        let executor = executor.clone();
        async move { GraphQLResponse::from(executor.execute(request.into_inner().data(loaders)).await) }
    };
    Router::new().route("/graphql", post(answer))
}

/// Serves on `PORT`.
pub(crate) async fn serve(router: Router) -> io::Result<()> {
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    axum::serve(without_delay(listener), router).await
}

fn without_delay(listener: TcpListener) -> impl Listener<Addr = SocketAddr, Io = TcpStream> {
    listener.tap_io(|stream| {
        // A socket that is closed already refuses; then nothing depends on it.
        drop(stream.set_nodelay(true));
    })
}
