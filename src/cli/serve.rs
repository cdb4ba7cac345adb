//! `anabranch serve` and `anabranch demo`

use std::{net::SocketAddr, sync::Arc, time::Duration};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    Ending, Printer,
    args::{Demo, LogFormat, LogLevel, Logging, Serve},
    load,
};
use crate::{
    config::{Admin, Config, Declared},
    demo::{self, DemoOptions},
    engine::Engine,
    model::Model,
    server::{App, Listener, admin_routes, public_routes},
    telemetry::{self, Metrics},
};

/// How long the start waits for upstreams that do not answer, before it says so.
const PROBE: Duration = Duration::from_millis(500);
/// How long requests on the admin listener get when all others are over.
const ADMIN_DRAIN: Duration = Duration::from_secs(1);
/// How long the end waits for a thread that does not come to a point where it can be ended.
const CUT_OFF: Duration = Duration::from_secs(1);

pub(super) fn serve(arguments: &Serve, printer: &Printer) -> Ending {
    run(arguments, None, printer)
}

pub(super) fn demo(arguments: &Demo, printer: &Printer) -> Ending {
    run(&arguments.serve, Some(arguments), printer)
}

fn run(arguments: &Serve, demo: Option<&Demo>, printer: &Printer) -> Ending {
    set_up_logging(&arguments.logging, printer);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.error(&format!("the runtime cannot start: {error}"));
            return Ending::Unusable;
        }
    };
    // The demo's services come before the model, which has to know where they are.
    let services = match demo.map(|demo| runtime.block_on(start_services(demo))).transpose() {
        Ok(services) => services,
        Err(problem) => return problem.tell(printer),
    };
    let moved = services.as_ref().filter(|_| demo.is_some_and(|demo| demo.services.is_some()));
    let loaded = load::model_with(&arguments.config.config, printer, |config| {
        if let Some(services) = moved {
            point_at(services, config);
        }
    });
    let (mut config, model) = match loaded {
        Ok(loaded) => loaded,
        Err(ending) => return ending,
    };
    if let Some(listen) = arguments.listen {
        config.server.listen = listen;
    }
    if let Some(listen) = arguments.admin_listen {
        match &mut config.admin {
            Some(admin) => admin.listen = listen,
            None => config.admin = Some(Admin { listen, token: None }),
        }
    }
    let voice = Voice { printer, json: arguments.logging.log_format == LogFormat::Json };
    let ending = runtime
        .block_on(serve_until_stopped(config, model, services, &voice))
        .unwrap_or_else(|problem| problem.tell(printer));
    // What is still running has had its time: its tasks are dropped here, so that each operation is told in the log.
    runtime.shutdown_timeout(CUT_OFF);
    ending
}

/// Why nothing is served, and what to do.
struct Problem {
    message: String,
    help: Option<String>,
}

impl Problem {
    fn tell(self, printer: &Printer) -> Ending {
        printer.error(&self.message);
        if let Some(help) = self.help {
            printer.talk(&format!("  = help: {help}"));
        }
        Ending::Unusable
    }
}

async fn start_services(arguments: &Demo) -> Result<demo::Demo, Problem> {
    let mut options = DemoOptions { latency: arguments.latency, ..DemoOptions::default() };
    if let Some(first) = arguments.services {
        options = options.at(first);
    }
    demo::start(options).await.map_err(|error| Problem {
        message: error.to_string(),
        help: Some("choose other ports with `--services PORT`, or `--services 0` for any free ones".to_owned()),
    })
}

/// The upstreams of the demo's services, where they are now.
fn point_at(services: &demo::Demo, config: &mut Config) {
    for (name, upstream) in &mut config.upstreams {
        if let (Some(value), Some(span)) = (services.base_url(name), &upstream.span) {
            upstream.base_url = Some(Declared { value, span: span.clone() });
        }
    }
}

/// Tells how serving begins and ends: to people, or as log lines where those are to be read by machines.
struct Voice<'a> {
    printer: &'a Printer,
    json: bool,
}

async fn serve_until_stopped(
    config: Config,
    model: Model,
    services: Option<demo::Demo>,
    voice: &Voice<'_>,
) -> Result<Ending, Problem> {
    let mut signals = StopSignals::listen();
    // Sockets first: a busy port must not cost the rest of the start.
    let public = bind(config.server.listen, "--listen").await?;
    let admin = match &config.admin {
        Some(admin) => Some(bind(admin.listen, "--admin-listen").await?),
        None => None,
    };
    let metrics = Arc::new(Metrics::new());
    let engine = Engine::new(model, &config, metrics.clone())
        .map_err(|error| Problem { message: error.to_string(), help: None })?;
    let engine = Arc::new(engine);
    let app = App::new(engine.clone(), metrics, &config);
    voice.announce(&engine, public.address(), admin.as_ref().map(Listener::address));

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let (stop_admin, admin_stopped) = tokio::sync::watch::channel(false);
    let drain = config.server.shutdown.0;
    let serving = public.serve(public_routes(&app), until(stopped.clone()), drain);
    let (settling, begun) = (engine.clone(), stopped.clone());
    let mut public = tokio::spawn(async move {
        let end = async {
            until(begun).await;
            tokio::time::Instant::now() + drain
        };
        let ((), end) = tokio::join!(serving, end);
        // A mutation goes on when its client leaves: it has the same time to come to its end.
        if tokio::time::timeout_at(end, settling.settled()).await.is_err() {
            tracing::warn!("mutations were still running when the time to drain was over");
        }
    });
    let admin = admin
        .map(|listener| tokio::spawn(listener.serve(admin_routes(&app), until(admin_stopped.clone()), ADMIN_DRAIN)));
    let probe = tokio::spawn(report_unreachable(engine, stopped));
    signals.next().await;
    voice.stopping();
    app.leave();
    let draining = async {
        // Load balancers get the time to learn that nothing shall be sent any more.
        tokio::time::sleep(config.server.drain_delay.0).await;
        app.drain();
        stop.send_replace(true);
        (&mut public).await
    };
    // Readiness is told while the last requests finish; a second request to stop doesn't wait for them.
    let ended = tokio::select! {
        ended = draining => Some(ended),
        () = signals.next() => None,
    };
    app.cut_off();
    let Some(ended) = ended else { return Ok(Ending::Problems) };
    stop_admin.send_replace(true);
    let mut ending = Ending::Fine;
    let others = [admin, Some(probe)].into_iter().flatten();
    for result in std::iter::once(ended).chain(futures_util::future::join_all(others).await) {
        if let Err(error) = result {
            voice.printer.error(&format!("a listener ended badly: {error}"));
            ending = Ending::Problems;
        }
    }
    if let Some(services) = services {
        services.shutdown().await;
    }
    Ok(ending)
}

