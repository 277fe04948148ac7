//! Where a model came from.

use serde::{Deserialize, Serialize};

/// Where a model came from: the notebook and cell that fitted it, and the files that had been read by then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The notebook, as the user named it.
    pub notebook: Option<String>,
    /// The cell, by title or number.
    pub cell: Option<String>,
    /// The files read, sorted by name.
    pub inputs: Vec<InputFile>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// The name as the user wrote it.
    pub name: String,
    /// The SHA-256 digest of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
}
