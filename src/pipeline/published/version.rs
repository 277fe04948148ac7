//! [`Version`]: what was published at one time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ron::ser::PrettyConfig;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// What was published at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its number; the first one is 1.
    pub number: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// What for.
    pub message: String,
    /// The digest of each file, by its path from the workspace's folder.
    pub files: BTreeMap<String, Digest>,
}

impl Version {
    /// Returns the digest of its list: versions with the same files have the same.
    pub(super) fn digest(&self) -> Digest {
        let lines = self
            .files
            .iter()
            .map(|(path, digest)| format!("{digest} {}:{path}\n", path.len()));
        Digest::of_bytes(lines.collect::<String>().as_bytes())
    }

    /// Returns it as text.
    pub(super) fn to_text(&self) -> String {
        // Texts and numbers can always be written.
        let mut text = ron::ser::to_string_pretty(self, PrettyConfig::default()).unwrap_or_default();
        text.push('\n');
        text
    }
}
