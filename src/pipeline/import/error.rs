//! What can go wrong with a folder of Data Factory's.

use std::path::PathBuf;

use crate::error::{Kind, Problem};

/// A folder of Data Factory's that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It has no pipelines.
    #[error("{} has no Data Factory pipelines in it", folder.display())]
    NoPipelines {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder that cannot be read, or is no JSON.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Two pipelines whose names differ only in letters that the name of a file cannot have.
    #[error("{} has two pipelines that would be pipelines/{name}.ron", folder.display())]
    SameFile {
        /// The folder.
        folder: PathBuf,
        /// The name that both would have.
        name: String,
    },
}

impl Problem for ImportError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoPipelines { .. } => Some(
                "name the folder that has `pipeline`, `dataset`, `linkedService` and `trigger` in it"
                    .to_owned(),
            ),
            Self::SameFile { .. } => {
                Some("rename one of them in Data Factory, or in its file in `pipeline`".to_owned())
            }
            Self::Unreadable { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        Kind::Unreadable
    }
}
