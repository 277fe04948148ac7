//! `audit`: what the log of uses says.

use std::fmt::Write as _;

use super::Place;
use super::arguments::Audit;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::secret::{AuditEntry, AuditLog};

pub(super) fn show(place: &Place, arguments: &Audit, terminal: &Terminal) -> Result<(), Error> {
    let log = AuditLog::of(&place.state_folder);
    let found = log.read(arguments.since)?;
    let mut text = String::new();
    for entry in &found.entries {
        if arguments.json {
            let line = serde_json::to_string(entry).map_err(|error| CliError::Output {
                reason: error.to_string(),
            })?;
            let _ = writeln!(text, "{line}");
        } else {
            let _ = writeln!(text, "{}", plain(&line(entry)));
        }
    }
    if found.unreadable > 0 {
        let file = log.file().display().to_string();
        terminal.error(&format!(
            "warning: {} lines of {} are not Sheaf's: the log was changed by somebody else\n",
            found.unreadable,
            plain(&file)
        ));
    }
    terminal.verbatim(&text)
}

fn line(entry: &AuditEntry) -> String {
    let secret = match &entry.key {
        Some(key) => format!("{}/{key}", entry.scope),
        None => entry.scope.clone(),
    };
    let mut line = format!("{}  {}  {}  {secret}", entry.time, entry.user, entry.action);
    let to = entry.host.as_ref().or(entry.sink.as_ref());
    if let Some(to) = to {
        let _ = write!(line, " to {to}");
    }
    if let Some(principal) = &entry.principal {
        let permission = entry
            .permission
            .map(|permission| format!(" {}", permission.name()));
        let _ = write!(line, " for {principal}{}", permission.unwrap_or_default());
    }
    let place = [&entry.notebook, &entry.cell, &entry.command];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    if !place.is_empty() {
        let _ = write!(line, "  {}", place.join(", "));
    }
    line += match (entry.allowed, &entry.error) {
        (true, None) => "  allowed",
        (true, Some(_)) => "  allowed, but failed: ",
        (false, None) => "  refused",
        (false, Some(_)) => "  refused: ",
    };
    line + entry.error.as_deref().unwrap_or_default()
}
