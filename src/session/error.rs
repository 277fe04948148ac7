//! What can go wrong with a cell or a session, with where it went wrong.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Kind, Problem};
use crate::frame::Stopped;

/// A cell's identity: it stays the same while cells move around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(pub(super) u64);

/// Where source text came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A cell of the session.
    Cell(CellId),
    /// A file that a cell loaded.
    File(String),
    /// A cell of the session, known only by a digest of its text; [`Session::run`](super::Session::run) names the cell.
    Text(u64),
}

impl Source {
    /// Returns the source that is a cell with this text.
    pub(super) fn of_text(text: &str) -> Self {
        let digest = Sha256::digest(text);
        let first = digest.iter().take(8);
        Self::Text(first.fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Writes the name under which Starlark knows this source.
    ///
    /// A function shows this name when it is printed. So it must not depend on what was tried before, nor on where
    /// the cell stands: a cell goes by its text.
    pub(super) fn encode(&self) -> String {
        match self {
            Self::Cell(CellId(id)) => format!("cell {id}"),
            Self::File(name) => name.clone(),
            Self::Text(digest) => format!("cell#{digest:016x}"),
        }
    }

    /// Reads the name under which Starlark knows a source.
    pub(super) fn decode(name: &str) -> Self {
        let digest = name.strip_prefix("cell#");
        match digest.and_then(|digest| u64::from_str_radix(digest, 16).ok()) {
            Some(digest) => Self::Text(digest),
            None => Self::File(name.to_owned()),
        }
    }
}

/// A stretch of source: lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Which source.
    pub source: Source,
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last one.
    pub end_column: usize,
    /// The whole first line, to show.
    pub text: String,
}

/// One call on the way to an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function that was called.
    pub function: String,
    /// Where it was called from.
    pub spot: Spot,
}

/// Why a cell failed.
#[derive(Debug, Clone)]
pub struct CellError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it is, when it is about a place.
    pub spot: Option<Spot>,
    /// The calls that led there, outermost first; empty when the place is at the cell's top level.
    pub calls: Vec<Call>,
    /// Decides the exit code.
    pub kind: Kind,
}

impl CellError {
    /// Makes an error that is about no particular place in the cell.
    pub fn of(error: impl Into<Error>) -> Self {
        let error = error.into();
        Self {
            message: error.to_string(),
            hint: error.hint(),
            spot: None,
            calls: Vec::new(),
            kind: error.kind(),
        }
    }

    /// Adds the place it is about, unless it has one.
    #[must_use]
    pub fn at(mut self, spot: Option<Spot>) -> Self {
        self.spot = self.spot.or(spot);
        self
    }

    /// Names the cells of the places it is about; `cell` finds the one with a text.
    #[must_use]
    pub(super) fn in_cells(mut self, cell: impl Fn(&Source) -> CellId) -> Self {
        let spots = self.calls.iter_mut().map(|call| &mut call.spot);
        for spot in spots.chain(self.spot.as_mut()) {
            if matches!(spot.source, Source::Text(_)) {
                spot.source = Source::Cell(cell(&spot.source));
            }
        }
        self
    }

    /// Tells whether the cell was stopped by someone rather than by a fault.
    pub fn interrupted(&self) -> bool {
        self.kind == Kind::Interrupted
    }
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CellError {}

impl Problem for CellError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn kind(&self) -> Kind {
        self.kind
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
    /// The cell's magic is not one that Sheaf runs.
    #[error("there is no cell kind `%{word}`")]
    UnknownKind {
        /// The word after `%`.
        word: String,
        /// The kinds there are.
        known: Vec<&'static str>,
    },
    /// A parameter was given for a widget that no cell declares.
    #[error("the notebook declares no widget named `{name}`")]
    UndeclaredParameter {
        /// The parameter's name.
        name: String,
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
    #[error("`{path}` is loaded while it is being loaded")]
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
            } => Some(format!("mend {cell} and run it again")),
            Self::UnknownKind { word, known } => {
                let listed = known
                    .iter()
                    .map(|kind| format!("%{kind}"))
                    .collect::<Vec<_>>()
                    .join(", ");
                Some(match crate::error::nearest(word, known.iter().copied()) {
                    Some(near) => format!("did you mean `%{near}`?"),
                    None => format!("the kinds are: {listed}"),
                })
            }
            Self::UndeclaredParameter { name, declared } => Some(
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
            Self::Load { .. } => {
                Some("give the path from the workspace's folder, such as \"lib/x.star\"".to_owned())
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

impl From<Stopped> for CellError {
    fn from(stopped: Stopped) -> Self {
        Self::of(stopped)
    }
}
