//! Where a model came from.
//!
//! Holds no notebook and no path: a model is the same bytes whatever the file of its cells is called and however that
//! was typed, at the prompt and headless.

use serde::{Deserialize, Serialize};

/// Where a model came from: the files that had been read by the time it was fitted.
///
/// What older files say besides, the notebook and its cell, is read over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The files read, sorted by name.
    pub inputs: Vec<InputFile>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// The name as cells write it.
    pub name: String,
    /// The SHA-256 digest of its bytes, in lower-case hexadecimal digits; empty where the store tags its contents.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// The tag that its store gives to its contents, for which they were not read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}
