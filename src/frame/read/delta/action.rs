//! The lines of a Delta log: what a commit has added, removed and changed.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One line of a commit; what is not needed to read rows is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Action {
    pub(super) add: Option<Add>,
    pub(super) remove: Option<Remove>,
    pub(super) meta_data: Option<MetaData>,
    pub(super) protocol: Option<Protocol>,
    pub(super) sidecar: Option<Sidecar>,
}

/// A file that has a part of a checkpoint.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sidecar {
    /// Its name, or a path or an address that ends with it, percent-encoded.
    pub(super) path: String,
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
    #[serde(default)]
    pub(super) deletion_vector: Option<DeletionVector>,
}

/// Where it stands which rows of a file are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletionVector {
    pub(super) storage_type: String,
    pub(super) path_or_inline_dv: String,
    #[serde(default)]
    pub(super) offset: Option<u64>,
    pub(super) size_in_bytes: u64,
    /// How many rows those are.
    pub(super) cardinality: u64,
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
