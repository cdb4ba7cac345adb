//! Log lines on stderr.

use tracing::Level;
use tracing_subscriber::{
    Layer as _, filter::LevelFilter, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends this program's events of `level` and worse to stderr; of its libraries only warnings. `None` logs nothing.
///
/// # Errors
/// Logging is set up already.
pub fn set_up_logging(level: Option<Level>, format: LogFormat, colored: bool) -> Result<(), String> {
    let own = level.map_or(LevelFilter::OFF, LevelFilter::from_level);
    let others = own.min(LevelFilter::WARN);
    let filter = Targets::new().with_target("anabranch", own).with_target("access", own).with_default(others);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry();
    let result = match format {
        LogFormat::Text => registry.with(layer.with_ansi(colored).with_filter(filter)).try_init(),
        LogFormat::Json => registry.with(layer.json().flatten_event(true).with_filter(filter)).try_init(),
    };
    result.map_err(|error| error.to_string())
}
