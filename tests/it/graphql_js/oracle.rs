//! The reference implementation as a process that answers one command at a time.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::testkit::{packages, started};

/// graphql-js. Ends when it is dropped.
#[derive(Debug)]
pub(super) struct Oracle {
    process: Child,
    /// `None` once it is to end.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

// === impl Oracle ===

impl Oracle {
    pub(super) fn start() -> Self {
        let mut command = Command::new("node");
        command.arg(packages("tests/graphql-js").join("oracle.mjs")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = started(command.spawn());
        let (commands, answers) = (process.stdin.take(), process.stdout.take().unwrap());
        Self { process, commands, answers: BufReader::new(answers) }
    }

    /// One that knows `sdl` under a name.
    pub(super) fn with_schema(name: &str, sdl: &str) -> Self {
        let mut oracle = Self::start();
        oracle.ask(&json!({"do": "schema", "name": name, "sdl": sdl}));
        oracle
    }

    /// Its answer to a command.
    pub(super) fn ask(&mut self, command: &Value) -> Value {
        serde_json::from_str(&self.text(command)).expect("JSON")
    }

    /// The text of its answer.
    pub(super) fn text(&mut self, command: &Value) -> String {
        let commands = self.commands.as_mut().expect("open until it is dropped");
        writeln!(commands, "{command}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(line.starts_with('{'), "graphql-js failed at {command}");
        line
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        self.commands = None;
        self.process.wait().unwrap();
    }
}
