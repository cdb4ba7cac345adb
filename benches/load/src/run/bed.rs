//! What peers stand on: the static upstream, the demo shop's services, and who runs on which processor.

use std::{
    net::{Ipv4Addr, TcpListener},
    time::Duration,
};

use super::Options;
use crate::{
    error::{Error, Result},
    exchange::{Message, calls, exchange},
    machine::{Placement, placement},
    manifest::Mode,
    process::{self, Program, Start},
    workload,
};

/// The services of the demo shop, in the order of their ports.
const SERVICES: [&str; 5] = ["CATALOG", "INVENTORY", "REVIEWS", "CUSTOMERS", "ORDERS"];

/// The port of the first service in `anabranch demo`; the others follow.
const FIRST_PORT: usize = 4101;

/// The running upstreams.
#[derive(Debug)]
pub struct Bed {
    /// Who runs where.
    pub placement: Placement,
    /// The static upstream.
    pub upstream: Program,
    /// Where it listens.
    pub upstream_port: u16,
    shop: Option<Shop>,
}

/// The services, and what remembers their answers.
#[derive(Debug)]
struct Shop {
    services: Program,
    program: Program,
    control: u16,
    ports: [u16; 5],
}

/// A port of loopback that nobody listens on.
pub fn free_port() -> Result<u16> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(|source| Error::Program { program: "a listener".to_owned(), source })
}

/// The part of the environment that programs of peers have when they are installed, too.
pub(super) fn tools(options: &Options) -> Vec<(String, String)> {
    vec![
        ("LOAD_TARGET".to_owned(), options.target.display().to_string()),
        ("ANABRANCH".to_owned(), options.gateway.display().to_string()),
    ]
}

// === impl Bed ===

impl Bed {
    /// Starts the static upstream, and the shop if it is asked for.
    pub(super) async fn start(options: &Options, shop: bool) -> Result<Self> {
        let placement = placement();
        let run = |name: &str, arguments: Vec<String>| {
            let program = options.target.join("release").join(name).display().to_string();
            process::start(&Start {
                command: &[vec![program], arguments].concat(),
                folder: &options.folder,
                environment: &[],
                cpu: placement.upstream,
                log: options.out.join(format!("logs/{name}.log")),
            })
        };
        let upstream_port = free_port()?;
        let mut upstream = run("upstream", vec![upstream_port.to_string()])?;
        listening(&mut upstream, upstream_port).await?;
        let shop = if shop {
            let mut ports = [0; 6];
            for port in &mut ports {
                *port = free_port()?;
            }
            let [control, ports @ ..] = ports;
            let services = services(options, &placement).await?;
            let arguments = [control].iter().chain(&ports).map(u16::to_string).collect();
            let mut program = run("shop", arguments)?;
            listening(&mut program, control).await?;
            Some(Shop { services, program, control, ports })
        } else {
            None
        };
        Ok(Self { placement, upstream, upstream_port, shop })
    }

    /// Sets how long the static upstream waits before each answer.
    pub async fn delay(&self, milliseconds: u64) -> Result<()> {
        let message = Message::post(&format!("/delay/{milliseconds}"), String::new());
        exchange(self.upstream_port, &message).await.map(|_| ())
    }

    /// Stops the upstreams.
    pub(super) async fn stop(self) {
        self.upstream.stop().await;
        if let Some(shop) = self.shop {
            shop.program.stop().await;
            shop.services.stop().await;
        }
    }

    /// Counts calls from zero again.
    pub(super) async fn reset(&self, upstream: workload::Upstream) -> Result<()> {
        exchange(self.counter(upstream), &Message::post("/stats", String::new())).await.map(|_| ())
    }

    /// Calls since then.
    pub(super) async fn calls(&self, upstream: workload::Upstream) -> Result<u64> {
        calls(self.counter(upstream)).await
    }

    /// What the paths of the static upstream begin with in a mode.
    pub(super) fn prefix(&self, mode: Mode) -> &'static str {
        if mode == Mode::Cached { "/fresh" } else { "" }
    }

    /// The environment of a peer.
    pub fn environment(&self, options: &Options, port: u16, mode: Mode) -> Vec<(String, String)> {
        let mut environment = tools(options);
        let mut set = |name: &str, value: String| environment.push((name.to_owned(), value));
        set("PORT", port.to_string());
        set("UPSTREAM", format!("http://127.0.0.1:{}{}", self.upstream_port, self.prefix(mode)));
        set("WORKERS", "1".to_owned());
        set("ANSWERS", options.out.join("answers").display().to_string());
        let ports = self.shop.as_ref().map_or([9; 5], |shop| shop.ports);
        for (service, port) in SERVICES.iter().zip(ports) {
            set(&format!("SHOP_{service}"), format!("http://127.0.0.1:{port}"));
        }
        environment
    }

    fn counter(&self, upstream: workload::Upstream) -> u16 {
        match (upstream, &self.shop) {
            (workload::Upstream::Shop, Some(shop)) => shop.control,
            _ => self.upstream_port,
        }
    }
}

/// Starts the services of the demo shop. They listen on ports of their own; of the gateway beside them nothing is used.
async fn services(options: &Options, placement: &Placement) -> Result<Program> {
    let command = ["demo", "--config", "peers/anabranch/shop-honest.toml", "--listen", "127.0.0.1:0"];
    let command: Vec<String> = [options.gateway.display().to_string()]
        .into_iter()
        .chain(command.iter().map(|argument| (*argument).to_owned()))
        .collect();
    let addresses = SERVICES.iter().enumerate();
    let environment: Vec<(String, String)> = addresses
        .map(|(at, service)| (format!("SHOP_{service}"), format!("http://127.0.0.1:{}", FIRST_PORT + at)))
        .collect();
    let mut program = process::start(&Start {
        command: &command,
        folder: &options.folder,
        environment: &environment,
        cpu: placement.upstream,
        log: options.out.join("logs/shop-services.log"),
    })?;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if let Some(how) = program.ended() {
            return Err(Error::Answer(how));
        }
        if exchange(FIRST_PORT as u16, &Message::get("/")).await.is_ok() {
            return Ok(program);
        }
    }
    Err(Error::Exchange { port: FIRST_PORT as u16, reason: "the demo shop's services do not start".to_owned() })
}

/// Waits until a program counts calls.
async fn listening(program: &mut Program, port: u16) -> Result<()> {
    for _ in 0..100 {
        if let Some(how) = program.ended() {
            return Err(Error::Answer(how));
        }
        if calls(port).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    calls(port).await.map(|_| ())
}
