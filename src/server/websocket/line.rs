//! One connection, whichever subprotocol it speaks: its socket, its bounds and times, and the stop of the server.
//!
//! Waiting for an [`Event`] may be cancelled; sending may not, since a message that the socket has not taken would be lost.

use std::{pin::Pin, time::Duration};

use axum::extract::ws::{self, Utf8Bytes};
use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Instant, Sleep},
};

use super::close::Close;
use crate::{
    config::WebSocket as Bounds,
    json::Object,
    server::{
        admin::drained,
        executor::{Endless, Session},
    },
};

/// Time for the other side to close, once it was told.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a line needs of a socket.
pub(super) trait Socket: Send {
    /// The next message; cancelling it loses nothing.
    fn receive(&mut self) -> impl Future<Output = Option<Result<ws::Message, ReceiveError>>> + Send;
    /// Sends a message and waits until the socket took it.
    fn send(&mut self, message: ws::Message) -> impl Future<Output = Result<(), Lost>> + Send;
}

/// Why nothing can be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiveError {
    TooLarge,
    Protocol,
    Lost,
}

/// The connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// We closed it.
    Ours(Close),
    /// The client closed it, perhaps with a code.
    Theirs(Option<u16>),
    /// It broke off, or nothing came from it any more.
    Lost,
}

/// Whether a connection goes on.
pub(super) type Step = Result<(), End>;

/// Makes a session of the payload of `connection_init`, or tells what is wrong with that.
pub(super) type Init = Box<dyn FnOnce(&Object) -> Result<Session, String> + Send>;

/// What a connection begins with.
pub(super) struct Opened<E> {
    pub(super) executor: E,
    pub(super) bounds: Bounds,
    pub(super) draining: watch::Receiver<bool>,
    pub(super) init: Init,
}

/// A connection without its operations.
pub(super) struct Line<S> {
    pub(super) socket: S,
    pub(super) bounds: Bounds,
    /// Whether `connection_init` came.
    pub(super) begun: bool,
    /// The end of the time for `connection_init`, later the next ping.
    alarm: Pin<Box<Sleep>>,
    /// Whether anything came since the last ping.
    heard: bool,
    draining: watch::Receiver<bool>,
    stopping: bool,
}

/// What happens on a line, for [`Line::attend`].
pub(super) enum Event {
    Received(Option<Result<ws::Message, ReceiveError>>),
    Alarm,
    Stops,
}

impl<S: Socket> Line<S> {
    pub(super) fn new(socket: S, bounds: Bounds, draining: watch::Receiver<bool>) -> Self {
        let alarm = Box::pin(tokio::time::sleep(bounds.init_timeout.0));
        Self { socket, bounds, begun: false, alarm, heard: true, draining, stopping: false }
    }

    /// What happens next; cancelling it loses nothing. Nothing is received before there is room.
    pub(super) async fn event(&mut self, room: impl Future<Output = ()>) -> Event {
        let received = async {
            room.await;
            self.socket.receive().await
        };
        tokio::select! {
            received = received => Event::Received(received),
            () = self.alarm.as_mut() => Event::Alarm,
            () = drained(&mut self.draining), if !self.stopping => Event::Stops,
        }
    }

    /// Does what every connection does at an event; what the client says, if it is for the protocol.
    pub(super) async fn attend(&mut self, event: Event) -> Result<Option<Bytes>, End> {
        match event {
            Event::Received(received) => {
                self.heard = true;
                content(received)
            }
            Event::Alarm if !self.begun => Err(End::Ours(Close::init_timeout())),
            Event::Alarm if !self.heard => Err(End::Lost),
            Event::Alarm => {
                self.heard = false;
                self.ping_later();
                self.say(ws::Message::Ping(Bytes::new())).await.map(|()| None)
            }
            Event::Stops => {
                self.stopping = true;
                Ok(None)
            }
        }
    }

    /// `connection_init` came.
    pub(super) fn begin(&mut self) {
        self.begun = true;
        self.ping_later();
    }

    fn ping_later(&mut self) {
        self.alarm.as_mut().reset(Instant::now() + self.bounds.ping_interval.0);
    }

    pub(super) async fn send(&mut self, text: impl Into<Utf8Bytes>) -> Step {
        self.say(ws::Message::Text(text.into())).await
    }

    async fn say(&mut self, message: ws::Message) -> Step {
        self.socket.send(message).await.map_err(|Lost| End::Lost)
    }

    /// Why no operation begins beside those that run: the server stops, or there are as many as there may be.
    pub(super) fn refusal(&self, running: usize) -> Option<serde_json::Value> {
        let most = self.bounds.operations.get();
        let (code, message) = match self.stopping {
            true => ("SERVER_STOPPING", "the server stops; connect anew".to_owned()),
            false if running < most => return None,
            false => ("LIMIT_EXCEEDED", format!("more than {most} operations at the same time on one connection")),
        };
        Some(serde_json::json!({ "message": message, "extensions": { "code": code } }))
    }

    /// Whether an operation ends because the server stops: a client that is not told that its events are complete asks for them
    /// anew.
    pub(super) fn breaks_off(&self, endless: &Endless) -> bool {
        // Events end when the server stops, which may be seen before this task hears of it.
        (self.stopping || *self.draining.borrow()) && endless.is()
    }

    /// A server that stops waits for what runs, and then closes.
    pub(super) fn goes_on(&self, idle: bool) -> Step {
        if self.stopping && idle { Err(End::Ours(Close::restart())) } else { Ok(()) }
    }
}

/// What a message says, if it is not of the socket's own, or how the connection ended.
fn content(received: Option<Result<ws::Message, ReceiveError>>) -> Result<Option<Bytes>, End> {
    match received {
        Some(Ok(message @ (ws::Message::Text(_) | ws::Message::Binary(_)))) => Ok(Some(message.into_data())),
        // The socket answers pings itself.
        Some(Ok(ws::Message::Ping(_) | ws::Message::Pong(_))) => Ok(None),
        Some(Ok(ws::Message::Close(frame))) => Err(End::Theirs(frame.map(|frame| frame.code))),
        Some(Err(ReceiveError::TooLarge)) => Err(End::Ours(Close::too_large())),
        Some(Err(ReceiveError::Protocol)) => Err(End::Ours(Close::protocol_error())),
        Some(Err(ReceiveError::Lost)) | None => Err(End::Lost),
    }
}

/// Says why a connection ends, and lets the other side close first, so that it learns of it.
pub(super) async fn close(mut socket: impl Socket, end: End) -> End {
    let frame = match &end {
        End::Ours(close) => Some(close.frame()),
        End::Theirs(_) => None,
        End::Lost => return end,
    };
    let parting = async {
        if let Some(frame) = frame
            && socket.send(ws::Message::Close(Some(frame))).await.is_err()
        {
            return;
        }
        loop {
            match socket.receive().await {
                Some(Ok(_)) => {}
                // What is too large was not read to its end, and what comes of it now makes no message: a connection that is closed
                // now is reset before the reason arrives.
                Some(Err(ReceiveError::TooLarge | ReceiveError::Protocol)) => std::future::pending().await,
                Some(Err(ReceiveError::Lost)) | None => return,
            }
        }
    };
    // Out of time, the connection is dropped all the same.
    tokio::time::timeout(FAREWELL, parting).await.unwrap_or_default();
    end
}
