//! The measurement itself: every peer, mode and workload, interleaved over rounds, each answer checked first.

mod bed;
mod check;
mod plan;

use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};

pub use bed::{Bed, free_port};
pub use plan::{Options, Task};

use crate::{
    error::{Error, Result},
    exchange::{Message, exchange},
    machine,
    manifest::{self, Manifest, Mode},
    process::{self, Program},
    results::{Ceiling, Extras, Results, Round, Settings, Skipped, WorkloadFacts},
    workload::{self, Order, Request, Workload},
    wrk::{self, Load},
};
use check::Checker;

/// Seconds of load before the first counted run of a cell.
const WARM_UP: u64 = 2;
/// Workloads whose latency is also taken with one connection.
const ALONE: [&str; 3] = ["posts-users", "posts-title", "post-user"];

/// A bench that is set up: programs run, answers are known, nothing is measured yet.
#[derive(Debug)]
pub struct Bench {
    /// What was asked for.
    pub options: Options,
    /// The upstreams and where programs run.
    pub bed: Bed,
    /// What was found so far.
    pub results: Results,
    manifest: Manifest,
    workloads: Vec<Workload>,
    tasks: Vec<Task>,
    programs: HashMap<(usize, Mode), (u16, Program)>,
    checker: Checker,
    seed: u64,
}

/// Installs the peers, starts the upstreams and plans the cells.
pub async fn prepare(options: Options) -> Result<Bench> {
    let workloads = workload::all();
    let manifest = manifest::load(&options.folder.join("peers.toml"), &workloads)?;
    std::fs::create_dir_all(options.out.join("logs")).map_err(file(&options.out))?;
    let mut tasks = plan::tasks(&options, &manifest, &workloads);
    println!("{}", plan::estimate(&options, &tasks, &workloads));
    let skipped = install_peers(&options, &manifest, &tasks).await?;
    tasks.retain(|task| !skipped.iter().any(|skipped| skipped.peer == manifest.peers[task.peer].name));
    let shop = tasks.iter().any(|task| workloads[task.workload].upstream == workload::Upstream::Shop);
    let bed = Bed::start(&options, shop).await?;
    let ceilings = ceilings(&options, &bed).await?;
    let answers = options.out.join("answers");
    check::write_answers(&answers, &workloads)?;
    let results = Results {
        machine: machine::look(&options.folder),
        settings: Settings {
            rounds: options.rounds,
            seconds: options.seconds,
            quick: options.quick,
            placement: bed.placement.describe(),
        },
        ceilings,
        workloads: workloads.iter().map(facts).collect(),
        cells: tasks.iter().map(|task| plan::cell(task, &manifest, &workloads)).collect(),
        skipped,
        extras: Extras::default(),
    };
    let seed = SystemTime::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_secs() % 100_000 * 1_000_000);
    let checker = Checker::default();
    Ok(Bench { options, bed, results, manifest, workloads, tasks, programs: HashMap::new(), checker, seed })
}

/// Installs the peers and nothing else; gives those that cannot run here.
pub async fn install(options: &Options) -> Result<Vec<Skipped>> {
    let workloads = workload::all();
    let manifest = manifest::load(&options.folder.join("peers.toml"), &workloads)?;
    std::fs::create_dir_all(options.out.join("logs")).map_err(file(&options.out))?;
    install_peers(options, &manifest, &plan::tasks(options, &manifest, &workloads)).await
}

// === impl Bench ===

impl Bench {
    /// Measures all cells, in rounds that begin with another peer each.
    pub async fn measure(&mut self) -> Result<()> {
        for round in 0..self.options.rounds {
            println!("round {} of {}", round + 1, self.options.rounds);
            for index in plan::order(&self.tasks, round) {
                if self.results.cells[index].failure.is_some() {
                    continue;
                }
                let measured = self.cell(index, round).await;
                let cell = &mut self.results.cells[index];
                let name = format!("{:<16} {:<9} {}", cell.workload, cell.mode.name(), cell.peer);
                match measured {
                    Ok(round) => {
                        println!(
                            "  {name:<48} {:>8.0}/s {:>9.1} us  {:>6.2} calls  p50 {:>8.0} us",
                            round.rate, round.cpu_micros, round.calls, round.p50
                        );
                        cell.rounds.push(round);
                    }
                    Err(error) => {
                        eprintln!("  {name:<48} FAILED: {error}");
                        cell.failure = Some(error.to_string());
                    }
                }
            }
            self.results.write(&self.options.out.join("results.json"))?;
        }
        Ok(())
    }

