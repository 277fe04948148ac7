//! [`Source`]: where the rows of an activity come from.

use serde::{Deserialize, Serialize};

use crate::pipeline::text::Text;

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Source {
    /// A dataset.
    Dataset(String),
    /// A query.
    #[serde(rename_all = "snake_case")]
    Query {
        /// The name of a connection.
        connection: Text,
        /// The query.
        sql: Text,
    },
}
