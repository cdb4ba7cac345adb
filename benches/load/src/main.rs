//! The driver of the load bench: `load run` measures, `load report` renders what was measured.

use std::{future::pending, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use load::{
    error::Result,
    extras,
    manifest::Mode,
    report,
    results::Results,
    run::{self, Options},
};
use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

/// Measures Anabranch and its peers side by side.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure, and render what was measured.
    Run(Run),
    /// Render `results.json` again.
    Report {
        /// What `run` wrote.
        results: PathBuf,
        /// Folder for the report; that of the results by default.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// Only these peers, comma separated.
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
    /// Only these workloads, comma separated.
    #[arg(long, value_delimiter = ',')]
    workloads: Vec<String>,
    /// Only these modes, comma separated: honest, in-flight, cached.
    #[arg(long, value_delimiter = ',', value_parser = mode)]
    modes: Vec<Mode>,
    /// Counted runs of each cell.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of each.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Everything that `peers.toml` has; without it, workloads beside the main ones only in the mode where they compare.
    #[arg(long)]
    all: bool,
    /// A smoke run: one round of a second, all peers, few workloads.
    #[arg(long)]
    quick: bool,
    /// Leave out what is found of Anabranch alone: memory, start-up, the large graph, added latency.
    #[arg(long)]
    no_extras: bool,
    /// Leave out the programs that install peers.
    #[arg(long)]
    no_install: bool,
    /// Install peers and stop.
    #[arg(long)]
    only_install: bool,
    /// Folder for results, report and logs.
    #[arg(long)]
    out: PathBuf,
    /// `benches/load` of the repository.
    #[arg(long)]
    folder: PathBuf,
    /// The gateway's program.
    #[arg(long)]
    gateway: PathBuf,
    /// The target folder of this workspace.
    #[arg(long)]
    target: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // What was started ends with the future that holds it.
    let outcome = tokio::select! {
        outcome = execute(Arguments::parse()) => outcome,
        () = interrupted() => return ExitCode::from(130),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Waits for ctrl-c or a request to end.
async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = ctrl_c() => {}
    }
}

/// Whether everything that was tried worked.
async fn execute(arguments: Arguments) -> Result<bool> {
    match arguments.command {
        Command::Report { results, out } => {
            let folder = out.or_else(|| results.parent().map(PathBuf::from)).unwrap_or_default();
            report::write(&Results::read(&results)?, &folder)?;
            println!("{}", folder.join("report.md").display());
            Ok(true)
        }
        Command::Run(arguments) => measure(arguments).await,
    }
}

async fn measure(arguments: Run) -> Result<bool> {
    let extras = !arguments.no_extras;
    let options = Options {
        peers: arguments.peers,
        workloads: arguments.workloads,
        modes: arguments.modes,
        rounds: if arguments.quick { 1 } else { arguments.rounds.max(1) },
        seconds: if arguments.quick { 1 } else { arguments.seconds.max(1) },
        all: arguments.all,
        quick: arguments.quick,
        install: !arguments.no_install,
        out: arguments.out,
        folder: arguments.folder,
        gateway: arguments.gateway,
        target: arguments.target,
    };
    if arguments.only_install {
        return Ok(run::install(&options).await?.is_empty());
    }
    let mut bench = run::prepare(options).await?;
    bench.measure().await?;
    if extras {
        extras::measure(&mut bench).await?;
    }
    let results = bench.finish().await?;
    let failures: Vec<String> = report::failures(&results);
    println!("\n{}", report::console(&results));
    for failure in &failures {
        eprintln!("FAILED {failure}");
    }
    Ok(failures.is_empty())
}

fn mode(name: &str) -> std::result::Result<Mode, String> {
    Mode::parse(name).ok_or_else(|| "one of honest, in-flight, cached".to_owned())
}
