//! [`Header`] and [`Batch`]: the columns of a result, and a batch of its rows while it becomes a frame.

use mysql_async::{Column, Row};
use polars::prelude::{DataFrame, IntoColumn as _, PolarsError};

use super::gatherer::{Gatherer, Unreadable};
use super::meaning::{Meaning, Unknown};
use crate::database::error::DatabaseError;

/// The columns of a result, as the server describes them.
#[derive(Debug)]
pub(super) struct Header {
    columns: Vec<(String, Meaning)>,
}

/// The rows of a batch, while it is built.
pub(super) struct Batch {
    builders: Vec<Gatherer>,
    rows: usize,
    /// The bytes of texts that were read.
    bytes: usize,
    /// How many rows came before this batch.
    before: u64,
}

impl Header {
    /// Reads what a statement returns; names that are there twice get a number.
    ///
    /// # Errors
    ///
    /// A type that has no counterpart in a frame.
    pub(super) fn new(columns: &[Column]) -> Result<Self, DatabaseError> {
        let names = numbered(
            columns
                .iter()
                .map(|column| column.name_str().into_owned())
                .collect(),
        );
        let kinds = columns
            .iter()
            .zip(names)
            .map(|(column, name)| match Meaning::of(column) {
                Ok(kind) => Ok((name, kind)),
                Err(Unknown(type_name, instead)) => Err(DatabaseError::Result {
                    reason: format!("a frame has no type for {type_name}"),
                    hint: format!("write {} in the query", filled(instead, &name)),
                    column: name,
                }),
            });
        Ok(Self {
            columns: kinds.collect::<Result<_, _>>()?,
        })
    }

    /// Begins a batch of at most `capacity` rows, before which there were `before`.
    pub(super) fn begin(&self, capacity: usize, before: u64) -> Batch {
        let builders = self
            .columns
            .iter()
            .map(|(name, kind)| Gatherer::new(name, *kind, capacity));
        Batch {
            builders: builders.collect(),
            rows: 0,
            bytes: 0,
            before,
        }
    }

    /// Says which value of a batch does not fit.
    fn unfit(&self, column: usize, row: u64, unfit: Unreadable) -> DatabaseError {
        let name = self.columns.get(column).map(|(name, _)| name.clone());
        let name = name.unwrap_or_default();
        DatabaseError::Result {
            reason: format!("in row {row}, {}", unfit.reason),
            hint: match unfit.instead {
                Some(instead) => format!("write {} in the query", filled(instead, &name)),
                None => "this may be a fault of this program; please report it".to_owned(),
            },
            column: name,
        }
    }
}

impl Batch {
    /// Ends a batch.
    ///
    /// # Errors
    ///
    /// Polars does not make a frame of it.
    pub(super) fn finish(self) -> Result<DataFrame, DatabaseError> {
        let columns = self
            .builders
            .into_iter()
            .map(|builder| Ok(builder.finish()?.into_column()));
        let columns: Result<Vec<_>, PolarsError> = columns.collect();
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
    pub(super) fn push(&mut self, header: &Header, row: &Row) -> Result<(), DatabaseError> {
        for (at, builder) in self.builders.iter_mut().enumerate() {
            let Some(value) = row.as_ref(at) else { continue };
            if let mysql_async::Value::Bytes(bytes) = value {
                self.bytes += bytes.len();
            }
            if let Err(unfit) = builder.push(value) {
                let number = self.before + self.rows as u64 + 1;
                return Err(header.unfit(at, number, unfit));
            }
        }
        self.rows += 1;
        Ok(())
    }
}

/// Gives each name that was there before a number behind it.
pub(super) fn numbered(written: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(written.len());
    for name in &written {
        let mut unique = name.clone();
        let mut number = 0;
        while names.contains(&unique) || (number > 0 && written.contains(&unique)) {
            number += 1;
            unique = format!("{name}_{number}");
        }
        names.push(unique);
    }
    names
}

/// Puts a column in the place of `{}`; an expression has a name that is none of a column.
fn filled(expression: &str, name: &str) -> String {
    let is_plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let column = if name.is_empty() || name.contains(['(', ' ', '\'']) {
        "…".to_owned()
    } else if name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("`{}`", name.replace('`', "``"))
    };
    expression.replace("{}", &column)
}
