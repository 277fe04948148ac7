//! [`Checked`]: the rows of a load on their way: checked for NULLs where none may be, counted and summed up.

use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, IntoColumn, IntoSeries, NewChunkedArray, PolarsResult,
};

use crate::database::database::Rows;
use crate::database::error::DatabaseError;
use crate::database::table::TableColumn;
use crate::work::Interrupt;

/// What is known of a column when all its rows have gone by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sum {
    /// The column is not one of numbers, or they may be too large for the database to add them up.
    None,
    /// The sum, and that of all without their signs.
    Whole(i128, i128),
    /// The sum, and that of all without their signs.
    Float(f64, f64),
}

/// The rows of a load, batch by batch.
pub(super) struct Checked<'r, 'i> {
    rows: &'r mut Rows<'i>,
    interrupt: &'r Interrupt,
    columns: Vec<State>,
    count: u64,
    /// Whether each batch gets the numbers of its rows as a further column.
    is_numbered: Option<String>,
}

struct State {
    name: String,
    must_be: Option<&'static str>,
    nulls: u64,
    sum: Option<Sum>,
}

impl<'r, 'i> Checked<'r, 'i> {
    pub(super) fn new(
        rows: &'r mut Rows<'i>,
        targets: &[TableColumn],
        keys: &[String],
        interrupt: &'r Interrupt,
    ) -> Self {
        let state = |column: &TableColumn| State {
            name: column.name.clone(),
            must_be: if keys.contains(&column.name) {
                Some("NULL in a key, by which no row is known")
            } else {
                (!column.is_nullable).then_some("NULL in a column that must have a value")
            },
            nulls: 0,
            sum: None,
        };
        Self {
            rows,
            interrupt,
            columns: targets.iter().map(state).collect(),
            count: 0,
            is_numbered: None,
        }
    }

    /// Adds a last column with the numbers of the rows, counted from 1.
    pub(super) fn number_rows(&mut self, name: &str) {
        self.is_numbered = Some(name.to_owned());
    }

    /// Returns how many rows have gone by.
    pub(super) fn rows(&self) -> u64 {
        self.count
    }

    /// Returns each column with how many of its values are NULL.
    pub(super) fn nulls(&self) -> Vec<(String, u64)> {
        self.columns
            .iter()
            .map(|column| (column.name.clone(), column.nulls))
            .collect()
    }

    /// Returns the sums of the columns.
    pub(super) fn sums(&self) -> Vec<Sum> {
        self.columns
            .iter()
            .map(|column| column.sum.unwrap_or(Sum::None))
            .collect()
    }

    fn check(&mut self, batch: DataFrame) -> Result<DataFrame, DatabaseError> {
        if batch.width() != self.columns.len() {
            return Err(DatabaseError::Rows(format!(
                "the frame has {} columns, and {} are loaded",
                batch.width(),
                self.columns.len()
            )));
        }
        for (column, state) in batch.columns().iter().zip(&mut self.columns) {
            let nulls = column.null_count();
            if let Some(reason) = state.must_be.filter(|_| nulls > 0) {
                let row = column
                    .is_null()
                    .iter()
                    .position(|is_null| is_null == Some(true))
                    .unwrap_or(0);
                return Err(DatabaseError::Value {
                    row: self.count + row as u64 + 1,
                    column: state.name.clone(),
                    reason: reason.to_owned(),
                });
            }
            state.nulls += nulls as u64;
            let sum = sum(column).map_err(|error| DatabaseError::Rows(error.to_string()))?;
            state.sum = Some(match state.sum {
                None => sum,
                Some(before) => before.and(sum),
            });
        }
        let first = self.count as i64 + 1;
        self.count += batch.height() as u64;
        let Some(name) = &self.is_numbered else {
            return Ok(batch);
        };
        let numbers = first..=self.count as i64;
        let numbers = Int64Chunked::from_iter_values(name.as_str().into(), numbers);
        let mut columns = batch.columns().to_vec();
        columns.push(numbers.into_series().into_column());
        DataFrame::new(batch.height(), columns).map_err(|error| DatabaseError::Rows(error.to_string()))
    }
}

impl Iterator for Checked<'_, '_> {
    type Item = Result<DataFrame, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.interrupt.is_set() {
            return Some(Err(DatabaseError::Interrupted));
        }
        let batch = self.rows.next()?;
        Some(batch.and_then(|batch| self.check(batch)))
    }
}

impl Sum {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(sum, size), Self::Whole(other, its)) => {
                Self::Whole(sum + other, size.saturating_add(its))
            }
            (Self::Float(sum, size), Self::Float(other, its)) => Self::Float(sum + other, size + its),
            _ => Self::None,
        }
    }
}

fn sum(column: &Column) -> PolarsResult<Sum> {
    let dtype = column.dtype();
    Ok(match dtype {
        DataType::Int128 | DataType::UInt128 => Sum::None,
        DataType::UInt64 => whole(column.u64()?.iter().flatten().map(i128::from)),
        dtype if dtype.is_integer() => {
            let values = column.strict_cast(&DataType::Int64)?;
            whole(values.i64()?.iter().flatten().map(i128::from))
        }
        dtype if dtype.is_float() => {
            let values = column.cast(&DataType::Float64)?;
            let values = values.f64()?.iter().flatten();
            let (sum, size) = values.fold((0.0, 0.0), |(sum, size), value| (sum + value, size + value.abs()));
            Sum::Float(sum, size)
        }
        _ => Sum::None,
    })
}

/// Adds up whole numbers of 64 bits: as many as there can be rows, the sum has room for.
fn whole(values: impl Iterator<Item = i128>) -> Sum {
    let (sum, size) = values.fold((0, 0), |(sum, size), value| (sum + value, size + value.abs()));
    Sum::Whole(sum, size)
}
