//! `sheaf pipeline import FOLDER`: pipelines of Data Factory's as ours.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::file::AtomicFile;
use crate::job::current_workspace;
use crate::pipeline::FOLDER;
use crate::pipeline::import::import as read;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::storage::create_folders;

/// Write pipelines of Data Factory's, as it keeps them in git, into pipelines/.
#[derive(Debug, Args)]
#[command(after_help = "\
What has no counterpart is listed and kept as a comment, and fails `sheaf pipeline validate` until you have replaced it. No \
file is overwritten.

Lines that begin with ! say what is left to do: what has no counterpart, which connections and mounts sheaf.ron needs, and where \
something is written or timed in another way than there.

Examples:
  sheaf pipeline import ../factory
  sheaf pipeline validate")]
pub(super) struct ImportPipelines {
    /// The folder with pipeline/, dataset/, linkedService/ and trigger/.
    folder: PathBuf,
}

pub(super) fn import(arguments: &ImportPipelines, terminal: &Terminal) -> Result<(), Error> {
    let workspace = current_workspace()?;
    let imported = read(&arguments.folder)?;
    let folder = workspace.root().join(FOLDER);
    let unwritable = |file: &str, error: std::io::Error| CliError::Definition {
        file: file.to_owned(),
        reason: match error.kind() {
            std::io::ErrorKind::AlreadyExists => "there is one already".to_owned(),
            _ => error.to_string(),
        },
    };
    create_folders(&folder).map_err(|error| unwritable(FOLDER, error))?;
    let name = |name: &str| format!("{FOLDER}/{name}.ron");
    // All of them, or none.
    for pipeline in imported.pipelines.keys() {
        if workspace.root().join(name(pipeline)).exists() {
            return Err(unwritable(&name(pipeline), std::io::ErrorKind::AlreadyExists.into()).into());
        }
    }
    let mut text = String::new();
    for (pipeline, definition) in &imported.pipelines {
        let file = name(pipeline);
        let written = AtomicFile::create(&workspace.root().join(&file), false).and_then(|mut written| {
            written.write_all(definition.as_bytes())?;
            written.commit()
        });
        written.map_err(|error| unwritable(&file, error))?;
        text += &format!("wrote {}\n", plain(&file));
    }
    for note in &imported.notes {
        text += &format!("! {}\n", plain(note));
    }
    terminal.out(&text)
}
