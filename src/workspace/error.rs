//! What can go wrong with a workspace.

use std::io;
use std::path::PathBuf;

use super::connection_fault::ConnectionFault;
use super::runs_fault::RunsFault;
use crate::error::{Error, Kind, Problem, nearest};
use crate::secret::ReferenceError;

/// A failure to find, read or create a workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A path to start from that does not exist or cannot be read.
    #[error("{} cannot be opened: {source}", path.display())]
    Unreachable {
        /// Where the search was to start, or the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A `sheaf.ron` that is not UTF-8.
    #[error("{} is not UTF-8 text: the first invalid byte is at {position}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The offset of the first wrong byte, from 0.
        position: usize,
    },
    /// A `sheaf.ron` that is not what its reader expects.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// An unknown field of `sheaf.ron`.
    #[error("{}:{line}:{column}: unknown field `{field}`", path.display())]
    UnknownField {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The field.
        field: String,
        /// The known fields.
        known: &'static [&'static str],
    },
    /// A field of `sheaf.ron` that stands there twice.
    #[error("{}:{line}:{column}: `{field}` is there twice", path.display())]
    TwiceField {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The field.
        field: String,
    },
    /// A store, a permission or another word that `sheaf.ron` cannot have there.
    #[error("{}:{line}:{column}: there is no {what} `{word}`", path.display())]
    UnknownWord {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What it would be.
        what: &'static str,
        /// The word.
        word: String,
        /// The known words.
        known: &'static [&'static str],
    },
    /// A scope or a key whose name cannot be one.
    #[error("{}: {error}", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// What is wrong with the name.
        error: ReferenceError,
    },
    /// An invalid mount of `sheaf.ron`.
    #[error("{}:{line}:{column}: the mount {mount_point:?} cannot be used: {error}", path.display())]
    Mount {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The mount point as written.
        mount_point: String,
        /// What is wrong with it.
        error: Error,
    },
    /// An invalid connection of `sheaf.ron`.
    #[error("{}:{line}:{column}: the connection {name:?} cannot be used: {fault}", path.display())]
    Connection {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// Its name as written.
        name: String,
        /// What is wrong with it.
        fault: ConnectionFault,
    },
    /// A store of runs of `sheaf.ron` that cannot be so.
    #[error("{}:{line}:{column}: the store of runs cannot be so: {fault}", path.display())]
    Runs {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong with it.
        fault: RunsFault,
    },
    /// A file of mounts that cells made which is not what its reader expects.
    #[error("{}:{line}:{column}: {message}", path.display())]
    MadeMounts {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// A new workspace in a folder that already is one.
    #[error("{} exists already, and nothing was changed", path.display())]
    Exists {
        /// Its `sheaf.ron`.
        path: PathBuf,
    },
    /// A scope, which belongs into a `sheaf.ron`, where there is none.
    #[error("there is no sheaf.ron here or above: {} is no workspace", path.display())]
    NoFile {
        /// The folder.
        path: PathBuf,
    },
    /// A `sheaf.ron` whose text is written in a way that cannot be edited.
    #[error("{} cannot be edited without changing more than that, and was left as it is", path.display())]
    NotEditable {
        /// The file.
        path: PathBuf,
        /// What to write or remove.
        edit: String,
    },
    /// A `sheaf.ron` that somebody else changed meanwhile.
    #[error("{} changed meanwhile, and was left as it is", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder of a new workspace that cannot be created.
    #[error("{} cannot be created: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Problem for WorkspaceError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } | Self::Unwritable { .. } => None,
            Self::NotText { .. } => Some("save the file as UTF-8".to_owned()),
            Self::Syntax { .. } => Some(
                "write it like `(mounts: {\"/mnt/data\": \"file:datasets\"})`; `sheaf init` in an empty folder creates a complete one to compare with"
                    .to_owned(),
            ),
            Self::UnknownField { field, known, .. } => Some(match nearest(field, known.iter().copied()) {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => format!("the fields are: {}", known.join(", ")),
            }),
            Self::TwiceField { field, .. } => Some(format!("put all of it into one `{field}`")),
            Self::NoFile { .. } => Some("create a workspace with `sheaf init`".to_owned()),
            Self::NotEditable { edit, .. } => Some(format!("edit it yourself: {edit}")),
            Self::Changed { .. } => Some("run the command again".to_owned()),
            Self::UnknownWord { word, known, .. } => Some(match nearest(word, known.iter().copied()) {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => format!("write one of: {}", known.join(", ")),
            }),
            Self::MadeMounts { .. } => {
                Some("remove the file; the next dbutils.fs.mount writes it again".to_owned())
            }
            Self::Name { error, .. } => error.hint(),
            Self::Mount { error, .. } => error.hint(),
            Self::Connection { fault, .. } => fault.hint(),
            Self::Runs { fault, .. } => fault.hint(),
            Self::Exists { .. } => Some("edit the file, or choose another folder".to_owned()),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Exists { .. }
            | Self::Unwritable { .. }
            | Self::NotEditable { .. }
            | Self::Changed { .. } => Kind::Failure,
            _ => Kind::Unreadable,
        }
    }
}
