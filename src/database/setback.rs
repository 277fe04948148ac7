//! [`Setback`]: why something failed that may go well the next time.

/// Why something failed that may go well the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// The connection broke, and what was not finished has changed nothing.
    Lost,
    /// The connection broke while the database was asked to make all of it last: nobody knows whether it has.
    Unanswered,
    /// Others were in the way, and the database has undone it.
    InTheWay,
    /// The database cannot be reached.
    Unreachable,
}
