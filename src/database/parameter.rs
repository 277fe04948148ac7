//! [`Parameter`]: a value that is bound to a mark in a statement.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// A value that is bound to a mark in a statement, and its name where the mark has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name, for `:name`; `None` for `?` and `$1`, which go by their order.
    pub name: Option<String>,
    /// The value.
    pub value: Bound,
}

/// A value that can be bound.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// NULL.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A date.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A moment without a zone.
    Moment(NaiveDateTime),
    /// A moment in time.
    Instant(DateTime<Utc>),
}
