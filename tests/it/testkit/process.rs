//! The real program as a process.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

/// The program in a directory, without the terminal's and the caller's wishes.
pub(crate) fn anabranch(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anabranch"));
    command.current_dir(directory).args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs to the end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A program that serves. Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    child: Child,
    err: BufReader<ChildStderr>,
    /// Everything told so far.
    pub(crate) told: String,
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Serving {
    /// Starts and waits until it says where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let err = BufReader::new(child.stderr.take().unwrap());
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut serving = Self { child, err, told: String::new(), public: nowhere, admin: nowhere };
        let json = serving.line().starts_with('{');
        if json {
            let line: serde_json::Value = serde_json::from_str(&serving.told).unwrap();
            serving.public = line["public"].as_str().unwrap().parse().unwrap();
            serving.admin = line["admin"].as_str().unwrap().parse().unwrap();
        } else {
            serving.read_until("ctrl-c");
            let address = |label: &str| -> SocketAddr {
                let line = serving.told.lines().find(|line| line.contains(label)).unwrap();
                let url = line.split("http://").nth(1).unwrap();
                url.split('/').next().unwrap().parse().unwrap()
            };
            (serving.public, serving.admin) = (address("console"), address("admin"));
        }
        serving
    }

    /// The next line on stderr.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "it ended: {}", self.told);
        self.told.push_str(&line);
        line
    }

    /// Reads stderr up to a line with this text.
    pub(crate) fn read_until(&mut self, text: &str) {
        while !self.line().contains(text) {}
    }

    /// Asks it to stop.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end; the rest of what it told is in `told`.
    pub(crate) fn ended(mut self) -> Run {
        self.err.read_to_string(&mut self.told).unwrap();
        let status = self.child.wait().unwrap();
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        Run { code: status.code(), out, err: std::mem::take(&mut self.told) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // An error means that it has ended already.
        if self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
    }
}
