//! Taking values out of a table.

use super::error::FrameError;
use super::frame::Frame;
use super::scalar::{Scalar, scalars};
use super::series::Series;
use crate::work::Interrupt;

impl Frame {
    /// Returns every row's values in the order of the columns.
    pub fn rows(&self, interrupt: &Interrupt) -> Result<Vec<Vec<Scalar>>, FrameError> {
        let table = self.collect(interrupt)?;
        let mut rows: Vec<Vec<Scalar>> = (0..table.height())
            .map(|_| Vec::with_capacity(table.width()))
            .collect();
        for column in table.columns() {
            for (row, value) in rows.iter_mut().zip(scalars(column.as_materialized_series())) {
                row.push(value);
            }
        }
        Ok(rows)
    }

    /// Returns every row with its columns' names.
    pub fn to_dicts(&self, interrupt: &Interrupt) -> Result<Vec<Vec<(String, Scalar)>>, FrameError> {
        let names = self.columns()?;
        let rows = self.rows(interrupt)?;
        Ok(rows
            .into_iter()
            .map(|row| names.iter().cloned().zip(row).collect())
            .collect())
    }

    /// Returns the only value of a table of one row and one column.
    pub fn only_item(&self, interrupt: &Interrupt) -> Result<Scalar, FrameError> {
        let table = self.collect(interrupt)?;
        match (table.shape(), table.columns()) {
            ((1, 1), [column]) => Ok(scalars(column.as_materialized_series())
                .into_iter()
                .next()
                .unwrap_or(Scalar::Null)),
            ((rows, columns), _) => Err(FrameError::NotOneItem { rows, columns }),
        }
    }

    /// Returns the value in a row, which counts from the end when negative, and a column.
    pub fn item(&self, row: i64, column: &str, interrupt: &Interrupt) -> Result<Scalar, FrameError> {
        self.column(column, interrupt)?.get(row, "item")
    }

    /// Returns one column.
    pub fn column(&self, name: &str, interrupt: &Interrupt) -> Result<Series, FrameError> {
        self.require(&[name.to_owned()], "column")?;
        // Of a scan only this column is read.
        let whole = if self.is_scan() {
            &self.select(&[super::Expression::col(name)])?
        } else {
            self
        };
        let table = whole.collect(interrupt)?;
        let column = table
            .column(name)
            .map_err(|error| FrameError::from_polars(&error, "column", &[]))?;
        Ok(Series::new(column.as_materialized_series().clone()))
    }
}
