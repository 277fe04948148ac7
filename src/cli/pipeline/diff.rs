//! `sheaf pipeline diff`: what is different between versions, and between the published one and the draft.

use clap::Args;

use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::Definitions;
use crate::pipeline::published::{FileChange, Published, Snapshot};
use crate::render::{Paint, plain};
use crate::repl::Screen as _;

/// Show what has changed, file by file: in the draft since it was published, or between two versions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf pipeline diff        What has changed since the last publishing
  sheaf pipeline diff 3      What has changed since version 3
  sheaf pipeline diff 3 4    What version 4 changed")]
pub(super) struct DiffVersions {
    /// The earlier version; the published one unless given.
    from: Option<u32>,
    /// The later version; the draft unless given.
    to: Option<u32>,
}

pub(super) fn diff(arguments: &DiffVersions, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let published = Published::open(&workspace);
    let from = match arguments.from {
        Some(number) => Some(number),
        None => published.current()?.map(|current| current.number),
    };
    let earlier = from
        .map(|number| published.snapshot(number))
        .transpose()?
        .unwrap_or_default();
    let later = match arguments.to {
        Some(number) => published.snapshot(number)?,
        None => Snapshot::of_draft(&workspace, &Definitions::read(&workspace)?).0,
    };
    let changes = earlier.changes(&later);
    if changes.is_empty() {
        return terminal.out("nothing has changed\n");
    }
    let paint = Paint::new(&terminal.style());
    let mut text = String::new();
    for change in &changes {
        match change {
            FileChange::Added { path } => text += &format!("added {}\n", plain(path)),
            FileChange::Removed { path } => text += &format!("removed {}\n", plain(path)),
            FileChange::Changed { path, lines } => {
                text += &format!("changed {}\n", plain(path));
                for line in lines.lines() {
                    let shown = plain(line);
                    let shown = match line.chars().next() {
                        Some('-') => paint.error(&shown),
                        Some('+') => paint.hint(&shown),
                        _ => shown.clone(),
                    };
                    text += &format!("  {shown}\n");
                }
            }
        }
    }
    terminal.out(&text)
}
