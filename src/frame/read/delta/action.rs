//! The lines of a Delta log: what a commit has added, removed and changed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// One line of a commit; what is not needed to read rows is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Action {
    pub(super) add: Option<Add>,
    pub(super) remove: Option<Remove>,
    pub(super) meta_data: Option<MetaData>,
    pub(super) protocol: Option<Protocol>,
}

/// A file becomes part of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Add {
    /// Its path from the table's folder, or a whole address, percent-encoded.
    pub(super) path: String,
    #[serde(default)]
    pub(super) partition_values: BTreeMap<String, Option<String>>,
    pub(super) size: u64,
    #[serde(default)]
    pub(super) modification_time: i64,
    /// What says which of its rows are deleted.
    #[serde(default, rename = "deletionVector")]
    deletion_vector: Option<IgnoredAny>,
    #[serde(skip)]
    pub(super) has_deletions: bool,
}

impl Add {
    pub(super) fn new(
        path: String,
        partition_values: BTreeMap<String, Option<String>>,
        size: u64,
        modification_time: i64,
        has_deletions: bool,
    ) -> Self {
        Self {
            path,
            partition_values,
            size,
            modification_time,
            deletion_vector: None,
            has_deletions,
        }
    }

    /// Returns whether some of its rows are deleted.
    pub(super) fn has_deletions(&self) -> bool {
        self.has_deletions || self.deletion_vector.is_some()
    }
}

/// A file is no part of the table any more.
#[derive(Debug, Deserialize)]
pub(super) struct Remove {
    pub(super) path: String,
}

/// What the table is from now on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetaData {
    #[serde(default)]
    pub(super) format: DataFormat,
    /// The columns, as JSON.
    pub(super) schema_string: String,
    #[serde(default)]
    pub(super) partition_columns: Vec<String>,
    #[serde(default)]
    pub(super) configuration: BTreeMap<String, Option<String>>,
}

/// The format of the files.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DataFormat {
    pub(super) provider: String,
}

impl Default for DataFormat {
    fn default() -> Self {
        Self {
            provider: "parquet".to_owned(),
        }
    }
}

/// What a program must know to read the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Protocol {
    pub(super) min_reader_version: u64,
    #[serde(default)]
    pub(super) reader_features: Option<Vec<String>>,
}
