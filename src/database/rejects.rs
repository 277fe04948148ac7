//! [`Rejects`]: where rows go that a table cannot take, and [`Rejected`], which is one of them.

use super::error::DatabaseError;

/// Which rule of a table a row does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A value is missing where there has to be one.
    NotNull,
    /// A value is none that the type of its column has: too large, too long, of another form.
    Type,
    /// Another row has the same key.
    Unique,
    /// A condition of the table, or of a type of its own, does not hold.
    Check,
    /// The row refers to one that is not there.
    Reference,
    /// The row is in the way of another one, by a rule that is no key.
    Exclusion,
    /// A trigger of the table refuses the row.
    Trigger,
}

/// A row that a table cannot take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The row of the frame, counted from 1.
    pub row: u64,
    /// The column of the table; of a rule about several, all of them; empty where the database does not say which.
    pub column: String,
    /// The value; `None` for NULL.
    pub value: Option<String>,
    /// The rule.
    pub rule: Rule,
    /// What is wrong.
    pub reason: String,
}

/// Takes the rows that a table cannot take.
pub trait Rejects {
    /// Returns where they go, as a person calls it.
    fn name(&self) -> &str;

    /// Takes one of them.
    ///
    /// # Errors
    ///
    /// It cannot be kept.
    fn take(&mut self, rejected: &Rejected) -> Result<(), DatabaseError>;

    /// Keeps all of them, before the other rows are made to last: none of them is lost.
    ///
    /// # Errors
    ///
    /// They cannot be kept; then nothing is loaded.
    fn finish(&mut self) -> Result<(), DatabaseError>;
}

impl Rule {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotNull => "not null",
            Self::Type => "type",
            Self::Unique => "unique",
            Self::Check => "check",
            Self::Reference => "reference",
            Self::Exclusion => "exclusion",
            Self::Trigger => "trigger",
        }
    }
}
