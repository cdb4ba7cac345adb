//! Programs that are measured: started on one processor, counted as a process group, and ended for good.

mod group;

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{process::Command, time::sleep};

pub use group::{Usage, usage};

use crate::error::{Error, Result};

/// How long a program may take to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// The number of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpu(pub usize);

/// What to start.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The program and its arguments.
    pub command: &'a [String],
    /// Its working directory.
    pub folder: &'a Path,
    /// Added to the environment.
    pub environment: &'a [(String, String)],
    /// Where it runs.
    pub cpu: Cpu,
    /// Where what it prints goes.
    pub log: PathBuf,
}

/// A running program and everything that it started. Its group gets a signal when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: tokio::process::Child,
    group: u32,
    log: PathBuf,
}

/// Starts a program as the leader of its own process group.
pub fn start(start: &Start<'_>) -> Result<Program> {
    let name = || start.command.join(" ");
    let failed = |source| Error::Program { program: name(), source };
    let log = |source| Error::File { path: start.log.clone(), source };
    let output = OpenOptions::new().create(true).append(true).open(&start.log).map_err(log)?;
    let child = pinned(start.cpu, start.command)
        .current_dir(start.folder)
        .envs(start.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(log)?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let group = child.id().ok_or_else(|| Error::Failed { program: name(), output: "it has no process".to_owned() })?;
    Ok(Program { child, group, log: start.log.clone() })
}

/// Runs a program to its end and gives what it printed.
pub async fn output(cpu: Cpu, program: &str, arguments: &[String]) -> Result<String> {
    let command: Vec<String> = [program.to_owned()].into_iter().chain(arguments.iter().cloned()).collect();
    let output = pinned(cpu, &command)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| Error::Program { program: program.to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let output = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    Err(Error::Failed { program: program.to_owned(), output })
}

/// Runs a program to its end; what it prints goes to the log.
pub async fn run(
    command: &[String],
    folder: &Path,
    environment: &[(String, String)],
    log: &Path,
) -> Result<ExitStatus> {
    let program = || command.join(" ");
    let file = File::create(log).map_err(|source| Error::File { path: log.to_owned(), source })?;
    let errors = file.try_clone().map_err(|source| Error::File { path: log.to_owned(), source })?;
    let [name, arguments @ ..] = command else { return Err(Error::Manifest("an empty command".to_owned())) };
    Command::new(resolve(folder, name))
        .args(arguments)
        .current_dir(folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .status()
        .await
        .map_err(|source| Error::Program { program: program(), source })
}

/// The last lines of a file, for messages.
pub fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join(" / ")
}

fn pinned(cpu: Cpu, command: &[String]) -> Command {
    let mut pinned = Command::new("taskset");
    pinned.arg("-c").arg(cpu.0.to_string()).args(command);
    pinned
}

fn resolve(folder: &Path, program: &str) -> PathBuf {
    if program.contains('/') { folder.join(program) } else { program.into() }
}

// === impl Program ===

impl Program {
    /// Processor time and memory of the whole group.
    pub fn usage(&self) -> Usage {
        usage(self.group)
    }

    /// What it said last, if it is not running any more.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!("ended with {status}: {}", tail(&self.log)))
    }

    /// Ends the whole group, by force if it takes too long.
    pub async fn stop(mut self) {
        self.signal("-TERM");
        for _ in 0..30 {
            if self.child.try_wait().ok().flatten().is_some() && self.usage().processes == 0 {
                return;
            }
            sleep(GRACE / 30).await;
        }
        self.signal("-KILL");
        self.child.wait().await.ok();
    }

    fn signal(&self, signal: &str) {
        // A group that is gone already needs none.
        std::process::Command::new("kill")
            .args([signal, "--", &format!("-{}", self.group)])
            .stderr(Stdio::null())
            .status()
            .ok();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.usage().processes > 0 {
            self.signal("-KILL");
        }
    }
}
