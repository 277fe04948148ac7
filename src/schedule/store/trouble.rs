//! [`Trouble`]: why a statement of the store was not done.

/// Why a statement was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What is stored is not what it has to be.
    Damaged(String),
    /// The database says no, or the disk.
    Failed {
        /// Why.
        reason: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The database cannot be reached: what was asked was not done.
    Away {
        /// Why.
        reason: String,
        /// What to do.
        hint: Option<String>,
        /// Whether it does not answer, and may later; otherwise it answers, and lets no one in so.
        may_pass: bool,
    },
    /// The answer to the end of a transaction was lost, and the database could not be asked for it since.
    Unanswered(String),
    /// Others have taken this process for dead, and its runs are theirs.
    Deposed,
}

impl Trouble {
    /// Says why something was not done, where there is nothing to do about it.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            reason: reason.into(),
            hint: None,
        }
    }
}
