//! Data to stdout, talk to stderr.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ColorChoice;

use super::Ending;
use crate::diagnostic::{self, Color, Diagnostic};

/// Prints for one run of the program.
#[derive(Debug)]
pub(super) struct Printer {
    color: Color,
    /// The same for stdout, which may be something else than stderr.
    data_color: Color,
}

impl Printer {
    pub(super) fn new(choice: ColorChoice) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = |is_terminal: bool| match choice {
            ColorChoice::Always => Color::Always,
            ColorChoice::Auto if is_terminal && !refused => Color::Always,
            ColorChoice::Never | ColorChoice::Auto => Color::Never,
        };
        Self { color: color(io::stderr().is_terminal()), data_color: color(io::stdout().is_terminal()) }
    }

    pub(super) fn colored(&self) -> bool {
        self.color == Color::Always
    }

    /// Whether data may carry colors.
    pub(super) fn data_color(&self) -> Color {
        self.data_color
    }

    /// What the user asked for. A reader that went away (`| head`) is not a mistake; a full disk is.
    pub(super) fn data(&self, text: &str) -> Result<(), Ending> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&format!("cannot write to stdout: {error}"));
                Err(Ending::Unusable)
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// What the user should know.
    pub(super) fn talk(&self, text: &str) {
        let mut out = io::stderr().lock();
        writeln!(out, "{text}").unwrap_or_default();
    }

    /// `error: ...` without a place in a file.
    pub(super) fn error(&self, text: &str) {
        self.talk(&format!("{} {text}", self.paint("error:", "1;31")));
    }

    /// `warning: ...` without a place in a file.
    pub(super) fn warning(&self, text: &str) {
        self.talk(&format!("{} {text}", self.paint("warning:", "1;33")));
    }

    /// Diagnostics with their excerpts.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        if !diagnostics.is_empty() {
            self.talk(diagnostic::render(diagnostics, self.color).trim_end());
        }
    }

    /// Emphasized text, where the terminal shows it.
    pub(super) fn strong(&self, text: &str) -> String {
        self.paint(text, "1")
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.colored() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
