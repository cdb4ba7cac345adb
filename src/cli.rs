//! The command line: commands, printing, exit codes. The only place that prints.

mod args;
mod check;
mod diff;
mod editor;
mod explain;
mod load;
mod printer;
mod schema;
mod serve;
mod test;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use printer::Printer;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Nothing to complain about: exit code 0.
    Fine,
    /// Problems were found and told: exit code 1.
    Problems,
    /// Wrong usage or unreadable input, told: exit code 2.
    Unusable,
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to stdout with code 0, mistakes to stderr with code 2: clap knows which is which.
            let code = if error.use_stderr() { 2 } else { 0 };
            let told = error.print().err().is_none_or(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
            return ExitCode::from(if told { code } else { 2 });
        }
    };
    let printer = Printer::new(arguments.color);
    let ending = match arguments.command {
        Command::Serve(arguments) => serve::serve(&arguments, &printer),
        Command::Test(arguments) => test::run(&arguments, &printer),
        Command::Demo(arguments) => serve::demo(&arguments, &printer),
        Command::Check(arguments) => check::run(&arguments, &printer),
        Command::Schema(arguments) => schema::run(&arguments, &printer),
        Command::Explain(arguments) => explain::run(&arguments, &printer),
        Command::Diff(arguments) => diff::run(&arguments, &printer),
        Command::Editor(arguments) => editor::run(&arguments, &printer),
    };
    ExitCode::from(match ending {
        Ending::Fine => 0,
        Ending::Problems => 1,
        Ending::Unusable => 2,
    })
}
