//! [`Asks`]: what asks whether a value is true.

/// What asks whether a value is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// `if` in a statement, an expression or a comprehension.
    If,
    /// `and`, on either side.
    And,
    /// `or`, on either side.
    Or,
    /// `not`.
    Not,
    /// The builtin `bool`.
    Bool,
}
