//! What can go wrong with definitions.

use std::io;
use std::path::PathBuf;

use super::finding::Finding;
use crate::error::{Kind, Problem, nearest};

/// A failure to find or read a definition.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// A file or folder that cannot be opened.
    #[error("{} cannot be read: {source}", path.display())]
    Unreachable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A pipeline that there is not.
    #[error("there is no pipeline {name:?}")]
    NoPipeline {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A definition that is not as it has to be.
    #[error(transparent)]
    Wrong(Finding),
}

impl Problem for DefinitionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => None,
            Self::NoPipeline { name, known } => Some(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None if known.is_empty() => {
                    format!("write it into pipelines/{name}.ron; `sheaf pipeline schema` shows how")
                }
                None => format!("there are: {}", known.join(", ")),
            }),
            Self::Wrong(finding) => finding.hint.clone(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoPipeline { .. } => Kind::Usage,
            Self::Unreachable { .. } | Self::Wrong(_) => Kind::Unreadable,
        }
    }
}
