//! [`Outline`] and [`Page`]: the columns of a result, and a batch of its rows while it becomes a frame.

use polars::prelude::{DataFrame, IntoColumn as _, PolarsError};
use tiberius::{ColumnData, Row};

use super::announced::Announced;
use super::column_store::{ColumnStore, Misread};
use super::sql_type::SqlType;
use crate::database::error::DatabaseError;

/// The columns of a result, as the server describes them.
#[derive(Debug)]
pub(super) struct Outline {
    columns: Vec<(String, SqlType)>,
}

/// The rows of a batch, while it is built.
pub(super) struct Page {
    stores: Vec<ColumnStore>,
    rows: usize,
    /// The bytes of texts that were read.
    bytes: usize,
    /// How many rows came before this batch.
    before: u64,
}

impl Outline {
    /// Reads what a statement returns; names that are there twice get a number, and those that are missing one, too.
    ///
    /// # Errors
    ///
    /// A type that has no counterpart in a frame.
    pub(super) fn new(columns: &[Announced]) -> Result<Self, DatabaseError> {
        let written: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let kinds = columns
            .iter()
            .zip(numbered(&written))
            .map(|(column, name)| match column.kind {
                Ok(kind) => Ok((name, kind)),
                Err(type_name) => Err(DatabaseError::Result {
                    reason: format!("a frame has no type for {type_name}"),
                    hint: format!(
                        "write {} in the query",
                        filled("CAST({} AS nvarchar(4000))", &column.name)
                    ),
                    column: name,
                }),
            });
        Ok(Self {
            columns: kinds.collect::<Result<_, _>>()?,
        })
    }

    /// Begins a batch of at most `capacity` rows, before which there were `before`.
    pub(super) fn begin(&self, capacity: usize, before: u64) -> Page {
        let stores = self
            .columns
            .iter()
            .map(|(name, kind)| ColumnStore::new(name, *kind, capacity));
        Page {
            stores: stores.collect(),
            rows: 0,
            bytes: 0,
            before,
        }
    }

    /// Says which value of a batch does not fit.
    fn unfit(&self, column: usize, row: u64, unfit: Misread) -> DatabaseError {
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

impl Page {
    /// Ends a batch.
    ///
    /// # Errors
    ///
    /// Polars does not make a frame of it.
    pub(super) fn finish(self) -> Result<DataFrame, DatabaseError> {
        let columns = self
            .stores
            .into_iter()
            .map(|store| Ok(store.finish()?.into_column()));
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
    pub(super) fn push(&mut self, outline: &Outline, row: &Row) -> Result<(), DatabaseError> {
        for ((at, store), (_, value)) in self.stores.iter_mut().enumerate().zip(row.cells()) {
            self.bytes += match value {
                ColumnData::String(Some(text)) => text.len(),
                ColumnData::Binary(Some(bytes)) => bytes.len(),
                _ => 0,
            };
            if let Err(unfit) = store.push(value) {
                let number = self.before + self.rows as u64 + 1;
                return Err(outline.unfit(at, number, unfit));
            }
        }
        self.rows += 1;
        Ok(())
    }
}

/// Gives each name that was there before a number behind it, and one to what has none.
fn numbered(written: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(written.len());
    for (at, name) in written.iter().enumerate() {
        let base = if name.is_empty() {
            format!("column_{}", at + 1)
        } else {
            (*name).to_owned()
        };
        let mut unique = base.clone();
        let mut number = 0;
        while names.contains(&unique) || (unique != *name && written.contains(&unique.as_str())) {
            number += 1;
            unique = format!("{base}_{number}");
        }
        names.push(unique);
    }
    names
}

/// Puts a column in the place of `{}`; an expression has no name.
fn filled(expression: &str, name: &str) -> String {
    let is_plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let column = if name.is_empty() {
        "…".to_owned()
    } else if name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("[{}]", name.replace(']', "]]"))
    };
    expression.replace("{}", &column)
}

#[cfg(test)]
mod tests {
    use super::{Outline, numbered};
    use crate::database::sqlserver::announced::Announced;
    use crate::error::Problem as _;

    #[test]
    fn each_column_has_a_name_of_its_own() {
        assert_eq!(
            numbered(&["a", "", "a", "a_1", ""]),
            ["a", "column_2", "a_2", "a_1", "column_5"]
        );
    }

    #[test]
    fn a_type_that_a_frame_does_not_have_is_refused_with_what_to_write() {
        let column = Announced {
            name: "the place".to_owned(),
            kind: Err("sql_variant"),
        };
        let error = Outline::new(&[column]).unwrap_err();
        assert_eq!(
            format!("{error}; {}", error.hint().unwrap()),
            "column \"the place\" of the result: a frame has no type for sql_variant; \
             write CAST([the place] AS nvarchar(4000)) in the query"
        );
    }
}
