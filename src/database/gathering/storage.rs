//! [`Storage`]: one column of a frame, built value by value from what a database sends.

use polars::prelude::{DataType, PolarsError, Series};

/// One column of a frame, while it is built.
pub(in crate::database) trait Storage: Sized {
    /// What the database says of the column.
    type Kind;
    /// A value as the database's client gives it.
    type Value<'a>;

    /// Begins a column with room for `capacity` values.
    fn new(name: &str, kind: &Self::Kind, capacity: usize) -> Self;

    /// Adds a value, and returns how many bytes of text it has, roughly.
    ///
    /// # Errors
    ///
    /// The column cannot hold it.
    fn push(&mut self, value: Self::Value<'_>) -> Result<usize, Unreadable>;

    /// Makes a column of the values.
    ///
    /// # Errors
    ///
    /// Polars does not make one of them.
    fn finish(self) -> Result<Series, PolarsError>;

    /// Writes the column of this name as the dialect does, `…` where the name is none that a query can use.
    fn quoted(name: &str) -> String;
}

/// Why a column of a frame cannot hold a value.
#[derive(Debug)]
pub(in crate::database) struct Unreadable {
    /// What is wrong, with the value.
    pub(in crate::database) reason: String,
    /// An expression to write instead, with `{}` for the column; `None` where nobody can help it.
    pub(in crate::database) instead: Option<&'static str>,
}

impl Unreadable {
    pub(in crate::database) fn new(reason: impl Into<String>, instead: &'static str) -> Self {
        Self {
            reason: reason.into(),
            instead: Some(instead),
        }
    }

    /// What a server does not send for a column of this type.
    pub(in crate::database) fn garbled(dtype: &DataType) -> Self {
        Self {
            reason: format!("the server sent something that is no value of its type ({dtype:?})"),
            instead: None,
        }
    }
}
