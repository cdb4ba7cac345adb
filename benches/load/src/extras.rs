//! What is found of Anabranch alone: start-up, idle memory, memory under operations that are all different, a large
//! graph, and the latency it adds while it is half busy.

mod large;

use std::time::{Duration, SystemTime};

use crate::{
    error::{Error, Result},
    exchange::{Message, exchange},
    manifest::Mode,
    process::{self, Program, Start},
    results::{AddedLatency, DistinctOperations},
    run::Bench,
    statistics::spread,
    workload::Order,
    wrk::{self, Load, Summary},
};

/// How often the start is timed.
const STARTS: usize = 5;
/// How many different operations are sent.
const OPERATIONS: u64 = 100_000;

/// Measures all of it; what fails is noted and does not stop the rest.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    let wanted = bench.options.peers.is_empty() || bench.options.peers.iter().any(|peer| peer == "anabranch");
    let Some(peer) = bench.anabranch().filter(|_| wanted) else { return Ok(()) };
    println!("anabranch alone");
    let mut failures = Vec::new();
    let mut note = |what: &str, outcome: Result<()>| {
        if let Err(error) = outcome {
            eprintln!("  {what} FAILED: {error}");
            failures.push(format!("{what}: {error}"));
        }
    };
    bench.bed.delay(0).await?;
    note("start-up", start_up(bench).await);
    note("distinct operations", operations(bench).await);
    note("large graph", large::measure(bench).await);
    note("added latency", latency(bench, peer).await);
    bench.results.extras.failures = failures;
    Ok(())
}

/// From the start of the process to its first answer, and its memory before any.
async fn start_up(bench: &mut Bench) -> Result<()> {
    let message = Message::post("/graphql", r#"{"query":"{ posts { title } }"}"#.to_owned());
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let (milliseconds, _, program) = first_answer(bench, "honest", &message).await?;
        times.push(milliseconds);
        program.stop().await;
    }
    let (_, program) = start(bench, "honest")?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = program.usage().resident_bytes as f64;
    program.stop().await;
    bench.results.extras.first_answer_ms = spread(times);
    bench.results.extras.idle_bytes = Some(idle);
    println!(
        "  first answer after {:.0} ms, idle {:.1} MiB",
        bench.results.extras.first_answer_ms.map_or(0.0, |s| s.median),
        mebibytes(idle)
    );
    Ok(())
}

