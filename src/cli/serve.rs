//! `anabranch serve` and `anabranch demo`

use std::{net::SocketAddr, sync::Arc, time::Duration};

use super::{
    Ending, Printer,
    args::{Demo, LogFormat, LogLevel, Logging, Serve},
    load,
};
use crate::{
    config::Config,
    demo::{self, DemoOptions},
    engine::Engine,
    model::Model,
    server::{App, Listener, admin_routes, public_routes},
    telemetry::{self, Metrics},
};

/// How long the start waits for upstreams that do not answer, before it says so.
const PROBE: Duration = Duration::from_millis(500);

pub(super) fn serve(arguments: &Serve, printer: &Printer) -> Ending {
    run(arguments, printer, None)
}

pub(super) fn demo(arguments: &Demo, printer: &Printer) -> Ending {
    let options = DemoOptions { latency: arguments.latency, ..DemoOptions::default() };
    run(&arguments.serve, printer, Some(options))
}

fn run(arguments: &Serve, printer: &Printer, demo: Option<DemoOptions>) -> Ending {
    set_up_logging(&arguments.logging, printer);
    let (mut config, model) = match load::model(&arguments.config.config, printer) {
        Ok(loaded) => loaded,
        Err(ending) => return ending,
    };
    if let Some(listen) = arguments.listen {
        config.server.listen = listen;
    }
    if let (Some(listen), Some(admin)) = (arguments.admin_listen, &mut config.admin) {
        admin.listen = listen;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.error(&format!("the runtime cannot start: {error}"));
            return Ending::Unusable;
        }
    };
    runtime.block_on(serve_until_stopped(config, model, demo, printer)).unwrap_or_else(|message| {
        printer.error(&message);
        Ending::Unusable
    })
}

async fn serve_until_stopped(
    config: Config,
    model: Model,
    demo: Option<DemoOptions>,
    printer: &Printer,
) -> Result<Ending, String> {
    // Sockets first: a busy port must not cost the rest of the start.
    let public = Listener::bind(config.server.listen).await.map_err(|error| error.to_string())?;
    let admin = match &config.admin {
        Some(admin) => Some(Listener::bind(admin.listen).await.map_err(|error| error.to_string())?),
        None => None,
    };
    let services = match demo {
        Some(options) => {
            Some(demo::start(options).await.map_err(|error| format!("the demo's services cannot start: {error}"))?)
        }
        None => None,
    };
    let metrics = Arc::new(Metrics::new());
    let engine = Arc::new(Engine::new(model, &config, metrics.clone()).map_err(|error| error.to_string())?);
    let app = App::new(engine.clone(), metrics, &config);
    announce(&engine, public.address(), admin.as_ref().map(Listener::address), printer);

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let drain = config.server.shutdown.0;
    let public = tokio::spawn(public.serve(public_routes(&app), until(stopped.clone()), drain));
    let admin = admin.map(|listener| tokio::spawn(listener.serve(admin_routes(&app), until(stopped.clone()), drain)));
    let probe = tokio::spawn(report_unreachable(engine, stopped));
    stop_requested().await;
    printer.talk("stopping: running requests may finish");
    app.drain();
    stop.send_replace(true);
    let mut ending = Ending::Fine;
    for task in [Some(public), admin, Some(probe)].into_iter().flatten() {
        if let Err(error) = task.await {
            printer.error(&format!("a listener ended badly: {error}"));
            ending = Ending::Problems;
        }
    }
    if let Some(services) = services {
        services.shutdown().await;
    }
    Ok(ending)
}

/// Says where to click.
fn announce(engine: &Engine, public: SocketAddr, admin: Option<SocketAddr>, printer: &Printer) {
    let host = reachable(public);
    printer.talk(&format!("{} {}", printer.strong("anabranch"), env!("CARGO_PKG_VERSION")));
    printer.talk(&format!("  console  {}", printer.strong(&format!("http://{host}/"))));
    for view in engine.model().clients.values() {
        printer.talk(&format!("  {:<8} http://{host}/{}/graphql", view.name, view.name));
    }
    if let Some(admin) = admin.map(reachable) {
        printer.talk(&format!("  admin    http://{admin}/health/ready, http://{admin}/metrics"));
    }
    printer.talk("press ctrl-c to stop");
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

/// Completes when the process is asked to stop.
async fn stop_requested() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "the terminate signal cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
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