    /// Stops everything, writes results and report.
    pub async fn finish(self) -> Result<Results> {
        for (_, program) in self.programs.into_values() {
            program.stop().await;
        }
        self.bed.stop().await;
        self.results.write(&self.options.out.join("results.json"))?;
        crate::report::write(&self.results, &self.options.out)?;
        Ok(self.results)
    }

    /// The port of a peer that runs in this mode; starts it where it does not.
    pub async fn program(&mut self, peer: usize, mode: Mode) -> Result<(u16, &mut Program)> {
        if !self.programs.contains_key(&(peer, mode)) {
            let entry = &self.manifest.peers[peer];
            let setup = &entry.modes[&mode];
            let port = bed::free_port()?;
            let log = self.options.out.join(format!("logs/{}-{}-{peer}.log", entry.name, mode.name()));
            let program = process::start(&process::Start {
                command: &setup.command,
                folder: &self.options.folder,
                environment: &self.bed.environment(&self.options, port, mode),
                cpu: self.bed.placement.peer,
                log,
            })?;
            self.programs.insert((peer, mode), (port, program));
        }
        let (port, program) = self.programs.get_mut(&(peer, mode)).expect("it was just started");
        match program.ended() {
            Some(how) => Err(Error::Answer(how)),
            None => Ok((*port, program)),
        }
    }

    /// The index of Anabranch's entry for the static upstream.
    pub fn anabranch(&self) -> Option<usize> {
        self.manifest.peers.iter().position(|peer| peer.name == "anabranch")
    }

