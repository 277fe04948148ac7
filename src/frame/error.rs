//! What can go wrong with a table or an expression, and what to do about it.
//!
//! Polars' own texts are translated here: the plan dumps it appends never reach a user.

mod fault;
mod hints;

use polars::prelude::PolarsError;
use sqlparser::tokenizer::Span;

use crate::error::{Kind, Problem, nearest};

pub use self::fault::SqlFault;
use self::hints::refused;
use super::sql::{self, SqlError};
use crate::work::Stopped;

/// A failed operation on a table.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A column that the table does not have.
    #[error("{verb}: there is no column {name:?}")]
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// The columns there are.
        columns: Vec<String>,
        /// The operation.
        verb: &'static str,
    },
    /// Two output columns of the same name.
    #[error("{verb}: the column {name:?} would appear twice")]
    DuplicateColumn {
        /// The name that appears twice.
        name: String,
        /// The operation.
        verb: &'static str,
    },
    /// A filter that is not true or false for each row.
    #[error("filter: the condition {expression} gives {dtype}, not Boolean")]
    NotBoolean {
        /// The SQL text of the condition.
        expression: String,
        /// The type it gives.
        dtype: String,
    },
    /// Columns of different lengths between which an operator stands.
    #[error("a column of {left} values cannot be combined with one of {right}")]
    LengthsDiffer {
        /// How many values the left one has.
        left: usize,
        /// How many the right one has.
        right: usize,
    },
    /// A column of true and false that chooses rows, and is as long as another frame.
    #[error("filter: the condition has {values} values, and the frame has {rows} rows")]
    ConditionLength {
        /// How many values it has.
        values: usize,
        /// How many rows there are to choose from.
        rows: usize,
    },
    /// A column in memory that is to choose rows of a frame that is not.
    #[error("filter: a scan cannot be filtered by a column in memory")]
    ScanFilteredBySeries,
    /// A query or an expression that cannot be read, or means nothing on these tables.
    #[error("{}", fault::message(verb, text, error))]
    Sql {
        /// The operation.
        verb: &'static str,
        /// The text.
        text: String,
        /// What is wrong, and where.
        error: Box<SqlError>,
    },
    /// Columns of one table with different numbers of values.
    #[error("frame: the column {first:?} has {first_length} values and {second:?} has {second_length}")]
    UnequalLengths {
        /// The first column.
        first: String,
        /// Its length.
        first_length: usize,
        /// The column that differs.
        second: String,
        /// Its length.
        second_length: usize,
    },
    /// A column of values with different types.
    #[error("frame: the column {column:?} has {expected} values, but {found} in row {row}")]
    MixedTypes {
        /// The column.
        column: String,
        /// The 0-based row of the odd value.
        row: usize,
        /// The type of the values above it.
        expected: &'static str,
        /// Its type.
        found: &'static str,
    },
    /// A type name that is not known.
    #[error("there is no type {name:?}")]
    UnknownType {
        /// The name.
        name: String,
        /// The known name most like it.
        near: Option<&'static str>,
        /// The names that are listed.
        known: &'static [&'static str],
    },
    /// An argument that has none of the values it may have.
    #[error("{verb}: unknown {argument}={value:?}")]
    UnknownOption {
        /// The operation.
        verb: &'static str,
        /// The argument.
        argument: &'static str,
        /// Its value.
        value: String,
        /// The values it may have.
        allowed: &'static [&'static str],
    },
    /// An argument out of its range, or missing.
    #[error("{verb}: {argument} must be {expected}, not {found}")]
    Argument {
        /// The operation.
        verb: &'static str,
        /// The argument.
        argument: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A value that is asked of a table with another shape.
    #[error("item: the frame has {rows} rows and {columns} columns, not one of each")]
    NotOneItem {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A row or element outside the table or column.
    #[error("{verb}: there is no row {index}, only {length} rows")]
    OutOfBounds {
        /// The operation.
        verb: &'static str,
        /// The row asked for.
        index: i64,
        /// How many there are.
        length: usize,
    },
    /// A sum beyond the range of the column's type.
    #[error("sum: the sum of {column:?} is too large for its type, {dtype}")]
    TooLargeSum {
        /// The column.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// A chain of lazy operations that is too long to plan.
    #[error("{verb}: more than {limit} operations are chained on a scan")]
    PlanTooDeep {
        /// The operation that was one too many.
        verb: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A value for which a function or an operator of SQL has no result.
    #[error("{verb}: {message}")]
    Value {
        /// The operation.
        verb: &'static str,
        /// What is wrong with it.
        message: String,
        /// What to write instead.
        instead: String,
    },
    /// Anything else polars refuses, in its words without its plan.
    #[error("{verb}: {message}")]
    Refused {
        /// The operation.
        verb: &'static str,
        /// Polars' words.
        message: String,
    },
    /// Values that a pivot would have to put into one cell.
    #[error("pivot: {found} values fall into one cell")]
    ValuesMeet {
        /// How many there are.
        found: String,
    },
    /// A scanned file with a cell that is not of its column's type.
    #[error(transparent)]
    Unreadable(#[from] Box<super::read::ReadError>),
    /// Rows for which a step of the plan has no sound result.
    #[error("{0}")]
    Seen(Box<crate::error::Error>),
    /// The work was interrupted, or a library panicked.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Problem for FrameError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownColumn { name, columns, .. } => {
                let there = list("the columns are", columns);
                Some(match nearest(name, columns.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean {near:?}? {there}"),
                    None => there,
                })
            }
            Self::DuplicateColumn { .. } => {
                Some("give one of them another name: \"… AS name\" or name=\"…\"".to_owned())
            }
            Self::NotBoolean { .. } => {
                Some("write a comparison, for example \"Age > 30\"".to_owned())
            }
            Self::LengthsDiffer { .. } => {
                Some("take both from one frame: df[\"a\"] > df[\"b\"]".to_owned())
            }
            Self::ConditionLength { .. } => {
                Some("take the condition from the frame itself: df.filter(df[\"x\"] > 1), or df.filter(col(\"x\") > 1)".to_owned())
            }
            Self::ScanFilteredBySeries => {
                Some("write the condition as an expression: df.filter(col(\"x\") > 1)".to_owned())
            }
            Self::Sql { text, error, .. } => fault::hint(text, error),
            Self::UnequalLengths { .. } => {
                Some("give every column the same number of values; use None for a missing one".to_owned())
            }
            Self::MixedTypes { .. } => {
                Some("give the column values of one type; use None for a missing one".to_owned())
            }
            Self::UnknownType { near, known, .. } => Some(match near {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("the types are {}", known.join(", ")),
            }),
            Self::UnknownOption { value, allowed, .. } => {
                let there = format!("it may be {}", or(allowed));
                Some(match nearest(value, allowed.iter().copied()) {
                    Some(near) => format!("did you mean {near:?}? {there}"),
                    None => there,
                })
            }
            Self::NotOneItem { .. } => {
                Some("name the row and the column: item(row, \"column\")".to_owned())
            }
            Self::PlanTooDeep { .. } => {
                Some("read the file with read_… instead of scan_…".to_owned())
            }
            Self::ValuesMeet { .. } => {
                Some("say how to aggregate them: aggregate_function=\"sum\", \"mean\", \"first\", \"len\", …".to_owned())
            }
            Self::Unreadable(cause) => cause.hint(),
            Self::Seen(cause) => cause.hint(),
            Self::Stopped(stopped) => stopped.hint(),
            Self::Value { instead, .. } => Some(instead.clone()),
            Self::Refused { message, .. } => refused(message).map(str::to_owned),
            Self::TooLargeSum { .. } => Some(
                "sum it as floats, .cast(\"Float64\").sum(), or exactly, sum(column.to_list())".to_owned(),
            ),
            Self::Argument { .. } | Self::OutOfBounds { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable(cause) => cause.kind(),
            Self::Seen(cause) => cause.kind(),
            Self::Stopped(stopped) => stopped.kind(),
            _ => Kind::Failure,
        }
    }
}

impl FrameError {
    /// Says what is wrong with the SQL that `verb` was given.
    pub(super) fn of_sql(verb: &'static str, text: &str, error: SqlError) -> Self {
        Self::Sql {
            verb,
            text: text.to_owned(),
            error: Box::new(error),
        }
    }

    /// Says what is wrong with SQL apart from where; nothing of other errors, and where no place is known.
    pub fn sql_fault(&self) -> Option<SqlFault> {
        match self {
            Self::Sql { verb, text, error } => fault::fault(verb, text, error),
            _ => None,
        }
    }

    /// Says where SQL is wrong that is a part of a text, behind what is `before` it.
    #[must_use]
    pub fn behind(self, before: &str) -> Self {
        match self {
            Self::Sql {
                verb,
                text,
                mut error,
            } => {
                if error.place != Span::empty() {
                    let lines = before.matches('\n').count() as u64;
                    let last = before.rsplit('\n').next().unwrap_or_default();
                    let columns = last.chars().count() as u64;
                    for at in [&mut error.place.start, &mut error.place.end] {
                        at.column += if at.line == 1 { columns } else { 0 };
                        at.line += lines;
                    }
                }
                let text = format!("{before}{text}");
                Self::Sql { verb, text, error }
            }
            other => other,
        }
    }

    /// Translates polars' error about `verb` on a table with `columns`.
    pub fn from_polars(error: &PolarsError, verb: &'static str, columns: &[String]) -> Self {
        let message = short(&innermost(error).to_string());
        if let Some((message, instead)) = sql::failure(&message) {
            let (message, instead) = (message.to_owned(), instead.to_owned());
            return Self::Value {
                verb,
                message,
                instead,
            };
        }
        if let Some((_, found)) = message.split_once("aggregation 'item' expected no or a single value, got ")
        {
            let found = found.trim_end_matches(" values").to_owned();
            return Self::ValuesMeet { found };
        }
        match innermost(error) {
            PolarsError::ColumnNotFound(text) | PolarsError::SchemaFieldNotFound(text) => match named(text) {
                Some(name) if !columns.contains(&name) => Self::UnknownColumn {
                    name,
                    columns: columns.to_vec(),
                    verb,
                },
                _ => Self::Refused { verb, message },
            },
            PolarsError::Duplicate(text) => match named(text) {
                Some(name) => Self::DuplicateColumn { name, verb },
                None => Self::Refused { verb, message },
            },
            _ => Self::Refused { verb, message },
        }
    }
}

/// Looks through the context that polars wraps around an error.
fn innermost(error: &PolarsError) -> &PolarsError {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => innermost(error),
        other => other,
    }
}

/// Returns the first quoted name of a message, or the message when it is nothing but a name.
fn named(text: &str) -> Option<String> {
    if let Some((start, quote)) = text
        .char_indices()
        .find(|(_, character)| matches!(character, '"' | '\'' | '`'))
    {
        let (name, _) = text.get(start + 1..)?.split_once(quote)?;
        return Some(name.to_owned());
    }
    let first = text.lines().next()?.trim();
    (!first.is_empty() && !first.contains(' ')).then(|| first.to_owned())
}

/// Keeps what polars says and drops the plan and the advice to Python users that it appends.
pub(super) fn short(message: &str) -> String {
    let mut text = message;
    for end in [
        "Resolved plan until failure",
        "\n\n",
        "--->",
        "Did you mean",
        "\nHint:",
        "\nHelp:",
    ] {
        if let Some((kept, _)) = text.split_once(end) {
            text = kept;
        }
    }
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.trim_end_matches(['.', ':', ' ']).to_owned()
}

/// Lists names for a hint, at most as many as can be read at a glance.
pub(super) fn list(intro: &str, names: &[String]) -> String {
    const SHOWN: usize = 30;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => format!("{intro}: none"),
        count if count > SHOWN => format!("{intro} {shown}, … ({} more)", count - SHOWN),
        _ => format!("{intro} {shown}"),
    }
}

fn or(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("{only:?}"),
        [first @ .., last] => {
            format!(
                "{} or {last:?}",
                first
                    .iter()
                    .map(|name| format!("{name:?}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
    }
}
