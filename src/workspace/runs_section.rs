//! [`RunsSection`]: the section of `sheaf.ron` on the store of runs, as it is written.

use serde::Deserialize;
use serde::de::Deserializer;

/// The section, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RunsSection {
    #[serde(deserialize_with = "given")]
    pub(super) store: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) schema: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(super) retention: Option<String>,
}

/// Reads a text that may be left out: it is written without `Some(…)`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}
