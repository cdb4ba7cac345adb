//! One connection of the older subprotocol `graphql-ws` (of subscriptions-transport-ws): async-graphql-axum carries it, guarded.
//!
//! Every message of the client is read here before it is passed on, and every message to it on its way back. The carrier knows
//! operations by numbers that are never used again: what it says of one that was ended is known for that. Bounds, times, pings
//! and the stop of the server are kept here, as in [`super::connection`]; it never runs while the socket takes what it said.

mod carrier;
mod message;

use std::{collections::HashMap, pin::Pin, sync::Arc};

use async_graphql::Executor;
use axum::extract::ws;
use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Instant, Sleep},
};

use super::{
    close::Close,
    connection::{End, Lost, Opened, ReceiveError, Socket, Step, content, farewell},
    message::of_operation,
};
use crate::{
    config::WebSocket as Bounds,
    engine::GraphqlRequest,
    server::{
        admin::drained,
        executor::{Endless, theirs},
    },
};
use carrier::Carrier;
use message::{Message, Said, for_carrier, init_for_carrier};

/// Its name in a handshake.
pub(super) const PROTOCOL: &str = "graphql-ws";

struct Guard<S> {
    socket: S,
    carrier: Carrier,
    bounds: Bounds,
    /// Whether `connection_init` came.
    begun: bool,
    /// Why the connection is closed if the carrier ends it.
    parting: Close,
    running: HashMap<u64, Running, ahash::RandomState>,
    serials: HashMap<Arc<str>, u64, ahash::RandomState>,
    serial: u64,
    /// The end of the time for `connection_init`, later the next ping.
    alarm: Pin<Box<Sleep>>,
    /// Whether anything came since the last ping.
    heard: bool,
    draining: watch::Receiver<bool>,
    stopping: bool,
}

struct Running {
    id: Arc<str>,
    endless: Endless,
}

/// Serves a connection to its end.
pub(super) async fn run<S: Socket, E: Executor>(socket: S, opened: Opened<E>) -> End {
    let Opened { executor, bounds, draining, init } = opened;
    let mut guard = Guard {
        socket,
        carrier: carrier::start(executor, init).await,
        bounds,
        begun: false,
        parting: Close::invalid("the payload of `connection_init`"),
        running: HashMap::default(),
        serials: HashMap::default(),
        serial: 0,
        alarm: Box::pin(tokio::time::sleep(bounds.init_timeout.0)),
        heard: true,
        draining,
        stopping: false,
    };
    let end = loop {
        if let Err(end) = guard.step().await {
            break end;
        }
    };
    // Ends what still runs before the farewell.
    drop(guard.carrier);
    farewell(&mut guard.socket, &end).await;
    end
}

impl<S: Socket> Guard<S> {
    async fn step(&mut self) -> Step {
        let (socket, hears) = (&mut self.socket, &self.carrier.hears);
        let received = async {
            // Nothing is read that the carrier has no room for.
            drop(hears.reserve_many(carrier::AT_ONCE).await);
            socket.receive().await
        };
        tokio::select! {
            received = received => self.received(received).await,
            said = self.carrier.says.recv() => self.said(said).await,
            // What it said last is heard before its end.
            () = &mut self.carrier.runs => Ok(()),
            () = self.alarm.as_mut() => self.alarmed().await,
            () = drained(&mut self.draining), if !self.stopping => {
                self.stopping = true;
                self.stop_when_idle()
            }
        }
    }

    async fn received(&mut self, received: Option<Result<ws::Message, ReceiveError>>) -> Step {
        self.heard = true;
        let Some(text) = content(received)? else { return Ok(()) };
        match Message::read(&text).map_err(|problem| End::Ours(Close::invalid(problem)))? {
            Message::Init(payload) => {
                if std::mem::replace(&mut self.begun, true) {
                    self.parting = Close::too_many_inits();
                }
                self.alarm.as_mut().reset(Instant::now() + self.bounds.ping_interval.0);
                self.forward(init_for_carrier(payload));
                Ok(())
            }
            Message::Start(id, request) => self.start(id, *request).await,
            Message::Stop(id) => {
                self.stop(&id);
                self.stop_when_idle()
            }
            Message::Terminate => {
                self.parting = Close::done();
                self.forward(r#"{"type":"connection_terminate"}"#.to_owned());
                Ok(())
            }
        }
    }

    async fn start(&mut self, id: Arc<str>, request: GraphqlRequest<'_>) -> Step {
        // Clients do not wait for the acknowledgement.
        if !self.begun {
            return Err(End::Ours(Close::unauthorized()));
        }
        // In this protocol it takes the place of one of the same id.
        self.stop(&id);
        let most = self.bounds.operations.get();
        if self.running.len() >= most || self.stopping {
            let problem = super::not_begun(self.stopping, most).to_string();
            self.send(of_operation("error", &id, Some(&problem))).await?;
            return self.stop_when_idle();
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
            return self.socket.send(ws::Message::Text(text)).await.map_err(|Lost| End::Lost);
        };
        // Unless the client has ended it.
        let Some(running) = self.running.get(&serial) else { return Ok(()) };
        match said.payload {
            Some(answer) => {
                let answer = of_operation(said.kind, &running.id, Some(&answer.answer()));
                self.send(answer).await
            }
            None => {
                // A client that is not told that its events are complete asks for them anew.
                let broken_off = (self.stopping || *self.draining.borrow()) && running.endless.is();
                let ended = of_operation(said.kind, &running.id, None);
                self.serials.remove(&running.id);
                self.running.remove(&serial);
                if !broken_off {
                    self.send(ended).await?;
                }
                self.stop_when_idle()
            }
        }
    }

    fn stop_when_idle(&self) -> Step {
        if self.stopping && self.running.is_empty() { Err(End::Ours(Close::restart())) } else { Ok(()) }
    }

    async fn alarmed(&mut self) -> Step {
        if !self.begun {
            return Err(End::Ours(Close::init_timeout()));
        }
        if !self.heard {
            return Err(End::Lost);
        }
        self.heard = false;
        self.alarm.as_mut().reset(Instant::now() + self.bounds.ping_interval.0);
        self.socket.send(ws::Message::Ping(Bytes::new())).await.map_err(|Lost| End::Lost)
    }

    async fn send(&mut self, text: String) -> Step {
        self.socket.send(ws::Message::Text(text.into())).await.map_err(|Lost| End::Lost)
    }
}

#[cfg(test)]
mod tests;
