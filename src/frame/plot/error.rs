//! Why there is no picture of a table.

use crate::error::{Kind, Problem};
use crate::frame::FrameError;

/// Why there is no picture of a table.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The table cannot be computed, or has no such column.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A column of another type than the picture needs.
    #[error("{verb}: the column {column:?} is {found}; expected {expected}")]
    Type {
        /// The method.
        verb: &'static str,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// No row has all the values that are needed.
    #[error("{verb}: none of the {rows} rows has a value in {columns}")]
    Empty {
        /// The method.
        verb: &'static str,
        /// The columns, as they are read.
        columns: String,
        /// How many rows there are.
        rows: usize,
    },
    /// A column of more categories than can be distinguished.
    #[error("{verb}: the column {column:?} has {found} different values; at most {limit} can be shown")]
    TooMany {
        /// The method.
        verb: &'static str,
        /// The column.
        column: String,
        /// How many there are.
        found: usize,
        /// How many may be.
        limit: usize,
    },
}

impl Problem for PlotError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Frame(error) => error.hint(),
            Self::Type {
                verb: "plot.hist",
                column,
                ..
            } => Some(format!("count its values instead: .plot.bar({column:?})")),
            Self::Type { column, expected, .. } if *expected == "numbers" => {
                Some(format!("choose a column of numbers, or cast {column:?} to one"))
            }
            Self::Type { column, .. } => Some(format!(
                "choose another column than {column:?}, or derive one from it with with_columns"
            )),
            Self::Empty { rows: 0, .. } => Some("check the filters above: they leave no rows".to_owned()),
            Self::Empty { .. } => Some("choose a column that has values, or fill_null first".to_owned()),
            Self::TooMany { column, .. } => Some(format!(
                "keep or combine a few values of {column:?} first, with filter or a CASE expression in with_columns"
            )),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Frame(error) => error.kind(),
            Self::Type { .. } | Self::Empty { .. } | Self::TooMany { .. } => Kind::Failure,
        }
    }
}
