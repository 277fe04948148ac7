//! What can go wrong with a session, besides its cells.

use std::fmt;

use crate::error::{Kind, Problem};
use crate::migration;

/// Why the name of a removed cell has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// The cell failed, and was dropped or edited.
    Failed,
    /// It was interrupted, or never run.
    Unfinished,
    /// It was deleted.
    Deleted,
}

impl fmt::Display for Going {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed => "the cell that binds it failed",
            Self::Unfinished => "the cell that binds it did not finish",
            Self::Deleted => "the cell that bound it was deleted",
        })
    }
}

/// A wrong request to a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A name the cell reads is bound by a cell that has no value for it.
    #[error("`{name}` is bound by {cell}, which {}", if *.failed { "failed" } else { "has not run" })]
    Unbound {
        /// The name.
        name: String,
        /// The cell that binds it, as shown.
        cell: String,
        /// Whether that cell was tried.
        failed: bool,
    },
    /// A name the cell reads was bound, or to be bound, by a cell that is gone.
    #[error("`{name}` has no value: {how}")]
    Gone {
        /// The name.
        name: String,
        /// The result of the cell.
        how: Going,
        /// The line of that cell that is about the name.
        line: String,
    },
    /// A value came from a cache, which no longer has it.
    #[error("`{name}` is bound by {cell}, and the cache no longer has its value")]
    Lost {
        /// The name.
        name: String,
        /// The cell that binds it, as shown.
        cell: String,
    },
    /// The cell's magic is not one that Sheaf runs.
    #[error("there is no cell kind `%{word}`")]
    UnknownKind {
        /// The word after `%`.
        word: String,
        /// The kinds there are.
        known: Vec<&'static str>,
    },
    /// A parameter was given for a widget that no cell declares.
    #[error("the notebook declares no widget named `{name}`{}", place.as_ref().map_or_else(String::new, |place| format!(" (from {place})")))]
    UndeclaredParameter {
        /// The parameter's name.
        name: String,
        /// Where it stands, when not on the command line.
        place: Option<String>,
        /// The widgets that it does declare.
        declared: Vec<String>,
    },
    /// The thread for the cell did not start.
    #[error("cannot start a thread for the cell: {reason}")]
    NoThread {
        /// The operating system's reason.
        reason: String,
    },
    /// A loaded file loads itself, directly or not.
    #[error("`{path}` loads itself")]
    LoadCycle {
        /// The file.
        path: String,
    },
    /// A loaded file cannot be read.
    #[error("cannot load `{path}`: {reason}")]
    Load {
        /// The file.
        path: String,
        /// Why.
        reason: String,
        /// A file that may be meant.
        near: Option<String>,
    },
}

impl Problem for SessionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unbound {
                cell, failed: false, ..
            } => Some(format!("run {cell} first")),
            Self::Unbound {
                cell, failed: true, ..
            } => Some(format!("fix {cell} and run it again")),
            Self::Gone {
                how: Going::Failed,
                line,
                ..
            } => Some(format!("correct it and enter it again: {line}")),
            Self::Gone { line, .. } => Some(format!("enter it again: {line}")),
            Self::Lost { cell, .. } => Some(format!("run {cell} again; `sheaf run` without --resume runs them all")),
            Self::UnknownKind { word, known } => {
                let listed = known
                    .iter()
                    .map(|kind| format!("%{kind}"))
                    .collect::<Vec<_>>()
                    .join(", ");
                Some(match crate::error::nearest(word, known.iter().copied()) {
                    _ if let Some(hint) = migration::cell_kind(word) => hint.to_owned(),
                    Some(near) => format!("did you mean `%{near}`?"),
                    None => format!("the kinds are: {listed}"),
                })
            }
            Self::UndeclaredParameter { name, declared, .. } => Some(
                match crate::error::nearest(name, declared.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`? It declares: {}", declared.join(", ")),
                    None if declared.is_empty() => {
                        format!("declare it in a cell: dbutils.widgets.text(\"{name}\", \"default\")")
                    }
                    None => format!("it declares: {}", declared.join(", ")),
                },
            ),
            Self::NoThread { .. } => Some("close other programs and run the cell again".to_owned()),
            Self::LoadCycle { .. } => {
                Some("move what both files need into a third one, and load that".to_owned())
            }
            Self::Load { near: Some(near), .. } => Some(format!("did you mean \"{near}\"?")),
            Self::Load { near: None, .. } => {
                Some(
                    "give the path from the workspace's folder, \"lib/x.star\", or from the notebook's, \"./x.star\""
                        .to_owned(),
                )
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::UndeclaredParameter { .. } => Kind::Usage,
            _ => Kind::Failure,
        }
    }
}
