//! Why a table could not be written.

use crate::error::Problem;
use crate::work::Stopped;

/// Why a table could not be written to a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file exists, and it was not to be replaced.
    #[error("`{file}` exists already")]
    Exists {
        /// The file, as the user named it.
        file: String,
    },
    /// There can be no file of that name, or it may not be written.
    #[error("{0}")]
    Placement(crate::error::Error),
    /// The format has no way to hold a column of this type.
    #[error("column `{column}` is {found}: expected a type that {format} can store")]
    Unsupported {
        /// The format.
        format: &'static str,
        /// The column.
        column: String,
        /// The column's type.
        found: String,
    },
    /// An option has a value that makes no sense.
    #[error("{option}={value} cannot be used: expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// The value, as it would be written.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The plan whose result was to be written failed, or its encoder did.
    #[error("the table cannot be written as {format}: {detail}")]
    Encoder {
        /// The format.
        format: &'static str,
        /// What polars says.
        detail: String,
    },
    /// The rows turned out not to be ones that may be written.
    #[error("{0}")]
    Refused(crate::error::Error),
    /// What was scanned was not read as it is; it is read once more.
    #[error("the file that is scanned was misread")]
    Misread,
    /// A library panicked.
    #[error("the table cannot be written as {format}: {source}")]
    Panicked {
        /// The format.
        format: &'static str,
        /// The panic.
        source: Stopped,
    },
}

impl Problem for WriteError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => Some("pass mode=\"overwrite\" to replace it".to_owned()),
            Self::Placement(error) | Self::Refused(error) => error.hint(),
            Self::Unsupported { column, .. } => Some(format!(
                "drop `{column}`, unnest or join its values into a text column, or write Parquet, which keeps it as it is"
            )),
            Self::Option { option, .. } => Some(format!("change {option}, or leave it out for its default")),
            Self::Panicked { source, .. } => source.hint(),
            Self::Encoder { .. } | Self::Misread => None,
        }
    }
}