async fn bind(address: SocketAddr, option: &str) -> Result<Listener, Problem> {
    Listener::bind(address).await.map_err(|error| Problem {
        message: error.to_string(),
        help: Some(format!("choose another address with `{option}`, or port 0 for any free one")),
    })
}

// === impl Voice ===

impl Voice<'_> {
    /// Says where to click.
    fn announce(&self, engine: &Engine, public: SocketAddr, admin: Option<SocketAddr>) {
        let version = env!("CARGO_PKG_VERSION");
        if self.json {
            let admin = admin.map(tracing::field::display);
            tracing::info!(version, %public, admin, "listening");
            return;
        }
        let printer = self.printer;
        let host = reachable(public);
        printer.talk(&format!("{} {version}", printer.strong("anabranch")));
        printer.talk(&format!("  console  {}", printer.strong(&format!("http://{host}/"))));
        for view in engine.model().clients.values() {
            printer.talk(&format!("  {:<8} http://{host}/{}/graphql", view.name, view.name));
        }
        if let Some(admin) = admin.map(reachable) {
            printer.talk(&format!("  admin    http://{admin}/health/ready, http://{admin}/metrics"));
        }
        printer.talk("press ctrl-c to stop");
    }

    fn stopping(&self) {
        if self.json {
            tracing::info!("stopping");
        } else {
            self.printer.talk("stopping: running requests may finish; press ctrl-c again to stop at once");
        }
    }
}

/// An address that a browser on this machine can open: a wildcard is not one.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// An upstream that cannot be reached is told once at the start; the others work without it.
async fn report_unreachable(engine: Arc<Engine>, stopped: tokio::sync::watch::Receiver<bool>) {
    let probe = engine.upstreams().probe(PROBE);
    let results = tokio::select! {
        results = probe => results,
        () = until(stopped) => return,
    };
    for (id, result) in results {
        if let Err(reason) = result {
            let upstream = engine.model().upstream(id);
            tracing::warn!(
                upstream = &*upstream.name,
                origin = upstream.origin,
                reason,
                "an upstream cannot be reached; fields that need it will be errors until it can"
            );
        }
    }
}

async fn until(mut stopped: tokio::sync::watch::Receiver<bool>) {
    // An error means that the sender is gone: that is the end, too.
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        tracing::debug!("the stop signal's sender is gone");
    }
}

/// What asks the process to stop. Heard from when it is made, so that a stop during the start is not lost.
#[cfg(unix)]
struct StopSignals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

#[cfg(unix)]
impl StopSignals {
    fn listen() -> Self {
        let listen = |kind: SignalKind| {
            signal(kind).inspect_err(|error| tracing::warn!(%error, "a signal that asks to stop cannot be heard")).ok()
        };
        Self { interrupt: listen(SignalKind::interrupt()), terminate: listen(SignalKind::terminate()) }
    }

    /// Completes at the next request to stop.
    async fn next(&mut self) {
        async fn heard(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => signal.recv().await.unwrap_or_default(),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = heard(&mut self.interrupt) => {}
            () = heard(&mut self.terminate) => {}
        }
    }
}

#[cfg(not(unix))]
struct StopSignals;

#[cfg(not(unix))]
impl StopSignals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c cannot be heard");
            std::future::pending::<()>().await;
        }
    }
}

fn set_up_logging(logging: &Logging, printer: &Printer) {
    let level = match logging.log_level {
        LogLevel::Off => None,
        LogLevel::Error => Some(tracing::Level::ERROR),
        LogLevel::Warn => Some(tracing::Level::WARN),
        LogLevel::Info => Some(tracing::Level::INFO),
        LogLevel::Debug => Some(tracing::Level::DEBUG),
    };
    let format = match logging.log_format {
        LogFormat::Text => telemetry::LogFormat::Text,
        LogFormat::Json => telemetry::LogFormat::Json,
    };
    if let Err(reason) = telemetry::set_up_logging(level, format, printer.colored()) {
        printer.warning(&format!("logging cannot be set up: {reason}"));
    }
}
