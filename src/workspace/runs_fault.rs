//! [`RunsFault`]: why the store of runs cannot be as `sheaf.ron` says.

use crate::error::{Problem, nearest};

/// How long the name of a schema may be, in bytes.
pub(super) const LONGEST: usize = 63;

/// Why the store of runs cannot be as `sheaf.ron` says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunsFault {
    /// A connection that there is not.
    #[error("there is no connection {name:?}")]
    UnknownConnection {
        /// Its name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A connection to another kind of database.
    #[error("the connection {name:?} does not lead to PostgreSQL")]
    OtherDatabase {
        /// Its name.
        name: String,
    },
    /// A schema, where the store is a file.
    #[error("a schema is named, and no store that would have one")]
    SchemaOfFile,
    /// A name that no schema can have.
    #[error("{name:?} cannot be the name of a schema")]
    Schema {
        /// The name.
        name: String,
    },
    /// A length of time that is none, or too short to be meant.
    #[error("{text:?} is no length of time for which runs can be kept")]
    Retention {
        /// The text.
        text: String,
    },
}

impl Problem for RunsFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownConnection { name, known } => {
                match (nearest(name, known.iter().map(String::as_str)), known.as_slice()) {
                    (Some(near), _) => format!("did you mean {near:?}?"),
                    (None, []) => format!(
                        "name it above: `connections: {{{name:?}: (url: \"postgresql://HOST/DATABASE\", …)}}`"
                    ),
                    (None, known) => format!("there are: {}", known.join(", ")),
                }
            }
            Self::OtherDatabase { .. } => {
                "several machines elect one in the store, for which it has to be PostgreSQL; leave `store` out, and runs are \
                 kept in .sheaf/runs.db"
                    .to_owned()
            }
            Self::SchemaOfFile => "add `store: \"NAME\"`, a connection to PostgreSQL, or leave `schema` out".to_owned(),
            Self::Schema { .. } => format!(
                "write lower-case letters, digits and `_`, a letter first, at most {LONGEST} of them, such as \"sheaf_titanic\"; \
                 names with `pg_` are PostgreSQL's own"
            ),
            Self::Retention { .. } => "write it as \"45 days\", \"18 months\" or \"2 years\"; leave it out, and runs are kept for \
                                       ever"
                .to_owned(),
        })
    }
}
