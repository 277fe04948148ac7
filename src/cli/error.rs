//! What can go wrong between the command line and the library.

use std::path::PathBuf;

use crate::error::{Kind, Problem};

/// A failure of the program around its cells.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The reader of standard output is gone, as with `| head`.
    #[error("standard output is closed")]
    BrokenPipe,
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {reason}")]
    Output { reason: String },
    /// Signals cannot be caught.
    #[error("cannot listen for signals: {reason}")]
    Signals { reason: String },
    /// A parameter is given twice.
    #[error("the parameter `{name}` is given twice")]
    RepeatedParameter { name: String },
    /// `--until` names a cell that is not there.
    #[error("--until {until}: {file} has {cells} cell{plural}", file = file.display(), plural = if *.cells == 1 { "" } else { "s" })]
    UntilTooLarge { until: u32, file: PathBuf, cells: usize },
    /// There is no folder for a cache.
    #[error("there is no folder for the cache: no workspace here and no home folder")]
    NoCache,
    /// A notebook cannot be presented without keys.
    #[error("presenting needs a terminal")]
    NoTerminal,
    /// Cells of an unattended show failed; what and where has been shown.
    #[error("{cells} cells failed")]
    CellsFailed { cells: usize },
    /// Of what was piped into a prompt, something failed; what and where has been shown.
    #[error("{failures} cells or commands failed")]
    InputFailed { failures: usize },
    /// Someone ended a show with Ctrl-C.
    #[error("interrupted")]
    ShowInterrupted,
    /// A cell failed; what and where has been shown.
    #[error("cell {cell} failed")]
    CellFailed { cell: usize },
    /// Results are not the recorded ones; which has been shown.
    #[error("{cells} cells drifted")]
    Drifted { cells: usize },
    /// Notebooks failed; which has been shown.
    #[error("{notebooks} notebooks failed")]
    NotebooksFailed { notebooks: usize },
    /// There is no notebook with a record.
    #[error("no notebook with a record in {place}")]
    NoRecords { place: String },
    /// A flag is about comparing, and nothing is compared.
    #[error("{flag} needs --check")]
    NeedsCheck { flag: &'static str },
    /// There is no such file or folder.
    #[error("there is no file or folder {path}", path = path.display())]
    NoPath { path: PathBuf },
    /// A folder cannot be read.
    #[error("cannot read the folder {path}: {reason}", path = path.display())]
    Folder { path: PathBuf, reason: String },
    /// The `JUnit` report cannot be written.
    #[error("cannot write the JUnit report {path}: {reason}", path = path.display())]
    Junit { path: PathBuf, reason: String },
    /// There is no place for the `JUnit` report, which is found before anything runs.
    #[error("--junit: {reason}")]
    JunitPlace { path: PathBuf, reason: String },
    /// There is neither a command nor a notebook of this name.
    #[error("there is no notebook or command {name:?}")]
    NeitherFileNorCommand { name: String, near: Option<String> },
    /// More than one notebook is named for the prompt.
    #[error("the prompt opens one notebook, but was also given {more:?}")]
    MoreThanAFile { more: String },
    /// A cell was stopped; that has been shown.
    #[error("cell {cell} was interrupted")]
    CellInterrupted { cell: usize },
}

impl Problem for CliError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::RepeatedParameter { name } => Some(format!("keep one `-p {name}=…`")),
            Self::UntilTooLarge { cells, .. } => Some(match cells {
                0 | 1 => "leave --until out".to_owned(),
                _ => format!("give a number from 1 to {cells}"),
            }),
            Self::NoTerminal => Some(
                "without a terminal, use `--auto SECONDS`, or run the notebook with `sheaf run`".to_owned(),
            ),
            Self::NoCache => {
                Some("create a workspace with `sheaf init`, or set SHEAF_CACHE to a folder".to_owned())
            }
            Self::NoRecords { .. } => Some("`sheaf run NOTEBOOK --record` creates a record".to_owned()),
            Self::NeedsCheck { .. } => Some("add --check to compare with the record".to_owned()),
            Self::JunitPlace { path, .. } => path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
                .map(|folder| format!("create the folder first: mkdir -p {}", folder.display())),
            Self::NeitherFileNorCommand { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::NeitherFileNorCommand { name, near: None } => Some(format!(
                "to create it, start `sheaf` and save with `%save {name}`; `sheaf --help` lists the commands"
            )),
            Self::MoreThanAFile { .. } => Some("`sheaf --help` lists the commands".to_owned()),
            _ => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::RepeatedParameter { .. }
            | Self::UntilTooLarge { .. }
            | Self::NoTerminal
            | Self::JunitPlace { .. }
            | Self::MoreThanAFile { .. }
            | Self::NeedsCheck { .. } => Kind::Usage,
            Self::NoRecords { .. }
            | Self::NoPath { .. }
            | Self::NeitherFileNorCommand { .. }
            | Self::Folder { .. } => Kind::Unreadable,
            Self::Drifted { .. } => Kind::Drift,
            Self::BrokenPipe => Kind::BrokenPipe,
            Self::CellInterrupted { .. } | Self::ShowInterrupted => Kind::Interrupted,
            _ => Kind::Failure,
        }
    }

    fn is_shown(&self) -> bool {
        matches!(
            self,
            Self::BrokenPipe
                | Self::CellFailed { .. }
                | Self::CellsFailed { .. }
                | Self::InputFailed { .. }
                | Self::Drifted { .. }
                | Self::NotebooksFailed { .. }
                | Self::CellInterrupted { .. }
                | Self::ShowInterrupted
        )
    }
}