/// Sends operations that differ in their text, and looks at the memory after each second.
async fn operations(bench: &mut Bench) -> Result<()> {
    let query = format!("query Q{} {{ post(id: 7) {{ id title user {{ id name }} }} }}", wrk::UNIQUE);
    let messages = [Message::post("/graphql", format!(r#"{{"query":"{query}"}}"#))];
    let (port, program) = start(bench, "honest")?;
    answered(port, &Message::post("/graphql", messages[0].body.replace(wrk::UNIQUE, "0"))).await?;
    let mut samples = vec![(0, program.usage().resident_bytes as f64)];
    let mut sent = 0;
    let most = if bench.options.quick { OPERATIONS / 10 } else { OPERATIONS };
    while sent < most && samples.len() < 60 {
        let load = Load {
            port,
            messages: &messages,
            order: Order::Same,
            unique: true,
            connections: 50,
            time: Duration::from_secs(1),
            seed: bench.seed(),
        };
        sent += run(bench, &load).await?.requests;
        samples.push((sent, program.usage().resident_bytes as f64));
    }
    program.stop().await;
    let first = samples.first().map_or(0.0, |sample| sample.1);
    let last = samples.last().map_or(0.0, |sample| sample.1);
    println!("  {sent} different operations: {:.1} MiB, then {:.1} MiB", mebibytes(first), mebibytes(last));
    bench.results.extras.operations = Some(DistinctOperations { samples });
    Ok(())
}

/// Finds the number of connections that makes the gateway half busy, and the latency then beside the upstream's own.
async fn latency(bench: &mut Bench, peer: usize) -> Result<()> {
    const CHAIN: u32 = 2;
    let cell = |cell: &&crate::results::Cell| {
        cell.peer == "anabranch" && cell.mode == Mode::Honest && cell.workload == "posts-users-5ms"
    };
    let Some(cpu) = bench.results.cells.iter().find(cell).and_then(|cell| cell.spread(|round| round.cpu_micros)) else {
        return Ok(());
    };
    let Some(workload) = bench.workload("posts-users-5ms").cloned() else { return Ok(()) };
    bench.bed.delay(workload.delay_ms).await?;
    let mut load = Load {
        port: bench.bed.upstream_port,
        messages: &[Message::get("/posts")],
        order: Order::Same,
        unique: false,
        connections: 20,
        time: Duration::from_secs(2),
        seed: 0,
    };
    let upstream = run(bench, &load).await?;
    let chain = f64::from(CHAIN) * upstream.p50 as f64;
    let connections = (0.5 * chain / cpu.median).round().clamp(1.0, 400.0) as u32;
    let messages = [Message::post("/graphql", workload.requests[0].body())];
    load.port = bench.program(peer, Mode::Honest).await?.0;
    load.messages = &messages;
    load.connections = connections;
    run(bench, &load).await?;
    let before = bench.program(peer, Mode::Honest).await?.1.usage();
    let summary = run(bench, &load).await?;
    let after = bench.program(peer, Mode::Honest).await?.1.usage();
    bench.bed.delay(0).await?;
    let found = AddedLatency {
        connections,
        busy: (after.cpu_micros - before.cpu_micros) / summary.micros as f64,
        upstream_p50: upstream.p50 as f64,
        upstream_p99: upstream.p99 as f64,
        chain: CHAIN,
        p50: summary.p50 as f64,
        p99: summary.p99 as f64,
    };
    println!(
        "  {:.0} % busy: adds {:.0} us, {:.0} us at p99",
        found.busy * 100.0,
        found.added_p50(),
        found.added_p99()
    );
    bench.results.extras.latency = Some(found);
    Ok(())
}

async fn run(bench: &Bench, load: &Load<'_>) -> Result<Summary> {
    let summary = wrk::run(load, bench.bed.placement.generator, &bench.script()).await?;
    summary.failure().map_or(Ok(summary), |failure| Err(Error::Answer(failure)))
}

/// Starts a gateway of its own with one of the configurations.
fn start(bench: &Bench, configuration: &str) -> Result<(u16, Program)> {
    let port = crate::run::free_port()?;
    let options = &bench.options;
    let program = process::start(&Start {
        command: &["peers/anabranch/run".to_owned(), configuration.to_owned()],
        folder: &options.folder,
        environment: &bench.bed.environment(options, port, Mode::Honest),
        cpu: bench.bed.placement.peer,
        log: options.out.join("logs/anabranch-alone.log"),
    })?;
    Ok((port, program))
}

/// Starts a gateway and asks until it answers: milliseconds, its port and itself.
async fn first_answer(bench: &Bench, configuration: &str, message: &Message) -> Result<(f64, u16, Program)> {
    let begun = SystemTime::now();
    let (port, program) = start(bench, configuration)?;
    answered(port, message).await?;
    let milliseconds = begun.elapsed().map_or(0.0, |time| time.as_secs_f64() * 1e3);
    Ok((milliseconds, port, program))
}

/// Asks each millisecond until there is an answer without errors.
async fn answered(port: u16, message: &Message) -> Result<()> {
    const PATIENCE: u32 = 20_000;
    for _ in 0..PATIENCE {
        match exchange(port, message).await {
            Ok(answer) if answer.status == 200 && !answer.body.starts_with(b"{\"errors\"") => return Ok(()),
            Ok(answer) => {
                let shown = String::from_utf8_lossy(&answer.body).chars().take(160).collect();
                return Err(Error::Answer(shown));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    Err(Error::Exchange { port, reason: "it does not listen".to_owned() })
}

fn mebibytes(bytes: f64) -> f64 {
    bytes / f64::from(1 << 20)
}
