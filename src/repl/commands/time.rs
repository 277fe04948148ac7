//! `%time`: a cell, and how long it took.

use super::{Command, Flow, missing};
use crate::error::Error;
use crate::repl::prompt::Prompt;

/// Runs a cell and says how long it took, however short that was.
pub(super) struct Time;

impl Command for Time {
    fn name(&self) -> &'static str {
        "time"
    }

    fn usage(&self) -> &'static str {
        "%time CELL"
    }

    fn summary(&self) -> &'static str {
        "run a cell and show how long it took, however short"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        if argument.is_empty() {
            return Err(missing(self).into());
        }
        prompt.add_timed(argument)?;
        Ok(Flow::Continue)
    }
}
