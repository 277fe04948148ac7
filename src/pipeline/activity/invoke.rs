//! [`Invoke`]: runs another pipeline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::uses::Uses;

/// Runs another pipeline, and waits for it; its output has the outputs of that one's activities.
///
/// What runs activities runs this, too: the other pipeline's activities are a part of the same run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoke {
    /// Its name.
    pub pipeline: String,
    /// Values of its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
}

impl Invoke {
    /// Returns what it names, to be checked before any run.
    pub fn uses(&self) -> Uses<'_> {
        let mut uses = Uses::default().named("parameters", &self.parameters);
        uses.pipelines.push((&self.pipeline, &self.parameters));
        uses
    }
}
