//! The one error type that crosses folders, and what decides the exit code.
//!
//! Each folder keeps its own error enum, whose variants hold facts (names, numbers, spans) and whose
//! `Display` holds the prose; it becomes an [`Error`] by implementing [`Problem`]. This file knows none of
//! them, and prints nothing.

use std::fmt;

/// A result whose error is ready to be shown to a user.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by what a caller of the program can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A cell failed, or a command could not do its work.
    Failure,
    /// The command line or a parameter is wrong.
    Usage,
    /// A notebook or workspace cannot be read.
    Unreadable,
    /// The output was closed, as by `| head`.
    BrokenPipe,
    /// The run was interrupted.
    Interrupted,
}

impl Kind {
    /// Returns the process's exit code for this kind: 1, 2, 3, 130, or 141, that of a program which a closed pipe ends.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Unreadable => 3,
            Self::Interrupted => 130,
            Self::BrokenPipe => 141,
        }
    }
}

/// An error of one folder that can be shown to a user.
///
/// `Display` says what and where, in one sentence without a final full stop or an "Error:" before it; the
/// hint says what to do.
pub trait Problem: std::error::Error + Send + Sync + 'static {
    /// Returns what to do about it, in one sentence.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Returns the kind, which decides the exit code.
    fn kind(&self) -> Kind {
        Kind::Failure
    }
}

/// Any error of this library, ready to be shown.
pub struct Error(Box<dyn Problem>);

impl Error {
    /// Returns what to do about it, in one sentence.
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// Returns the kind, which decides the exit code.
    pub fn kind(&self) -> Kind {
        self.0.kind()
    }
}

impl<P: Problem> From<P> for Error {
    fn from(problem: P) -> Self {
        Self(Box::new(problem))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Returns the candidate most like `name`, for a "did you mean".
///
/// Case is ignored; nothing is returned when even the nearest is too far to be a slip of the fingers.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 4)
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_forgives_a_slip_and_case_but_not_another_word() {
        let columns = ["Age", "Fare", "Survived"];
        assert_eq!(nearest("Survivd", columns), Some("Survived"));
        assert_eq!(nearest("age", columns), Some("Age"));
        assert_eq!(nearest("Cabin", columns), None);
    }
}
