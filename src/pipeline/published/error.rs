//! What can go wrong with published versions.

use std::io;
use std::path::PathBuf;

use crate::error::{Kind, Problem};
use crate::pipeline::definition::{DefinitionError, Finding};

/// A failure to publish, or to read what was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// What would be published is wrong.
    #[error("nothing was published: {} thing{} wrong", .0.len(), if .0.len() == 1 { " is" } else { "s are" })]
    Findings(Vec<Finding>),
    /// There are no pipelines.
    #[error("nothing was published: there are no pipelines")]
    Nothing,
    /// The definitions cannot be read.
    #[error(transparent)]
    Definitions(#[from] DefinitionError),
    /// A version that there is not.
    #[error("there is no published version {number}")]
    NoVersion {
        /// The number.
        number: u32,
        /// The numbers that there are.
        known: Vec<u32>,
    },
    /// A file or folder that cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is not as it was written.
    #[error("{} has been changed since it was published", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl Problem for PublishError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Findings(_) => Some("`sheaf pipeline validate` shows them again".to_owned()),
            Self::Nothing => {
                Some("write one into pipelines/NAME.ron; `sheaf pipeline schema` shows how".to_owned())
            }
            Self::NoVersion { known, .. } if known.is_empty() => {
                Some("`sheaf pipeline publish` makes the first one".to_owned())
            }
            Self::NoVersion { known, .. } => {
                let known: Vec<String> = known.iter().map(u32::to_string).collect();
                Some(format!("there are: {}", known.join(", ")))
            }
            Self::Definitions(error) => error.hint(),
            Self::Unreadable { .. } | Self::Unwritable { .. } => None,
            Self::Damaged { .. } => Some("remove the file, and publish again".to_owned()),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Definitions(error) => error.kind(),
            Self::NoVersion { .. } => Kind::Usage,
            Self::Unreadable { .. } | Self::Damaged { .. } => Kind::Unreadable,
            Self::Findings(_) | Self::Nothing | Self::Unwritable { .. } => Kind::Failure,
        }
    }
}
