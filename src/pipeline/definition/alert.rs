//! [`Alert`]: who is told of a run.

use serde::{Deserialize, Serialize};

use crate::pipeline::activity::{Http, Notebook};
use crate::pipeline::span::Span;

/// Who is told of a run, and when; once for each run and occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// When.
    pub on: Vec<Occasion>,
    /// A request that is sent; expressions in it have the facts as `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// A notebook that is run; expressions in its parameters have the facts as `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notebook: Option<Notebook>,
}

/// When someone is told of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Occasion {
    /// It has failed.
    Failed,
    /// It has ended well.
    Succeeded,
    /// It runs longer than this.
    LongerThan(Span),
}
