//! [`StoreName`]: which store of runs, for people.

use std::fmt;
use std::path::PathBuf;

/// Which store of runs, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreName {
    /// A file.
    File(PathBuf),
    /// A schema of a database.
    Database {
        /// The connection, as `sheaf.ron` names it.
        connection: String,
        /// The schema.
        schema: String,
    },
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Database { connection, schema } => {
                write!(f, "in the schema {schema:?} of {connection:?}")
            }
        }
    }
}
