//! [`Pipeline`]: what a file in `pipelines/` says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::Activity;
use super::alert::Alert;
use super::dataset::Dataset;
use super::trigger::Trigger;
use crate::pipeline::span::Span;

/// A pipeline, as its file says it; the file's name is the pipeline's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pipeline {
    /// What it is for.
    pub description: String,
    /// Its parameters, with their defaults; `None` for one that has to be given.
    pub parameters: BTreeMap<String, Value>,
    /// The files and tables that activities name.
    pub datasets: BTreeMap<String, Dataset>,
    /// What it does; what comes after what is each activity's to say.
    pub activities: Vec<Activity>,
    /// When it runs by itself.
    pub triggers: BTreeMap<String, Trigger>,
    /// How many of its runs may run at a time; more of them wait.
    pub concurrency: Option<u32>,
    /// How long a run may take.
    pub timeout: Option<Span>,
    /// Who is told of its runs.
    pub alerts: Vec<Alert>,
}
