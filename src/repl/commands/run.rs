//! `%run N`, `%run N-M`, `%run stale`, `%run all`: cells again.

use super::{Command, Flow, cell_list};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::repl::prompt::Prompt;

/// Runs cells again, in document order.
pub(super) struct Run;

impl Command for Run {
    fn name(&self) -> &'static str {
        "run"
    }

    fn usage(&self) -> &'static str {
        "%run N, %run N-M, %run stale or %run all"
    }

    fn summary(&self) -> &'static str {
        "run cells again, in document order"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Cell(&[("all", "every cell"), ("stale", "the cells that are stale")])
    }

    /// `%run ./setup` is a cell.
    fn takes(&self, argument: &str) -> bool {
        matches!(argument, "" | "stale" | "all")
            || argument
                .chars()
                .all(|character| character.is_ascii_digit() || matches!(character, '-' | ' ' | ','))
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        match argument {
            "stale" => {
                let count = prompt.run_unfresh()?;
                if count == 0 {
                    prompt.say("every cell is fresh")?;
                }
            }
            "all" => {
                let ids = prompt.book().session().ids();
                prompt.run_cells(&ids)?;
            }
            _ => {
                let ids = cell_list(self, argument, prompt)?;
                prompt.run_cells(&ids)?;
                prompt.tell_stale()?;
            }
        }
        Ok(Flow::Continue)
    }
}
