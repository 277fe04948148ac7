//! What can go wrong around a run, other than its cells.

use std::path::PathBuf;

use crate::error::{Kind, Problem};

/// A failure around a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// The current folder is gone or closed to us.
    #[error("cannot determine the current folder: {reason}")]
    CurrentFolder {
        /// What the system says.
        reason: String,
    },
    /// The shared cache is named by a file.
    #[error("SHEAF_CACHE names `{}`, which is a file", path.display())]
    CacheIsFile {
        /// The file.
        path: PathBuf,
    },
    /// There is no notebook with a record.
    #[error("no notebook with a record in {place}")]
    NoRecords {
        /// Where one was looked for.
        place: String,
    },
    /// There is no such file or folder.
    #[error("there is no file or folder {path}", path = path.display())]
    NoPath {
        /// What was named.
        path: PathBuf,
    },
    /// A folder cannot be read.
    #[error("cannot read the folder {path}: {reason}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl Problem for JobError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::CurrentFolder { .. } => Some("change to a folder that exists".to_owned()),
            Self::CacheIsFile { .. } => {
                Some("set it to a folder; the folder is created if it is missing".to_owned())
            }
            Self::NoRecords { .. } => Some("`sheaf run NOTEBOOK --record` creates a record".to_owned()),
            Self::NoPath { .. } | Self::Folder { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::CurrentFolder { .. }
            | Self::NoRecords { .. }
            | Self::NoPath { .. }
            | Self::Folder { .. } => Kind::Unreadable,
            Self::CacheIsFile { .. } => Kind::Failure,
        }
    }
}
