//! [`Columns`]: the columns of a frame, built from values in PostgreSQL's binary format.
//!
//! Values are taken exactly, or not at all: what a column of a frame cannot hold is an error that says what to write instead.

use polars::prelude::{Column, DataFrame, PolarsError};

use super::builder::Builder;
use super::unfit::Unfit;
use super::wire::Wire;
use crate::database::error::DatabaseError;

/// The columns of a result, as its statement describes them.
#[derive(Debug)]
pub(super) struct Layout {
    columns: Vec<(String, Wire)>,
}

/// The rows of a batch, while it is built.
pub(super) struct Columns {
    builders: Vec<Builder>,
    rows: usize,
    /// The bytes that were read.
    bytes: usize,
    /// How many rows came before this batch.
    before: u64,
}

impl Layout {
    /// Reads what a statement returns; names that are there twice get a number.
    ///
    /// # Errors
    ///
    /// A type that has no counterpart in a frame.
    pub(super) fn new(columns: &[tokio_postgres::Column]) -> Result<Self, DatabaseError> {
        let mut names: Vec<String> = Vec::with_capacity(columns.len());
        for column in columns {
            let name = column.name();
            let taken = |wanted: &str| names.iter().any(|known| known == wanted);
            let mut unique = name.to_owned();
            let mut number = 0;
            while taken(&unique) || (number > 0 && columns.iter().any(|other| other.name() == unique)) {
                number += 1;
                unique = format!("{name}_{number}");
            }
            names.push(unique);
        }
        let wires = columns.iter().zip(names).map(|(column, name)| {
            match Wire::of(column.type_(), column.type_modifier()) {
                Some(wire) => Ok((name, wire)),
                None => Err(DatabaseError::Result {
                    reason: format!("a frame has no type for {}", shown(column.type_())),
                    hint: format!("write {} in the query", cast(column.name(), "text")),
                    column: name,
                }),
            }
        });
        Ok(Self {
            columns: wires.collect::<Result<_, _>>()?,
        })
    }

    /// Begins a batch of at most `capacity` rows, before which there were `before`.
    pub(super) fn begin(&self, capacity: usize, before: u64) -> Columns {
        let builders = self
            .columns
            .iter()
            .map(|(name, wire)| Builder::new(name, wire, capacity));
        Columns {
            builders: builders.collect(),
            rows: 0,
            bytes: 0,
            before,
        }
    }

    /// Says which value of a batch does not fit.
    fn unfit(&self, column: usize, row: u64, unfit: Unfit) -> DatabaseError {
        let name = self
            .columns
            .get(column)
            .map(|(name, _)| name.clone())
            .unwrap_or_default();
        DatabaseError::Result {
            reason: format!("in row {row}, {}", unfit.reason),
            hint: match unfit.cast {
                Some(kind) => format!("write {} in the query", cast(&name, kind)),
                None => "this may be a fault of this program; please report it".to_owned(),
            },
            column: name,
        }
    }
}

impl Columns {
    /// Ends a batch.
    ///
    /// # Errors
    ///
    /// Polars does not make a frame of it.
    pub(super) fn finish(self) -> Result<DataFrame, DatabaseError> {
        let columns = self
            .builders
            .into_iter()
            .map(|builder| Ok(Column::from(builder.finish()?)));
        let columns: Result<Vec<Column>, PolarsError> = columns.collect();
        let frame = columns.and_then(|columns| DataFrame::new(self.rows, columns));
        frame.map_err(|error| DatabaseError::Rows(error.to_string()))
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// A value that its column cannot hold.
    pub(super) fn push<'a>(
        &mut self,
        layout: &Layout,
        values: impl Iterator<Item = Option<&'a [u8]>>,
    ) -> Result<(), DatabaseError> {
        for ((at, builder), value) in self.builders.iter_mut().enumerate().zip(values) {
            self.bytes += value.map_or(1, <[u8]>::len);
            if let Err(unfit) = builder.push(value) {
                let row = self.before + u64::try_from(self.rows).unwrap_or(0) + 1;
                return Err(layout.unfit(at, row, unfit));
            }
        }
        self.rows += 1;
        Ok(())
    }
}

/// Writes a type as SQL does: `integer[]` for `_int4`.
fn shown(kind: &tokio_postgres::types::Type) -> String {
    match kind.kind() {
        tokio_postgres::types::Kind::Array(element) => format!("{}[]", element.name()),
        _ => kind.name().to_owned(),
    }
}

/// Writes a cast of a column, whose name stands for the expression that it is.
fn cast(name: &str, kind: &str) -> String {
    let is_plain = name
        .bytes()
        .all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit());
    match name {
        "" | "?column?" => format!("CAST(… AS {kind})"),
        _ if is_plain => format!("CAST({name} AS {kind})"),
        _ => format!("CAST(\"{}\" AS {kind})", name.replace('"', "\"\"")),
    }
}
