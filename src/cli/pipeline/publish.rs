//! `sheaf pipeline publish`: what triggers run from now on.

use chrono::Utc;
use clap::Args;
use serde_json::json;

use super::findings;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::published::{Publication, PublishError, Published, Version};
use crate::repl::Screen as _;
use crate::secret::Person;

/// Freeze the pipelines with their notebooks and libraries as a new version, which triggers run from now on.
#[derive(Debug, Args)]
#[command(after_help = "\
The pipelines are validated before. What a notebook runs or loads is frozen with it.

Examples:
  sheaf pipeline publish -m 'load predictions'
  sheaf pipeline versions
  sheaf pipeline diff

Exit codes: 0 it is published, or nothing has changed; 1 something is wrong, and nothing was published.")]
pub(super) struct PublishPipelines {
    /// What it is for.
    #[arg(short, long, default_value = "")]
    message: String,
    /// Print the version as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn publish(arguments: &PublishPipelines, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let published = Published::open(&workspace);
    let version = match published.publish(&workspace, publication(arguments.message.clone())) {
        Ok(version) => version,
        Err(PublishError::Findings(found)) => {
            if !arguments.json {
                findings::print(&found, workspace.root(), terminal)?;
            }
            return Err(PublishError::Findings(found).into());
        }
        Err(error) => return Err(error.into()),
    };
    report(version, &published, arguments.json, terminal)
}

/// Returns who publishes now.
pub(super) fn publication(message: String) -> Publication {
    Publication {
        by: Person::of_process().name,
        at: Utc::now(),
        message,
    }
}

/// Says which version is current now.
pub(super) fn report(
    version: Option<Version>,
    published: &Published,
    is_json: bool,
    terminal: &Terminal,
) -> Result<(), Error> {
    let is_new = version.is_some();
    let Some(version) = version.map_or_else(|| published.current(), |version| Ok(Some(version)))? else {
        return Ok(());
    };
    let Version { number, files, .. } = &version;
    if is_json {
        let line = json!({ "version": number, "new": is_new, "files": files });
        return terminal.verbatim(&format!("{line}\n"));
    }
    terminal.out(&if is_new {
        let plural = if files.len() == 1 { "" } else { "s" };
        format!("version {number} is published: {} file{plural}\n", files.len())
    } else {
        format!("nothing has changed: version {number} stays published\n")
    })
}
