//! [`Plan`]: the pipelines of one published version.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::pipeline::definition::Pipeline;

/// The pipelines of one published version; or of none, as they are in the workspace.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Which version; none for the drafts.
    pub version: Option<u32>,
    /// The folder that notebooks are read from.
    pub root: PathBuf,
    /// The pipelines, by name.
    pub pipelines: BTreeMap<String, Pipeline>,
}
