//! [`Fail`]: fails.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::uses::Uses;
use crate::pipeline::text::Text;

/// Fails with a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// The message.
    pub message: Text,
    /// A code for whoever reads the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
}

impl Perform for Fail {
    fn kind(&self) -> &'static str {
        "Fail"
    }

    fn uses(&self) -> Uses<'_> {
        Uses::default()
            .text("message", &self.message)
            .maybe("code", self.code.as_ref())
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let code = self.code.as_ref().map(|code| code.render(context.scope()));
        Err(ActivityError::Fail {
            message: self.message.render(context.scope())?,
            code: code.transpose()?,
        })
    }
}
