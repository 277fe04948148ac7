//! `%auto` and `%reset`: whether stale cells run by themselves, and starting over.

use super::{Command, Flow, nothing, refused};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::repl::prompt::Prompt;

/// Whether stale cells run by themselves.
pub(super) struct Auto;

impl Command for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn usage(&self) -> &'static str {
        "%auto on or %auto off"
    }

    fn summary(&self) -> &'static str {
        "run stale cells automatically after a change, or only mark them (off, the default)"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Choice(&["on", "off"])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        match argument {
            "on" => prompt.set_auto(true),
            "off" => prompt.set_auto(false),
            "" => {}
            other => return Err(refused(self, other).into()),
        }
        let state = if prompt.is_auto() { "on" } else { "off" };
        prompt.say(&format!("auto is {state}"))?;
        Ok(Flow::Continue)
    }
}

/// Removes every cell.
pub(super) struct Reset;

impl Command for Reset {
    fn name(&self) -> &'static str {
        "reset"
    }

    fn usage(&self) -> &'static str {
        "%reset"
    }

    fn summary(&self) -> &'static str {
        "remove every cell and value; %undo restores them"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        nothing(self, argument)?;
        prompt.book_mut().reset();
        prompt.say("no cells; %undo restores them")?;
        Ok(Flow::Continue)
    }
}
