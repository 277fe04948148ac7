//! [`DataError`]: what can be wrong with a dataset.

use crate::database::DatabaseError;
use crate::error::{Error, Kind, Problem, nearest};

/// What can be wrong with a dataset.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// What another part of Sheaf says.
    #[error("{0}")]
    Other(Error),
    /// A database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A file whose name does not say what is in it.
    #[error("{path} has a name that does not tell its format")]
    NoFormat {
        /// The path.
        path: String,
    },
    /// An option that readers and writers of the format do not have.
    #[error("{format} files have no option {option:?}")]
    NoOption {
        /// The format.
        format: &'static str,
        /// The option.
        option: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// An option whose value is not what it has to be.
    #[error("the option {option:?} is {found}, not {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A type in a schema that there is not.
    #[error("the column {column:?} of the schema: {reason}")]
    Type {
        /// The column.
        column: String,
        /// What is wrong.
        reason: String,
    },
    /// A dataset that has other columns than its definition says.
    #[error("the dataset {dataset:?} has changed: {}", changes.join("; "))]
    Drift {
        /// The dataset.
        dataset: String,
        /// What has changed, column by column.
        changes: Vec<String>,
    },
    /// A name of a table that is none.
    #[error("{0:?} is not the name of a table")]
    NotATable(String),
}

impl From<Error> for DataError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl DataError {
    /// Takes an error of another folder.
    pub fn of(error: impl Into<Error>) -> Self {
        Self::Other(error.into())
    }
}

impl Problem for DataError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Other(error) => error.hint(),
            Self::Database(error) => error.hint(),
            Self::NoFormat { .. } => {
                Some("give the dataset a format: csv, parquet, ndjson or ipc".to_owned())
            }
            Self::NoOption { option, known, .. } => Some(match nearest(option, known.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None if known.is_empty() => "leave it out".to_owned(),
                None => format!("there are: {}", known.join(", ")),
            }),
            Self::Type { .. } => {
                Some("types are written as frames show them: Int64, Float64, String, Date".to_owned())
            }
            Self::Drift { dataset, .. } => Some(format!(
                "`sheaf dataset import-schema {dataset}` adopts the columns as they are now"
            )),
            Self::NotATable(_) => Some("write scores, or public.scores".to_owned()),
            Self::Option { .. } => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Other(error) => error.kind(),
            Self::Database(error) => error.kind(),
            _ => Kind::Failure,
        }
    }
}
