//! Commands and their options.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

/// One GraphQL endpoint per client over your REST services.
///
/// Reads `upstreams.toml` and the schema files that it names: a graph that binds REST services with `@source` and
/// `@connect`, and one view of it for each client.
///
/// Exit codes: 0 fine, 1 problems found, 2 wrong usage or unreadable input.
#[derive(Debug, Parser)]
#[command(
    name = "anabranch",
    version,
    after_help = "Try it: `anabranch demo`, then open http://127.0.0.1:4000/ in a browser.",
    max_term_width = 100
)]
pub(super) struct Arguments {
    /// When to color messages; `NO_COLOR` is honored.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorChoice,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve every client's endpoint and the console.
    #[command(after_help = "Example: anabranch serve --config upstreams.toml --listen 127.0.0.1:8080")]
    Serve(Serve),
    /// Check the configuration, the graph and every view; send nothing.
    #[command(after_help = "Example, for an editor or CI: anabranch check --format json")]
    Check(Check),
    /// Print the schema that a client sees, as SDL.
    #[command(after_help = "Example: anabranch schema --client mobile > mobile.graphql")]
    Schema(Schema),
    /// Print which HTTP calls an operation makes, before it makes them.
    #[command(after_help = "Example: anabranch explain --client web --query examples/shop/web-home.graphql")]
    Explain(Explain),
    /// Tell what changed in a client's schema, and which of its operations break.
    ///
    /// Exit codes: 0 nothing breaks, 1 something does, 2 wrong usage or input that cannot be read or compiled.
    #[command(after_help = "Example, for CI: anabranch diff --client mobile main/upstreams.toml upstreams.toml")]
    Diff(Diff),
    /// Write what editors need to complete and check `upstreams.toml` and the schema files.
    #[command(after_help = "Example: anabranch editor")]
    Editor(Editor),
    /// Test connectors with recorded answers, offline: `*.connector.yaml` files.
    ///
    /// Exit codes: 0 all tests passed, 1 some failed, 2 wrong usage, or files that cannot be read or compiled.
    #[command(after_help = "Example, for CI: anabranch test tests/connectors --output junit.xml")]
    Test(Test),
    /// Serve the demo shop: its five REST services run in this process.
    #[command(after_help = "Run it where `upstreams.toml` and `schema/` of the repository are.")]
    Demo(Demo),
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub(super) struct ConfigFile {
    /// Configuration file; paths in it are relative to it.
    #[arg(long, short, value_name = "FILE", default_value = "upstreams.toml")]
    pub(super) config: PathBuf,
}

/// How to log.
#[derive(Debug, Args)]
pub(super) struct Logging {
    /// Least severe level that is logged.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(super) log_level: LogLevel,
    /// Format of log lines; `json` is one object a line.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// Address and port to listen on, instead of `server.listen`; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(super) listen: Option<SocketAddr>,
    /// Address and port of the admin listener, instead of `admin.listen`.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(super) admin_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(super) logging: Logging,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    #[command(flatten)]
    pub(super) serve: Serve,
    /// Extra delay of the slow service, like `200ms`.
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = duration)]
    pub(super) latency: Duration,
    /// First of the five ports of the services, instead of those in the schema; port 0 takes free ones.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(..=65_531))]
    pub(super) services: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// Text for people, a JSON list for editors and CI, or a SARIF 2.1.0 log for code scanning.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: CheckFormat,
    /// Exit with 1 also where there are only warnings.
    #[arg(long)]
    pub(super) deny_warnings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    Text,
    Json,
    Sarif,
}

#[derive(Debug, Args)]
pub(super) struct Schema {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// The client, as in `[clients.NAME]`; may be left out when there is only one.
    #[arg(long, value_name = "NAME")]
    pub(super) client: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// The client, as in `[clients.NAME]`; may be left out when there is only one.
    #[arg(long, value_name = "NAME")]
    pub(super) client: Option<String>,
    /// File with the operation; `-` reads it from stdin.
    #[arg(long, value_name = "FILE", required_unless_present = "operation")]
    pub(super) query: Option<PathBuf>,
    /// Which operation of the file, when it has several; without a file, the name or id of a trusted document.
    #[arg(long, value_name = "NAME")]
    pub(super) operation: Option<String>,
    /// Variables as a JSON object.
    #[arg(long, value_name = "JSON")]
    pub(super) variables: Option<String>,
    /// How it is explained.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ExplainFormat::Text)]
    pub(super) format: ExplainFormat,
}

/// `--format` of `explain`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExplainFormat {
    /// The steps, then a table of the fields.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// What was: an `upstreams.toml`, or a client's schema as SDL (`.graphql`).
    #[arg(value_name = "OLD")]
    pub(super) old: PathBuf,
    /// What is to be, likewise. The client's trusted documents are those of this one, or of OLD if this one is SDL.
    #[arg(value_name = "NEW")]
    pub(super) new: PathBuf,
    /// The client, as in `[clients.NAME]`; may be left out when there is only one.
    #[arg(long, value_name = "NAME")]
    pub(super) client: Option<String>,
    /// More operations of the client: a manifest (`.json`) or GraphQL documents; may be repeated.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) operations: Vec<PathBuf>,
    /// Let breaking changes pass that break none of the operations.
    #[arg(long)]
    pub(super) only_used: bool,
    /// Text for people, or one JSON object for tools.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: DiffFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Editor {
    /// Where `upstreams.toml` is.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) directory: PathBuf,
    /// Overwrite files that are there already and are not this command's own.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// Files of tests, and directories with `*.connector.yaml` files in them (`tests`).
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// A file of tests; the same as naming it.
    #[arg(long, short, value_name = "FILE")]
    pub(super) file: Vec<PathBuf>,
    /// A directory of tests; the same as naming it.
    #[arg(long, short, value_name = "DIRECTORY")]
    pub(super) directory: Vec<PathBuf>,
    /// Schema file to use in place of `config.schema` of every file; may be repeated.
    #[arg(long, alias = "schema-file", value_name = "FILE")]
    pub(super) schema: Vec<PathBuf>,
    /// Configuration to use in place of `config.upstreams` of every file.
    #[arg(long, short, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where to write a JUnit XML report.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Run only tests whose name or target has this text in it.
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Stop at the first test that fails.
    #[arg(long, overrides_with = "no_fail_fast")]
    pub(super) fail_fast: bool,
    /// Run all tests, whatever fails (the default).
    #[arg(long, overrides_with = "fail_fast")]
    pub(super) no_fail_fast: bool,
    /// Do not list tests that pass.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Text for people, or one JSON object for tools.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: TestFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    Text,
    Json,
}

/// An IP address and a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, like `127.0.0.1:4000` or `[::1]:4000`".to_owned())
}

/// A duration like `200ms` or `2s`.
fn duration(text: &str) -> Result<Duration, String> {
    let number = |digits: &str| digits.parse::<u64>().ok();
    let parsed = if let Some(digits) = text.strip_suffix("ms") {
        number(digits).map(Duration::from_millis)
    } else if let Some(digits) = text.strip_suffix('s') {
        number(digits).map(Duration::from_secs)
    } else {
        None
    };
    parsed.ok_or_else(|| "write a duration like `200ms` or `2s`".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Arguments, duration};

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("200ms").unwrap().as_millis(), 200);
        assert_eq!(duration("2s").unwrap().as_secs(), 2);
        for bad in ["", "2", "ms", "-1s", "1h", "1.5s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
