//! [`Savepoint`]: a step towards a savepoint of a transaction, or back to it.

/// A step towards or back from a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Savepoint {
    /// Sets it.
    Set,
    /// Keeps what was done since.
    Keep,
    /// Undoes what was done since.
    Undo,
}

impl Savepoint {
    /// Writes it as most databases understand it.
    pub(super) const fn statement(self) -> &'static str {
        match self {
            Self::Set => "SAVEPOINT sheaf_step",
            Self::Keep => "RELEASE SAVEPOINT sheaf_step",
            Self::Undo => "ROLLBACK TO SAVEPOINT sheaf_step",
        }
    }
}
