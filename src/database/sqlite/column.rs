//! [`ResultColumn`]: a column of a result, built up row by row in the type that it is to have.
//!
//! A declared type decides what the column is. An expression has none: then its values decide, as long as nothing of the
//! result was handed over. A value that does not fit is an error with its row; nothing is turned into something else.

use polars::prelude::{DataType, PlSmallStr, Series};
use rusqlite::types::ValueRef;

use super::cells::{Cells, exact};
use super::declared::Kind;
use super::shown;
use crate::database::error::DatabaseError;

/// A column of a result.
pub(super) struct ResultColumn {
    name: PlSmallStr,
    declared: String,
    kind: Kind,
    cells: Cells,
    /// What the batch has had before the column became of a wider type.
    narrower: Vec<Series>,
    /// Whether its type cannot change any more.
    is_settled: bool,
    /// The first whole number that no float is exactly, and its row.
    inexact: Option<(i64, u64)>,
}

impl ResultColumn {
    pub(super) fn new(name: PlSmallStr, declared: Option<&str>) -> Self {
        let declared = declared.unwrap_or_default();
        let kind = Kind::of(declared);
        Self {
            cells: Cells::of(kind, &name),
            is_settled: kind != Kind::Values,
            name,
            declared: declared.to_owned(),
            kind,
            narrower: Vec::new(),
            inexact: None,
        }
    }

    /// Returns whether its type was declared.
    pub(super) fn is_declared(&self) -> bool {
        !self.declared.is_empty()
    }

    /// Returns whether nothing is known of it yet: it is NULL in each row.
    pub(super) fn is_open(&self) -> bool {
        !self.is_settled && matches!(self.cells, Cells::Nothing(_))
    }

    /// Makes the type that it has the one that it keeps.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Returns the type that it has.
    pub(super) fn dtype(&self) -> DataType {
        self.cells.dtype()
    }

    /// Takes the value of the next row.
    pub(super) fn push(&mut self, value: ValueRef<'_>, row: u64) -> Result<(), DatabaseError> {
        if self.cells.push(value) {
            if self.kind == Kind::Values && !self.is_settled {
                self.note(value, row);
            }
            return Ok(());
        }
        self.other(value, row)
    }

    /// Ends a batch: returns what it has had, in the type that the column has now.
    pub(super) fn finish(&mut self) -> Result<Series, DatabaseError> {
        let dtype = self.dtype();
        let last =
            std::mem::replace(&mut self.cells, Cells::for_dtype(&dtype, &self.name)).finish(&self.name);
        let mut parts = std::mem::take(&mut self.narrower);
        parts.push(last);
        let mut parts = parts.into_iter();
        let first = parts
            .next()
            .unwrap_or_else(|| Series::new_empty(self.name.clone(), &dtype));
        let mut whole = widened(&first, &dtype)?;
        for part in parts {
            whole.append(&widened(&part, &dtype)?).map_err(rows)?;
        }
        Ok(whole)
    }

    /// Remembers a whole number that would keep the column from becoming one of floats.
    fn note(&mut self, value: ValueRef<'_>, row: u64) {
        if let ValueRef::Integer(number) = value
            && self.inexact.is_none()
            && exact(number).is_none()
        {
            self.inexact = Some((number, row));
        }
    }

    /// Takes a value that is not of the type that the column has: widens the type, or says why it does not fit.
    #[cold]
    fn other(&mut self, value: ValueRef<'_>, row: u64) -> Result<(), DatabaseError> {
        if !self.is_settled {
            let wider = match (&self.cells, value) {
                (Cells::Nothing(_), ValueRef::Integer(_)) => Some(DataType::Int64),
                (Cells::Nothing(_), ValueRef::Real(_)) => Some(DataType::Float64),
                (Cells::Nothing(_), ValueRef::Text(_)) => Some(DataType::String),
                (Cells::Nothing(_), ValueRef::Blob(_)) => Some(DataType::Binary),
                (Cells::Integer(_), ValueRef::Real(_)) if self.inexact.is_none() => Some(DataType::Float64),
                _ => None,
            };
            if let Some(dtype) = wider {
                let cells = std::mem::replace(&mut self.cells, Cells::for_dtype(&dtype, &self.name));
                self.narrower.push(cells.finish(&self.name));
                self.note(value, row);
                if self.cells.push(value) {
                    return Ok(());
                }
            }
        }
        Err(self.misfit(value, row))
    }

    fn misfit(&self, value: ValueRef<'_>, row: u64) -> DatabaseError {
        let name = shown::name(&self.name);
        let cast = |class: &str| format!("write CAST({name} AS {class}) AS {name} in the query");
        let is_bad_text = matches!(value, ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_err());
        let (reason, hint) = if is_bad_text {
            (
                format!("row {row} has {}, which is not valid UTF-8", shown::value(value)),
                format!("{} to get its bytes", cast("BLOB")),
            )
        } else if self.kind == Kind::Values {
            let (before, class) = match (&self.cells, value, self.inexact) {
                (Cells::Nothing(_), ..) => ("all rows before have NULL".to_owned(), shown::class(value)),
                (Cells::Integer(_), ValueRef::Real(_), Some((number, at))) => (
                    format!("row {at} has the integer {number}, which is no float exactly"),
                    "TEXT",
                ),
                (Cells::Integer(_), ValueRef::Real(_), None) => {
                    ("the rows before are integers".to_owned(), "REAL")
                }
                (Cells::Float(_), ValueRef::Integer(_), _) => (
                    "the rows before are floats, of which none is exactly that".to_owned(),
                    "REAL",
                ),
                (cells, ..) => (format!("the rows before are {}", cells.noun()), "TEXT"),
            };
            (
                format!("row {row} has {}, and {before}", shown::value(value)),
                cast(class),
            )
        } else {
            let expected = self.cells.expected(value);
            (
                format!(
                    "row {row} has {}, and the column is declared {}{expected}",
                    shown::value(value),
                    self.declared
                ),
                format!(
                    "{} to get what is there, or correct the row",
                    cast(shown::class(value))
                ),
            )
        };
        DatabaseError::Result {
            column: self.name.to_string(),
            reason,
            hint,
        }
    }
}

/// Turns a part of a column into the type that the column has now; whole numbers are known to be floats exactly.
pub(super) fn widened(part: &Series, dtype: &DataType) -> Result<Series, DatabaseError> {
    if part.dtype() == dtype {
        return Ok(part.clone());
    }
    part.cast(dtype).map_err(rows)
}

fn rows(error: polars::error::PolarsError) -> DatabaseError {
    DatabaseError::Rows(error.to_string())
}
