//! [`Savepoint`]: a step towards a savepoint of a transaction, or back to it.

/// A step towards or back from a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Savepoint {
    /// Sets it.
    Set(Extent),
    /// Keeps what was done since.
    Keep(Extent),
    /// Undoes what was done since; it stays set.
    Undo(Extent),
}

/// What is kept or undone together: one within the other, each by a name of its own, because MySQL forgets the first of two
/// that have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A step of a rehearsal.
    Step,
    /// All rows of a load, when it is tried whether the table takes them.
    Rows,
    /// Some of them.
    Part,
}

impl Savepoint {
    /// Writes it as most databases understand it.
    pub(super) fn statement(self) -> String {
        match self {
            Self::Set(extent) => format!("SAVEPOINT {}", extent.name()),
            Self::Keep(extent) => format!("RELEASE SAVEPOINT {}", extent.name()),
            Self::Undo(extent) => format!("ROLLBACK TO SAVEPOINT {}", extent.name()),
        }
    }
}

impl Extent {
    /// Returns the name of its savepoint.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Step => "sheaf_step",
            Self::Rows => "sheaf_rows",
            Self::Part => "sheaf_part",
        }
    }
}
