//! [`Difference`]: how two values differ, and how that is said.

use std::fmt;

use polars::prelude::{DataFrame, NamedFrom, Series};

use crate::frame::{CellDifference, Differences, Scalar, SchemaDifference};

/// How two values differ.
#[derive(Debug)]
pub(super) enum Difference {
    Values {
        left: String,
        right: String,
        /// How far two numbers are apart, as a share of the larger.
        relative: Option<f64>,
    },
    Types {
        left: &'static str,
        right: &'static str,
    },
    Lengths {
        left: usize,
        right: usize,
    },
    OnlyLeft {
        key: String,
    },
    OnlyRight {
        key: String,
    },
    Tables(Box<Differences>),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values { left, right, .. } => write!(f, "{left} is not equal to {right}"),
            Self::Types { left, right } => {
                write!(f, "the left is of type {left} and the right of type {right}")
            }
            Self::Lengths { left, right } => write!(f, "the left has {left} items and the right {right}"),
            Self::OnlyLeft { key } => write!(f, "only the left has {key}"),
            Self::OnlyRight { key } => write!(f, "only the right has {key}"),
            Self::Tables(differences) => tables(f, differences),
        }
    }
}

/// Writes how two tables differ: in their columns, or else in their rows, or else in their cells.
fn tables(f: &mut fmt::Formatter<'_>, differences: &Differences) -> fmt::Result {
    if let Some(first) = differences.schema.first() {
        return match first {
            SchemaDifference::OnlyLeft { column, .. } => write!(f, "only the left has a column `{column}`"),
            SchemaDifference::OnlyRight { column, .. } => write!(f, "only the right has a column `{column}`"),
            SchemaDifference::Type { column, left, right } => {
                write!(
                    f,
                    "column `{column}` is {left} on the left and {right} on the right"
                )
            }
            SchemaDifference::Order { left, right } => write!(
                f,
                "the columns are {} on the left and {} on the right",
                left.join(", "),
                right.join(", ")
            ),
        };
    }
    let (left, right) = differences.heights;
    if left != right {
        write!(f, "the left has {left} rows and the right {right}")?;
    }
    let mut separator = if left == right { "" } else { "; " };
    for (side, rows) in [("left", &differences.gone), ("right", &differences.new)] {
        if rows.count > 0 {
            write!(f, "{separator}only the {side} has {rows}")?;
            separator = "; ";
        }
    }
    match differences.moved {
        0 => {}
        1 => write!(f, "{separator}1 row has moved")?,
        moved => write!(f, "{separator}{moved} rows have moved")?,
    }
    if left != right || differences.gone.count + differences.new.count + differences.moved > 0 {
        return Ok(());
    }
    let Some(first) = differences.cells.first() else {
        return Ok(());
    };
    let count = differences.count();
    write!(
        f,
        "{count} {}, first `{}` in row {}: {} is not equal to {}",
        if count == 1 {
            "cell differs"
        } else {
            "cells differ"
        },
        first.column,
        first.row,
        shown(&first.left),
        shown(&first.right)
    )
}

/// Writes a value of a table as it is in source.
fn shown(value: &Scalar) -> String {
    match value {
        Scalar::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// Returns the first cells that differ as a table of rows, columns and values; nothing where none do.
pub(super) fn first_cells(differences: &Differences) -> Option<DataFrame> {
    let cells = &differences.cells;
    if cells.is_empty() {
        return None;
    }
    let texts =
        |text: &dyn Fn(&CellDifference) -> String| -> Vec<String> { cells.iter().map(text).collect() };
    let rows: Vec<u64> = cells.iter().map(|cell| cell.row as u64).collect();
    let columns = vec![
        Series::new("row".into(), rows).into(),
        Series::new("column".into(), texts(&|cell| cell.column.clone())).into(),
        Series::new("left".into(), texts(&|cell| cell.left.to_string())).into(),
        Series::new("right".into(), texts(&|cell| cell.right.to_string())).into(),
    ];
    DataFrame::new(cells.len(), columns).ok()
}
