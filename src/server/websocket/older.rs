//! One connection of the older subprotocol `graphql-ws` (of subscriptions-transport-ws): async-graphql-axum carries it, guarded.
//!
//! Every message of the client is read here before it is passed on, and every message to it on its way back. The carrier knows
//! operations by numbers that are never used again: what it says of one that was ended is known for that. Bounds, times, pings
//! and the stop of the server are those of its [`Line`]; the carrier never runs while the socket takes what it said.

mod carrier;
mod message;

use std::{collections::HashMap, sync::Arc};

use async_graphql::Executor;
use axum::extract::ws;

use super::{
    close::Close,
    line::{self, End, Line, Opened, Socket, Step},
    message::of_operation,
};
use crate::{
    engine::GraphqlRequest,
    server::executor::{Endless, theirs},
};
use carrier::Carrier;
use message::{Message, Said, for_carrier, init_for_carrier};

/// Its name in a handshake.
pub(super) const PROTOCOL: &str = "graphql-ws";

struct Guard<S> {
    line: Line<S>,
    carrier: Carrier,
    /// Why the connection is closed if the carrier ends it.
    parting: Close,
    running: HashMap<u64, Running, ahash::RandomState>,
    serials: HashMap<Arc<str>, u64, ahash::RandomState>,
    serial: u64,
}

struct Running {
    id: Arc<str>,
    endless: Endless,
}

/// Serves a connection to its end.
pub(super) async fn run<S: Socket, E: Executor>(socket: S, opened: Opened<E>) -> End {
    let Opened { executor, bounds, draining, init } = opened;
    let mut guard = Guard {
        line: Line::new(socket, bounds, draining),
        carrier: carrier::start(executor, init).await,
        parting: Close::invalid("the payload of `connection_init`"),
        running: HashMap::default(),
        serials: HashMap::default(),
        serial: 0,
    };
    let end = loop {
        if let Err(end) = guard.step().await {
            break end;
        }
    };
    // Ends what still runs before the farewell.
    drop(guard.carrier);
    line::close(guard.line.socket, end).await
}

impl<S: Socket> Guard<S> {
    async fn step(&mut self) -> Step {
        let hears = &self.carrier.hears;
        // Nothing is read that the carrier has no room for.
        let room = async { drop(hears.reserve_many(carrier::AT_ONCE).await) };
        tokio::select! {
            event = self.line.event(room) => {
                if let Some(text) = self.line.attend(event).await? {
                    self.message(&text).await?;
                }
            }
            said = self.carrier.says.recv() => self.said(said).await?,
            // What it said last is heard before its end.
            () = &mut self.carrier.runs => {}
        }
        self.line.goes_on(self.running.is_empty())
    }

    async fn message(&mut self, text: &[u8]) -> Step {
        match Message::read(text).map_err(|problem| End::Ours(Close::invalid(problem)))? {
            Message::Init(payload) => {
                if self.line.begun {
                    self.parting = Close::too_many_inits();
                }
                self.line.begin();
                self.forward(init_for_carrier(payload));
            }
            Message::Start(id, request) => self.start(id, *request).await?,
            Message::Stop(id) => self.stop(&id),
            Message::Terminate => {
                self.parting = Close::done();
                self.forward(r#"{"type":"connection_terminate"}"#.to_owned());
            }
        }
        Ok(())
    }

    async fn start(&mut self, id: Arc<str>, request: GraphqlRequest<'_>) -> Step {
        // Clients do not wait for the acknowledgement.
        if !self.line.begun {
            return Err(End::Ours(Close::unauthorized()));
        }
        // In this protocol it takes the place of one of the same id.
        self.stop(&id);
        if let Some(problem) = self.line.refusal(self.running.len()) {
            return self.line.send(of_operation("error", &id, Some(&problem.to_string()))).await;
        }
        self.serial += 1;
        let endless = Endless::default();
        self.carrier.requests.push(theirs(request, endless.clone()));
        self.serials.insert(Arc::clone(&id), self.serial);
        self.running.insert(self.serial, Running { id, endless });
        self.forward(for_carrier("start", self.serial));
        Ok(())
    }

    /// Ends an operation, if it runs: nothing is said of it any more.
    fn stop(&mut self, id: &str) {
        if let Some(serial) = self.serials.remove(id) {
            self.running.remove(&serial);
            self.forward(for_carrier("stop", serial));
        }
    }

    fn forward(&self, text: String) {
        // There is room, or the carrier has ended, and so does the connection.
        self.carrier.hears.try_send(ws::Message::Text(text.into())).unwrap_or_default();
    }

    async fn said(&mut self, said: Option<ws::Message>) -> Step {
        let text = match said {
            Some(ws::Message::Text(text)) => text,
            Some(ws::Message::Close(Some(frame))) => {
                return Err(End::Ours(Close::new(frame.code, frame.reason.as_str())));
            }
            Some(_) => return Ok(()),
            None => return Err(End::Ours(self.parting.clone())),
        };
        let Ok(said) = serde_json::from_str::<Said<'_>>(&text) else {
            return Err(End::Ours(Close::internal()));
        };
        let Some(serial) = said.id.and_then(|id| id.parse().ok()) else {
            return self.line.send(text).await;
        };
        // Unless the client has ended it.
        let Some(running) = self.running.get(&serial) else { return Ok(()) };
        match said.payload {
            Some(answer) => {
                let answer = of_operation(said.kind, &running.id, Some(&answer.answer()));
                self.line.send(answer).await
            }
            None => {
                let breaks_off = self.line.breaks_off(&running.endless);
                let ended = of_operation(said.kind, &running.id, None);
                self.serials.remove(&running.id);
                self.running.remove(&serial);
                if breaks_off { Ok(()) } else { self.line.send(ended).await }
            }
        }
    }
}

#[cfg(test)]
mod tests;
