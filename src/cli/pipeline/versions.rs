//! `sheaf pipeline versions`: what was published.

use chrono::SecondsFormat;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::columns::print;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::current_workspace;
use crate::pipeline::published::Published;

/// List what was published, the newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sheaf pipeline versions
  sheaf pipeline versions --json | jq '.[0].files'")]
pub(super) struct ListVersions {
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn versions(arguments: &ListVersions, terminal: &Terminal) -> Result<(), Error> {
    let versions = Published::open(&current_workspace()?).versions()?;
    let time = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let rows = versions.iter().map(|version| {
        vec![
            version.number.to_string(),
            time(version.at),
            version.by.clone(),
            version.files.len().to_string(),
            version.message.clone(),
        ]
    });
    let json = versions.iter().map(|version| {
        json!({
            "version": version.number,
            "at": time(version.at),
            "by": version.by,
            "message": version.message,
            "files": version.files,
        })
    });
    print(
        arguments.json,
        &["Version", "Published", "By", "Files", "Message"],
        &rows.collect::<Vec<_>>(),
        Value::Array(json.collect()),
        terminal,
    )
}
