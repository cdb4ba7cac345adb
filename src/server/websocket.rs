//! GraphQL over WebSocket: the upgrade, and `graphql-transport-ws` over what it gives.
//!
//! A page of another site could open a WebSocket with the visitor's cookies, and no preflight asks whether it may: origins are
//! checked here as for other requests.

mod close;
mod connection;
mod message;

use std::sync::Arc;

use async_graphql::Executor;
use async_graphql_axum::GraphQLProtocol;
use axum::extract::{
    FromRequestParts as _,
    ws::{self, WebSocket, WebSocketUpgrade},
};
use http::{HeaderMap, header, request::Parts};
use http_body_util::Either;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    App, Endpoint,
    asked::Asked,
    cors,
    executor::{Operations, Session},
    listener::Connected,
    respond::Refusal,
    site::Outgoing,
    trace,
};
use crate::telemetry::{GoingOn, Identity};
use close::Close;
use connection::{End, Lost, Opened, ReceiveError, Socket};

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Whether a request wants to become a WebSocket.
pub(super) fn is_wanted(asked: &Asked<'_>) -> bool {
    asked.upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers the upgrade; what follows it runs in a task of its own, which the end of the server waits for.
pub(super) async fn upgrade(
    app: &Arc<App>,
    endpoint: Endpoint<'_>,
    connected: &Arc<Connected>,
    (asked, identity): (&Asked<'_>, &Identity),
    parts: &mut Parts,
) -> Result<http::Response<Outgoing>, Refusal> {
    if !cors::may_connect(endpoint.view, asked) {
        return Err(Refusal::cross_site());
    }
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await;
    let upgrade = upgrade.map_err(|rejection| Refusal::upgrade(rejection.body_text()))?;
    let Ok(permit) = Arc::clone(&app.websockets).try_acquire_owned() else {
        return Err(Refusal::too_many_websockets());
    };
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(app.body_limit).max_frame_size(app.body_limit);
    let refused = match upgrade.selected_protocol() {
        Some(_) => None,
        // Theirs knows the subprotocol of the same name that came before, too.
        None => Some(match GraphQLProtocol::from_request_parts(parts, &()).await {
            Ok(_) => Close::subprotocol("use `graphql-transport-ws` in place of the older `graphql-ws`"),
            Err(_) => Close::subprotocol("offer `graphql-transport-ws`"),
        }),
    };
    let wanted = |asked_by| trace::wanted(asked_by, &app.trace, connected.peer, asked.headers());
    let client = Client {
        app: Arc::clone(app),
        at: endpoint.at,
        headers: session_headers(asked.headers()),
        identity: identity.clone(),
        trace: wanted(asked.trace),
        problems: wanted(asked.problems),
        _held: (Arc::clone(connected), permit, app.metrics.transports().connect()),
    };
    let response = upgrade.on_upgrade(move |socket| client.serve(socket, refused));
    Ok(response.map(Either::Right))
}

/// A connection's client and what it holds.
struct Client {
    app: Arc<App>,
    at: usize,
    headers: HeaderMap,
    identity: Identity,
    trace: bool,
    problems: bool,
    _held: (Arc<Connected>, OwnedSemaphorePermit, GoingOn),
}

impl Client {
    async fn serve(self, socket: WebSocket, refused: Option<Close>) {
        let app = Arc::clone(&self.app);
        let end = match refused {
            None => connection::run(socket, self.opened()).await,
            Some(close) => connection::refuse(socket, close).await,
        };
        let code = match &end {
            End::Ours(close) => Some(close.code),
            End::Theirs(code) => *code,
            End::Lost => Some(1006),
        };
        app.metrics.transports().closed(close::label(code));
        tracing::debug!(code, request_id = ?self.identity.request_id(), "a WebSocket connection ended");
    }

    fn opened(&self) -> Opened<impl Executor + use<>> {
        let Self { app, at, headers, identity, trace, problems, .. } = self;
        let (app, at, headers, identity) = (Arc::clone(app), *at, headers.clone(), identity.clone());
        let (trace, problems) = (*trace, *problems);
        Opened {
            executor: Operations::new(&app, at),
            bounds: app.websocket,
            draining: app.readiness.draining(),
            init: Box::new(move |payload| {
                let names = app.endpoint_at(at).map(|endpoint| &*endpoint.view.init_headers).unwrap_or_default();
                let headers = connection::headers(&headers, payload, names)?;
                Ok(Session { headers, identity, trace, problems })
            }),
        }
    }
}

/// The client's headers, without those of the handshake.
fn session_headers(request: &HeaderMap) -> HeaderMap {
    let mut headers = request.clone();
    for name in [
        header::CONNECTION,
        header::UPGRADE,
        header::SEC_WEBSOCKET_KEY,
        header::SEC_WEBSOCKET_VERSION,
        header::SEC_WEBSOCKET_PROTOCOL,
        header::SEC_WEBSOCKET_EXTENSIONS,
    ] {
        headers.remove(name);
    }
    headers
}

/// The errors of an operation that does not begin, as JSON.
fn refused(code: &str, message: &str) -> String {
    serde_json::json!([{ "message": message, "extensions": { "code": code } }]).to_string()
}

impl Socket for WebSocket {
    async fn receive(&mut self) -> Option<Result<ws::Message, ReceiveError>> {
        Some(self.recv().await?.map_err(|error| {
            // The library's own errors are known by their texts alone.
            match error.to_string() {
                text if text.starts_with("Space limit exceeded") => ReceiveError::TooLarge,
                text if text.starts_with("WebSocket protocol error: Connection reset") => ReceiveError::Lost,
                text if text.starts_with("WebSocket protocol error") => ReceiveError::Protocol,
                text if text.starts_with("UTF-8 encoding error") => ReceiveError::Protocol,
                _ => ReceiveError::Lost,
            }
        }))
    }

    async fn send(&mut self, message: ws::Message) -> Result<(), Lost> {
        Self::send(self, message).await.map_err(|error| {
            tracing::debug!(%error, "a WebSocket message could not be sent");
            Lost
        })
    }
}
