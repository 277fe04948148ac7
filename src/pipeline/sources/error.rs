//! Why a notebook or a library cannot be read.

use crate::error::{Error, Kind, Problem};

/// Why a notebook or a library cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// There is none.
    #[error("there is no file {path:?}")]
    Missing {
        /// The file, as it is written.
        path: String,
        /// A file beside it with nearly the same name.
        near: Option<String>,
    },
    /// It is not below the workspace's folder.
    #[error("{path:?} is not in the workspace's folder")]
    Outside {
        /// The file, as it is written.
        path: String,
    },
    /// It is there, and is no notebook or library.
    #[error("{0}")]
    Unreadable(Error),
}

impl Problem for SourceError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { near, .. } => near.as_ref().map(|near| format!("did you mean {near:?}?")),
            Self::Outside { .. } => {
                Some("move it there: what is elsewhere is not published with the pipeline".to_owned())
            }
            Self::Unreadable(error) => error.hint(),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Unreadable
    }
}
