//! [`JsonView`]: a run as lines of JSON, for machines.

use serde_json::{Value, json};

use super::view::{Change, View};
use crate::cli::terminal::Terminal;
use crate::error::Error;

/// Shows a run as lines of JSON: one for each change of an activity.
pub(super) struct JsonView<'a> {
    terminal: &'a Terminal,
    run: &'a str,
}

impl<'a> JsonView<'a> {
    pub(super) const fn new(terminal: &'a Terminal, run: &'a str) -> Self {
        Self { terminal, run }
    }

    /// Prints a line.
    pub(super) fn print(&self, line: &Value) -> Result<(), Error> {
        self.terminal.verbatim(&format!("{line}\n"))
    }
}

impl View for JsonView<'_> {
    fn change(&mut self, path: &str, kind: &str, change: &Change<'_>) -> Result<(), Error> {
        let line = match change {
            Change::Progress(..) => return Ok(()),
            Change::Waiting(running, pipeline) => {
                json!({ "status": "Waiting", "running": running, "pipeline": pipeline })
            }
            Change::Began(attempt) => json!({ "status": "InProgress", "attempt": attempt }),
            Change::AttemptFailed(error) => json!({ "status": "Retrying", "error": error }),
            Change::Ended {
                status,
                output,
                error,
                time,
            } => json!({
                "status": status.name(),
                "seconds": time.map(|time| time.as_secs_f64()),
                "output": output,
                "error": error,
            }),
        };
        let mut whole = json!({ "run": self.run, "path": path, "kind": kind });
        if let (Value::Object(whole), Value::Object(line)) = (&mut whole, line) {
            whole.extend(line);
        }
        self.print(&whole)
    }
}
