//! GraphQL over WebSocket: the upgrade, and over what it gives `graphql-transport-ws`, or the older `graphql-ws` where a client
//! knows only that.
//!
//! A page of another site could open a WebSocket with the visitor's cookies, and no preflight asks whether it may: origins are
//! checked here as for other requests.

mod close;
mod connection;
mod line;
mod message;
mod older;

use std::sync::Arc;

use async_graphql::Executor;
use axum::extract::{
    FromRequestParts as _,
    ws::{self, WebSocket, WebSocketUpgrade},
};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
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
use crate::{
    engine::IncrementalFormat,
    json::{Object, Value},
    telemetry::{GoingOn, Identity},
};
use close::Close;
use line::{End, Lost, Opened, ReceiveError, Socket};

/// The subprotocol of choice.
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
    // The first of ours that the client offers, in whichever order it does.
    let upgrade = upgrade.protocols([PROTOCOL, older::PROTOCOL]);
    let upgrade = upgrade.max_message_size(app.body_limit).max_frame_size(app.body_limit);
    let protocol = match upgrade.selected_protocol() {
        Some(selected) if selected == PROTOCOL => Protocol::Current,
        Some(_) => Protocol::Older,
        None => Protocol::Unknown,
    };
    let (trace, problems) = trace::wanted(asked, &app.trace, connected.peer);
    let client = Client {
        app: Arc::clone(app),
        at: endpoint.at,
        headers: without_handshake(asked.headers()),
        identity: identity.clone(),
        trace,
        problems,
        _held: (Arc::clone(connected), permit, app.metrics.transports().connect()),
    };
    let response = upgrade.on_upgrade(move |socket| client.serve(socket, protocol));
    Ok(response.map(Either::Right))
}

/// What a connection speaks.
#[derive(Debug, Clone, Copy)]
enum Protocol {
    Current,
    Older,
    Unknown,
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
    async fn serve(self, socket: WebSocket, protocol: Protocol) {
        let app = Arc::clone(&self.app);
        let operations = Operations::new(&app, self.at);
        let end = match protocol {
            Protocol::Current => connection::run(socket, self.opened(operations)).await,
            Protocol::Older => older::run(socket, self.opened(operations.whole())).await,
            Protocol::Unknown => {
                line::close(socket, End::Ours(Close::subprotocol("offer `graphql-transport-ws`"))).await
            }
        };
        let code = match &end {
            End::Ours(close) => Some(close.code),
            End::Theirs(code) => *code,
            End::Lost => Some(1006),
        };
        app.metrics.transports().closed(close::label(code));
        tracing::debug!(code, request_id = ?self.identity.request_id(), "a WebSocket connection ended");
    }

    fn opened<E: Executor>(&self, executor: E) -> Opened<E> {
        let Self { app, at, headers, identity, trace, problems, .. } = self;
        let (app, at, headers, identity) = (Arc::clone(app), *at, headers.clone(), identity.clone());
        let (trace, problems) = (*trace, *problems);
        Opened {
            executor,
            bounds: app.websocket,
            draining: app.readiness.draining(),
            init: Box::new(move |payload| {
                let names = app.endpoint_at(at).map(|endpoint| &*endpoint.view.init_headers).unwrap_or_default();
                let headers = session_headers(&headers, payload, names)?;
                Ok(Session { headers, identity, trace, problems, format: format(payload)? })
            }),
        }
    }
}

/// The client's headers, without those of the handshake.
fn without_handshake(request: &HeaderMap) -> HeaderMap {
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

/// The headers of a session: those of the connection's request, and members of the payload that count as such.
fn session_headers(request: &HeaderMap, payload: &Object, names: &[HeaderName]) -> Result<HeaderMap, String> {
    /// Longest value, in bytes.
    const LONGEST: usize = 16 * 1024;
    let mut headers = request.clone();
    for name in names.iter().filter(|name| !request.contains_key(*name)) {
        let member = payload.iter().find(|(key, _)| key.eq_ignore_ascii_case(name.as_str()));
        let Some(text) = member.and_then(|(_, value)| value.as_str()) else { continue };
        let value = HeaderValue::from_str(text.trim()).ok().filter(|value| value.len() <= LONGEST);
        headers.insert(name, value.ok_or_else(|| format!("`{name}` is not a value for a header"))?);
    }
    Ok(headers)
}

/// The form of answers in parts that a client asks for as it would by a media type's parameter.
fn format(payload: &Object) -> Result<IncrementalFormat, String> {
    match payload.get("incrementalSpec").map(Value::as_str) {
        None => Ok(IncrementalFormat::Patches),
        Some(Some("v0.2")) => Ok(IncrementalFormat::Pending),
        Some(_) => Err("`incrementalSpec` can only be `v0.2`".to_owned()),
    }
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
