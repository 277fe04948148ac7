//! What a column answers when it is asked whether it is true: an error that says what to write.

use starlark::values::{Value, ValueLike};

use super::expressions::ExpressionValue;
use super::frames::FrameValue;
use super::series::SeriesValue;
use crate::error::Problem;

/// What is neither true nor false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::language) enum Columns {
    /// An expression.
    Expression,
    /// One column with its values.
    Series,
    /// A table.
    Frame,
}

impl Columns {
    /// Recognises a value.
    pub(in crate::language) fn of(value: Value<'_>) -> Option<Self> {
        if value.downcast_ref::<ExpressionValue>().is_some() {
            Some(Self::Expression)
        } else if value.downcast_ref::<SeriesValue>().is_some() {
            Some(Self::Series)
        } else if value.downcast_ref::<FrameValue>().is_some() {
            Some(Self::Frame)
        } else {
            None
        }
    }
}

/// A value was asked whether it is true, and is a column's.
#[derive(Debug, thiserror::Error)]
#[error("`{word}` needs one truth value, and {} {}", what(*.columns), answer(*.columns))]
pub(in crate::language) struct Neither {
    /// What asks: `and`, `if`, `any`.
    pub(in crate::language) word: &'static str,
    /// What is asked.
    pub(in crate::language) columns: Columns,
}

fn what(columns: Columns) -> &'static str {
    match columns {
        Columns::Expression => "a column expression",
        Columns::Series => "a column",
        Columns::Frame => "a frame",
    }
}

fn answer(columns: Columns) -> &'static str {
    match columns {
        Columns::Expression | Columns::Series => "has one for each row",
        Columns::Frame => "has none",
    }
}

impl Problem for Neither {
    fn hint(&self) -> Option<String> {
        let hint = match (self.word, self.columns) {
            ("or", Columns::Frame) => "write a if a != None else b; to check for rows, df.height > 0",
            (_, Columns::Frame) => "write df.height > 0, or df != None",
            ("and", _) => "write `&`, with parentheses around each side: (col(\"a\") > 1) & (col(\"b\") > 2)",
            ("or", _) => "write `|`, with parentheses around each side: (col(\"a\") > 1) | (col(\"b\") > 2)",
            ("not", _) => "write `~`, with parentheses after it: ~(col(\"a\") > 1)",
            ("if", Columns::Expression) => {
                "filter rows with df.filter(condition), and compute a value for each row with \
                 \"CASE WHEN a > 1 THEN 'x' ELSE 'y' END\"; for a single number, write df.select(…).item() > 1"
            }
            (_, Columns::Expression) => {
                "combine columns with `&` and `|`; for a single number, write df.select(…).item() > 1"
            }
            ("in", Columns::Series) => "search its values: x in s.to_list()",
            (_, Columns::Series) => {
                "reduce it to one value: any(s > 1), all(s > 1), s.max() > 1 or len(s) > 0"
            }
        };
        Some(hint.to_owned())
    }
}
