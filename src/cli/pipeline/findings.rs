//! Findings of validation as text and as JSON.

use std::fs;
use std::path::Path;

use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::Finding;
use crate::render::{Paint, plain};
use crate::repl::Screen as _;

/// Prints findings, each with its line; those of files below `root`.
pub(super) fn print(findings: &[Finding], root: &Path, terminal: &Terminal) -> Result<(), Error> {
    let paint = Paint::new(&terminal.style());
    let mut text = String::new();
    for finding in findings {
        text += &format!("{}{}\n", paint.error("error: "), plain(&finding.to_string()));
        if let Some(line) = line(root, finding) {
            let number = finding.line.to_string();
            let under: String = line
                .chars()
                .take(finding.column.saturating_sub(1))
                .map(|letter| if letter == '\t' { '\t' } else { ' ' })
                .collect();
            text += &format!("  {number} | {}\n", plain(&line));
            text += &format!(
                "  {:width$} | {under}{}\n",
                "",
                paint.error("^"),
                width = number.len()
            );
        }
        if let Some(hint) = &finding.hint {
            text += &format!("  {}{}\n", paint.hint("hint: "), plain(hint));
        }
    }
    terminal.out(&text)
}

/// Reads the line that a finding is about.
fn line(root: &Path, finding: &Finding) -> Option<String> {
    let text = fs::read_to_string(root.join(&finding.file)).ok()?;
    let line = text.lines().nth(finding.line.checked_sub(1)?)?;
    Some(line.to_owned())
}
