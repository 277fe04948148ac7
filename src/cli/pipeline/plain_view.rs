//! [`PlainView`]: a run as lines with their time, for logs.

use std::time::SystemTime;

use super::view::{Change, View, summary, waiting, word};
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::ActivityStatus;
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;

/// Shows a run as lines with their time: one for each change.
pub(super) struct PlainView<'a> {
    terminal: &'a Terminal,
    /// Whether only errors are shown.
    is_quiet: bool,
}

impl<'a> PlainView<'a> {
    pub(super) const fn new(terminal: &'a Terminal, is_quiet: bool) -> Self {
        Self { terminal, is_quiet }
    }

    fn line(&self, text: &str) -> Result<(), Error> {
        if self.is_quiet {
            return Ok(());
        }
        let moment = cells::moment(SystemTime::now());
        let paint = Paint::new(&self.terminal.style());
        self.terminal
            .out(&format!("{} {}\n", paint.dim(&moment), plain(text)))
    }
}

impl View for PlainView<'_> {
    fn change(&mut self, path: &str, kind: &str, change: &Change<'_>) -> Result<(), Error> {
        match change {
            Change::Progress(..) => Ok(()),
            Change::Waiting(running, pipeline) => {
                self.line(&format!("{path}: {}", waiting(*running, pipeline)))
            }
            Change::Began(1) => self.line(&format!("{path}: {kind} started")),
            Change::Began(attempt) => self.line(&format!("{path}: attempt {attempt} started")),
            Change::AttemptFailed(error) => {
                let first = error.lines().next().unwrap_or_default();
                self.line(&format!("{path}: the attempt failed: {first}"))
            }
            Change::Ended {
                status,
                output,
                error,
                time,
            } => {
                let rows = summary(kind, output, *time)
                    .map(|rows| format!(", {rows}"))
                    .unwrap_or_default();
                let time = time
                    .map(|time| format!(" in {}", cells::time(time)))
                    .unwrap_or_default();
                let why = match (status, error) {
                    (ActivityStatus::Skipped, Some(why)) => format!(": {why}"),
                    _ => String::new(),
                };
                self.line(&format!("{path}: {}{time}{rows}{why}", word(*status)))?;
                if let (ActivityStatus::Failed, Some(error)) = (status, error) {
                    error_of(path, error, self.terminal);
                }
                Ok(())
            }
        }
    }
}

/// Writes why an activity failed: for a cell, with its place.
pub(super) fn error_of(path: &str, error: &str, terminal: &Terminal) {
    let paint = Paint::new(&terminal.error_style());
    let mut lines = error.lines();
    let first = lines.next().unwrap_or_default();
    let mut text = format!("{}{}: {}\n", paint.error("error: "), plain(path), plain(first));
    for line in lines {
        let line = plain(line);
        match line.strip_prefix("hint: ") {
            Some(hint) => text.push_str(&format!("{}{hint}\n", paint.hint("hint: "))),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    terminal.error(&text);
}
