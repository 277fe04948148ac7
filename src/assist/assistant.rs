//! [`Assistant`]: the one entry point for what is asked while someone writes.

use std::time::Duration;

use super::command::CommandSpec;
use super::completion::{self, Completion};
use super::position::Position;
use super::signature::{self, Signature};
use crate::session::Snapshot;

/// How long finding an answer may take; what is over 50 ms is felt.
pub const BUDGET: Duration = Duration::from_millis(40);

/// Answers what is asked while someone writes.
#[derive(Debug, Clone)]
pub struct Assistant {
    commands: Vec<CommandSpec>,
    budget: Duration,
}

impl Assistant {
    /// Creates an assistant that knows these commands of the front end.
    pub fn new(commands: Vec<CommandSpec>) -> Self {
        Self {
            commands,
            budget: BUDGET,
        }
    }

    /// Sets how long finding an answer may take; what is not known by then is left out.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Returns what could be at `at`, where the cell's text is `text`, whatever the snapshot has there.
    pub fn complete(&self, snapshot: &Snapshot, at: Position, text: &str) -> Completion {
        completion::complete(&self.commands, snapshot, at, text, self.budget)
    }

    /// Returns the signature of the innermost call around `at`, where the cell's text is `text`; `None` in strings,
    /// comments and commands, and where it is not known what is called.
    pub fn signature(&self, snapshot: &Snapshot, at: Position, text: &str) -> Option<Signature> {
        signature::signature(snapshot, at, text, self.budget)
    }
}
