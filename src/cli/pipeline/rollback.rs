//! `sheaf pipeline rollback N`: an earlier version is current again.

use clap::Args;

use super::publish::{publication, report};
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::published::Published;

/// Publish an earlier version again, as a new one; the files of the workspace stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf pipeline versions
  sheaf pipeline rollback 3")]
pub(super) struct RollBack {
    /// The version.
    version: u32,
    /// What it is for.
    #[arg(short, long)]
    message: Option<String>,
    /// Print the new version as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn rollback(arguments: &RollBack, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let published = Published::open(&workspace);
    let message = arguments.message.clone();
    let message = message.unwrap_or_else(|| format!("back to version {}", arguments.version));
    let version = published.rollback(arguments.version, publication(message))?;
    report(version, &published, arguments.json, terminal)
}
