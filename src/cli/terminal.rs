//! The terminal the program runs in: how wide it is, whether it has colours, and writing to it.

use std::io::{self, IsTerminal, Stderr, Stdout, Write};

use super::error::CliError;
use crate::error::Error;
use crate::render::Style;
use crate::render::plot::Graphics;

/// The width of output that goes to no terminal, in columns.
const NO_TERMINAL: usize = 120;

/// Standard output and how to write for it.
#[derive(Debug)]
pub(crate) struct Terminal {
    stdout: Stdout,
    stderr: Stderr,
    style: Style,
    errors: Style,
}

impl Terminal {
    /// Looks at standard output, standard error, `NO_COLOR` and `TERM`.
    pub(crate) fn from_environment() -> Self {
        let allowed = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let width = |terminal: bool| {
            let size = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
            size.filter(|width| terminal && *width > 0).unwrap_or(NO_TERMINAL)
        };
        let style = |terminal: bool| Style {
            width: width(terminal),
            color: allowed && terminal,
            graphics: if terminal {
                Graphics::of(|name| std::env::var(name).ok())
            } else {
                Graphics::None
            },
        };
        Self {
            stdout: io::stdout(),
            stderr: io::stderr(),
            style: style(io::stdout().is_terminal()),
            errors: style(io::stderr().is_terminal()),
        }
    }

    /// Returns how to write for standard output.
    pub(crate) fn style(&self) -> &Style {
        &self.style
    }

    /// Returns how to write for standard error.
    pub(crate) fn error_style(&self) -> &Style {
        &self.errors
    }

    /// Writes to standard output at once.
    pub(crate) fn out(&self, text: &str) -> Result<(), Error> {
        let mut out = self.stdout.lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => CliError::BrokenPipe.into(),
                _ => CliError::Output {
                    reason: error.to_string(),
                }
                .into(),
            })
    }

    /// Writes to standard error at once; there is nowhere to report a failure of that.
    pub(crate) fn error(&self, text: &str) {
        let _ = self.stderr.lock().write_all(text.as_bytes());
    }
}