    /// The workload of this name.
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }

    /// A number of which none of the following billion was given before.
    pub fn seed(&mut self) -> u64 {
        self.seed += 10_000_000;
        self.seed
    }

    async fn cell(&mut self, index: usize, round: u32) -> Result<Round> {
        let Task { peer, mode, workload } = self.tasks[index];
        let workload = self.workloads[workload].clone();
        let setup = self.manifest.peers[peer].modes[&mode].clone();
        self.bed.delay(workload.delay_ms).await?;
        let (port, _) = self.program(peer, mode).await?;
        let messages: Vec<Message> =
            workload.requests.iter().map(|request| plan::message(&setup, &workload, request)).collect();
        self.ready(peer, mode, &messages[0]).await?;

        // All answers before the first counted run; then one before and one after each.
        let one = round as usize % messages.len();
        let checked = if round == 0 { 0..messages.len() } else { one..one + 1 };
        let mut size = 0.0;
        for at in checked.clone() {
            let request = &workload.requests[at];
            size += self.check(port, mode, &setup, (&messages[at], request, workload.name)).await? as f64;
        }
        let size = size / checked.len() as f64;
        let (counted, warm_up) = plan::seconds(&self.options, workload.name);
        let load = Load {
            port,
            messages: &messages,
            order: workload.order,
            unique: setup.unique_credentials,
            connections: workload.connections,
            time: Duration::from_secs(counted),
            seed: self.seed(),
        };
        if round == 0 && warm_up > 0 {
            let time = Duration::from_secs(warm_up);
            let warm_up = Load { time, seed: self.seed(), ..load.clone() };
            wrk::run(&warm_up, self.bed.placement.generator, &self.script()).await?;
        }
        let measured = self.load(peer, mode, &workload, &load).await?;
        let most = size * (1.05 + f64::from(workload.connections) / measured.1) + 2_000.0;
        if round == 0 && !(size * 0.98..most).contains(&measured.0.bytes) {
            let found = measured.0.bytes;
            return Err(Error::Answer(format!("answers under load have {found:.0} bytes, not {size:.0}")));
        }
        self.check(port, mode, &setup, (&messages[one], &workload.requests[one], workload.name)).await?;
        if round == 0 && ALONE.contains(&workload.name) {
            let alone = Load { connections: 1, time: Duration::from_secs(1), seed: self.seed(), ..load };
            self.results.cells[index].alone = Some(self.load(peer, mode, &workload, &alone).await?.0);
        }
        Ok(measured.0)
    }

    /// One counted run, and how many requests it answered.
    async fn load(&mut self, peer: usize, mode: Mode, workload: &Workload, load: &Load<'_>) -> Result<(Round, f64)> {
        let (cpu, script) = (self.bed.placement.generator, self.script());
        let before = self.program(peer, mode).await?.1.usage();
        self.bed.reset(workload.upstream).await?;
        let summary = wrk::run(load, cpu, &script).await?;
        let after = self.program(peer, mode).await?.1.usage();
        let calls = self.bed.calls(workload.upstream).await?;
        if let Some(failure) = summary.failure() {
            return Err(Error::Answer(failure));
        }
        let requests = summary.requests as f64;
        let round = Round {
            rate: summary.rate(),
            cpu_micros: (after.cpu_micros - before.cpu_micros) / requests,
            calls: calls as f64 / requests,
            p50: summary.p50 as f64,
            p99: summary.p99 as f64,
            bytes: summary.bytes_each(),
            resident_bytes: after.resident_bytes as f64,
        };
        Ok((round, requests))
    }

    /// Waits until a program answers at all.
    async fn ready(&mut self, peer: usize, mode: Mode, message: &Message) -> Result<()> {
        const PATIENCE: u32 = 300;
        let mut last = Error::Answer("never asked".to_owned());
        for _ in 0..PATIENCE {
            let (port, _) = self.program(peer, mode).await?;
            match exchange(port, message).await {
                Ok(answer) if answer.status < 500 => return Ok(()),
                Ok(answer) => last = Error::Answer(format!("status {}", answer.status)),
                Err(error) => last = error,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(last)
    }

    /// Checks one answer and gives its size.
    async fn check(
        &mut self,
        port: u16,
        mode: Mode,
        setup: &manifest::Setup,
        (message, request, workload): (&Message, &Request, &'static str),
    ) -> Result<usize> {
        let mut message = message.clone();
        for (_, value) in &mut message.headers {
            *value = value.replace(wrk::UNIQUE, &format!("{:012}", self.seed()));
        }
        let answer = exchange(port, &message).await?;
        match &setup.get {
            Some(path) => {
                let path = format!("{}{path}", self.bed.prefix(mode));
                let upstream = exchange(self.bed.upstream_port, &Message::get(&path)).await?;
                check::same(&answer, &upstream)?;
            }
            None => self.checker.check(workload, request, &answer)?,
        }
        Ok(answer.body.len())
    }

    /// Where wrk's script is written.
    pub fn script(&self) -> PathBuf {
        self.options.out.join("wrk.lua")
    }
}

/// Runs the programs that install peers; gives those that cannot run here.
async fn install_peers(options: &Options, manifest: &Manifest, tasks: &[Task]) -> Result<Vec<Skipped>> {
    const CANNOT_RUN_HERE: i32 = 75;
    let mut skipped = Vec::new();
    for (index, peer) in manifest.peers.iter().enumerate() {
        let Some(program) = &peer.install else { continue };
        if !options.install || !tasks.iter().any(|task| task.peer == index) {
            continue;
        }
        println!("installing {}", peer.name);
        let log = options.out.join(format!("logs/{}-install.log", peer.name));
        let command = [program.clone()];
        let status = process::run(&command, &options.folder, &bed::tools(options), &log).await?;
        if !status.success() {
            let said = process::tail(&log);
            let reason = if status.code() == Some(CANNOT_RUN_HERE) {
                said.rsplit(" / ").next().unwrap_or_default().to_owned()
            } else {
                format!("installing it failed: {said}")
            };
            eprintln!("  {}: {reason}", peer.name);
            skipped.push(Skipped { peer: peer.name.clone(), reason });
        }
    }
    Ok(skipped)
}

/// What the upstream does alone, on the processors that it has in the runs.
async fn ceilings(options: &Options, bed: &Bed) -> Result<Vec<Ceiling>> {
    let ids: Vec<String> = (1..=10).map(|id| format!("id={id}")).collect();
    let paths = ["/posts".to_owned(), "/posts/1".to_owned(), format!("/users?{}", ids.join("&"))];
    let mut ceilings = Vec::new();
    for path in paths {
        let message = [Message::get(&path)];
        let load = Load {
            port: bed.upstream_port,
            messages: &message,
            order: Order::Same,
            unique: false,
            connections: 50,
            time: Duration::from_secs(options.seconds.min(2)),
            seed: 0,
        };
        let before = bed.upstream.usage();
        let summary = wrk::run(&load, bed.placement.generator, &options.out.join("wrk.lua")).await?;
        let cpu_micros = (bed.upstream.usage().cpu_micros - before.cpu_micros) / summary.requests.max(1) as f64;
        println!("upstream alone: {path} {:.0}/s, {cpu_micros:.1} us each", summary.rate());
        ceilings.push(Ceiling { path, rate: summary.rate(), cpu_micros });
    }
    Ok(ceilings)
}

fn facts(workload: &Workload) -> WorkloadFacts {
    let first = workload.requests.first();
    WorkloadFacts {
        name: workload.name.to_owned(),
        title: workload.title.to_owned(),
        query: first.map(|request| request.query.clone()).unwrap_or_default(),
        variables: first.map(|request| request.variables.clone()).unwrap_or_default(),
        requests: workload.requests.len(),
        connections: workload.connections,
        delay_ms: workload.delay_ms,
    }
}

fn file(path: &std::path::Path) -> impl Fn(std::io::Error) -> Error {
    move |source| Error::File { path: path.to_owned(), source }
}
