//! [`Dataset`]: a file or a table that activities name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pipeline::text::Text;

/// A file or a table that activities name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Dataset {
    /// Files of a mount.
    File(FileDataset),
    /// A table of a database.
    Table(TableDataset),
}

/// Files of a mount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDataset {
    /// Where: `/mnt/out/scores/day=@{parameters.date}/scores.csv`; a pattern names several files that are read as one.
    pub path: Text,
    /// What is in it; by the name's ending where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FileFormat>,
    /// How it is read and written: the arguments of `read_csv` and `write_csv` (`separator`, `null_values`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Value>,
    /// Its columns; they are checked at every run where they are said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema: Vec<SchemaColumn>,
}

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Values between separators.
    Csv,
    /// Parquet.
    Parquet,
    /// One JSON object on each line.
    Ndjson,
    /// Arrow's own files.
    Ipc,
}

/// A table of a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDataset {
    /// The name of a connection in `sheaf.ron`.
    pub connection: Text,
    /// The table: `scores`, `public.scores`.
    pub table: Text,
    /// Its columns; they are checked at every run where they are said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema: Vec<SchemaColumn>,
}

/// A column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaColumn {
    /// Its name.
    pub name: String,
    /// Its type, as `frame.schema` shows it: `Int64`, `String`.
    #[serde(rename = "type")]
    pub dtype: String,
}
