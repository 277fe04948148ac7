//! The terminal the program runs in: how wide it is, whether it has colours, and writing to it, without the values of
//! secrets.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Stderr, Stdout, Write};

use super::error::CliError;
use crate::error::Error;
use crate::render::{Graphics, Style, fold};
use crate::repl::Screen;
use crate::secret::redaction::redact;

/// The width of output that goes to no terminal, in columns.
const NO_TERMINAL: usize = 120;
/// The height of a page of output that goes to no terminal, in lines.
const NO_HEIGHT: usize = 50;
/// The terminals that show text line by line and nothing else, as `TERM` calls them.
const PLAIN: [&str; 3] = ["dumb", "cons25", "emacs"];

/// Standard output and how to write for it.
///
/// How wide it is, is asked each time: windows are resized.
#[derive(Debug)]
pub(crate) struct Terminal {
    stdout: Stdout,
    stderr: Stderr,
    is_plain: bool,
    colors: bool,
    graphics: Graphics,
}

impl Terminal {
    /// Looks at standard output, standard error, `NO_COLOR` and `TERM`.
    pub(crate) fn from_environment() -> Self {
        let is_plain = std::env::var("TERM").is_ok_and(|term| PLAIN.contains(&term.to_lowercase().as_str()));
        Self {
            stdout: io::stdout(),
            stderr: io::stderr(),
            is_plain,
            colors: !is_plain && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            graphics: Graphics::of(|name| std::env::var(name).ok()),
        }
    }

    /// Writes to standard output without breaking its lines: what another program reads.
    pub(crate) fn verbatim(&self, text: &str) -> Result<(), Error> {
        self.write(&redact(text))
    }

    /// Writes the value of a secret that a person wants to see: the only thing from which it is not taken out.
    #[allow(dead_code, reason = "for `sheaf secrets get-secret --reveal`")]
    pub(crate) fn reveal(&self, text: &str) -> Result<(), Error> {
        self.write(text)
    }

    fn write(&self, text: &str) -> Result<(), Error> {
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

    /// Returns whether it understands nothing but text.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    fn style_of(&self, is_terminal: bool) -> Style {
        // Asking costs calls of the system, and this is asked for each line.
        let size = is_terminal.then(terminal_size::terminal_size).flatten();
        let width = size.map(|(width, _)| usize::from(width.0));
        Style {
            width: width.filter(|width| *width > 0).unwrap_or(NO_TERMINAL),
            color: self.colors && is_terminal,
            graphics: if is_terminal {
                self.graphics
            } else {
                Graphics::None
            },
        }
    }
}

impl Screen for Terminal {
    fn style(&self) -> Style {
        self.style_of(self.stdout.is_terminal())
    }

    fn error_style(&self) -> Style {
        self.style_of(self.stderr.is_terminal())
    }

    fn height(&self) -> usize {
        let size = terminal_size::terminal_size().map(|(_, height)| usize::from(height.0));
        size.filter(|height| *height > 0).unwrap_or(NO_HEIGHT)
    }

    fn out(&self, text: &str) -> Result<(), Error> {
        self.write(&folded(&redact(text), self.stdout.is_terminal(), &self.style()))
    }

    fn error(&self, text: &str) {
        let text = redact(text);
        let text = folded(&text, self.stderr.is_terminal(), &self.error_style());
        // There is nowhere to report a failure of that.
        let _ = self.stderr.lock().write_all(text.as_bytes());
    }
}

/// Breaks lines between words where a terminal would break them anywhere.
fn folded<'t>(text: &'t str, is_terminal: bool, style: &Style) -> Cow<'t, str> {
    if is_terminal {
        fold(text, style.width)
    } else {
        Cow::Borrowed(text)
    }
}
